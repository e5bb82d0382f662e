//! Kindergartens near a family's registered address, and the fee that it would pay: three registers of other agencies,
//! of which the service learns a region, a yes or no, and a public list.

mod fee;
mod pages;
mod registers;

use aim_sdk::prelude::*;

/// The purpose of the manifest.
const PURPOSE: &str = "place";

#[aim_sdk::service]
fn kindergarten(request: Request) -> Result<Response, Error> {
    match (request.method(), request.path()) {
        ("GET" | "HEAD", "/") => overview(),
        _ => Err(Error::not_found()),
    }
}

/// `GET /`: the kindergartens of the region, and the fee.
fn overview() -> Result<Response, Error> {
    let locale = identity::current()?.session().locale;
    let mut messages = Vec::new();
    let Some(region) = registers::region(&mut messages)? else {
        return Ok(pages::no_address(locale));
    };
    let fee = fee::Fee::of(registers::earns_below(fee::THRESHOLD_MANATS)?);
    let found = registers::kindergartens(&region, &mut messages)?;
    Ok(pages::overview(locale, &region, fee, &found, &messages))
}
