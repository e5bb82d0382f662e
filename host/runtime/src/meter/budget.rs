//! The government calls of one service in a minute, and the shares of its visitors.
//!
//! An approval allows a service a number of calls a minute. One visitor gets a part of them, so that nobody can
//! exclude the others, and all visitors who are not logged in get half of them together, so that anonymous
//! visitors, which cost an attacker nothing, cannot exclude citizens. An anonymous call that only leads to a
//! log-in is returned.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use aim_gov::clock::Timestamp;
use aim_gov::error::LimitKind;
use aim_gov::invocation::{CitizenId, Session};
use aim_gov::usage::{self, Usage};

use crate::peer::Peer;

/// The calls that an approval allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// Calls a minute.
    pub(crate) per_minute: u32,
    /// Whether the service may have citizens who log in, to whom anonymous visitors must leave a share.
    pub(crate) has_citizens: bool,
}

/// How long a call counts, in seconds.
const MINUTE_SECONDS: i64 = 60;
/// One visitor may make the approved calls a minute divided by this.
const VISITOR_DIVISOR: u32 = 4;
/// But at least this many calls a minute if the approval allows them: a few pages of a service with a small
/// approval.
const VISITOR_CALLS_MIN: u32 = 60;
/// The code of the limit of one visitor.
pub(super) const CALLS_PER_VISITOR: &str = "calls-per-visitor";
/// The code of the limit of all anonymous visitors.
pub(super) const CALLS_WITHOUT_LOG_IN: &str = "calls-without-log-in";
/// All anonymous visitors together may make the approved calls a minute divided by this.
const STRANGERS_DIVISOR: u32 = 2;
/// Visitors of one service with a share of their own in one minute. Later ones in that minute count only
/// against the service, and against the anonymous visitors if they are not logged in.
const VISITORS_MAX: usize = 10_000;

/// The visitors whose calls are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Visitor {
    Citizen(CitizenId),
    Stranger(Peer),
    /// The platform, which hands the service an event: its calls count against the service only.
    Platform,
}

impl Visitor {
    pub(crate) fn new(session: Option<&Session>, peer: Peer) -> Self {
        session.map_or(Self::Stranger(peer), |session| {
            Self::Citizen(session.citizen.clone())
        })
    }

    pub(crate) fn is_stranger(&self) -> bool {
        matches!(self, Self::Stranger(_))
    }

    /// Requests from this machine have no share of their own: it may be a reverse proxy, behind which all
    /// visitors have one address.
    fn has_share(&self) -> bool {
        match self {
            Self::Citizen(_) => true,
            Self::Stranger(peer) => !peer.is_operator(),
            Self::Platform => false,
        }
    }
}

/// The share that is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spent {
    /// The visitor's.
    Visitor {
        /// Calls a minute.
        share: u32,
    },
    Strangers {
        /// Calls a minute.
        share: u32,
    },
    /// The whole service's.
    Service,
}

/// The calls of one service in the last minute, by all of its versions.
#[derive(Debug, Default)]
pub struct Budget(Mutex<Shares>);

#[derive(Debug, Default)]
struct Shares {
    service: LastMinute,
    strangers: LastMinute,
    visitors: Visitors,
    /// Anonymous calls that led to a log-in, in the current minute.
    turned_away: Window,
}

impl Budget {
    /// Counts one more call of this visitor, and tells `usage` what is used of each share; returns the second in which it
    /// counts.
    ///
    /// # Errors
    /// The share that is used up; then nothing is counted.
    pub(super) fn admit(
        &self,
        now: Timestamp,
        visitor: &Visitor,
        allowance: Allowance,
        usage: &Usage,
    ) -> Result<i64, Spent> {
        let Allowance {
            per_minute,
            has_citizens,
        } = allowance;
        let second = now.seconds();
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shares = &mut *shares;
        let share = (per_minute / VISITOR_DIVISOR)
            .max(VISITOR_CALLS_MIN)
            .min(per_minute);
        let count = |limit, used: u32, most: u32| {
            usage.count(limit, usage::Window::Minute, used.into(), most.into());
        };
        let window = shares.visitors.window_of(visitor, second);
        let has_share = share < per_minute && visitor.has_share();
        let calls = window.as_ref().map(|window| window.calls).filter(|_| has_share);
        if let Some(calls) = calls.filter(|calls| *calls >= share) {
            count(CALLS_PER_VISITOR, calls, share);
            return Err(Spent::Visitor { share });
        }
        let strangers = (visitor.is_stranger() && has_citizens)
            .then(|| (shares.strangers.total(second), per_minute / STRANGERS_DIVISOR))
            .filter(|(_, share)| *share > 0);
        if let Some((calls, share)) = strangers.filter(|(calls, share)| calls >= share) {
            count(CALLS_WITHOUT_LOG_IN, calls, share);
            return Err(Spent::Strangers { share });
        }
        let total = shares.service.total(second);
        if total >= per_minute {
            count(LimitKind::CallsPerMinute.code(), total, per_minute);
            return Err(Spent::Service);
        }
        shares.service.add(second);
        if visitor.is_stranger() {
            shares.strangers.add(second);
        }
        if let Some(window) = window {
            window.calls = window.calls.saturating_add(1);
        }
        if let Some(calls) = calls {
            count(CALLS_PER_VISITOR, calls.saturating_add(1), share);
        }
        if let Some((calls, share)) = strangers {
            count(CALLS_WITHOUT_LOG_IN, calls.saturating_add(1), share);
        }
        count(
            LimitKind::CallsPerMinute.code(),
            total.saturating_add(1),
            per_minute,
        );
        Ok(second)
    }

