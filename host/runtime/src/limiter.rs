//! Memory and tables of one request, in total: Wasmtime's own limits apply to each memory.

use std::sync::Arc;

use wasmtime::ResourceLimiter;

use crate::limits::{
    CORE_INSTANCES_PER_COMPONENT_MAX, MEMORIES_PER_COMPONENT_MAX, TABLE_ELEMENTS_MAX,
    TABLES_PER_COMPONENT_MAX,
};
use crate::memory::MemoryBudget;

/// The resources of one request.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes: usize,
    memory_bytes_max: usize,
    /// The budget of all requests of the service.
    budget: Arc<MemoryBudget>,
    table_elements: usize,
    /// The amount of the last growth, until it has succeeded.
    last_memory_bytes: usize,
    last_table_elements: usize,
    /// Whether the last growth was refused, which the guest's own error often does not tell.
    pub(crate) refused: bool,
}

impl Limiter {
    /// Nothing taken yet.
    pub(crate) fn new(memory_bytes_max: usize, budget: Arc<MemoryBudget>) -> Self {
        Self {
            memory_bytes: 0,
            memory_bytes_max,
            budget,
            table_elements: 0,
            last_memory_bytes: 0,
            last_table_elements: 0,
            refused: false,
        }
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.budget.give_back(self.memory_bytes);
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = desired.saturating_sub(current);
        let total = self.memory_bytes.saturating_add(wanted);
        let allowed = total <= self.memory_bytes_max && self.budget.take(wanted);
        if allowed {
            self.memory_bytes = total;
            self.last_memory_bytes = wanted;
        }
        self.refused = !allowed;
        Ok(allowed)
    }

    /// Wasmtime refused what was allowed here, such as exceeding the memory's own maximum.
    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        let failed = std::mem::take(&mut self.last_memory_bytes);
        self.memory_bytes = self.memory_bytes.saturating_sub(failed);
        self.budget.give_back(failed);
        self.refused = true;
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = desired.saturating_sub(current);
        let total = self.table_elements.saturating_add(wanted);
        let allowed = total <= TABLE_ELEMENTS_MAX;
        if allowed {
            self.table_elements = total;
            self.last_table_elements = wanted;
        }
        self.refused = !allowed;
        Ok(allowed)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.table_elements = self
            .table_elements
            .saturating_sub(std::mem::take(&mut self.last_table_elements));
        self.refused = true;
        Ok(())
    }

    fn instances(&self) -> usize {
        usize::try_from(CORE_INSTANCES_PER_COMPONENT_MAX).unwrap_or(usize::MAX)
    }

    fn tables(&self) -> usize {
        usize::try_from(TABLES_PER_COMPONENT_MAX).unwrap_or(usize::MAX)
    }

    fn memories(&self) -> usize {
        usize::try_from(MEMORIES_PER_COMPONENT_MAX).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(memory_bytes_max: usize) -> Limiter {
        Limiter::new(memory_bytes_max, Arc::new(MemoryBudget::new(usize::MAX)))
    }

    #[test]
    fn memory_is_taken_from_the_budget_until_the_request_ends() {
        let budget = Arc::new(MemoryBudget::new(10));
        let [mut one, mut other] = [(); 2].map(|()| Limiter::new(8, budget.clone()));
        assert!(one.memory_growing(0, 8, None).unwrap());
        assert!(!other.memory_growing(0, 3, None).unwrap());
        assert!(other.refused);
        one.memory_grow_failed(wasmtime::Error::msg("maximum")).unwrap();
        assert!(other.memory_growing(0, 3, None).unwrap());
        assert!(one.memory_growing(0, 7, None).unwrap());
        drop((one, other));
        assert!(budget.has(10));
    }

    #[test]
    fn memories_are_summed() {
        let mut limiter = limiter(10);
        assert!(limiter.memory_growing(0, 6, None).unwrap());
        assert!(!limiter.memory_growing(0, 6, None).unwrap());
        assert!(limiter.refused);
        assert!(limiter.memory_growing(0, 4, None).unwrap());
        assert!(!limiter.memory_growing(6, 7, None).unwrap());
    }

    #[test]
    fn growth_that_wasmtime_refused_takes_nothing() {
        let mut limiter = limiter(10);
        for _ in 0..3 {
            assert!(limiter.memory_growing(0, 8, None).unwrap());
            limiter
                .memory_grow_failed(wasmtime::Error::msg("maximum"))
                .unwrap();
            assert!(limiter.table_growing(0, TABLE_ELEMENTS_MAX, None).unwrap());
            limiter
                .table_grow_failed(wasmtime::Error::msg("maximum"))
                .unwrap();
        }
        assert!(limiter.refused);
        assert!(limiter.memory_growing(0, 1, None).unwrap());
        assert!(!limiter.refused, "a guest that got what it wanted has memory");
    }

    #[test]
    fn tables_are_summed() {
        let mut limiter = limiter(0);
        assert!(limiter.table_growing(0, TABLE_ELEMENTS_MAX, None).unwrap());
        assert!(!limiter.table_growing(0, 1, None).unwrap());
    }
}
