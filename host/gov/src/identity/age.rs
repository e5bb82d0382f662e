//! How old a log-in is, as a service may know it.
//!
//! One log-in serves every service, so its moment would join the pseudonyms of a citizen. A service learns a
//! bucket, and may demand only that an age lies within one. Each bucket ends early, by up to half of its
//! length: a service that watches a bucket end learns a moment that no other service sees.

use crate::clock::Timestamp;
use crate::invocation::{ServiceId, Session};

use super::PairwiseKey;

/// The youngest log-in that a service can demand, in seconds: the way back from it takes time too. It
/// ends on time, because it begins when the citizen comes back from a log-in that this service asked for.
pub const MAX_AGE_S_MIN: u32 = 30;

/// How long ago a citizen logged in (WIT `login-age`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LoginAge {
    /// At most five minutes.
    FiveMinutes,
    /// At most one hour.
    Hour,
    /// At most one day.
    Day,
    Older,
}

/// The buckets and their lengths in seconds, shortest first.
const BUCKETS: [(LoginAge, u32); 3] = [
    (LoginAge::FiveMinutes, 5 * 60),
    (LoginAge::Hour, 60 * 60),
    (LoginAge::Day, 24 * 60 * 60),
];

/// One log-in at one service.
pub(super) struct Watch {
    auth_time: Timestamp,
    /// How much earlier buckets end, in 65536ths of half their length.
    share: i64,
}

impl Watch {
    pub(super) fn of(key: &PairwiseKey, service: &ServiceId, session: &Session) -> Self {
        let person = format!("{} {}", session.citizen.0, session.auth_time.0);
        let [high, low, ..] = key.mac(&format!("login-age:{}", service.0), &person);
        Self {
            auth_time: session.auth_time,
            share: i64::from(u16::from_be_bytes([high, low])),
        }
    }

    /// The bucket that the log-in is in.
    pub(super) fn age(&self, now: Timestamp) -> LoginAge {
        BUCKETS
            .into_iter()
            .find(|(_, length_s)| now < self.end(*length_s))
            .map_or(LoginAge::Older, |(age, _)| age)
    }

    /// Whether the log-in is at most this old; the age is rounded down to a bucket's length.
    pub(super) fn is_within(&self, max_age_s: u32, now: Timestamp) -> bool {
        let length_s = BUCKETS
            .into_iter()
            .map(|(_, length_s)| length_s)
            .rfind(|length_s| *length_s <= max_age_s);
        match length_s {
            Some(length_s) => now < self.end(length_s),
            None => now < self.auth_time.plus_ms(i64::from(MAX_AGE_S_MIN) * 1_000),
        }
    }

    fn end(&self, length_s: u32) -> Timestamp {
        let length_ms = i64::from(length_s) * 1_000;
        let early_ms = (length_ms / 2) * self.share / 65_536;
        self.auth_time.plus_ms(length_ms - early_ms)
    }
}
