//! Test spaces: where an organisation tries its services with simulated citizens, before any officer looks at them.

use std::fmt;

use aim_gov::clock::{DAY_MS, Setting, Timestamp};
use aim_runtime::faults::FaultPlan;

use super::OrganisationId;

/// Spaces of one organisation.
pub const SPACES_MAX: usize = 3;
/// The fewest characters of a space's name.
pub const NAME_CHARS_MIN: usize = 3;
/// The most characters of a space's name: with the longest name of a service and two hyphens it fits a label of a host
/// name (RFC 1035, 2.3.4: 63).
pub const NAME_CHARS_MAX: usize = 20;
/// Snapshots of one space.
pub const SNAPSHOTS_MAX: usize = 10;
/// How far the clock of a space may be moved at once: 366 days.
pub const MOVE_MS_MAX: i64 = 366 * DAY_MS;
/// How far ahead of the platform's clock it may go: 20 years.
pub const AHEAD_MS_MAX: i64 = 20 * 365 * DAY_MS;

/// The name of a space, or of a snapshot: 3 to 20 characters of `[a-z0-9-]`, beginning with a letter, no double or trailing
/// hyphen.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize
)]
#[serde(transparent)]
pub struct SpaceName(pub String);

impl SpaceName {
    /// The name that was typed; `None` if it does not have the form of one.
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let is_name = (NAME_CHARS_MIN..=NAME_CHARS_MAX).contains(&typed.len())
            && typed.starts_with(|first: char| first.is_ascii_lowercase())
            && typed
                .chars()
                .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
            && !typed.ends_with('-')
            && !typed.contains("--");
        is_name.then(|| Self(typed.to_owned()))
    }
}

impl fmt::Display for SpaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A test space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    pub name: SpaceName,
    pub organisation: OrganisationId,
    pub created_at: Timestamp,
    /// The number of its current database.
    pub generation: i64,
    /// When the current database began, by the clock of the space.
    pub began_at: Timestamp,
    pub clock: Setting,
    /// What goes wrong with the calls of its services.
    pub faults: FaultPlan,
}

impl Space {
    /// A new space, whose clock shows the platform's time.
    pub fn new(name: SpaceName, organisation: OrganisationId, now: Timestamp) -> Self {
        Self {
            name,
            organisation,
            created_at: now,
            generation: 1,
            began_at: now,
            clock: Setting::Ahead(0),
            faults: FaultPlan::default(),
        }
    }

    /// The same space with an empty database and the platform's time.
    #[must_use]
    pub fn reset(&self, now: Timestamp) -> Self {
        Self {
            generation: self.generation.saturating_add(1),
            began_at: now,
            clock: Setting::Ahead(0),
            ..self.clone()
        }
    }

    /// The same space as it was at `snapshot`. Its clock stands still, at the moment of the snapshot.
    #[must_use]
    pub fn restored(&self, snapshot: &Snapshot) -> Self {
        Self {
            generation: self.generation.saturating_add(1),
            began_at: snapshot.began_at,
            clock: Setting::Frozen(snapshot.stood_at),
            ..self.clone()
        }
    }

    /// The setting of the clock after `change`.
    ///
    /// # Errors
    /// [`ClockRefused`]; a clock goes forward only, because what is stored would lie in its future.
    pub fn clock_after(&self, change: ClockChange, now: Timestamp) -> Result<Setting, ClockRefused> {
        let shown = self.clock.shown_at(now);
        let next = match change {
            ClockChange::Freeze => Setting::Frozen(shown),
            ClockChange::Run => Setting::Ahead(shown.0.saturating_sub(now.0)),
            ClockChange::Advance(ms) => self.clock.later_by(ms),
            ClockChange::Set(at) => self.clock.later_by(at.0.saturating_sub(shown.0)),
        };
        let moved = next.shown_at(now).0.saturating_sub(shown.0);
        if moved < 0 {
            return Err(ClockRefused::Back);
        }
        if moved > MOVE_MS_MAX {
            return Err(ClockRefused::TooFar);
        }
        if next.shown_at(now).0.saturating_sub(now.0) > AHEAD_MS_MAX {
            return Err(ClockRefused::TooFarAhead);
        }
        Ok(next)
    }
}

