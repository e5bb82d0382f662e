//! Counts the government calls of one request and, in a vetting run, remembers them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aim_gov::clock::{Clock, Timestamp};
use aim_gov::error::{GovError, LimitKind, Problem};
use aim_gov::grant::Capability;

use crate::limits::GOV_CALLS_PER_REQUEST_MAX;

/// How long a call counts against the calls a minute that an approval allows, in seconds.
const MINUTE_SECONDS: i64 = 60;

/// The calls of the last minute of one service, whichever of its versions made them.
#[derive(Debug, Default)]
pub struct CallRate(Mutex<LastMinute>);

#[derive(Debug, Default)]
struct LastMinute {
    /// Calls by the second in which they were made, oldest first: at most 61 entries.
    by_second: VecDeque<(i64, u32)>,
    total: u32,
}

impl CallRate {
    /// Counts one more call, unless there were `per_minute` in the last minute already. The seconds of
    /// both ends count in full: never more than `per_minute` in any sixty seconds.
    fn admit(&self, now: Timestamp, per_minute: u32) -> bool {
        let second = now.seconds();
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.by_second.back().is_some_and(|(last, _)| *last > second) {
            // Somebody set the clock back.
            *minute = LastMinute::default();
        }
        while let Some((first, calls)) = minute.by_second.front().copied()
            && first < second - MINUTE_SECONDS
        {
            minute.by_second.pop_front();
            minute.total -= calls;
        }
        if minute.total >= per_minute {
            return false;
        }
        minute.total += 1;
        match minute.by_second.back_mut() {
            Some((last, calls)) if *last == second => *calls += 1,
            _ => minute.by_second.push_back((second, 1)),
        }
        true
    }
}

/// One call of a vetting run, to the government or to another system.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TracedCall {
    /// Which interface, by its code.
    pub interface: &'static str,
    /// Which operation, by its WIT name.
    pub operation: &'static str,
    /// The other system that it is for, with the method; nothing for calls to the government.
    pub target: Option<String>,
    /// `allowed`, or the code of the refusal.
    pub outcome: &'static str,
}

/// What a vetting run called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// The first of them, in the order in which they ended: as many as a request may make, and the one
    /// that was too many.
    pub first: Vec<TracedCall>,
    /// How many there were after those.
    pub more: u64,
}

/// The calls of a vetting run. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallTrace(Arc<Mutex<Calls>>);

impl CallTrace {
    /// The calls so far; the trace begins anew.
    pub(crate) fn take(&self) -> Calls {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, call: TracedCall) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if u32::try_from(calls.first.len()).is_ok_and(|length| length <= GOV_CALLS_PER_REQUEST_MAX) {
            calls.first.push(call);
        } else {
            calls.more = calls.more.saturating_add(1);
        }
    }
}

/// A call that was admitted and has not ended.
#[derive(Debug)]
#[must_use = "a call that is not ended is missing from the trace"]
pub struct Started {
    interface: Capability,
    operation: &'static str,
    target: Option<String>,
}

impl Started {
    /// The call is for this system outside.
    pub(crate) fn towards(self, target: String) -> Self {
        Self {
            target: Some(target),
            ..self
        }
    }
}

/// The calls of one request. Clones count together.
#[derive(Clone, Debug)]
pub struct Meter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    calls: AtomicU32,
    rate: Arc<CallRate>,
    per_minute: u32,
    clock: Clock,
    trace: Option<CallTrace>,
}

impl Meter {
    /// Counts against `rate`, of which the approval allows `per_minute`.
    pub(crate) fn new(rate: Arc<CallRate>, per_minute: u32, clock: Clock, trace: Option<CallTrace>) -> Self {
        Self(Arc::new(Inner {
            calls: AtomicU32::new(0),
            rate,
            per_minute,
            clock,
            trace,
        }))
    }