    /// Returns an anonymous call that counted in `second` and led to a log-in. Returns the number of such calls
    /// in this minute whenever it gains a digit.
    pub(super) fn give_back(&self, second: i64, visitor: &Visitor) -> Option<u32> {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shares.service.remove(second);
        shares.strangers.remove(second);
        if let Some(window) = shares.visitors.windows.get_mut(visitor) {
            window.calls = window.calls.saturating_sub(1);
        }
        let turned_away = &mut shares.turned_away;
        turned_away.begin_again(second);
        turned_away.calls = turned_away.calls.saturating_add(1);
        let calls = turned_away.calls;
        let has_another_digit = calls
            .checked_ilog10()
            .is_some_and(|digits| calls == 10_u32.pow(digits));
        has_another_digit.then_some(calls)
    }
}

#[derive(Debug, Default)]
struct Visitors {
    windows: HashMap<Visitor, Window>,
    /// The second in which expired windows were last removed.
    swept: i64,
}

impl Visitors {
    /// The window of this visitor, or a new one if there is space.
    fn window_of(&mut self, visitor: &Visitor, second: i64) -> Option<&mut Window> {
        if self.windows.len() >= VISITORS_MAX && !self.windows.contains_key(visitor) {
            // Once a second, so that many addresses do not cause a pass over all windows for each call.
            if self.swept == second {
                return None;
            }
            self.swept = second;
            self.windows.retain(|_, window| window.is_current(second));
            if self.windows.len() >= VISITORS_MAX {
                return None;
            }
        }
        let window = self.windows.entry(visitor.clone()).or_default();
        window.begin_again(second);
        Some(window)
    }
}

/// Calls within a minute that begins with the first of them. Between two windows there may be twice as many
/// within sixty seconds, which is acceptable for a share.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    began: i64,
    calls: u32,
}

impl Window {
    fn is_current(self, second: i64) -> bool {
        (0..MINUTE_SECONDS).contains(&second.saturating_sub(self.began))
    }

    fn begin_again(&mut self, second: i64) {
        if !self.is_current(second) {
            *self = Self {
                began: second,
                calls: 0,
            };
        }
    }
}

/// Calls of the last minute. The seconds of both ends count in full, so that the limit holds in any sixty
/// seconds.
#[derive(Debug, Default)]
struct LastMinute {
    /// Calls by the second in which they were made, oldest first: at most 61 entries.
    by_second: VecDeque<(i64, u32)>,
    total: u32,
}

impl LastMinute {
    fn total(&mut self, second: i64) -> u32 {
        if self.by_second.back().is_some_and(|(last, _)| *last > second) {
            // The clock was set back.
            *self = Self::default();
        }
        while let Some((first, calls)) = self.by_second.front().copied()
            && first < second.saturating_sub(MINUTE_SECONDS)
        {
            self.by_second.pop_front();
            self.total = self.total.saturating_sub(calls);
        }
        self.total
    }

    fn add(&mut self, second: i64) {
        self.total = self.total.saturating_add(1);
        match self.by_second.back_mut() {
            Some((last, calls)) if *last == second => *calls = calls.saturating_add(1),
            _ => self.by_second.push_back((second, 1)),
        }
    }

