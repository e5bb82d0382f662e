//! Delivers waiting messages and the alerts that follow them. A job does this: it reads the due messages from
//! the database, asks the provider outside any transaction, and records the answer. After a crash the same
//! request is repeated under the same id.

use std::time::Duration;

use super::Notifications;
use super::backend::{AlertOrder, Verdict};
use super::message::{Failure, Message, Status};
use super::store::{self, InboxFile};
use super::words::InboxText;
use crate::clock::{DAY_MS, Timestamp};
use crate::consent;
use crate::db::{Conn, DbError};
use crate::directory::Directory;
use crate::invocation::Availability;
use crate::message_template::Kind;
use crate::remote::Fault;
use crate::text::{Locale, Localised};
use crate::{sql, subs};

/// Interval at which the job looks for due messages.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// The most messages that one pass reads together.
const SWEEP_BATCH: u32 = 100;
/// Time after a failure until the provider is asked again, in milliseconds.
const RETRY_MS: i64 = 60_000;
/// Time after which a provider without an answer is given up, in milliseconds: 72 hours, as at GOV.UK Notify.
const GIVE_UP_MS: i64 = 3 * DAY_MS;
/// The shortest and the longest time between two requests about an alert, in milliseconds.
const ASK_AGAIN_MS: (i64, i64) = (5_000, 3_600_000);
/// The hours of the day, in Baku, in which alerts are sent.
const ALERT_HOURS: std::ops::Range<i8> = 9..21;

/// The next state of a message, and when it is due again.
struct Step {
    message: Message,
    due: Option<Timestamp>,
}

/// The message in the inbox, with the time at which its alert is due.
pub(super) fn delivered(mut message: Message, now: Timestamp) -> (Message, Timestamp) {
    message.status = Status::Delivered;
    message.completed = Some(now);
    message.alert.status = Some(Status::Created);
    (message, alert_time(now))
}

/// The message that will not be delivered, with the reason.
fn undelivered(mut message: Message, failure: Failure, now: Timestamp) -> Step {
    message.status = match failure {
        Failure::Discarded => Status::Cancelled,
        Failure::FileRefused | Failure::ProviderFailed => Status::TechnicalFailure,
    };
    message.failure = Some(failure);
    message.completed = Some(now);
    Step { message, due: None }
}

/// Whether the message could still be sent now: what the citizen agreed to when it was ordered may have ended.
async fn is_wanted(conn: &mut Conn, message: &Message, now: Timestamp) -> Result<bool, DbError> {
    let takes_part = subs::addressee(conn, &message.service, &message.sub)
        .await?
        .is_some();
    let agreed = match &message.consent {
        Some(consent) => consent::still_agreed(conn, &message.citizen, consent, now).await?,
        None => true,
    };
    let unsubscribed = message.kind == Kind::Subscription
        && store::is_unsubscribed(conn, &message.citizen, &message.service).await?;
    Ok(takes_part && agreed && !unsubscribed)
}

/// Now, or nine in the morning: alerts are not sent at night.
fn alert_time(now: Timestamp) -> Timestamp {
    let Some(local) = now.in_baku() else {
        return now;
    };
    if ALERT_HOURS.contains(&local.hour()) {
        return now;
    }
    let since_midnight = now
        .0
        .saturating_add(i64::from(crate::clock::BAKU.seconds()) * 1_000)
        .rem_euclid(DAY_MS);
    let morning = i64::from(ALERT_HOURS.start) * 3_600_000;
    now.plus_ms((morning - since_midnight).rem_euclid(DAY_MS))
}

/// The text of the alert: the name of the service, without any word of the message, since it appears on locked
/// screens.
pub(super) fn alert_text(service: &Localised, language: Locale) -> String {
    InboxText::of(language)
        .alert
        .replace("{service}", service.get(language))
}

