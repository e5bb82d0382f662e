//! Reminders that a service sets for itself: `set-timer` and `clear-timer` of `wit/life-events.wit`, and how they
//! become events.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt as _;

use super::LifeEvents;
use super::allowed::subscribed;
use super::event::{NewTimer, Timer};
use super::store::{self, StoredTimer, TIMER, TimerState};
use crate::audit::Entry;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::error::{GovError, LimitKind};
use crate::event_type::EventType;
use crate::grant::Capability;
use crate::idempotency::{check_key, hash_fields};
use crate::invocation::Invocation;
use crate::outbox::{News, encoded, tell};
use crate::random::is_id;
use crate::usage::Window;
use crate::{sql, subs};

/// How far ahead a reminder may be, in days.
pub const TIMER_AHEAD_DAYS: i64 = 366;
/// The most characters of a reminder's name.
pub const TIMER_NAME_CHARS_MAX: usize = 64;
/// The most bytes that a reminder carries.
pub const TIMER_DATA_BYTES_MAX: usize = 4 << 10;
/// Reminders of one service that are still to come, for each citizen of its test.
const TIMERS_PER_CITIZEN: u32 = 10;
/// The media type of data about which nothing is known (RFC 2046, section 4.5.1).
const UNKNOWN_TYPE: &str = "application/octet-stream";
/// The most reminders that one round of the job turns into events.
const TIMERS_BATCH: u32 = 1_000;

