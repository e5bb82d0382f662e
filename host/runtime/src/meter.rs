//! Counts the government calls of one request and, in a vetting run, remembers them.

use std::sync::{Arc, Mutex, PoisonError};

use aim_gov::error::{GovError, LimitKind, Problem};
use aim_gov::grant::Capability;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::limits::GOV_CALLS_PER_REQUEST_MAX;

/// The calls a minute that an approval allows, shared by every request of the service.
#[derive(Debug)]
pub struct CallRate(DefaultDirectRateLimiter);

impl CallRate {
    /// At most `per_minute` calls in a minute; none at 0.
    pub fn new(per_minute: u32) -> Option<Self> {
        let per_minute = std::num::NonZeroU32::new(per_minute)?;
        Some(Self(RateLimiter::direct(Quota::per_minute(per_minute))))
    }
}

/// One government call of a vetting run.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TracedCall {
    /// Which interface, by its code.
    pub interface: &'static str,
    /// Which operation, by its WIT name.
    pub operation: &'static str,
    /// `allowed`, or the code of the refusal.
    pub outcome: &'static str,
}

/// The calls of a vetting run, in the order in which they ended. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallTrace(Arc<Mutex<Vec<TracedCall>>>);

impl CallTrace {
    /// The calls so far; the trace begins anew.
    pub(crate) fn take(&self) -> Vec<TracedCall> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, call: TracedCall) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }
}

/// A call that was admitted and has not ended.
#[derive(Debug)]
#[must_use = "a call that is not ended is missing from the trace"]
pub struct Started {
    interface: Capability,
    operation: &'static str,
}

/// The calls of one request.
#[derive(Debug)]
pub struct Meter {
    calls: u32,
    rate: Option<Arc<CallRate>>,
    trace: Option<CallTrace>,
}

impl Meter {
    /// Counts against `rate`; where that is `None`, the approval allows no call at all.
    pub fn new(rate: Option<Arc<CallRate>>, trace: Option<CallTrace>) -> Self {
        Self {
            calls: 0,
            rate,
            trace,
        }
    }

    /// Admits one more call.
    ///
    /// # Errors
    /// `too-many-requests` (`calls-per-request`), `limit-exceeded` (`calls-per-minute`).
    pub fn begin(&mut self, interface: Capability, operation: &'static str) -> Result<Started, GovError> {
        let call = Started { interface, operation };
        self.calls = self.calls.saturating_add(1);
        let refusal = if self.calls > GOV_CALLS_PER_REQUEST_MAX {
            GovError::TooManyRequests(Problem::new(
                "calls-per-request",
                format!(
                    "a request may make {GOV_CALLS_PER_REQUEST_MAX} government calls; ask for more at once"
                ),
            ))
        } else if self.rate.as_ref().is_none_or(|rate| rate.0.check().is_err()) {
            GovError::LimitExceeded(LimitKind::CallsPerMinute)
        } else {
            return Ok(call);
        };
        self.end(call, Some(&refusal));
        Err(refusal)
    }

    /// Notes how a call ended.
    pub fn end(&mut self, call: Started, refusal: Option<&GovError>) {
        if let Some(trace) = &self.trace {
            trace.push(TracedCall {
                interface: call.interface.code(),
                operation: call.operation,
                outcome: refusal.map_or(aim_gov::audit::ALLOWED, GovError::code),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_only_so_many_calls_and_the_trace_shows_the_refused_one() {
        let trace = CallTrace::default();
        let rate = CallRate::new(2).map(Arc::new);
        let mut meter = Meter::new(rate, Some(trace.clone()));
        for _ in 0..2 {
            let call = meter.begin(Capability::Payments, "get").unwrap();
            meter.end(call, None);
        }
        let refusal = meter.begin(Capability::Payments, "get").unwrap_err();
        assert_eq!(refusal, GovError::LimitExceeded(LimitKind::CallsPerMinute));
        let outcomes: Vec<_> = trace.take().iter().map(|call| call.outcome).collect();
        assert_eq!(outcomes, ["allowed", "allowed", "calls-per-minute"]);
    }

    #[test]
    fn one_request_makes_only_so_many_calls() {
        let rate = CallRate::new(u32::MAX).map(Arc::new);
        let mut meter = Meter::new(rate, None);
        for _ in 0..GOV_CALLS_PER_REQUEST_MAX {
            let call = meter.begin(Capability::OpenData, "get").unwrap();
            meter.end(call, None);
        }
        let refusal = meter.begin(Capability::OpenData, "get").unwrap_err();
        assert_eq!(refusal.code(), "calls-per-request");
    }

    #[test]
    fn an_approval_of_no_calls_allows_none() {
        let refusal = Meter::new(None, None)
            .begin(Capability::Identity, "claims")
            .unwrap_err();
        assert_eq!(refusal.code(), "calls-per-minute");
    }
}
