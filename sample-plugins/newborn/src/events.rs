//! What happens without the parents: messages, the benefit, the certificate.

use aim_sdk::date::Date;
use aim_sdk::documents::NewDocument;
use aim_sdk::exchange::{Status, key};
use aim_sdk::life_events::{
    BIRTH_REGISTERED, Delivery, Event, IntoOutcome as _, NewTimer, Outcome, SUBMISSION_CHANGED, TIMER_DUE,
};
use aim_sdk::notifications::NewMessage;
use aim_sdk::payments::Money;
use aim_sdk::prelude::*;

use crate::birth::{self, Benefit};

/// The reminder that looks whether the child has a name.
const LOOK_AGAIN: &str = "look-again";
/// How long after an event the register is looked at, in milliseconds: a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// How often it is looked at. The parents have a month.
const LOOKS_MAX: u32 = 60;

/// The data of a birth.
#[derive(serde::Deserialize)]
struct Birth {
    record: String,
}

/// What the reminder carries.
#[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Look {
    record: String,
    number: u32,
}

#[aim_sdk::event_handler]
fn on_event(delivery: Delivery) -> Outcome {
    let event = &delivery.event;
    // Whoever has left is told nothing more.
    let Some(sub) = &event.subject else {
        return Outcome::Done;
    };
    let done = match event.event_type.as_str() {
        BIRTH_REGISTERED => born(event, sub),
        SUBMISSION_CHANGED => answered(event, sub),
        TIMER_DUE => look(event, sub),
        _ => Ok(()),
    };
    match done {
        Ok(()) => Outcome::Done,
        Err(Error::Gov(error)) => Err::<(), _>(*error).into_outcome(),
        // The register's answer was not understood.
        Err(Error::Refused(_)) => Outcome::Retry(None),
    }
}

/// A child is born: asks the parent for the name, and looks every day whether there is one.
fn born(event: &Event, sub: &str) -> Result<(), Error> {
    let Some(Birth { record }) = data(event) else {
        return Ok(());
    };
    let message = NewMessage::new(sub, "born").link("name", &format!("/name?record={record}"));
    say(&key(&["born", sub, &record]), &message)?;
    look_again(event, sub, Look { record, number: 1 })
}

fn look_again(event: &Event, sub: &str, look: Look) -> Result<(), Error> {
    let data = serde_json::to_vec(&look).unwrap_or_default();
    let timer = NewTimer::new(LOOK_AGAIN, event.time.saturating_add(DAY_MS))
        .about(sub)
        .data(&data);
    life_events::set_timer(&event.key(LOOK_AGAIN), &timer)?;
    Ok(())
}

/// A day has passed: the parent of a child with a name gets the certificate.
fn look(event: &Event, sub: &str) -> Result<(), Error> {
    let Some(look) = data::<Look>(event) else {
        return Ok(());
    };
    if certify(sub, &look.record)? || look.number >= LOOKS_MAX {
        return Ok(());
    }
    let number = look.number.saturating_add(1);
    look_again(event, sub, Look { number, ..look })
}

/// An agency has answered: after the name comes the benefit.
fn answered(event: &Event, sub: &str) -> Result<(), Error> {
    let Some(id) = event.about() else {
        return Ok(());
    };
    let submission = exchange::get(id)?;
    let record = &submission.issue;
    match (submission.operation.as_str(), submission.status) {
        (birth::NAME, Status::Success) => {
            certify(sub, record)?;
            birth::apply_for_benefit(sub, record)
        }
        (birth::BENEFIT, Status::Success | Status::Failed) => {
            let outcome = outcome(&Benefit::from(&submission));
            let message = NewMessage::new(sub, "benefit")
                .text("outcome", &outcome)
                .link("service", "/");
            say(&key(&["benefit", sub, record]), &message)
        }
        _ => Ok(()),
    }
}

/// Issues the certificate of a child with a name, and says so. `false` as long as there is no name.
fn certify(sub: &str, record: &str) -> Result<bool, Error> {
    let Some(child) = birth::child_of(sub, record)? else {
        return Ok(false);
    };
    let (Some(name), Some(given_name), Some(born)) =
        (child.name(), &child.given_name, Date::parse(&child.born))
    else {
        return Ok(false);
    };
    let document = NewDocument::new(sub, "birth-certificate")
        .text("record", &child.record)
        .text("given_name", given_name)
        .text("family_name", &child.family_name)
        .date("born", born);
    documents::issue(&key(&["certificate", sub, record]), &document)?;
    let message = NewMessage::new(sub, "certificate")
        .text("child", &name)
        .link("service", "/");
    say(&key(&["certificate", sub, record]), &message)?;
    Ok(true)
}

/// Sends a message, unless the parent wants none or has as many as a week allows: the page says the same.
fn say(key: &str, message: &NewMessage) -> Result<(), Error> {
    match notifications::send(key, message) {
        Ok(_)
        | Err(
            GovError::ConsentRequired(_)
            | GovError::ConsentPaused(_)
            | GovError::ConsentRevoked(_)
            | GovError::ConsentExpired(_)
            | GovError::TooManyRequests(_),
        ) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What came of the benefit, in the languages of the message's template.
fn outcome(benefit: &Benefit) -> String {
    match benefit {
        Benefit::Assigned(assigned) => {
            let amount = Money::azn(assigned.qepik_a_month).shown(Locale::Az);
            format!("{amount} · {}", assigned.from)
        }
        Benefit::Refused(title) => format!("{} / {}", title.get(Locale::Az), title.get(Locale::En)),
        Benefit::None | Benefit::Waiting => "–".to_owned(),
    }
}

fn data<T: serde::de::DeserializeOwned>(event: &Event) -> Option<T> {
    serde_json::from_slice(event.data.as_deref()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::birth::Assigned;

    #[test]
    fn outcome_names_the_amount_or_the_reason() {
        let assigned = Benefit::Assigned(Assigned {
            qepik_a_month: 12_000,
            from: "2026-12-01".into(),
        });
        assert_eq!(outcome(&assigned), "120,00\u{a0}AZN · 2026-12-01");
        let refused = Benefit::Refused(Localised::new("Olmaz", "No"));
        assert_eq!(outcome(&refused), "Olmaz / No");
    }

    #[test]
    fn reminder_carries_the_birth_and_the_number_of_the_look() {
        let look = Look {
            record: "birth_1".into(),
            number: 2,
        };
        let bytes = serde_json::to_vec(&look).unwrap();
        assert_eq!(serde_json::from_slice::<Look>(&bytes).unwrap(), look);
    }
}
