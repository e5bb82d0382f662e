//! Memory budgets of requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A budget in bytes, and the larger one that contains it. A failure leaves both unchanged.
#[derive(Debug)]
pub(crate) struct MemoryBudget {
    bytes_max: usize,
    taken: AtomicUsize,
    whole: Option<Arc<MemoryBudget>>,
}

impl MemoryBudget {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            taken: AtomicUsize::new(0),
            whole: None,
        }
    }

    /// A share of `whole`: what is taken here is also taken there.
    pub(crate) fn share(bytes_max: usize, whole: Arc<Self>) -> Self {
        Self {
            whole: Some(whole),
            ..Self::new(bytes_max)
        }
    }

    /// Takes `bytes`, if they are left. Return them with [`MemoryBudget::give_back`].
    #[must_use = "what is taken must be given back"]
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let fits = |taken: usize| taken.checked_add(bytes).filter(|total| *total <= self.bytes_max);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        if self.taken.fetch_update(set, fetch, fits).is_err() {
            return false;
        }
        if self.whole.as_ref().is_some_and(|whole| !whole.take(bytes)) {
            self.taken.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// Returns bytes that were taken.
    pub(crate) fn give_back(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.give_back(bytes);
        }
    }

    /// Whether `bytes` are left at this moment.
    pub(crate) fn has(&self, bytes: usize) -> bool {
        let left = self.bytes_max.saturating_sub(self.taken.load(Ordering::Relaxed));
        left >= bytes && self.whole.as_ref().is_none_or(|whole| whole.has(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_bounded_by_itself_and_by_the_whole() {
        let whole = Arc::new(MemoryBudget::new(10));
        let [one, other] = [(); 2].map(|()| MemoryBudget::share(8, whole.clone()));
        assert!(one.take(8));
        assert!(!one.take(1), "its own share");
        assert!(!other.take(3), "the whole");
        assert!(other.take(2));
        assert!(!other.has(1));
        one.give_back(8);
        assert!(other.has(6) && !other.has(7));
        assert!(other.take(6));
    }
}
