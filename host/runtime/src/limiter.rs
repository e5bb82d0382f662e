//! Memory and tables of one request, summed: Wasmtime's own limits are for each memory.

use wasmtime::ResourceLimiter;

use crate::limits::{
    CORE_INSTANCES_PER_COMPONENT_MAX, MEMORIES_PER_COMPONENT_MAX, TABLE_ELEMENTS_MAX,
    TABLES_PER_COMPONENT_MAX,
};

/// What one request has taken so far.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes: usize,
    memory_bytes_max: usize,
    table_elements: usize,
    /// What the last growth took of each, until it is known to have happened.
    last_memory_bytes: usize,
    last_table_elements: usize,
    /// Whether the last growth was refused: the guest's own error often does not say so.
    pub(crate) refused: bool,
}

impl Limiter {
    /// Nothing taken yet.
    pub(crate) fn new(memory_bytes_max: usize) -> Self {
        Self {
            memory_bytes: 0,
            memory_bytes_max,
            table_elements: 0,
            last_memory_bytes: 0,
            last_table_elements: 0,
            refused: false,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = desired.saturating_sub(current);
        let total = self.memory_bytes.saturating_add(wanted);
        let allowed = total <= self.memory_bytes_max;
        if allowed {
            self.memory_bytes = total;
            self.last_memory_bytes = wanted;
        }
        self.refused = !allowed;
        Ok(allowed)
    }

    /// Wasmtime refused what was allowed here, such as more than the memory's own maximum.
    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory_bytes = self
            .memory_bytes
            .saturating_sub(std::mem::take(&mut self.last_memory_bytes));
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

    #[test]
    fn memories_are_summed() {
        let mut limiter = Limiter::new(10);
        assert!(limiter.memory_growing(0, 6, None).unwrap());
        assert!(!limiter.memory_growing(0, 6, None).unwrap());
        assert!(limiter.refused);
        assert!(limiter.memory_growing(0, 4, None).unwrap());
        assert!(!limiter.memory_growing(6, 7, None).unwrap());
    }

    #[test]
    fn a_growth_that_wasmtime_refused_takes_nothing() {
        let mut limiter = Limiter::new(10);
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
        let mut limiter = Limiter::new(0);
        assert!(limiter.table_growing(0, TABLE_ELEMENTS_MAX, None).unwrap());
        assert!(!limiter.table_growing(0, 1, None).unwrap());
    }
}
