//! A library's reader card as a digital document. The citizen asks for it here, accepts it in their box on the platform and
//! shows it at the desk; the library learns nothing of that.
//!
//! The service stores nothing: the cards of a citizen have the keys 1, 2, 3 and so on, and the first that is not over is
//! the card.

mod pages;

use aim_sdk::documents::{Change, Issued, NewDocument, key};
use aim_sdk::prelude::*;

/// The purpose of the manifest under which the citizen's name is read.
const PURPOSE: &str = "card";
/// What the card says of the citizen.
const NAMES: [&str; 2] = ["given_name", "family_name"];
/// The kind of the manifest.
const KIND: &str = "reader-card";
/// Books that may be borrowed at once.
const LOANS_MAX: i64 = 5;
/// Cards that one citizen may have one after the other.
const CARDS_MAX: u32 = 10;

#[aim_sdk::service]
fn library_card(request: Request) -> Result<Response, Error> {
    match (request.method(), request.path()) {
        ("GET" | "HEAD", "/") => show(),
        ("POST", "/") => issue(),
        ("POST", "/give-back") => give_back(),
        _ => Err(Error::not_found()),
    }
}

/// The citizen's card, and the key of the next one.
struct Cards {
    open: Option<Issued>,
    next: Option<String>,
}

fn cards(sub: &str) -> Result<Cards, Error> {
    for number in 1..=CARDS_MAX {
        let key = key(&["card", sub, &number.to_string()]);
        match documents::find_issued(&key)? {
            None => {
                return Ok(Cards {
                    open: None,
                    next: Some(key),
                });
            }
            Some(card) if card.is_open() => {
                return Ok(Cards {
                    open: Some(card),
                    next: None,
                });
            }
            Some(_) => {}
        }
    }
    Ok(Cards {
        open: None,
        next: None,
    })
}

/// `GET /`: the card as it stands, or a form to ask for one.
fn show() -> Result<Response, Error> {
    let citizen = identity::current()?;
    let session = citizen.session();
    let cards = cards(&session.sub)?;
    Ok(match (cards.open, cards.next) {
        (Some(card), _) => pages::card(session.locale, &card),
        (None, Some(_)) => {
            // Asks for consent before the form, so that the form does what its button says.
            let claims = citizen.claims(&NAMES, PURPOSE)?;
            pages::form(session.locale, &claims.given_name.unwrap_or_default())
        }
        (None, None) => pages::no_more(session.locale),
    })
}

/// `POST /`: issues the card and leads to the citizen's box. A second click finds the first card.
fn issue() -> Result<Response, Error> {
    let citizen = identity::current()?;
    let session = citizen.session();
    let claims = citizen.claims(&NAMES, PURPOSE)?;
    let Some(key) = cards(&session.sub)?.next else {
        return Ok(Response::redirect("/"));
    };
    let card = NewDocument::new(&session.sub, KIND)
        .text("given_name", &claims.given_name.unwrap_or_default())
        .text("family_name", &claims.family_name.unwrap_or_default())
        .number("loans_max", LOANS_MAX)
        .yes_no("reading_room", true);
    let issued = documents::issue(&key, &card)?;
    Ok(Response::redirect(issued.next_url.as_deref().unwrap_or("/")))
}

/// `POST /give-back`: revokes the card.
fn give_back() -> Result<Response, Error> {
    let session = identity::current()?.session();
    if let Some(card) = cards(&session.sub)?.open {
        let reason = Localised::new(
            "Bileti kitabxanaya qaytardınız.",
            "You gave the card back to the library.",
        );
        documents::change_state(&key(&["give-back", &card.id]), &card.id, Change::Revoke, &reason)?;
    }
    Ok(Response::redirect("/"))
}