/// A change of the clock of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockChange {
    /// It stands still at the time that it shows.
    Freeze,
    /// It goes on from the time that it shows.
    Run,
    /// It goes forward by so many milliseconds.
    Advance(i64),
    /// It goes forward to this moment.
    Set(Timestamp),
}

/// Why a clock cannot be changed so.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    thiserror::Error,
    strum::IntoStaticStr,
    strum::VariantArray
)]
#[strum(serialize_all = "kebab-case")]
pub enum ClockRefused {
    #[error("the clock goes forward only; reset the space, or restore a snapshot, to go back")]
    Back,
    #[error("the clock moves at most 366 days at once")]
    TooFar,
    #[error("the clock goes at most 20 years ahead of the real time")]
    TooFarAhead,
}

aim_gov::coded!(ClockRefused);

/// A copy of the database of a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub name: SpaceName,
    pub created_at: Timestamp,
    /// When the copied database began, by the clock of the space.
    pub began_at: Timestamp,
    /// The time that the clock of the space showed.
    pub stood_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn space() -> Space {
        let name = SpaceName::parse("spring").unwrap();
        Space::new(name, OrganisationId("org_1".to_owned()), NOW)
    }

    #[test]
    fn name_is_a_part_of_a_host_name() {
        let longest = "a".repeat(NAME_CHARS_MAX);
        for good in ["abc", "spring-2", " abc ", longest.as_str()] {
            assert!(SpaceName::parse(good).is_some(), "{good}");
        }
        let long = "a".repeat(NAME_CHARS_MAX + 1);
        for bad in [
            "",
            "ab",
            "2ab",
            "-ab",
            "ab-",
            "a--b",
            "Abc",
            "a.b",
            "a b",
            "əəə",
            long.as_str(),
        ] {
            assert!(SpaceName::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn clock_stands_goes_on_and_goes_forward_within_bounds() {
        let mut space = space();
        let day = NOW.plus_days(1);
        space.clock = space.clock_after(ClockChange::Freeze, NOW).unwrap();
        assert_eq!(space.clock, Setting::Frozen(NOW));
        space.clock = space.clock_after(ClockChange::Advance(5), day).unwrap();
        assert_eq!(space.clock, Setting::Frozen(NOW.plus_ms(5)));
        space.clock = space.clock_after(ClockChange::Run, day).unwrap();
        assert_eq!(space.clock, Setting::Ahead(5 - DAY_MS));
        space.clock = space
            .clock_after(ClockChange::Set(day.plus_days(30)), day)
            .unwrap();
        assert_eq!(space.clock.shown_at(day), day.plus_days(30));
        for (change, refused) in [
            (ClockChange::Advance(-1), ClockRefused::Back),
            (ClockChange::Set(day), ClockRefused::Back),
            (ClockChange::Advance(MOVE_MS_MAX + 1), ClockRefused::TooFar),
            (ClockChange::Advance(i64::MAX), ClockRefused::TooFar),
        ] {
            assert_eq!(space.clock_after(change, day), Err(refused), "{change:?}");
        }
        space.clock = Setting::Ahead(AHEAD_MS_MAX);
        let far = space.clock_after(ClockChange::Advance(1), NOW);
        assert_eq!(far, Err(ClockRefused::TooFarAhead));
    }

    #[test]
    fn reset_begins_another_database_at_the_real_time() {
        let mut space = space();
        space.clock = Setting::Frozen(NOW.plus_days(9));
        let again = space.reset(NOW.plus_days(1));
        assert_eq!((again.generation, again.clock), (2, Setting::Ahead(0)));
        assert_eq!(again.began_at, NOW.plus_days(1));
    }
}
