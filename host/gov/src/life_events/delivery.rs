//! One attempt to deliver an event: claim, call, record.
//!
//! The claim is a change of the row that only one node can make, and holds until its lease ends. A node that dies
//! between the call and the record leaves the lease to end, and the event is delivered again.

use std::sync::Arc;

use super::event::Naming;
use super::handler::{Attempt, Handler, Outcome, REJECT_CHARS_MAX, Unhandled};
use super::store::{self, State, Stored};
use super::{LifeEvents, allowed};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::consent::Basis;
use crate::db::{Conn, DbError, Tx};
use crate::directory::Directory;
use crate::grant::Capability;
use crate::invocation::{Availability, Service, ServiceId};
use crate::random::Random;
use crate::sql;

/// How long an attempt holds an event, in milliseconds: longer than a service may take, with its wait for a permit.
pub(super) const LEASE_MS: i64 = 60_000;
/// The wait before the second attempt, in milliseconds. It doubles with each.
const BACKOFF_FIRST_MS: i64 = 10_000;
/// The longest wait between two attempts, in milliseconds.
const BACKOFF_MAX_MS: i64 = 3_600_000;
/// By how much a wait may be longer or shorter, in percent, so that what failed together does not return together.
const JITTER_PERCENT: i64 = 20;
/// How long an event waits for a service that is not in force, in milliseconds, before it looks again.
const STOPPED_MS: i64 = 60_000;

/// An event that is due: its row as it was seen.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) id: String,
    pub(super) service: ServiceId,
    attempts: i64,
    due: Timestamp,
}

crate::row!(Due, "life_event", "id", { id, service, attempts, due = "due_ms" });

/// An event that this node holds.
struct Claim {
    service: Arc<Service>,
    attempt: Attempt,
    give_up: Timestamp,
}

impl LifeEvents {
    /// Delivers an event that was due when it was seen, unless somebody else does.
    ///
    /// # Errors
    /// [`DbError`]; the event is then delivered again when its lease has ended.
    pub(super) async fn deliver(
        &self,
        due: &Due,
        services: &Directory,
        handler: &dyn Handler,
    ) -> Result<(), DbError> {
        let Some(claim) = self.claim(due, services).await? else {
            return Ok(());
        };
        let answer = handler.on_event(&claim.service, &claim.attempt).await;
        self.record(&claim, answer).await
    }

    /// Takes an event for one attempt, if the service may learn of it.
    async fn claim(&self, due: &Due, services: &Directory) -> Result<Option<Claim>, DbError> {
        let platform = &self.platform;
        let service = services.find(&due.service);
        let mut tx = platform.db.begin_if_room().await?;
        let now = platform.clock.now();
        let Some(event) = store::event(&mut tx, &due.id).await? else {
            return Ok(None);
        };
        // The node died in the attempt that was to be the last.
        if event.state == State::Delivering && now >= event.give_up {
            due.end_unsent(&mut tx, State::Dead, "attempts-used-up", now)
                .await?;
            tx.commit().await?;
            return Ok(None);
        }
        let service = match service {
            Some(service) if service.availability(now) == Availability::Open => service,
            _ => {
                due.wait_for_service(tx, &event, now).await?;
                return Ok(None);
            }
        };
        let number = event.attempts.saturating_add(1);
        let (sight, refusal) = match allowed::check(&mut tx, &service, &event, now).await {
            Ok(sight) => (Some(sight), None),
            Err(refusal) => match refusal.code() {
                Some(code) => (None, Some(code)),
                // The storage failed; nothing is known.
                None => return Ok(None),
            },
        };
        let naming = sight.as_ref().map_or(Naming::Unnamed, |sight| sight.naming);
        let attempt = Attempt {
            request_id: platform.random.id("req", now),
            number,
            first: event.first_attempt.unwrap_or(now),
            is_final: now.plus_ms(longest(backoff(number))) >= event.give_up,
            event: event.clone().shown(&self.identity, naming, &service),
        };
        let basis = sight.and_then(|sight| sight.basis);
        let entry = entry(&service, &event, &attempt, basis);
        let mine = match refusal {
            None => due.claim(&mut tx, now).await?,
            Some(code) => due.end_unsent(&mut tx, State::Discarded, code, now).await?,
        };
        if !mine {
            return Ok(None);
        }
        let decision = refusal.unwrap_or(audit::ALLOWED);
        audit::append(&mut tx, &platform.random, now, &entry, decision).await?;
        tx.commit().await?;
        Ok(refusal.is_none().then_some(Claim {
            service,
            attempt,
            give_up: event.give_up,
        }))
    }

    /// Records what the service answered, unless the lease ended and somebody else holds the event.
    async fn record(&self, claim: &Claim, answer: Result<Outcome, Unhandled>) -> Result<(), DbError> {
        let platform = &self.platform;
        let now = platform.clock.now();
        let next = Next::of(claim, answer, now, &platform.random);
        let (id, number) = (&claim.attempt.event.id, i64::from(claim.attempt.number));
        let statement = match &next {
            Next::Again { due, error } => sql!("life_events/again", id, number, *due, error),
            Next::End { state, error } => sql!("life_events/end", id, number, *state, error, now),
        };
        statement.run_alone(&platform.db).await?;
        Ok(())
    }
}

