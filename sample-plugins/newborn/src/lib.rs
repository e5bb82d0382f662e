//! What follows a birth: the parents choose the child's name, and the benefit and the certificate come without an
//! application.
//!
//! The service stores nothing. What is asked of the platform has keys that are made of the number of the birth and the
//! parent's pseudonym, so an event that comes twice changes nothing.

mod birth;
mod events;
mod name;
mod pages;

use aim_sdk::prelude::*;

use crate::birth::Benefit;

/// The purpose of the manifest.
const PURPOSE: &str = "newborn";

#[aim_sdk::service]
fn newborn(request: Request) -> Result<Response, Error> {
    match (request.method(), request.path()) {
        ("GET" | "HEAD", "/") => overview(),
        ("GET" | "HEAD", "/name") => ask_name(&request),
        ("POST", "/name") => register_name(&request),
        _ => Err(Error::not_found()),
    }
}

/// `GET /`: the children, and what is under way for each.
fn overview() -> Result<Response, Error> {
    let locale = identity::current()?.session().locale;
    let mut children = Vec::new();
    for child in birth::children()? {
        let benefit = Benefit::of(&child.record)?;
        children.push((child, benefit));
    }
    Ok(pages::overview(locale, &children))
}

/// `GET /name?record=…`: asks for the name.
fn ask_name(request: &Request) -> Result<Response, Error> {
    let locale = identity::current()?.session().locale;
    let record = request.query().get("record").unwrap_or_default().to_owned();
    match birth::child(&record)? {
        Some(child) if child.given_name.is_none() => Ok(pages::form(locale, &child, "", None)),
        Some(_) => Ok(Response::redirect("/")),
        None => Err(Error::not_found()),
    }
}

/// `POST /name`: sends the name to the office. A second click finds the first submission.
fn register_name(request: &Request) -> Result<Response, Error> {
    let locale = identity::current()?.session().locale;
    let form = request.form();
    let record = form.get("record").unwrap_or_default();
    let typed = form.get("given_name").unwrap_or_default();
    let Some(child) = birth::child(record)? else {
        return Err(Error::not_found());
    };
    let Some(given_name) = name::checked(typed) else {
        return Ok(pages::form(locale, &child, typed, Some(name::unfit())));
    };
    let submission = birth::submit_name(&child.record, &given_name)?;
    match birth::refusal(&submission) {
        None => Ok(Response::redirect("/")),
        Some(title) => Ok(pages::form(locale, &child, typed, Some(title))),
    }
}
