//! `aim:gov/life-events` and `aim:gov/event-handler`: conversions only; see [`aim_gov::life_events`].

use aim_gov::clock::Timestamp;
use aim_gov::grant::Capability;
use aim_gov::life_events as gov;

use super::{CallResult, RequestState};
use crate::arguments::{Argument, bytes, keyed, number, optional, record, redacted, word};
use crate::bindings::aim::gov::life_events as wit;
use crate::bindings::events::exports::aim::gov::event_handler as handler;

impl wit::Host for RequestState {
    async fn set_timer(&mut self, key: String, t: wit::NewTimer) -> CallResult<wit::Timer> {
        let call = self.begin(Capability::LifeEvents, "set-timer", || {
            [("key", keyed(&key)), ("t", asked(&t))]
        })?;
        let result = call
            .wait_for(self.apis.life_events.set_timer(&self.invocation, &key, t.into()))
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn clear_timer(&mut self, id: String) -> CallResult<wit::Timer> {
        let call = self.begin(Capability::LifeEvents, "clear-timer", || [("id", word(&id))])?;
        let result = call
            .wait_for(self.apis.life_events.clear_timer(&self.invocation, &id))
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn recent(&mut self, cursor: Option<String>) -> CallResult<wit::Page> {
        let call = self.begin(Capability::LifeEvents, "recent", || {
            [("cursor", optional(cursor.as_deref(), redacted))]
        })?;
        let result = call
            .wait_for(self.apis.life_events.recent(&self.invocation, cursor))
            .await;
        let gov::Page { events, cursor } = self.end(call, result)?;
        Ok(wit::Page {
            events: events.into_iter().map(Into::into).collect(),
            cursor,
        })
    }
}

fn asked(new: &wit::NewTimer) -> Argument {
    record([
        ("due", number(new.due)),
        ("subject", optional(new.subject.as_deref(), redacted)),
        ("name", word(&new.name)),
        ("data", optional(new.data.as_deref(), bytes)),
    ])
}

impl From<wit::NewTimer> for gov::NewTimer {
    fn from(new: wit::NewTimer) -> Self {
        Self {
            // A time out of the platform's range is later than any that it accepts.
            due: Timestamp(i64::try_from(new.due).unwrap_or(i64::MAX)),
            subject: new.subject,
            name: new.name,
            data: new.data,
        }
    }
}

impl From<gov::Timer> for wit::Timer {
    fn from(timer: gov::Timer) -> Self {
        Self {
            id: timer.id,
            due: timer.due.as_wit(),
            name: timer.name,
            pending: timer.pending,
        }
    }
}

impl From<gov::Event> for wit::Event {
    fn from(event: gov::Event) -> Self {
        Self {
            extensions: event.extensions(),
            id: event.id,
            source: event.event_type.source().to_owned(),
            event_type: event.event_type.code().to_owned(),
            subject: event.subject,
            time: event.time.as_wit(),
            sequence: None,
            data_schema: event.data_schema,
            data_content_type: event.content_type,
            data: event.data,
        }
    }
}

impl From<gov::Attempt> for handler::Delivery {
    fn from(attempt: gov::Attempt) -> Self {
        Self {
            event: attempt.event.into(),
            attempt: attempt.number,
            first_attempt: attempt.first.as_wit(),
            final_attempt: attempt.is_final,
        }
    }
}

impl From<handler::Outcome> for gov::Outcome {
    fn from(outcome: handler::Outcome) -> Self {
        match outcome {
            handler::Outcome::Done => Self::Done,
            handler::Outcome::Retry(seconds) => Self::Retry(seconds),
            handler::Outcome::Reject(code) => Self::Reject(code),
        }
    }
}
