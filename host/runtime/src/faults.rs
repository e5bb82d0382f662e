//! Faults that an organisation switches on in its test space: an interface that is slow, that is down, or whose answer is lost
//! after the effect. Which call fails is decided by the seed, the operation and how often it was called before, so that the
//! same calls fail again with the same seed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aim_gov::error::{GovError, Problem};
use aim_gov::grant::Capability;
use aim_gov::random::Random;

/// The most rules of a plan.
pub const RULES_MAX: usize = 20;
/// The longest delay of a call, in milliseconds.
pub const DELAY_MS_MAX: u32 = 10_000;
/// What a share of all calls is a part of.
const PERCENT: u64 = 100;

/// The operations whose outcome a service may have to ask for (`unknown-outcome` of the WIT): after these an answer can be
/// lost.
const OUTCOMES: [(Capability, &str); 7] = [
    (Capability::Payments, "create"),
    (Capability::Payments, "capture"),
    (Capability::Payments, "cancel"),
    (Capability::Payments, "refund-payment"),
    (Capability::Notifications, "send"),
    (Capability::Signature, "create"),
    (Capability::Exchange, "submit"),
];

/// What goes wrong with a call.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nothing happens: `unavailable` with the code `storage-unavailable`.
    Unavailable,
    /// It happens, and the answer is lost: `unknown-outcome`. Other operations than those that can answer so are not
    /// affected.
    AnswerLost,
    /// It takes so many milliseconds longer, 1 to 10 000.
    DelayMs(u32),
}

impl Fault {
    /// The name in the list of calls.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::AnswerLost => "answer-lost",
            Self::DelayMs(_) => "delay",
        }
    }
}

/// One fault and the calls that it affects.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    pub interface: Capability,
    /// The WIT name of the operation; all of the interface where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    pub fault: Fault,
    /// How many of a hundred calls it affects, 1 to 100.
    #[schema(minimum = 1, maximum = 100)]
    pub percent: u8,
}

/// The faults of a space. By default some events come twice, and nothing else goes wrong.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    /// Another seed, other calls.
    #[serde(default)]
    #[schema(value_type = i64, minimum = 0, maximum = 4_294_967_295_i64)]
    pub seed: u32,
    #[serde(default)]
    #[schema(max_items = 20)]
    pub rules: Vec<FaultRule>,
    /// How many of a hundred events that were handled come a second time, 0 to 100: delivery is at least once.
    #[serde(default = "twice")]
    #[schema(minimum = 0, maximum = 100)]
    pub events_twice_percent: u8,
    /// How many of a hundred attempts to deliver an event are lost before the service hears of them, 0 to 100. The event
    /// comes again later, so that others come before it.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    pub events_lost_percent: u8,
}

/// [`FaultPlan::events_twice_percent`] of a plan that does not say it.
pub const EVENTS_TWICE_PERCENT: u8 = 10;

fn twice() -> u8 {
    EVENTS_TWICE_PERCENT
}

impl Default for FaultPlan {
    fn default() -> Self {
        Self {
            seed: 0,
            rules: Vec::new(),
            events_twice_percent: EVENTS_TWICE_PERCENT,
            events_lost_percent: 0,
        }
    }
}

/// Why a plan cannot be used, with the place of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongPlan {
    #[error("there are more than {RULES_MAX} rules")]
    TooMany,
    #[error("`rules[{0}].percent` is not between 1 and 100")]
    Percent(usize),
    #[error("`events_twice_percent` is more than 100")]
    Twice,
    #[error("`events_lost_percent` is more than 100")]
    Lost,
    #[error("`rules[{0}].fault` delays a call by more than {DELAY_MS_MAX} ms, or not at all")]
    Delay(usize),
    #[error("`rules[{0}]` loses the answer of an operation that is never answered with `unknown-outcome`")]
    NoOutcome(usize),
}

impl FaultPlan {
    /// # Errors
    /// [`WrongPlan`].
    pub fn check(&self) -> Result<(), WrongPlan> {
        if self.rules.len() > RULES_MAX {
            return Err(WrongPlan::TooMany);
        }
        if self.events_twice_percent > 100 {
            return Err(WrongPlan::Twice);
        }
        if self.events_lost_percent > 100 {
            return Err(WrongPlan::Lost);
        }
        for (place, rule) in self.rules.iter().enumerate() {
            if !(1..=100).contains(&rule.percent) {
                return Err(WrongPlan::Percent(place));
            }
            match rule.fault {
                Fault::DelayMs(ms) if !(1..=DELAY_MS_MAX).contains(&ms) => {
                    return Err(WrongPlan::Delay(place));
                }
                Fault::AnswerLost if !rule.has_outcome() => return Err(WrongPlan::NoOutcome(place)),
                Fault::DelayMs(_) | Fault::AnswerLost | Fault::Unavailable => {}
            }
        }
        Ok(())
    }
}

