//! What a call counted against the limits of the approval, for the developer who reads the log of a test space. Elsewhere
//! nothing is kept, and no statement is run for it.

use std::sync::{Arc, Mutex, PoisonError};

/// What a limit is for: how long, or over what, it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// One call.
    Call,
    /// One request of a visitor, or one delivery of an event.
    Request,
    /// Sixty seconds.
    Minute,
    /// Twenty-four hours.
    Day,
    /// Seven days.
    Week,
    /// The whole test.
    Test,
    /// What exists at the same time.
    AtOnce,
}

crate::coded!(Window);

/// What was used of one limit when a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LimitUse {
    /// The code of the limit, such as `amount-total`.
    pub limit: &'static str,
    /// How much was used, this call included unless it was refused. Amounts are in minor units of AZN (qəpik).
    pub used: i64,
    /// How much may be used.
    pub most: i64,
    pub window: Window,
}

/// What the current call of a request counted. Clones share it; by default nothing is kept.
#[derive(Clone, Debug, Default)]
pub struct Usage(Option<Arc<Mutex<Vec<LimitUse>>>>);

impl Usage {
    /// Keeps what is counted.
    pub fn kept() -> Self {
        Self(Some(Arc::default()))
    }

    /// Whether what is counted is kept; where it is not, nobody needs to look up how much was used.
    pub fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// Keeps what is used of the limit of this code; a later count of the same limit replaces an earlier one.
    pub fn count(&self, limit: &'static str, window: Window, used: i64, most: i64) {
        let Some(kept) = &self.0 else { return };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|other| other.limit != limit);
        kept.push(LimitUse {
            limit,
            used,
            most,
            window,
        });
    }

    /// What was counted since it was last taken, in the order in which it was counted.
    pub fn take(&self) -> Vec<LimitUse> {
        let kept = self.0.as_ref();
        kept.map(|kept| std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner)))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_count_of_each_limit_is_kept_until_it_is_taken() {
        let usage = Usage::kept();
        usage.count("messages", Window::Test, 1, 5);
        usage.count("messages-per-citizen", Window::Week, 1, 3);
        usage.clone().count("messages", Window::Test, 2, 5);
        let taken = usage.take();
        let taken: Vec<_> = taken.iter().map(|one| (one.limit, one.used)).collect();
        assert_eq!(taken, [("messages-per-citizen", 1), ("messages", 2)]);
        assert_eq!(usage.take(), []);
    }

    #[test]
    fn nothing_is_kept_by_default() {
        let usage = Usage::default();
        usage.count("messages", Window::Test, 1, 5);
        assert!(!usage.is_kept());
        assert_eq!(usage.take(), []);
    }
}
