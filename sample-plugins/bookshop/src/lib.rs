//! A bookshop that gives readers of the library a discount: the citizen shows the reader's card here, or a customer shows it at
//! the till by scanning a code.
//!
//! The service stores nothing: a citizen's requests have the keys 1, 2, 3 and so on, and a request of the till has a random
//! key that is part of its address.

mod pages;

use aim_sdk::documents::{NewPresentation, Presentation, Wanted, key};
use aim_sdk::prelude::*;

/// The reasons of the manifest.
const DISCOUNT: &str = "discount";
const TILL: &str = "till";
/// The kind of document that is asked for, and what the answer calls it.
const CARD_KIND: &str = "library-card/reader-card";
const CARD: &str = "card";
/// Requests to one citizen, one after the other.
const REQUESTS_MAX: u32 = 20;
const HOUR_MS: u64 = 60 * 60 * 1_000;
/// How long a customer at the till has to answer.
const TILL_MS: u64 = 4 * 60 * 1_000;
/// Bytes of a till's key: whoever has it reads the result for ten minutes.
const KEY_BYTES: usize = 16;

#[aim_sdk::service]
fn bookshop(request: Request) -> Result<Response, Error> {
    match (request.method(), request.path()) {
        ("GET" | "HEAD", "/") => show(),
        ("POST", "/") => ask(),
        ("GET" | "HEAD", "/till") => Ok(pages::till(request.locale())),
        ("POST", "/till") => ask_anyone(),
        ("GET" | "HEAD", path) => match path.strip_prefix("/till/") {
            Some(key) => at_till(request.locale(), key),
            None => Err(Error::not_found()),
        },
        _ => Err(Error::not_found()),
    }
}

/// The newest request to a citizen, and the key of the next one.
fn requests(sub: &str) -> Result<(Option<Presentation>, Option<String>), Error> {
    let mut last = None;
    for number in 1..=REQUESTS_MAX {
        let key = key(&[DISCOUNT, sub, &number.to_string()]);
        match documents::find_presentation(&key)? {
            Some(found) => last = Some(found),
            None => return Ok((last, Some(key))),
        }
    }
    Ok((last, None))
}

/// `GET /`: what came of the newest request, and a button for the next one.
fn show() -> Result<Response, Error> {
    let session = identity::current()?.session();
    let (last, next) = requests(&session.sub)?;
    Ok(pages::home(session.locale, last.as_ref(), next.is_some()))
}

/// `POST /`: asks for the card and leads to the platform's page. A request that waits is not made again.
fn ask() -> Result<Response, Error> {
    let session = identity::current()?.session();
    let (last, next) = requests(&session.sub)?;
    let waiting = last.filter(|last| !last.finished);
    let asked = match (waiting, next) {
        (Some(waiting), _) => Some(waiting),
        (None, Some(key)) => {
            // To the hour, so that a second click asks for the same.
            let now = aim_sdk::clock::now_ms();
            let expires = now.saturating_sub(now % HOUR_MS).saturating_add(2 * HOUR_MS);
            let card = Wanted::new(CARD, CARD_KIND).claim("given_name");
            let new = NewPresentation::of_current(DISCOUNT, "bookshop", expires).wanting(card);
            Some(documents::request_presentation(&key, &new)?)
        }
        (None, None) => None,
    };
    let page = asked.and_then(|asked| asked.next_url);
    Ok(Response::redirect(page.as_deref().unwrap_or("/")))
}

/// `POST /till`: asks whoever scans the code that the platform's page shows.
fn ask_anyone() -> Result<Response, Error> {
    let key: String = aim_sdk::random::bytes(KEY_BYTES)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let expires = aim_sdk::clock::now_ms().saturating_add(TILL_MS);
    let card = Wanted::new(CARD, CARD_KIND).claim("reading_room");
    let new = NewPresentation::of_anyone(TILL, "till-1", expires)
        .wanting(card)
        .return_to(&format!("/till/{key}"));
    let asked = documents::request_presentation(&key, &new)?;
    Ok(Response::redirect(asked.next_url.as_deref().unwrap_or("/till")))
}

/// `GET /till/{key}`: what came of a request of the till.
fn at_till(locale: Locale, key: &str) -> Result<Response, Error> {
    let found = documents::find_presentation(key)?.ok_or_else(Error::not_found)?;
    Ok(pages::at_till(locale, &found))
}