    fn remove(&mut self, second: i64) {
        let entry = self.by_second.iter_mut().rev().find(|(at, _)| *at == second);
        if let Some((_, calls)) = entry.filter(|(_, calls)| *calls > 0) {
            *calls -= 1;
            self.total = self.total.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(last: u8) -> Visitor {
        Visitor::Stranger(Peer::new([192, 0, 2, last].into()))
    }

    fn citizen(name: &str) -> Visitor {
        Visitor::Citizen(CitizenId(name.to_owned()))
    }

    fn allowance(per_minute: u32) -> Allowance {
        Allowance {
            per_minute,
            has_citizens: true,
        }
    }

    fn admitted(budget: &Budget, ms: i64, visitor: &Visitor, per_minute: u32) -> usize {
        (0..10_000)
            .take_while(|_| {
                budget
                    .admit(Timestamp(ms), visitor, allowance(per_minute), &Usage::default())
                    .is_ok()
            })
            .count()
    }

    #[test]
    fn sixty_seconds_have_only_so_many_calls_wherever_they_begin() {
        let (budget, visitor) = (Budget::default(), citizen("a"));
        assert_eq!(admitted(&budget, 59_900, &visitor, 5), 5);
        // Another minute of the clock, but not yet sixty seconds later.
        assert_eq!(admitted(&budget, 60_100, &visitor, 5), 0);
        assert_eq!(admitted(&budget, 119_800, &visitor, 5), 0);
        assert_eq!(admitted(&budget, 120_900, &visitor, 5), 5);
        assert_eq!(admitted(&budget, 120_900, &visitor, 5), 0);
    }

    #[test]
    fn clock_that_is_set_back_refuses_no_call() {
        let (budget, visitor) = (Budget::default(), citizen("a"));
        assert_eq!(admitted(&budget, 1_000_000, &visitor, 1), 1);
        assert_eq!(admitted(&budget, 5_000, &visitor, 1), 1);
    }

    #[test]
    fn strangers_leave_half_of_the_calls_to_citizens() {
        let budget = Budget::default();
        let taken: usize = (0..10)
            .map(|last| admitted(&budget, 0, &stranger(last), 600))
            .sum();
        assert_eq!(taken, 300);
        assert_eq!(
            budget.admit(Timestamp(0), &stranger(99), allowance(600), &Usage::default()),
            Err(Spent::Strangers { share: 300 })
        );
        assert_eq!(admitted(&budget, 0, &citizen("a"), 600), 150, "a citizen's share");
        assert_eq!(
            budget.admit(Timestamp(0), &citizen("a"), allowance(600), &Usage::default()),
            Err(Spent::Visitor { share: 150 })
        );
        assert_eq!(admitted(&budget, 0, &citizen("b"), 600), 150);
        assert_eq!(
            budget.admit(Timestamp(0), &citizen("c"), allowance(600), &Usage::default()),
            Err(Spent::Service)
        );
        // A minute later, all of them have their share again.
        assert_eq!(admitted(&budget, 61_000, &citizen("a"), 600), 150);
        assert_eq!(admitted(&budget, 61_000, &stranger(1), 600), 150);
    }

    #[test]
    fn strangers_have_all_calls_of_a_service_that_has_no_citizens() {
        let budget = Budget::default();
        let open = Allowance {
            per_minute: 600,
            has_citizens: false,
        };
        let taken = (0..10)
            .map(stranger)
            .flat_map(|visitor| std::iter::repeat_n(visitor, 150))
            .take_while(|visitor| {
                budget
                    .admit(Timestamp(0), visitor, open, &Usage::default())
                    .is_ok()
            })
            .count();
        assert_eq!(taken, 600);
    }

    #[test]
    fn reverse_proxy_on_this_machine_has_no_share_of_its_own() {
        let budget = Budget::default();
        let proxy = Visitor::Stranger(Peer::new([127, 0, 0, 1].into()));
        assert_eq!(admitted(&budget, 0, &proxy, 600), 300, "half is for citizens");
    }

    #[test]
    fn calls_that_led_to_a_log_in_are_given_back() {
        let (budget, visitor) = (Budget::default(), stranger(1));
        let mut told = Vec::new();
        for _ in 0..1_234 {
            let second = budget
                .admit(Timestamp(7_000), &visitor, allowance(600), &Usage::default())
                .unwrap();
            told.extend(budget.give_back(second, &visitor));
        }
        assert_eq!(told, [1, 10, 100, 1_000]);
        assert_eq!(admitted(&budget, 7_000, &citizen("a"), 600), 150);
        assert_eq!(admitted(&budget, 7_000, &visitor, 600), 150);
        // A call that no longer counts cannot be returned.
        budget.give_back(6, &visitor);
        assert_eq!(admitted(&budget, 7_000, &citizen("b"), 600), 150);
        assert_eq!(admitted(&budget, 7_000, &citizen("c"), 600), 150);
        assert_eq!(
            budget.admit(Timestamp(7_000), &citizen("d"), allowance(600), &Usage::default()),
            Err(Spent::Service)
        );
    }

    #[test]
    fn crowd_of_addresses_takes_bounded_memory() {
        let budget = Budget::default();
        for address in 0..20_000_u32 {
            let visitor = Visitor::Stranger(Peer::new(std::net::Ipv4Addr::from_bits(address).into()));
            budget
                .admit(Timestamp(0), &visitor, allowance(u32::MAX), &Usage::default())
                .unwrap();
        }
        assert_eq!(budget.0.lock().unwrap().visitors.windows.len(), VISITORS_MAX);
        budget
            .admit(
                Timestamp(60_000),
                &citizen("a"),
                allowance(u32::MAX),
                &Usage::default(),
            )
            .unwrap();
        assert_eq!(budget.0.lock().unwrap().visitors.windows.len(), 1);
    }
}