impl FaultRule {
    fn affects(&self, interface: Capability, operation: &str) -> bool {
        self.interface == interface && self.operation.as_ref().is_none_or(|one| one == operation)
    }

    fn has_outcome(&self) -> bool {
        OUTCOMES
            .iter()
            .any(|(interface, operation)| self.affects(*interface, operation))
    }
}

/// The faults of one open space. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<RwLock<State>>);

#[derive(Debug, Default)]
struct State {
    plan: FaultPlan,
    /// How often each operation was called since the plan was set.
    calls: HashMap<(Capability, &'static str), u64>,
}

impl Faults {
    /// Replaces the plan; the calls are counted from the beginning, so that the same ones fail again.
    pub fn set(&self, plan: FaultPlan) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = State {
            plan,
            calls: HashMap::new(),
        };
    }

    /// Whether an event that was handled comes a second time.
    pub(crate) fn comes_twice(&self) -> bool {
        self.hits("on-event", |plan| plan.events_twice_percent)
    }

    /// Whether an attempt to deliver an event is lost before the service hears of it.
    pub(crate) fn is_lost(&self) -> bool {
        self.hits("attempt", |plan| plan.events_lost_percent)
    }

    /// Whether what has this name and this chance happens the next time.
    fn hits(&self, name: &'static str, percent: impl Fn(&FaultPlan) -> u8) -> bool {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let percent = u64::from(percent(&state.plan));
        let seed = state.plan.seed;
        let count = state.calls.entry((Capability::LifeEvents, name)).or_default();
        let number = *count;
        *count = number.saturating_add(1);
        drawn(seed, RULES_MAX, Capability::LifeEvents, name, number) < percent
    }

    /// What goes wrong with this call; the first rule that hits counts.
    pub(crate) fn next(&self, interface: Capability, operation: &'static str) -> Option<Fault> {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if state.plan.rules.is_empty() {
            return None;
        }
        let count = state.calls.entry((interface, operation)).or_default();
        let number = *count;
        *count = number.saturating_add(1);
        let State { plan, .. } = &*state;
        let hit = plan.rules.iter().enumerate().find(|(place, rule)| {
            rule.affects(interface, operation)
                && drawn(plan.seed, *place, interface, operation, number) < u64::from(rule.percent)
        })?;
        let (_, rule) = hit;
        let can_be_lost = OUTCOMES.contains(&(interface, operation));
        (rule.fault != Fault::AnswerLost || can_be_lost).then_some(rule.fault)
    }
}

/// A number below [`PERCENT`] that depends on nothing else.
fn drawn(seed: u32, place: usize, interface: Capability, operation: &str, number: u64) -> u64 {
    let mut hash = u64::from(seed);
    let place = place as u64;
    let words = [
        interface.code().as_bytes(),
        operation.as_bytes(),
        &place.to_be_bytes(),
        &number.to_be_bytes(),
    ];
    // FNV-1a: it spreads short texts well, and nobody has to be unable to guess it.
    for byte in words.into_iter().flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let mut bytes = [0; 8];
    Random::seeded(hash).fill(&mut bytes);
    u64::from_be_bytes(bytes) % PERCENT
}

impl Fault {
    pub(crate) fn refusal(self) -> Option<GovError> {
        (self == Self::Unavailable).then(GovError::storage_unavailable)
    }

    pub(crate) fn delay(self) -> Duration {
        match self {
            Self::DelayMs(ms) => Duration::from_millis(ms.into()),
            Self::Unavailable | Self::AnswerLost => Duration::ZERO,
        }
    }