    /// Admits one more call.
    ///
    /// # Errors
    /// `too-many-requests` (`calls-per-request`), `limit-exceeded` (`calls-per-minute`).
    pub fn begin(&self, interface: Capability, operation: &'static str) -> Result<Started, GovError> {
        let call = Started {
            interface,
            operation,
            target: None,
        };
        // No request lives long enough to make this wrap.
        let before = self.0.calls.fetch_add(1, Ordering::Relaxed);
        let refusal = if before >= GOV_CALLS_PER_REQUEST_MAX {
            GovError::TooManyRequests(Problem::new(
                "calls-per-request",
                format!(
                    "a request may make {GOV_CALLS_PER_REQUEST_MAX} government calls; ask for more at once"
                ),
            ))
        } else if !self.0.rate.admit(self.0.clock.now(), self.0.per_minute) {
            GovError::LimitExceeded(LimitKind::CallsPerMinute)
        } else {
            return Ok(call);
        };
        self.end(call, Some(&refusal));
        Err(refusal)
    }

    /// Notes how a call ended.
    pub fn end(&self, call: Started, refusal: Option<&GovError>) {
        if let Some(trace) = &self.0.trace {
            trace.push(TracedCall {
                interface: call.interface.code(),
                operation: call.operation,
                target: call.target,
                outcome: refusal.map_or(aim_gov::audit::ALLOWED, GovError::code),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(per_minute: u32, trace: Option<CallTrace>) -> Meter {
        let clock = Clock::manual(Timestamp(0));
        Meter::new(Arc::default(), per_minute, clock, trace)
    }

    #[test]
    fn the_trace_shows_the_refused_call() {
        let trace = CallTrace::default();
        let meter = meter(2, Some(trace.clone()));
        for _ in 0..2 {
            let call = meter.begin(Capability::Payments, "get").unwrap();
            meter.end(call, None);
        }
        let refusal = meter.begin(Capability::Payments, "get").unwrap_err();
        assert_eq!(refusal, GovError::LimitExceeded(LimitKind::CallsPerMinute));
        let calls = trace.take();
        let outcomes: Vec<_> = calls.first.iter().map(|call| call.outcome).collect();
        assert_eq!(outcomes, ["allowed", "allowed", "calls-per-minute"]);
    }

    #[test]
    fn sixty_seconds_have_only_so_many_calls_wherever_they_begin() {
        let rate = CallRate::default();
        let admitted = |ms: i64| (0..10).filter(|_| rate.admit(Timestamp(ms), 5)).count();
        assert_eq!(admitted(59_900), 5);
        // Another minute of the clock, but not yet sixty seconds later.
        assert_eq!(admitted(60_100), 0);
        assert_eq!(admitted(119_800), 0);
        assert_eq!(admitted(120_900), 5);
        assert_eq!(admitted(120_900), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let rate = CallRate::default();
        assert!(rate.admit(Timestamp(1_000_000), 1));
        assert!(!rate.admit(Timestamp(1_000_000), 1));
        assert!(rate.admit(Timestamp(5_000), 1));
    }

    #[test]
    fn one_request_makes_only_so_many_calls() {
        let trace = CallTrace::default();
        let meter = meter(u32::MAX, Some(trace.clone()));
        for _ in 0..GOV_CALLS_PER_REQUEST_MAX {
            let call = meter.clone().begin(Capability::OpenData, "get").unwrap();
            meter.end(call, None);
        }
        for _ in 0..1_000 {
            let refusal = meter.begin(Capability::OpenData, "get").unwrap_err();
            assert_eq!(refusal.code(), "calls-per-request");
        }
        // A component that calls on and on fills no memory with it.
        let calls = trace.take();
        assert_eq!((calls.first.len(), calls.more), (257, 999));
        assert_eq!(calls.first[256].outcome, "calls-per-request");
    }

    #[test]
    fn an_approval_of_no_calls_allows_none() {
        let refusal = meter(0, None).begin(Capability::Identity, "claims").unwrap_err();
        assert_eq!(refusal.code(), "calls-per-minute");
    }
}
