//! Kindergartens near a family's registered address, and the fee that it would pay: three registers of other agencies,
//! of which the service learns a region, a yes or no, and a public list. Parents apply for a place, and are told when the
//! agency has decided.

mod applications;
mod fee;
mod pages;
mod registers;

use aim_sdk::life_events::{Delivery, IntoOutcome as _, Outcome, SUBMISSION_CHANGED};
use aim_sdk::notifications::NewMessage;
use aim_sdk::prelude::*;

use crate::applications::Applications;

/// The template of the message about a decision.
const TEMPLATE: &str = "decided";
/// The purpose of the manifest.
const PURPOSE: &str = "place";

#[aim_sdk::service]
fn kindergarten(request: Request) -> Result<Response, Error> {
    match (request.method(), request.path()) {
        ("GET" | "HEAD", "/") => overview(),
        ("GET" | "HEAD", "/apply") => form(&request),
        ("POST", "/apply") => apply(&request),
        _ => Err(Error::not_found()),
    }
}

/// `GET /`: the kindergartens of the region, the fee, and the citizen's applications.
fn overview() -> Result<Response, Error> {
    let session = identity::current()?.session();
    let locale = session.locale;
    let mut messages = Vec::new();
    let Some(region) = registers::region(&mut messages)? else {
        return Ok(pages::no_address(locale));
    };
    let fee = fee::Fee::of(registers::earns_below(fee::THRESHOLD_MANATS)?);
    let found = registers::kindergartens(&region, &mut messages)?;
    let applications = Applications::of(&session.sub)?;
    Ok(pages::overview(
        locale,
        &region,
        fee,
        &found,
        &applications,
        &messages,
    ))
}

/// `GET /apply?kindergarten=…`: the form.
fn form(request: &Request) -> Result<Response, Error> {
    let session = identity::current()?.session();
    let query = request.query();
    let kindergarten = query.get("kindergarten").ok_or_else(Error::bad_request)?;
    match Applications::of(&session.sub)?.next {
        Some(number) => Ok(pages::form(session.locale, kindergarten, number)),
        None => Ok(Response::redirect("/")),
    }
}

/// `POST /apply`: sends the application. A second click sends nothing new: the form has the number of the application.
fn apply(request: &Request) -> Result<Response, Error> {
    let session = identity::current()?.session();
    let form = request.form();
    let number = form.get("number").and_then(|number| number.parse().ok());
    let number = number.ok_or_else(Error::bad_request)?;
    applications::send(&session.sub, number, &form)?;
    Ok(Response::redirect("/"))
}

/// An application has another status: says so to the parent once it is decided.
#[aim_sdk::event_handler]
fn on_event(delivery: Delivery) -> Outcome {
    let event = &delivery.event;
    let (SUBMISSION_CHANGED, Some(sub), Some(id)) =
        (event.event_type.as_str(), &event.subject, event.about())
    else {
        return Outcome::Done;
    };
    let sent = match aim_sdk::exchange::get(id) {
        Ok(sent) if sent.finished => sent,
        Ok(_) => return Outcome::Done,
        Err(error) => return Err::<(), _>(error).into_outcome(),
    };
    let message = NewMessage::new(sub, TEMPLATE)
        .text("outcome", &pages::outcome_in_both(&sent))
        .link("applications", "/");
    notifications::send(&event.key("message"), &message)
        .map(drop)
        .into_outcome()
}
