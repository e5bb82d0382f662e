//! The simulated pension fund: who reaches pension age is told of without an application, through the services that they
//! agreed to tell.

use std::time::Duration;

use crate::audit;
use crate::clock::{BAKU, DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::event_type::EventType;
use crate::grant::Attribute;
use crate::identity::{Identity, Person, local_date, personas};
use crate::invocation::CitizenId;
use crate::platform::Platform;
use crate::sql;
use crate::state_event::{self, StateEvent};

/// Pension age of the simulated fund, in years. It is that of men and, from July 2027 on, of women (Law on Labour
/// Pensions, article 7); the years in between are not simulated.
pub const PENSION_AGE_YEARS: i16 = 65;

/// How long after the day the fund still tells of it, if it could not before.
pub const TOLD_WITHIN_DAYS: i64 = 366;

/// How often the fund looks who has reached the age.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// The pension fund. Clones share the database.
#[derive(Clone, Debug)]
pub struct Pension {
    platform: Platform,
    identity: Identity,
}

/// The data of `az.gov.pension-age.reached.v1`.
#[derive(serde::Serialize)]
struct Data {
    since: String,
}

impl Pension {
    pub fn new(platform: Platform, identity: Identity) -> Self {
        Self { platform, identity }
    }

    /// The same fund for the citizens of `identity`.
    #[must_use]
    pub(crate) fn with_identity(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    /// Tells, every [`SWEEP_EVERY`] and at the start, of who has reached the age. Runs until it is dropped.
    pub async fn keep_in_order(self) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.tell_due().await {
                tracing::error!(error = &error as &dyn std::error::Error, "pension.sweep failed");
            }
        }
    }

    /// Tells once of everybody of the simulated people who has reached the age and was not told of. Who reached it more
    /// than [`TOLD_WITHIN_DAYS`] ago is a pensioner of whom nothing is told.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn tell_due(&self) -> Result<(), DbError> {
        let now = self.platform.clock.now();
        let known: Vec<String> = {
            let mut reader = self.platform.db.reader().await?;
            let rows: Vec<(String,)> = sql!("pension/known").all(&mut reader).await?;
            rows.into_iter().map(|(fin,)| fin).collect()
        };
        for persona in personas::all() {
            let person = &persona.person;
            let Some(since) = reached(person).filter(|_| !known.contains(&person.fin)) else {
                continue;
            };
            let days = now.0.saturating_sub(since.0).div_euclid(DAY_MS);
            if let Some(citizen) = self.identity.citizen(&person.fin)
                && (0..=TOLD_WITHIN_DAYS).contains(&days)
            {
                self.tell(&person.fin, &citizen, since).await?;
            }
        }
        Ok(())
    }

    /// Tells the citizen's services that they reached the age on this day, the first time.
    async fn tell(&self, fin: &str, citizen: &CitizenId, since: Timestamp) -> Result<(), DbError> {
        let Platform { db, clock, random } = &self.platform;
        let mut tx = db.begin().await?;
        let now = clock.now();
        if !personas::is_living(&mut tx, fin).await? {
            return Ok(());
        }
        // No row: another node was first.
        if sql!("pension/add", fin, since).run(&mut tx).await? == 1 {
            let entry = state_event::registered(
                citizen,
                "pension-age",
                Some(Attribute::AgeOver),
                random.id("req", now),
            );
            audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
            self.announce(&mut tx, citizen, since, now).await?;
        }
        tx.commit().await
    }

    async fn announce(
        &self,
        tx: &mut Conn,
        citizen: &CitizenId,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let event = StateEvent {
            event_type: EventType::PensionAgeReached,
            citizen,
            happened: since,
            data: &Data {
                since: local_date(since).to_string(),
            },
        };
        state_event::tell(tx, &self.platform.random, now, &event).await
    }

    /// Tells the services of this citizen as on the day on which they reach the age: for the temporary platform of a
    /// vetting run.
    ///
    /// # Errors
    /// [`DbError`].
    pub(crate) async fn rehearse(&self, citizen: &CitizenId) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        self.announce(&mut tx, citizen, now, now).await?;
        tx.commit().await
    }
}

/// When a living person reaches the age: the beginning of a day in Baku.
fn reached(person: &Person) -> Option<Timestamp> {
    let years = jiff::Span::new().years(PENSION_AGE_YEARS);
    let day = person.birthdate.checked_add(years).ok()?;
    let midnight = day.to_zoned(jiff::tz::TimeZone::fixed(BAKU)).ok()?;
    let since = Timestamp(midnight.timestamp().as_millisecond());
    person.died.is_none().then_some(since)
}
