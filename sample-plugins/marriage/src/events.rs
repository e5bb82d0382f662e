//! What happens while nobody is here.

use aim_sdk::date::Date;
use aim_sdk::documents::NewDocument;
use aim_sdk::life_events::{
    Delivery, Event, IntoOutcome as _, NewTimer, Outcome, PAYMENT_CHANGED, SIGNATURE_CHANGED,
    SUBMISSION_CHANGED, TIMER_DUE,
};
use aim_sdk::notifications::{NewMessage, key};
use aim_sdk::payments::Status;
use aim_sdk::prelude::*;
use aim_sdk::signature::Signing;

use crate::case::{path, spouses};
use crate::duty;
use crate::office::{self, Marriage, Standing};

/// The reminder of the medical result.
const EXAMINATION: &str = "examination";
/// When the medical result is expected, in milliseconds after both have signed: 14 days.
const EXAMINATION_MS: u64 = 14 * 24 * 60 * 60 * 1_000;
/// When the office is asked once more that has no result yet, in seconds: six hours.
const LATER_S: u32 = 6 * 60 * 60;

#[aim_sdk::event_handler]
fn on_event(delivery: Delivery) -> Outcome {
    let event = &delivery.event;
    let done = match event.event_type.as_str() {
        SIGNATURE_CHANGED => signed(event),
        TIMER_DUE => examined(event),
        SUBMISSION_CHANGED => answered(event),
        PAYMENT_CHANGED => paid(event),
        _ => Ok(Outcome::Done),
    };
    match done {
        Ok(outcome) => outcome,
        Err(Error::Gov(error)) => Err::<(), _>(*error).into_outcome(),
        Err(Error::Refused(_)) => Outcome::Retry(None),
    }
}

/// Both have signed: the application goes to the office.
fn signed(event: &Event) -> Result<Outcome, Error> {
    let Some(id) = event.about() else {
        return Ok(Outcome::Done);
    };
    let signing = signature::get(id)?;
    let (true, Some(file), Some(first)) = (
        signing.is_signed(),
        signing.signed_files.first(),
        spouses(&signing).into_iter().next(),
    ) else {
        return Ok(Outcome::Done);
    };
    let bytes = signature::read(file)?;
    office::send(&first, id, &bytes)?;
    let timer = NewTimer::new(EXAMINATION, event.time.saturating_add(EXAMINATION_MS))
        .about(&first)
        .data(id.as_bytes());
    // The key is made of the signing: events that come twice set one reminder.
    match life_events::set_timer(&key(&[EXAMINATION, id]), &timer) {
        Ok(_) | Err(GovError::Conflict(_)) => Ok(Outcome::Done),
        Err(error) => Err(error.into()),
    }
}

/// Two weeks have passed: the medical result is in.
fn examined(event: &Event) -> Result<Outcome, Error> {
    let id = event.data.clone().and_then(|data| String::from_utf8(data).ok());
    let Some(id) = id else {
        return Ok(Outcome::Done);
    };
    match office::standing(&id)? {
        Standing::Examined(day) => {
            let signing = signature::get(&id)?;
            tell(&signing, EXAMINATION, |message| message.text("day", &shown(&day)))?;
            Ok(Outcome::Done)
        }
        Standing::NotSent | Standing::Waiting => Ok(Outcome::Retry(Some(LATER_S))),
        Standing::Registered(_) | Standing::Refused(_) | Standing::Lost => Ok(Outcome::Done),
    }
}

/// The office has registered the marriage, or refused.
fn answered(event: &Event) -> Result<Outcome, Error> {
    let Some(submission) = event.about() else {
        return Ok(Outcome::Done);
    };
    let submission = exchange::get(submission)?;
    // The service's own number of the case is the signing.
    let signing = signature::get(&submission.issue)?;
    match Standing::from(&submission) {
        Standing::Registered(_) => tell(&signing, "registered", |message| {
            message.text("duty", &duty::amount().shown(Locale::Az))
        })?,
        Standing::Refused(title) => {
            let reason = format!("{} / {}", title.get(Locale::Az), title.get(Locale::En));
            tell(&signing, "refused", |message| message.text("reason", &reason))?;
        }
        Standing::NotSent | Standing::Waiting | Standing::Examined(_) | Standing::Lost => {}
    }
    Ok(Outcome::Done)
}

/// The duty is paid: both get the certificate.
fn paid(event: &Event) -> Result<Outcome, Error> {
    let Some(payment) = event.about() else {
        return Ok(Outcome::Done);
    };
    let payment = payments::get(payment)?;
    if payment.status != Status::Success {
        return Ok(Outcome::Done);
    }
    let signing = signature::get(&payment.reference)?;
    if let Standing::Registered(marriage) = office::standing(&signing.id)? {
        for sub in spouses(&signing) {
            certify(&sub, &signing.id, &marriage)?;
        }
        tell(&signing, "certificate", |message| message)?;
    }
    Ok(Outcome::Done)
}

fn certify(sub: &str, signing: &str, marriage: &Marriage) -> Result<(), Error> {
    let [one, other] = &marriage.spouses;
    let document = NewDocument::new(sub, "marriage-certificate")
        .text("record", &marriage.record)
        .text("spouse_1", one)
        .text("spouse_2", other);
    let document = match Date::parse(&marriage.since) {
        Some(since) => document.date("since", since),
        None => document,
    };
    documents::issue(&key(&["certificate", signing, sub]), &document)?;
    Ok(())
}

/// Sends both a message, unless one wants none or has as many as a week allows: the page says the same.
fn tell(signing: &Signing, what: &str, fill: impl Fn(NewMessage) -> NewMessage) -> Result<(), Error> {
    let template = if what == EXAMINATION { "examined" } else { what };
    for sub in spouses(signing) {
        let message = fill(NewMessage::new(&sub, template)).link("case", &path(&signing.id));
        match notifications::send(&key(&[what, &signing.id, &sub]), &message) {
            Ok(_)
            | Err(
                GovError::NotFound
                | GovError::ConsentRequired(_)
                | GovError::ConsentPaused(_)
                | GovError::ConsentRevoked(_)
                | GovError::ConsentExpired(_)
                | GovError::TooManyRequests(_),
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// A day as people write it here: `21.12.2026`.
fn shown(day: &str) -> String {
    Date::parse(day).map_or_else(
        || day.to_owned(),
        |day| format!("{:02}.{:02}.{}", day.day(), day.month(), day.year()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_shown_as_people_write_them() {
        assert_eq!(shown("2026-12-21"), "21.12.2026");
        assert_eq!(shown("soon"), "soon");
    }
}
