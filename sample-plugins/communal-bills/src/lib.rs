//! Utility bills of a household: see them, compare them over the year, pay one, keep the receipt.
//!
//! The service keeps nothing: what it shows it has just read, and a payment's key is made of the bill, the
//! citizen's pseudonym and the attempt, so a second click finds the first payment.

mod bills;
mod due;
mod outcome;
mod pages;
mod pay;
mod remind;
mod words;

use aim_sdk::prelude::*;

/// The purpose of the manifest under which bills are read.
const PURPOSE: &str = "show-bills";
/// Every utility's budget account stands below this one.
const UTILITIES: &str = "utilities";

#[aim_sdk::service]
fn communal_bills(request: Request) -> Result<Response, Error> {
    match (request.method(), request.path()) {
        ("GET" | "HEAD", "/") => pages::overview(&request),
        ("POST", "/pay") => pay::start(&request),
        ("POST", "/remind") => remind::start(&request),
        ("POST", "/keep") => remind::keep(),
        ("GET" | "HEAD", "/paid") => pay::returned(&request),
        ("GET" | "HEAD", "/style.css") => Ok(Response::css(include_str!("../style.css"))),
        (_, "/" | "/pay" | "/paid" | "/remind" | "/keep" | "/style.css") => Err(Error::bad_request()),
        _ => Err(Error::not_found()),
    }
}
