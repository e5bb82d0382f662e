//! The host's clock. Nothing else in the platform reads the time of day.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Baku has had one offset all year round since 2016.
pub const BAKU: jiff::tz::Offset = jiff::tz::Offset::constant(4);
/// Milliseconds in a day.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Timestamp {
    /// This moment plus `ms` milliseconds; stays at the end of the range instead of wrapping.
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// This moment plus whole days.
    pub fn plus_days(self, days: u32) -> Self {
        self.plus_ms(i64::from(days).saturating_mul(DAY_MS))
    }

    /// The beginning of this day in Baku.
    pub fn start_of_day(self) -> Self {
        let since_midnight = self
            .0
            .saturating_add(i64::from(BAKU.seconds()) * 1_000)
            .rem_euclid(DAY_MS);
        self.plus_ms(-since_midnight)
    }

    /// Whole seconds since the Unix epoch, as JWT and OpenID Connect count.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The WIT `timestamp`; a time before 1970 becomes 0.
    pub fn as_wit(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }

    /// The time as `chrono`, which the `openidconnect` crate needs; 1970 if it is out of range.
    pub fn to_chrono(self) -> chrono::DateTime<chrono::Utc> {
        chrono::DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// The time as `jiff`, for formatting; `None` outside jiff's range (years -9999 to 9999).
    pub fn to_jiff(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_millisecond(self.0).ok()
    }

    /// The moment of a text in the form of RFC 3339; `None` for another text.
    pub fn parse(text: &str) -> Option<Self> {
        let moment: jiff::Timestamp = text.parse().ok()?;
        Some(Self(moment.as_millisecond()))
    }

    /// Date and time in Azerbaijan; `None` outside jiff's range.
    pub fn in_baku(self) -> Option<jiff::civil::DateTime> {
        Some(BAKU.to_datetime(self.to_jiff()?))
    }
}

/// How the clock of a test space goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// It goes with the platform's clock, ahead of it by this many milliseconds.
    Ahead(i64),
    /// It stands at this moment.
    Frozen(Timestamp),
}

impl Setting {
    /// The time that a clock with this setting shows while the platform's clock shows `platform`.
    pub fn shown_at(self, platform: Timestamp) -> Timestamp {
        match self {
            Self::Ahead(ms) => platform.plus_ms(ms),
            Self::Frozen(at) => at,
        }
    }

    /// The same, further on by `ms`.
    #[must_use]
    pub fn later_by(self, ms: i64) -> Self {
        match self {
            Self::Ahead(ahead) => Self::Ahead(ahead.saturating_add(ms)),
            Self::Frozen(at) => Self::Frozen(at.plus_ms(ms)),
        }
    }
}

/// A source of time. Clones share one clock, so a test that moves it moves it for all of them.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

enum Source {
    /// The system's clock, moved by this many milliseconds.
    System(AtomicI64),
    /// Stands still until it is moved.
    Manual(AtomicI64),
    /// The clock of a test space.
    Set {
        base: Clock,
        setting: RwLock<Setting>,
    },
    Read(Box<dyn Fn() -> Timestamp + Send + Sync>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::System(_) => "System",
            Self::Manual(_) => "Manual",
            Self::Set { .. } => "Set",
            Self::Read(_) => "Read",
        })
    }
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Arc::new(Source::System(AtomicI64::new(0))))
    }

    /// A clock that stands at `now` until it is moved.
    pub fn manual(now: Timestamp) -> Self {
        Self(Arc::new(Source::Manual(AtomicI64::new(now.0))))
    }

    /// The clock of a test space, which goes as it is set, and with this one otherwise.
    #[must_use]
    pub fn settable(&self, setting: Setting) -> Self {
        Self(Arc::new(Source::Set {
            base: self.clone(),
            setting: RwLock::new(setting),
        }))
    }

    /// Changes how a clock of [`Clock::settable`] goes; others stay as they are.
    pub fn set(&self, setting: Setting) {
        if let Source::Set { setting: current, .. } = &*self.0 {
            *current.write().unwrap_or_else(PoisonError::into_inner) = setting;
        }
    }

    /// A clock for tests that calls `read` each time. It cannot be moved.
    pub fn read(read: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(Source::Read(Box::new(read))))
    }

    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Source::System(offset_ms) => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "the one place that reads the system's clock"
                )]
                let system = std::time::SystemTime::now();
                let since = system.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                let ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
                Timestamp(ms.saturating_add(offset_ms.load(Ordering::SeqCst)))
            }
            Source::Manual(now_ms) => Timestamp(now_ms.load(Ordering::SeqCst)),
            Source::Set { base, setting } => {
                let setting = *setting.read().unwrap_or_else(PoisonError::into_inner);
                setting.shown_at(base.now())
            }
            Source::Read(read) => read(),
        }
    }

    /// Moves the clock by `ms`, forward or (negative) back.
    pub fn advance_ms(&self, ms: i64) {
        match &*self.0 {
            Source::System(value) | Source::Manual(value) => {
                value.fetch_add(ms, Ordering::SeqCst);
            }
            Source::Set { setting, .. } => {
                let mut setting = setting.write().unwrap_or_else(PoisonError::into_inner);
                *setting = setting.later_by(ms);
            }
            Source::Read(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_clock_moves_only_when_told_and_for_every_clone() {
        let clock = Clock::manual(Timestamp(1_000));
        let other = clock.clone();
        assert_eq!(clock.now(), Timestamp(1_000));
        other.advance_ms(500);
        assert_eq!(clock.now(), Timestamp(1_500));
    }

    #[test]
    fn clock_of_a_space_stands_or_goes_ahead() {
        let platform = Clock::manual(Timestamp(1));
        let clock = platform.settable(Setting::Frozen(Timestamp(5)));
        clock.advance_ms(10);
        platform.advance_ms(1);
        assert_eq!(clock.now(), Timestamp(15));
        clock.set(Setting::Ahead(DAY_MS));
        assert_eq!(clock.now(), Timestamp(2 + DAY_MS));
    }

    #[test]
    fn times_far_away_saturate_instead_of_wrapping() {
        assert_eq!(Timestamp(i64::MAX).plus_days(u32::MAX), Timestamp(i64::MAX));
        assert_eq!(Timestamp(-1).as_wit(), 0);
    }
}
