//! Counts the government calls of one request and, in a vetting run, records them.

mod budget;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aim_gov::clock::Clock;
use aim_gov::error::{GovError, LimitKind, Problem};
use aim_gov::grant::Capability;
use aim_gov::invocation::ServiceId;
use aim_gov::usage::{Usage, Window};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use self::budget::{CALLS_PER_VISITOR, CALLS_WITHOUT_LOG_IN, Spent};
use crate::arguments::{Argument, Arguments};
use crate::call_log::{LoggedCall, TracedCall};
use crate::faults::Fault;
use crate::limits::GOV_CALLS_PER_REQUEST_MAX;
use crate::log::{Level, RequestLog, advice};
use crate::rehearsal::Rehearsal;

pub use self::budget::Budget;
pub(crate) use self::budget::{Allowance, Visitor};

/// When a visitor whose share is used up may come back, in milliseconds.
const SHARE_RETRY_MS: u32 = 60_000;

/// The calls of a vetting run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// The first calls, in the order in which they ended: as many as a request may make, and the first that was
    /// too many.
    pub first: Vec<TracedCall>,
    /// The number of later calls.
    pub more: u64,
}

/// The calls of a vetting run. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallTrace(Arc<Mutex<Calls>>);

impl CallTrace {
    /// The calls so far; the trace starts again.
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

/// An admitted call that has not ended.
#[derive(Debug)]
#[must_use = "a call that is not ended is missing from the trace"]
pub struct Started {
    interface: Capability,
    operation: &'static str,
    target: Option<String>,
    /// The second in which the budget counts the call; `None` if it was not admitted.
    second: Option<i64>,
    /// What goes wrong with it, in a test space.
    fault: Option<Fault>,
    arguments: Arguments,
    span: Span,
}

/// The name of a call in logs, such as `payments.create`.
pub(crate) fn named(interface: Capability, operation: &str) -> String {
    format!("{}.{operation}", interface.code())
}

impl Started {
    /// The call as logs name it.
    pub(crate) fn name(&self) -> String {
        named(self.interface, self.operation)
    }

    /// Waits for the platform's answer within this call's span.
    pub(crate) async fn wait_for<T>(&self, answer: impl Future<Output = T>) -> T {
        if let Some(delay) = self.fault.map(Fault::delay).filter(|delay| !delay.is_zero()) {
            tokio::time::sleep(delay).await;
        }
        answer.instrument(self.span.clone()).await
    }

    /// What the service hears in the place of an answer that is lost.
    pub(crate) fn instead(&self) -> Option<GovError> {
        self.fault.and_then(|fault| fault.instead(self.interface))
    }

    /// Sets the other system that is called.
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
    usage: Usage,
    parts: Parts,
}

/// The limits that the calls of a request count against.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) budget: Arc<Budget>,
    pub(crate) allowance: Allowance,
    pub(crate) visitor: Visitor,
    pub(crate) clock: Clock,
    pub(crate) log: RequestLog,
    pub(crate) trace: Option<CallTrace>,
    /// The service and what it meets, in a test space.
    pub(crate) rehearsal: Option<(ServiceId, Rehearsal)>,
}

