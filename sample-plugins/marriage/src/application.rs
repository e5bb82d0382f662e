//! The application that both sign.

use aim_sdk::prelude::*;
use aim_sdk::signature::{Format, Level, NewSigning, Signing, key};

use crate::PURPOSE;

/// How long both have to sign, in days.
const DAYS: u64 = 7;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Applications of one citizen, one after the other.
const APPLICATIONS_MAX: u32 = 10;
/// The file's name.
const NAME: &str = "application.txt";
/// The form of the civil registry office, which both sign.
const FORM: &[u8] = include_bytes!("application.txt");

/// The application of a citizen that counts, and the key of the next one.
pub struct Mine {
    pub current: Option<Signing>,
    pub next: Option<String>,
}

/// What was applied for last by this citizen, unless it failed.
///
/// # Errors
/// Those of [`signature::find`].
pub fn mine(sub: &str) -> Result<Mine, Error> {
    for number in 1..=APPLICATIONS_MAX {
        let key = key(&["marry", sub, &number.to_string()]);
        match signature::find(&key)? {
            Some(signing) if signing.is_signed() || !signing.finished => {
                return Ok(Mine {
                    current: Some(signing),
                    next: None,
                });
            }
            Some(_) => {}
            None => {
                return Ok(Mine {
                    current: None,
                    next: Some(key),
                });
            }
        }
    }
    Ok(Mine {
        current: None,
        next: None,
    })
}

/// Asks for both signatures.
///
/// # Errors
/// Those of [`signature::stage`] and [`signature::create`].
pub fn create(key: &str) -> Result<Signing, Error> {
    let file = signature::stage(NAME, "text/plain", FORM)?;
    let title = title();
    // To the day, so that a second click asks for the same.
    let now = aim_sdk::clock::now_ms();
    let expires = now
        .saturating_sub(now % DAY_MS)
        .saturating_add((DAYS + 1) * DAY_MS);
    let spouse = Localised::new("o biri tərəf", "the other spouse");
    let new = NewSigning::of_current(PURPOSE, &title, "marriage", expires)
        .and_named(&spouse)
        .with_file(&title, &file)
        .in_form(Format::Jades, Level::BT);
    Ok(signature::create(key, &new)?)
}

/// What is signed, as people read it.
pub fn title() -> Localised {
    Localised::new(
        "Nikahın qeydiyyatı üçün birgə ərizə",
        "Joint application to register a marriage",
    )
}