impl LifeEvents {
    /// Sets a reminder. The same key and request return the first answer; the same key with another request is a
    /// conflict.
    ///
    /// # Errors
    /// `access-denied` (`event-type-not-approved`); `not-found` for a `sub` that does not take part;
    /// `invalid-request` (`idempotency-key-malformed`, `timer-malformed`, `time-out-of-range`); `conflict`
    /// (`idempotency-key-reused`); `limit-exceeded` (`events`).
    pub async fn set_timer(
        &self,
        invocation: &Invocation,
        key: &str,
        new: NewTimer,
    ) -> Result<Timer, GovError> {
        let entry = Entry::of(invocation, Capability::LifeEvents, "set-timer");
        subs::learn(&self.platform, &self.identity, &invocation.service.id).await?;
        let (asking, key, random) = (invocation.clone(), key.to_owned(), self.platform.random.clone());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    check_key(&key)?;
                    let service = &asking.service.id;
                    // From here to the end of the transaction, reminders of this service are set one after the other.
                    sql!("life_events/count_open", service).run(tx).await?;
                    sql!("life_events/count_lock", service).run(tx).await?;
                    let hash = new.hash();
                    if let Some(first) = store::timer_by_key(tx, service, &key).await? {
                        return repeated(entry, first, &hash);
                    }
                    subscribed(&asking.service, EventType::TimerDue)?;
                    new.check(now)?;
                    if let Some(sub) = &new.subject {
                        let citizen = subs::addressee(tx, service, sub).await?;
                        entry.citizen = Some(citizen.ok_or(GovError::NotFound)?);
                    }
                    let citizen = new.subject.is_some().then(|| entry.citizen.clone()).flatten();
                    let most = asking
                        .service
                        .grant
                        .boundary
                        .citizens_max
                        .saturating_mul(TIMERS_PER_CITIZEN);
                    let counted = sql!("life_events/count_up", service, i64::from(most))
                        .run(tx)
                        .await?;
                    if asking.usage.is_kept() {
                        let (used,) = sql!("life_events/counted", service).one(tx).await?;
                        let most = i64::from(most);
                        asking
                            .usage
                            .count(LimitKind::Events.code(), Window::AtOnce, used, most);
                    }
                    if counted != 1 {
                        return Err(GovError::LimitExceeded(LimitKind::Events));
                    }
                    let id = random.id(TIMER, now);
                    sql!(
                        "life_events/timer_insert",
                        &id,
                        service,
                        &key,
                        &hash,
                        &citizen,
                        &new.name,
                        encoded(new.data.as_deref()),
                        new.due
                    )
                    .run(tx)
                    .await?;
                    entry.object = Some(id.clone());
                    Ok(Timer {
                        id,
                        due: new.due,
                        name: new.name,
                        pending: true,
                    })
                }
                .boxed()
            })
            .await
    }

    /// Takes a reminder back.
    ///
    /// # Errors
    /// `not-found`; `conflict` (`timer-state`) once its event is on its way.
    pub async fn clear_timer(&self, invocation: &Invocation, id: &str) -> Result<Timer, GovError> {
        let entry = Entry::of(invocation, Capability::LifeEvents, "clear-timer");
        let (service, id) = (invocation.service.id.clone(), id.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, _| {
                async move {
                    if !is_id(TIMER, &id) {
                        return Err(GovError::NotFound);
                    }
                    let timer = store::timer(tx, &id)
                        .await?
                        .filter(|timer| timer.service == service)
                        .ok_or(GovError::NotFound)?;
                    entry.object = Some(timer.id.clone());
                    if let Some(citizen) = &timer.citizen {
                        entry.citizen = Some(citizen.clone());
                    }
                    if end(tx, &timer, TimerState::Cleared).await? {
                        return Ok(Timer {
                            pending: false,
                            ..timer.shown()
                        });
                    }
                    match store::timer(tx, &id).await? {
                        Some(timer) if timer.state == TimerState::Cleared => Ok(timer.shown()),
                        _ => Err(GovError::conflict(
                            "timer-state",
                            "the event of this reminder is on its way already",
                        )),
                    }
                }
                .boxed()
            })
            .await
    }

    /// Turns reminders that are due into events, the earliest first.
    pub(super) async fn tell_due_timers(&self) -> Result<(), DbError> {
        let platform = &self.platform;
        let due: Vec<(String,)> = {
            let mut reader = platform.db.reader().await?;
            sql!(
                "life_events/timers_due",
                platform.clock.now(),
                i64::from(TIMERS_BATCH)
            )
            .all(&mut reader)
            .await?
        };
        for (id,) in due {
            let mut tx = platform.db.begin_if_room().await?;
            let Some(timer) = store::timer(&mut tx, &id).await? else {
                continue;
            };
            // On another node the same reminder may have become an event, or it was cleared.
            if !end(&mut tx, &timer, TimerState::Due).await? {
                continue;
            }
            let news = News {
                service: &timer.service,
                event_type: EventType::TimerDue,
                citizen: timer.citizen.as_ref(),
                object: Some(&timer.id),
                name: Some(&timer.name),
                happened: timer.due,
                content_type: timer.data.as_ref().map(|_| UNKNOWN_TYPE),
                data: timer.data.as_deref(),
            };
            tell(&mut tx, &platform.random, platform.clock.now(), news).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Ends a pending reminder; `false` if it was not pending any more.
async fn end(tx: &mut Conn, timer: &StoredTimer, state: TimerState) -> Result<bool, DbError> {
    let ended = sql!("life_events/timer_end", &timer.id, <&str>::from(state))
        .run(tx)
        .await?;
    if ended == 1 {
        sql!("life_events/count_down", &timer.service).run(tx).await?;
    }
    Ok(ended == 1)
}

fn repeated(entry: &mut Entry, first: StoredTimer, hash: &str) -> Result<Timer, GovError> {
    if first.hash != hash {
        return Err(GovError::conflict(
            "idempotency-key-reused",
            "this key was used for another reminder; take a new one for each reminder",
        ));
    }
    entry.object = Some(first.id.clone());
    if let Some(citizen) = &first.citizen {
        entry.citizen = Some(citizen.clone());
    }
    Ok(first.shown())
}

impl NewTimer {
    fn hash(&self) -> String {
        hash_fields(&[
            &self.due.0.to_string(),
            self.subject.as_deref().unwrap_or_default(),
            &self.name,
            self.data.as_ref().map_or("none", |_| "data"),
            &STANDARD.encode(self.data.as_deref().unwrap_or_default()),
        ])
    }

    fn check(&self, now: Timestamp) -> Result<(), GovError> {
        let malformed = |detail: String| Err(GovError::invalid("timer-malformed", detail));
        let is_name = (1..=TIMER_NAME_CHARS_MAX).contains(&self.name.len())
            && self
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_name {
            return malformed(format!(
                "`name` is 1 to {TIMER_NAME_CHARS_MAX} characters of `[a-z0-9-]`"
            ));
        }
        if self
            .data
            .as_ref()
            .is_some_and(|data| data.len() > TIMER_DATA_BYTES_MAX)
        {
            return malformed(format!("`data` has at most {TIMER_DATA_BYTES_MAX} bytes"));
        }
        if self.due > now.plus_ms(TIMER_AHEAD_DAYS * DAY_MS) || self.due < now.plus_ms(-DAY_MS) {
            return Err(GovError::invalid(
                "time-out-of-range",
                format!("`due` is at most {TIMER_AHEAD_DAYS} days ahead and one day past"),
            ));
        }
        Ok(())
    }
}