impl Meter {
    /// Counts the calls of one request.
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            calls: AtomicU32::new(0),
            usage: match parts.rehearsal {
                Some(_) => Usage::kept(),
                None => Usage::default(),
            },
            parts,
        }))
    }

    /// What the current call counts; kept in a test space.
    pub(crate) fn usage(&self) -> &Usage {
        &self.0.usage
    }

    /// The arguments of a call, where somebody reads them: in a test space.
    pub(crate) fn arguments<const COUNT: usize>(
        &self,
        arguments: impl FnOnce() -> [(&'static str, Argument); COUNT],
    ) -> Arguments {
        let rehearsal = self.0.parts.rehearsal.as_ref();
        rehearsal.map_or_else(Arguments::default, |(_, rehearsal)| {
            Arguments::new(arguments(), &rehearsal.fingerprints)
        })
    }

    /// Admits one more call.
    ///
    /// # Errors
    /// `too-many-requests` (`calls-per-request`, `calls-per-visitor`, `calls-without-log-in`),
    /// `limit-exceeded` (`calls-per-minute`).
    pub fn begin(
        &self,
        interface: Capability,
        operation: &'static str,
        arguments: Arguments,
    ) -> Result<Started, GovError> {
        let mut call = Started {
            interface,
            operation,
            target: None,
            second: None,
            fault: None,
            arguments,
            span: tracing::debug_span!(
                "host.call",
                otel.name = %format_args!("{}.{operation}", interface.code()),
                outcome = Empty
            ),
        };
        let refusal = match self.admit() {
            Ok(second) => {
                call.second = Some(second);
                call.fault = self.fault(interface, operation);
                match call.fault.and_then(Fault::refusal) {
                    Some(refusal) => refusal,
                    None => return Ok(call),
                }
            }
            Err(refusal) => refusal,
        };
        self.end(call, Some(&refusal));
        Err(refusal)
    }

    fn fault(&self, interface: Capability, operation: &'static str) -> Option<Fault> {
        let (_, rehearsal) = self.0.parts.rehearsal.as_ref()?;
        rehearsal.faults.next(interface, operation)
    }

    fn admit(&self) -> Result<i64, GovError> {
        let Parts {
            budget,
            allowance,
            visitor,
            clock,
            ..
        } = &self.0.parts;
        let per_minute = allowance.per_minute;
        let refused = |code, retry_after_ms, detail| {
            GovError::TooManyRequests(Problem {
                code,
                detail,
                retry_after_ms,
            })
        };
        // No request lives long enough for this to wrap.
        let calls = self.0.calls.fetch_add(1, Ordering::Relaxed);
        let counted = calls.saturating_add(1).min(GOV_CALLS_PER_REQUEST_MAX);
        self.0.usage.count(
            "calls-per-request",
            Window::Request,
            counted.into(),
            GOV_CALLS_PER_REQUEST_MAX.into(),
        );
        if calls >= GOV_CALLS_PER_REQUEST_MAX {
            let detail = format!(
                "a request may make {GOV_CALLS_PER_REQUEST_MAX} government calls; ask for more at once"
            );
            return Err(refused("calls-per-request", None, detail));
        }
        budget
            .admit(clock.now(), visitor, *allowance, &self.0.usage)
            .map_err(|spent| match spent {
                Spent::Visitor { share } => refused(
                    CALLS_PER_VISITOR,
                    Some(SHARE_RETRY_MS),
                    format!(
                        "one visitor may cause {share} of the {per_minute} government calls a minute that the \
                         approval allows; ask for more at once, or ask for a higher `calls-per-minute`"
                    ),
                ),
                Spent::Strangers { share } => refused(
                    CALLS_WITHOUT_LOG_IN,
                    Some(SHARE_RETRY_MS),
                    format!(
                        "visitors who are not logged in may cause {share} of the {per_minute} government calls a \
                         minute that the approval allows, so that citizens are not locked out; ask for a \
                         higher `calls-per-minute`"
                    ),
                ),
                Spent::Service => GovError::LimitExceeded(LimitKind::CallsPerMinute),
            })
    }

    /// Records how a call ended. A call without a log-in that only leads to a screen of the host is not
    /// counted.
    pub fn end(&self, call: Started, refusal: Option<&GovError>) {
        let Parts {
            budget,
            visitor,
            log,
            trace,
            rehearsal,
            clock,
            ..
        } = &self.0.parts;
        let mut limits = self.0.usage.take();
        if let Some(second) = call.second
            && visitor.is_stranger()
            && refusal.is_some_and(GovError::leads_to_a_screen)
        {
            limits.retain(|one| one.window != Window::Minute);
            if let Some(calls) = budget.give_back(second, visitor) {
                log.host(
                    Level::Info,
                    CALLS_WITHOUT_LOG_IN,
                    &format!(
                        "{calls} calls for visitors who are not logged in led to the log-in within a minute; they \
                         are neither recorded nor counted against the approval"
                    ),
                );
            }
        }
        let outcome = refusal.map_or(aim_gov::audit::ALLOWED, GovError::code);
        call.span.record("outcome", outcome);
        let traced = TracedCall {
            interface: call.interface.code(),
            operation: call.operation,
            target: call.target,
            outcome,
        };
        if let Some((service, rehearsal)) = rehearsal {
            rehearsal.calls.push(LoggedCall {
                at: clock.now(),
                service: service.clone(),
                request: log.request(),
                call: traced.clone(),
                advice: refusal.and_then(advice).unwrap_or_default().to_owned(),
                fault: call.fault.map(Fault::code),
                arguments: call.arguments,
                limits,
            });
        }
        if let Some(trace) = trace {
            trace.push(traced);
        }
    }
}

#[cfg(test)]
mod tests {
    use aim_gov::clock::Timestamp;

    use super::*;
    use crate::log::{Asked, Logs};
    use crate::peer::Peer;
    use crate::testing;

    fn meter_of(visitor: Visitor, per_minute: u32, trace: Option<CallTrace>) -> (Meter, Arc<Logs>) {
        let (clock, logs) = (Clock::manual(Timestamp(0)), Arc::new(Logs::default()));
        let log = RequestLog::new(logs.clone(), clock.clone(), Asked::default());
        let meter = Meter::new(Parts {
            budget: Arc::default(),
            allowance: Allowance {
                per_minute,
                has_citizens: true,
            },
            visitor,
            clock,
            log,
            trace,
            rehearsal: None,
        });
        (meter, logs)
    }

    fn meter(per_minute: u32, trace: Option<CallTrace>) -> Meter {
        meter_of(Visitor::Citizen(testing::citizen()), per_minute, trace).0
    }

    #[test]
    fn trace_shows_the_refused_call() {
        let trace = CallTrace::default();
        let meter = meter(2, Some(trace.clone()));
        for _ in 0..2 {
            let call = meter
                .begin(Capability::Payments, "get", Arguments::default())
                .unwrap();
            meter.end(call, None);
        }
        let refusal = meter
            .begin(Capability::Payments, "get", Arguments::default())
            .unwrap_err();
        assert_eq!(refusal, GovError::LimitExceeded(LimitKind::CallsPerMinute));
        let calls = trace.take();
        let outcomes: Vec<_> = calls.first.iter().map(|call| call.outcome).collect();
        assert_eq!(outcomes, ["allowed", "allowed", "calls-per-minute"]);
    }

    /// A call that ends in the log-in counts only against the visitor's own request.
    #[test]
    fn strangers_who_are_sent_to_the_log_in_spend_nothing() {
        let stranger = Visitor::Stranger(Peer::new([192, 0, 2, 1].into()));
        let (meter, logs) = meter_of(stranger, 2, None);
        let refusal = GovError::LoginRequired(String::new());
        for _ in 0..100 {
            let call = meter
                .begin(Capability::Identity, "current", Arguments::default())
                .unwrap();
            meter.end(call, Some(&refusal));
        }
        let lines: Vec<_> = logs.lines().into_iter().map(|line| line.message).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[2].starts_with("100 calls for visitors"), "{lines:?}");
        // With any other end, the call counts.
        let call = meter
            .begin(Capability::OpenData, "get", Arguments::default())
            .unwrap();
        meter.end(call, Some(&GovError::NotFound));
        let spent = meter
            .begin(Capability::OpenData, "get", Arguments::default())
            .unwrap_err();
        assert_eq!(spent.code(), "calls-without-log-in");
    }

    #[test]
    fn citizens_who_are_sent_to_a_screen_spend_a_call() {
        let meter = meter(1, None);
        let call = meter
            .begin(Capability::Identity, "claims", Arguments::default())
            .unwrap();
        meter.end(call, Some(&GovError::ConsentRequired(String::new())));
        let spent = meter
            .begin(Capability::Identity, "claims", Arguments::default())
            .unwrap_err();
        assert_eq!(spent, GovError::LimitExceeded(LimitKind::CallsPerMinute));
    }

    #[test]
    fn one_request_makes_only_so_many_calls() {
        let trace = CallTrace::default();
        let meter = meter(u32::MAX, Some(trace.clone()));
        for _ in 0..GOV_CALLS_PER_REQUEST_MAX {
            let call = meter
                .clone()
                .begin(Capability::OpenData, "get", Arguments::default())
                .unwrap();
            meter.end(call, None);
        }
        for _ in 0..1_000 {
            let refusal = meter
                .begin(Capability::OpenData, "get", Arguments::default())
                .unwrap_err();
            assert_eq!(refusal.code(), "calls-per-request");
        }
        // A component that keeps calling does not fill memory with it.
        let calls = trace.take();
        assert_eq!((calls.first.len(), calls.more), (257, 999));
        assert_eq!(calls.first[256].outcome, "calls-per-request");
    }

    #[test]
    fn approval_of_no_calls_allows_none() {
        let refusal = meter(0, None)
            .begin(Capability::Identity, "claims", Arguments::default())
            .unwrap_err();
        assert_eq!(refusal.code(), "calls-per-minute");
    }
}