    /// What a service hears in the place of the answer.
    pub(crate) fn instead(self, interface: Capability) -> Option<GovError> {
        (self == Self::AnswerLost).then(|| {
            let by = match interface {
                Capability::Payments => "query with `get` or `find`",
                _ => "query with `find`",
            };
            let detail = format!("the answer was lost; {by}, or repeat with the same key");
            GovError::UnknownOutcome(Problem::new("provider-silent", detail))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(interface: Capability, operation: Option<&str>, fault: Fault, percent: u8) -> FaultRule {
        FaultRule {
            interface,
            operation: operation.map(str::to_owned),
            fault,
            percent,
        }
    }

    fn failing(faults: &Faults, calls: usize) -> Vec<bool> {
        (0..calls)
            .map(|_| faults.next(Capability::Payments, "create").is_some())
            .collect()
    }

    #[test]
    fn same_calls_fail_again_with_the_same_seed_and_others_with_another() {
        let plan = |seed| FaultPlan {
            seed,
            rules: vec![rule(Capability::Payments, None, Fault::Unavailable, 30)],
            ..FaultPlan::default()
        };
        let faults = Faults::default();
        faults.set(plan(1));
        let first = failing(&faults, 200);
        // Calls of other operations in between change nothing.
        faults.set(plan(1));
        let again: Vec<_> = (0..200)
            .map(|_| {
                assert_eq!(faults.next(Capability::OpenData, "search"), None);
                faults.next(Capability::Payments, "get");
                faults.next(Capability::Payments, "create").is_some()
            })
            .collect();
        assert_eq!(first, again);
        let failed = first.iter().filter(|failed| **failed).count();
        assert!((30..=90).contains(&failed), "{failed} of 200");
        faults.set(plan(2));
        assert_ne!(failing(&faults, 200), first);
    }

    #[test]
    fn rule_affects_its_operation_and_the_first_that_hits_counts() {
        let faults = Faults::default();
        faults.set(FaultPlan {
            seed: 0,
            rules: vec![
                rule(Capability::Payments, Some("get"), Fault::DelayMs(5), 100),
                rule(Capability::Payments, None, Fault::AnswerLost, 100),
            ],
            ..FaultPlan::default()
        });
        assert_eq!(faults.next(Capability::Payments, "get"), Some(Fault::DelayMs(5)));
        assert_eq!(
            faults.next(Capability::Payments, "create"),
            Some(Fault::AnswerLost)
        );
        // Nobody has to ask for the outcome of reading bills.
        assert_eq!(faults.next(Capability::Payments, "bills"), None);
        assert_eq!(faults.next(Capability::Identity, "current"), None);
    }

    #[test]
    fn operations_whose_answer_can_be_lost_are_those_of_the_wit() {
        let mut resolve = wit_parser::Resolve::default();
        resolve
            .push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit"))
            .unwrap();
        for (interface, operation) in OUTCOMES {
            let mut all = resolve.interfaces.iter();
            let found = all.any(|(_, one)| {
                one.name.as_deref() == Some(interface.code()) && one.functions.contains_key(operation)
            });
            assert!(found, "{interface:?} {operation}");
        }
    }

    #[test]
    fn plan_that_cannot_be_used_is_refused_with_its_place() {
        let plan = |rules| FaultPlan {
            rules,
            ..FaultPlan::default()
        };
        let good = rule(Capability::Payments, None, Fault::AnswerLost, 1);
        assert_eq!(plan(vec![good.clone()]).check(), Ok(()));
        for (bad, wrong) in [
            (
                rule(Capability::Payments, None, Fault::Unavailable, 0),
                WrongPlan::Percent(1),
            ),
            (
                rule(Capability::Payments, None, Fault::Unavailable, 101),
                WrongPlan::Percent(1),
            ),
            (
                rule(Capability::Payments, None, Fault::DelayMs(0), 1),
                WrongPlan::Delay(1),
            ),
            (
                rule(Capability::Payments, None, Fault::DelayMs(DELAY_MS_MAX + 1), 1),
                WrongPlan::Delay(1),
            ),
            (
                rule(Capability::Identity, None, Fault::AnswerLost, 1),
                WrongPlan::NoOutcome(1),
            ),
        ] {
            assert_eq!(plan(vec![good.clone(), bad]).check(), Err(wrong));
        }
        assert_eq!(plan(vec![good; RULES_MAX + 1]).check(), Err(WrongPlan::TooMany));
    }

    #[test]
    fn some_events_come_twice_unless_the_plan_says_none() {
        let twice = |percent| {
            let faults = Faults::default();
            faults.set(FaultPlan {
                events_twice_percent: percent,
                ..FaultPlan::default()
            });
            (0..100).filter(|_| faults.comes_twice()).count()
        };
        assert_eq!((twice(0), twice(100)), (0, 100));
        assert!((1..=30).contains(&twice(EVENTS_TWICE_PERCENT)));
    }

    #[test]
    fn attempts_are_lost_where_the_plan_says_so_and_the_same_ones_again() {
        let lost = |plan: &FaultPlan| -> Vec<bool> {
            let faults = Faults::default();
            faults.set(plan.clone());
            (0..100)
                .map(|_| {
                    faults.comes_twice();
                    faults.is_lost()
                })
                .collect()
        };
        let plan = |events_lost_percent| FaultPlan {
            events_lost_percent,
            ..FaultPlan::default()
        };
        assert_eq!(lost(&FaultPlan::default()), [false; 100]);
        assert_eq!(lost(&plan(100)), [true; 100]);
        let some = lost(&plan(30));
        assert!(
            (10..=50).contains(&some.iter().filter(|lost| **lost).count()),
            "{some:?}"
        );
        assert_eq!(lost(&plan(30)), some);
        assert_eq!(plan(101).check(), Err(WrongPlan::Lost));
    }
}