/// The record of an attempt in the citizen's log.
fn entry(service: &Service, event: &Stored, attempt: &Attempt, basis: Option<Basis>) -> Entry {
    let attributes = event.event_type.attribute().into_iter().collect();
    let (purpose, consent_id) = basis.map(|basis| (basis.purpose, basis.consent)).unzip();
    Entry {
        request_id: attempt.request_id.clone(),
        service: service.id.clone(),
        digest: service.digest.clone(),
        citizen: event.citizen.clone(),
        interface: Capability::LifeEvents,
        operation: event.event_type.operation(),
        purpose,
        consent_id,
        attributes,
        object: Some(event.id.clone()),
        awaits_answer: false,
    }
}

impl Due {
    /// Takes the event, if its row is as it was seen.
    async fn claim(&self, tx: &mut Conn, now: Timestamp) -> Result<bool, DbError> {
        let claimed = sql!(
            "life_events/claim",
            &self.id,
            self.attempts,
            self.due,
            now,
            now.plus_ms(LEASE_MS)
        )
        .run(tx)
        .await?;
        Ok(claimed == 1)
    }

    /// Ends the event without another attempt, if its row is as it was seen.
    async fn end_unsent(
        &self,
        tx: &mut Conn,
        state: State,
        code: &str,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let ended = sql!(
            "life_events/end_unsent",
            &self.id,
            self.attempts,
            self.due,
            state,
            code,
            now
        )
        .run(tx)
        .await?;
        Ok(ended == 1)
    }

    /// A service that is not in force learns nothing. It may return.
    async fn wait_for_service(&self, mut tx: Tx, event: &Stored, now: Timestamp) -> Result<(), DbError> {
        let code = "service-not-in-force";
        if now >= event.give_up {
            self.end_unsent(&mut tx, State::Dead, code, now).await?;
        } else {
            let later = now.plus_ms(STOPPED_MS);
            sql!(
                "life_events/postpone",
                &self.id,
                self.attempts,
                self.due,
                later,
                code
            )
            .run(&mut tx)
            .await?;
        }
        tx.commit().await
    }
}

/// What becomes of an event after an attempt.
enum Next {
    Again { due: Timestamp, error: String },
    End { state: State, error: Option<String> },
}

impl Next {
    fn of(claim: &Claim, answer: Result<Outcome, Unhandled>, now: Timestamp, random: &Random) -> Self {
        let dead = |error: String| Self::End {
            state: State::Dead,
            error: Some(error),
        };
        let (error, at_least_ms) = match answer {
            Ok(Outcome::Done) => {
                return Self::End {
                    state: State::Done,
                    error: None,
                };
            }
            Ok(Outcome::Reject(code)) if is_code(&code) => return dead(code),
            Ok(Outcome::Reject(_)) => return dead("reject-malformed".to_owned()),
            Ok(Outcome::Retry(seconds)) => (
                "retry".to_owned(),
                i64::from(seconds.unwrap_or(0)).saturating_mul(1_000),
            ),
            Err(Unhandled(code)) => (code.to_owned(), 0),
        };
        let wait = jittered(backoff(claim.attempt.number), random).max(at_least_ms);
        let due = now.plus_ms(wait);
        if claim.attempt.is_final || due >= claim.give_up {
            return dead(error);
        }
        Self::Again { due, error }
    }
}

fn is_code(text: &str) -> bool {
    (1..=REJECT_CHARS_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The wait after an attempt, in milliseconds.
fn backoff(attempt: u32) -> i64 {
    let doublings = attempt.saturating_sub(1).min(16);
    BACKOFF_FIRST_MS
        .saturating_mul(1 << doublings)
        .min(BACKOFF_MAX_MS)
}

/// The longest that a wait may become.
fn longest(wait: i64) -> i64 {
    wait + wait / 100 * JITTER_PERCENT
}

fn jittered(wait: i64, random: &Random) -> i64 {
    let mut drawn = [0];
    random.fill(&mut drawn);
    let [drawn] = drawn;
    // From -JITTER_PERCENT to +JITTER_PERCENT in 256 steps.
    let percent = i64::from(drawn) * 2 * JITTER_PERCENT / 255 - JITTER_PERCENT;
    wait + wait / 100 * percent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let waits: Vec<_> = [1, 2, 3, 9, 10, 1_000]
            .into_iter()
            .map(|attempt| backoff(attempt) / 1_000)
            .collect();
        assert_eq!(waits, [10, 20, 40, 2_560, 3_600, 3_600]);
    }

    #[test]
    fn waits_vary_by_a_fifth() {
        let random = Random::seeded(1);
        for _ in 0..1_000 {
            let wait = jittered(100_000, &random);
            assert!((80_000..=120_000).contains(&wait), "{wait}");
        }
    }
}
