//! Reminders of what expires. The citizen chooses what and when; when the day comes, the handler of events sends the
//! message.
//!
//! The service stores nothing: what the reminder is of is the timer's name, and the message's key is made of the event,
//! so an event that comes twice sends one message.

mod pages;
mod subject;

use aim_sdk::life_events::{Delivery, IntoOutcome as _, NewTimer, Outcome, TIMER_DUE};
use aim_sdk::notifications::{NewMessage, key};
use aim_sdk::prelude::*;

use crate::pages::Delay;
use crate::subject::Subject;

/// The purpose of the manifest under which the citizen is greeted and reminded.
const PURPOSE: &str = "remind";
/// The template of the message.
const TEMPLATE: &str = "reminder";

#[aim_sdk::service]
fn reminder(request: Request) -> Result<Response, Error> {
    match (request.method(), request.path()) {
        ("GET" | "HEAD", "/") => choose(),
        ("POST", "/") => set(&request),
        _ => Err(Error::not_found()),
    }
}

/// `GET /`: what to be reminded of, and when.
fn choose() -> Result<Response, Error> {
    let citizen = identity::current()?;
    let claims = citizen.claims(&["given_name"], PURPOSE)?;
    let name = claims.given_name.unwrap_or_default();
    Ok(pages::form(citizen.session().locale, &name))
}

/// `POST /`: sets the reminder. A second click finds the first one.
fn set(request: &Request) -> Result<Response, Error> {
    let session = identity::current()?.session();
    let form = request.form();
    let subject = form
        .get("what")
        .and_then(Subject::of_code)
        .ok_or_else(Error::bad_request)?;
    let delay = form
        .get("when")
        .and_then(Delay::of_code)
        .ok_or_else(Error::bad_request)?;
    let day = delay.due(clock_ms());
    let timer = NewTimer::new(subject.code(), day).about(&session.sub);
    let once = key(&["remind", &session.sub, subject.code(), &day.to_string()]);
    life_events::set_timer(&once, &timer)?;
    Ok(pages::done(session.locale, subject))
}

fn clock_ms() -> u64 {
    aim_sdk::clock::now_ms()
}

/// A reminder is due: sends the message, in the citizen's language.
#[aim_sdk::event_handler]
fn on_event(delivery: Delivery) -> Outcome {
    let event = &delivery.event;
    if event.event_type != TIMER_DUE {
        return Outcome::Done;
    }
    let Some(sub) = &event.subject else {
        return Outcome::Reject("no-subject".to_owned());
    };
    // A name that this version does not know is of another version of the service: nobody waits for it.
    let Some(subject) = event.timer_name().and_then(Subject::of_code) else {
        return Outcome::Done;
    };
    let sent = notifications::send(&event.key("message"), &message(sub, subject));
    sent.map(drop).into_outcome()
}

fn message(sub: &str, subject: Subject) -> NewMessage {
    NewMessage::new(sub, TEMPLATE)
        .text("what", &subject.in_both())
        .link("again", "/")
}
