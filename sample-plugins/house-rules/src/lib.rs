//! House rules of a dormitory, which each resident signs on the platform's page: alone, or together with the person with
//! whom they share the room, whom they name there.
//!
//! The service stores nothing: the requests to a citizen have the keys 1, 2, 3 and so on, and the first that did not end
//! without a signature counts.

mod pages;

use aim_sdk::prelude::*;
use aim_sdk::signature::{NewSigning, Signing, key};

/// The purpose of the manifest: a signed file names its signer.
const PURPOSE: &str = "rules";
/// What everybody signs.
const RULES: &[u8] = include_bytes!("rules.pdf");
/// The file's name.
const NAME: &str = "house-rules.pdf";
/// How long a citizen has to sign, in days.
const DAYS: u64 = 14;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Requests to one citizen, one after the other.
const REQUESTS_MAX: u32 = 10;

#[aim_sdk::service]
fn house_rules(request: Request) -> Result<Response, Error> {
    match (request.method(), request.path()) {
        ("GET" | "HEAD", "/") => show(),
        ("POST", "/") => ask(false),
        ("POST", "/together") => ask(true),
        ("GET", "/signed.pdf") => signed(),
        ("GET" | "HEAD", "/check") => check(),
        _ => Err(Error::not_found()),
    }
}

/// The request that counts, and the key of the next one.
struct Requests {
    current: Option<Signing>,
    next: Option<String>,
}

fn requests(sub: &str) -> Result<Requests, Error> {
    let mut last = None;
    for number in 1..=REQUESTS_MAX {
        let key = key(&["rules", sub, &number.to_string()]);
        match signature::find(&key)? {
            Some(signing) if signing.is_signed() || !signing.finished => {
                return Ok(Requests {
                    current: Some(signing),
                    next: None,
                });
            }
            Some(signing) => last = Some(signing),
            None => {
                return Ok(Requests {
                    current: last,
                    next: Some(key),
                });
            }
        }
    }
    Ok(Requests {
        current: last,
        next: None,
    })
}

/// `GET /`: how it stands.
fn show() -> Result<Response, Error> {
    let citizen = identity::current()?;
    // Asks for consent before the button, so that the button does what it says.
    let name = citizen.claims(&["name"], PURPOSE)?.name.unwrap_or_default();
    let session = citizen.session();
    let requests = requests(&session.sub)?;
    Ok(match (requests.current, requests.next) {
        (Some(signing), None) => pages::standing(session.locale, &signing),
        (last, next) => pages::form(session.locale, &name, last.is_some(), next.is_some()),
    })
}

/// `POST /`, `POST /together`: asks for the signature, or for two, and leads to the platform's page.
fn ask(together: bool) -> Result<Response, Error> {
    let session = identity::current()?.session();
    let Some(key) = requests(&session.sub)?.next else {
        return Ok(Response::redirect("/"));
    };
    let file = signature::stage(NAME, "application/pdf", RULES)?;
    let title = pages::title();
    // To the day, so that a second click asks for the same.
    let now = aim_sdk::clock::now_ms();
    let expires = now.saturating_sub(now % DAY_MS).saturating_add(DAYS * DAY_MS);
    let new = NewSigning::of_current(PURPOSE, &title, "house-rules", expires).with_file(&title, &file);
    let new = match together {
        true => new.and_named(&pages::roommate()),
        false => new,
    };
    let signing = signature::create(&key, &new)?;
    Ok(Response::redirect(signing.next_url.as_deref().unwrap_or("/")))
}

/// The bytes of the signed file.
fn file() -> Result<Vec<u8>, Error> {
    let session = identity::current()?.session();
    let signing = requests(&session.sub)?.current;
    let files = signing.map(|signing| signing.signed_files).unwrap_or_default();
    let file = files.first().ok_or_else(Error::not_found)?;
    Ok(signature::read(file)?)
}

/// `GET /signed.pdf`: the signed file.
fn signed() -> Result<Response, Error> {
    Ok(Response::new(200)
        .with_header("content-type", "application/pdf")
        .with_body(file()?))
}

/// `GET /check`: what the platform says of the signatures in the signed file.
fn check() -> Result<Response, Error> {
    let locale = identity::current()?.session().locale;
    let staged = signature::stage(NAME, "application/pdf", &file()?)?;
    let report = signature::verify(&staged, &[])?;
    Ok(pages::report(locale, &report))
}
