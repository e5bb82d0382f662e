//! From a bill to the platform's pay page and back.

use aim_sdk::http::encode;
use aim_sdk::payments::{NewPayment, Payment, Status, key};
use aim_sdk::prelude::*;

use crate::{PURPOSE, UTILITIES, pages};

/// Payments of one citizen for one bill: one that succeeds, the others cancelled or refused.
const ATTEMPTS_MAX: u32 = 20;

/// What has come of paying a bill so far.
struct Attempts {
    last: Option<Payment>,
    /// The key for one more payment.
    next_key: String,
}

/// Looks the payments of a bill up, from the first to the last.
fn attempts(sub: &str, bill: &str) -> Result<Attempts, Error> {
    let mut last = None;
    for attempt in 1..=ATTEMPTS_MAX {
        let key = key(&[bill, sub, &attempt.to_string()]);
        match payments::find(&key)? {
            Some(payment) => last = Some(payment),
            None => return Ok(Attempts { last, next_key: key }),
        }
    }
    Err(Error::refused(
        409,
        Localised::new("Cəhdlərin sayı bitib", "Too many attempts"),
        Localised::new(
            "Bu hesabı başqa yolla ödəyin və ya təchizatçıya müraciət edin.",
            "Pay this bill in another way, or turn to the supplier.",
        ),
    ))
}

/// `POST /pay`: sends the citizen to the pay page of a bill.
pub fn start(request: &Request) -> Result<Response, Error> {
    let citizen = identity::current()?;
    let form = request.form();
    let wanted = form.get("bill").ok_or_else(Error::bad_request)?;
    // Only a bill of the citizen's own household can be paid, at its own amount.
    let bill = payments::bills(UTILITIES, PURPOSE)?
        .into_iter()
        .find(|bill| bill.id == wanted)
        .ok_or_else(Error::not_found)?;
    let attempts = attempts(&citizen.session().sub, &bill.id)?;
    if let Some(address) = attempts.last.and_then(|payment| payment.next_url) {
        return Ok(Response::redirect(&address));
    }
    let payment = payments::create(
        &attempts.next_key,
        &NewPayment {
            return_path: paid_path(&bill.id),
            amount: bill.amount,
            service_code: bill.service_code,
            reference: bill.id,
            description: bill.description,
            delayed_capture: false,
            metadata: Vec::new(),
        },
    )?;
    let address = payment.next_url.ok_or_else(Error::bad_request)?;
    Ok(Response::redirect(&address))
}

fn paid_path(bill: &str) -> String {
    format!("/paid?bill={}", encode(bill))
}

/// `GET /paid`: where the citizen comes back to.
pub fn returned(request: &Request) -> Result<Response, Error> {
    let citizen = identity::current()?;
    let query = request.query();
    let bill = query.get("bill").ok_or_else(Error::not_found)?;
    let session = citizen.session();
    let payment = attempts(&session.sub, bill)?.last.ok_or_else(Error::not_found)?;
    let outcome = match payment.status {
        Status::Success | Status::Capturable => pages::Outcome::Paid,
        Status::Failed | Status::Cancelled | Status::Error => pages::Outcome::Failed,
        Status::Created | Status::Started | Status::Submitted => pages::Outcome::Waiting,
    };
    Ok(pages::outcome(session.locale, &payment, outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_names_the_bill_safely() {
        assert_eq!(paid_path("bill_7"), "/paid?bill=bill_7");
        assert_eq!(paid_path("a&b=c"), "/paid?bill=a%26b%3Dc");
    }
}