impl Notifications {
    /// Delivers due messages until it is dropped.
    pub async fn keep_in_order(self, services: Directory) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.deliver_due(&services).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "notifications.delivery failed"
                );
            }
        }
    }

    /// Moves each due message on by one step, if its service is in force, and deletes files that can no longer
    /// be downloaded. A message that fails is named in the log.
    ///
    /// # Errors
    /// [`DbError::Statement`] when they cannot be listed.
    pub async fn deliver_due(&self, services: &Directory) -> Result<(), DbError> {
        let now = self.platform.clock.now();
        let mut after = (Timestamp(i64::MIN), String::new());
        loop {
            let due: Vec<(Timestamp, String)> = {
                let mut reader = self.platform.db.reader().await?;
                sql!(
                    "notifications/due",
                    now,
                    after.0,
                    &after.1,
                    i64::from(SWEEP_BATCH)
                )
                .all(&mut reader)
                .await?
            };
            futures::future::join_all(due.iter().map(|(_, id)| async move {
                if let Err(error) = self.take_on(id, services).await {
                    tracing::error!(object = %id, error = &error as &dyn std::error::Error, "notifications.step failed");
                }
            }))
            .await;
            match due.into_iter().last() {
                Some(last) => after = last,
                None => break,
            }
        }
        sql!("notifications/forget_files", now)
            .run_alone(&self.platform.db)
            .await?;
        Ok(())
    }

    async fn take_on(&self, id: &str, services: &Directory) -> Result<(), DbError> {
        let now = self.platform.clock.now();
        let mut reader = self.platform.db.reader().await?;
        let Some(message) = store::message(&mut reader, id).await? else {
            return Ok(());
        };
        let open = services
            .find(&message.service)
            .is_some_and(|service| service.availability(now) == Availability::Open);
        let step = if message.status != Status::Created {
            let wants_alerts = store::wants_alerts(&mut reader, &message.citizen).await?;
            drop(reader);
            self.alert(message.clone(), wants_alerts).await
        } else if !is_wanted(&mut reader, &message, now).await? {
            drop(reader);
            undelivered(message.clone(), Failure::Discarded, now)
        } else if open {
            let file: Option<InboxFile> = sql!("notifications/file", id).optional(&mut reader).await?;
            drop(reader);
            self.deliver(message.clone(), file.as_ref()).await
        } else {
            drop(reader);
            // A stopped service reaches nobody; messages that it sent before wait.
            Step {
                message: message.clone(),
                due: Some(now.plus_ms(RETRY_MS)),
            }
        };
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        // If another process moved it, that step counts.
        self.advance(&mut tx, &message, &step.message, step.due, now)
            .await?;
        tx.commit().await
    }

    /// The step of a message that waited for its time or for the scanner.
    async fn deliver(&self, message: Message, file: Option<&InboxFile>) -> Step {
        let verdict = match file {
            Some(file) => self.provider.scan(&file.content).await,
            None => Ok(Verdict::Clean),
        };
        let now = self.platform.clock.now();
        let failure = match verdict {
            _ if message.discard_at.is_some_and(|discard| discard <= now) => Failure::Discarded,
            Ok(Verdict::Clean) => {
                let (message, due) = delivered(message, now);
                return Step {
                    message,
                    due: Some(due),
                };
            }
            Ok(Verdict::Refused) => Failure::FileRefused,
            Err(fault) => {
                report(&message, &fault);
                if now < message.send_at.plus_ms(GIVE_UP_MS) {
                    return Step {
                        message,
                        due: Some(now.plus_ms(RETRY_MS)),
                    };
                }
                Failure::ProviderFailed
            }
        };
        undelivered(message, failure, now)
    }

    /// The step of a message in the inbox whose alert is not finished.
    async fn alert(&self, mut message: Message, wants_alerts: bool) -> Step {
        let over = |status, now| Step {
            message: Message {
                alert: super::message::Alert {
                    status,
                    completed: Some(now),
                    ..message.alert
                },
                ..message.clone()
            },
            due: None,
        };
        let now = self.platform.clock.now();
        if message.alert.status == Some(Status::Created) {
            if !wants_alerts {
                return over(None, now);
            }
            // The decision must not depend on whether it was read: the service sees the state of the alert, and
            // would learn it.
            if message.discard_at.is_some_and(|discard| discard <= now) {
                return over(Some(Status::Cancelled), now);
            }
        }
        let order = AlertOrder {
            id: message.id.clone(),
            citizen: message.citizen.clone(),
            language: message.language,
            text: alert_text(&message.service_title, message.language),
        };
        let answer = self.provider.alert(&order).await;
        let now = self.platform.clock.now();
        match answer {
            Ok(None) => over(None, now),
            Ok(Some(status)) => {
                let sent = *message.alert.sent.get_or_insert(now);
                message.alert.status = Some(status);
                message.alert.completed = status.is_final().then_some(now);
                let (shortest, longest) = ASK_AGAIN_MS;
                let wait = (now.0.saturating_sub(sent.0) / 2).clamp(shortest, longest);
                Step {
                    message,
                    due: (!status.is_final()).then(|| now.plus_ms(wait)),
                }
            }
            Err(fault) => {
                report(&message, &fault);
                let began = message
                    .alert
                    .sent
                    .or(message.completed)
                    .unwrap_or(message.created);
                // By then the provider itself has given up.
                if now >= began.plus_ms(2 * GIVE_UP_MS) {
                    return over(Some(Status::TechnicalFailure), now);
                }
                Step {
                    message,
                    due: Some(now.plus_ms(RETRY_MS)),
                }
            }
        }
    }
}

fn report(message: &Message, fault: &Fault) {
    tracing::error!(
        object = %message.id,
        error = fault as &dyn std::error::Error,
        "notifications.provider gave no answer"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alert_of_the_night_waits_for_nine_in_the_morning() {
        // Saturday, 21 November 2026, noon in Baku.
        let noon = Timestamp(1_795_248_000_000);
        let hours = |hours: i64| noon.plus_ms(hours * 3_600_000);
        assert_eq!(alert_time(noon), noon);
        assert_eq!(alert_time(hours(8)), hours(8));
        assert_eq!(alert_time(hours(9)), hours(21));
        assert_eq!(alert_time(hours(20).plus_ms(1)), hours(21));
        assert_eq!(alert_time(hours(21)), hours(21));
    }
}
