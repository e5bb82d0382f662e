//! A marriage, from the application that both sign to the certificate.
//!
//! The service stores nothing. The signing of an application has the key of who applied, and is the case: whatever else is
//! asked of the platform has keys that are made of the signing's id.

mod application;
mod case;
mod duty;
mod events;
mod office;
mod pages;

use aim_sdk::prelude::*;

/// The purpose of the manifest.
const PURPOSE: &str = "marriage";

#[aim_sdk::service]
fn marriage(request: Request) -> Result<Response, Error> {
    match (request.method(), request.path()) {
        ("GET" | "HEAD", "/") => begin(),
        ("POST", "/apply") => apply(),
        ("GET" | "HEAD", "/case") => show(&request),
        ("POST", "/pay") => pay(&request),
        _ => Err(Error::not_found()),
    }
}

/// `GET /`: the citizen's application, or the form to apply.
fn begin() -> Result<Response, Error> {
    let citizen = identity::current()?;
    let session = citizen.session();
    let mine = application::mine(&session.sub)?;
    if let Some(open) = &mine.current {
        return Ok(Response::redirect(&case::path(&open.id)));
    }
    // Asks for consent before the button, so that the button does what it says.
    let name = citizen.claims(&["name"], PURPOSE)?.name.unwrap_or_default();
    Ok(pages::form(session.locale, &name, mine.next.is_some()))
}

/// `POST /apply`: leads to the platform's page. A second click finds the first application.
fn apply() -> Result<Response, Error> {
    let session = identity::current()?.session();
    let mine = application::mine(&session.sub)?;
    let Some(key) = mine.next.filter(|_| mine.current.is_none()) else {
        return Ok(Response::redirect("/"));
    };
    let signing = application::create(&key)?;
    Ok(Response::redirect(signing.next_url.as_deref().unwrap_or("/")))
}

/// `GET /case?id=…`: how it stands, for both.
fn show(request: &Request) -> Result<Response, Error> {
    let session = identity::current()?.session();
    let case = case::of(request.query().get("id"), &session.sub)?;
    Ok(pages::case(session.locale, &case, &session.sub))
}

/// `POST /pay`: leads to the platform's page on which the duty is paid.
fn pay(request: &Request) -> Result<Response, Error> {
    let session = identity::current()?.session();
    let case = case::of(request.form().get("id"), &session.sub)?;
    let address = duty::start(&case, &session.sub)?;
    Ok(Response::redirect(&address))
}
