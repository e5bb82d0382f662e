//! The newest calls of a test space's services, for their developer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aim_gov::clock::Timestamp;
use aim_gov::invocation::ServiceId;
use aim_gov::usage::LimitUse;

use crate::arguments::Arguments;
use crate::log::Asked;

/// The most calls that are kept; older ones make room.
pub const CALLS_KEPT_MAX: usize = 500;

/// One call of a vetting run or of a test space, to the government or to another system.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TracedCall {
    pub interface: &'static str,
    pub operation: &'static str,
    /// The other system that is called, and the method; `None` for calls to the government.
    pub target: Option<String>,
    /// `allowed`, or the code of the refusal.
    pub outcome: &'static str,
}

/// One call, as it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedCall {
    /// By the clock of the space.
    pub at: Timestamp,
    pub service: ServiceId,
    pub request: Arc<Asked>,
    pub call: TracedCall,
    /// What the host advises after a refusal; empty for an allowed call.
    pub advice: String,
    /// The fault of the plan that it met.
    pub fault: Option<&'static str>,
    /// What the service handed over, without what may be data of citizens.
    pub arguments: Arguments,
    /// What is used of each limit that it counted against.
    pub limits: Vec<LimitUse>,
}

/// The calls of one open space. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct CallLog(Arc<Mutex<VecDeque<LoggedCall>>>);

impl CallLog {
    pub(crate) fn push(&self, call: LoggedCall) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() >= CALLS_KEPT_MAX {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    /// The calls, newest first.
    pub fn newest(&self) -> Vec<LoggedCall> {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_calls_are_kept() {
        let log = CallLog::default();
        for number in 0..CALLS_KEPT_MAX + 2 {
            log.push(LoggedCall {
                at: Timestamp(i64::try_from(number).unwrap()),
                service: ServiceId("water-meter".to_owned()),
                request: Arc::default(),
                call: TracedCall {
                    interface: "payments",
                    operation: "get",
                    target: None,
                    outcome: "allowed",
                },
                advice: String::new(),
                fault: None,
                arguments: Arguments::default(),
                limits: Vec::new(),
            });
        }
        let newest: Vec<_> = log.newest().into_iter().map(|call| call.at.0).collect();
        assert_eq!(newest.len(), CALLS_KEPT_MAX);
        assert_eq!((newest[0], newest[CALLS_KEPT_MAX - 1]), (501, 2));
    }
}
