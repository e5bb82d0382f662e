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
    /// The key for one more payment, where one more is allowed.
    next_key: Option<String>,
}

/// Looks the payments of a bill up with `find`, from the first to the last.
fn attempts<E>(
    sub: &str,
    bill: &str,
    mut find: impl FnMut(&str) -> Result<Option<Payment>, E>,
) -> Result<Attempts, E> {
    let mut last = None;
    for attempt in 1..=ATTEMPTS_MAX {
        let key = key(&[bill, sub, &attempt.to_string()]);
        match find(&key)? {
            Some(payment) => last = Some(payment),
            None => {
                return Ok(Attempts {
                    last,
                    next_key: Some(key),
                });
            }
        }
    }
    Ok(Attempts { last, next_key: None })
}

fn too_many() -> Error {
    Error::refused(
        409,
        Localised::new("Cəhdlərin sayı bitib", "Too many attempts"),
        Localised::new(
            "Bu hesabı başqa yolla ödəyin və ya təchizatçıya müraciət edin.",
            "Pay this bill in another way, or turn to the supplier.",
        ),
    )
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
    let attempts = attempts(&citizen.session().sub, &bill.id, payments::find)?;
    if let Some(address) = attempts.last.and_then(|payment| payment.next_url) {
        return Ok(Response::redirect(&address));
    }
    let next_key = attempts.next_key.ok_or_else(too_many)?;
    let payment = payments::create(
        &next_key,
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
    let payment = attempts(&session.sub, bill, payments::find)?
        .last
        .ok_or_else(Error::not_found)?;
    let outcome = match payment.status {
        Status::Success | Status::Capturable => pages::Outcome::Paid,
        Status::Failed | Status::Cancelled | Status::Error => pages::Outcome::Failed,
        Status::Created | Status::Started | Status::Submitted => pages::Outcome::Waiting,
    };
    Ok(pages::outcome(session.locale, &payment, outcome))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use aim_sdk::payments::{Money, RefundAvailability};

    use super::*;

    /// The attempts at a bill that had so many of them, with the payment's id telling which it is.
    fn after(attempts_made: u32) -> Attempts {
        let mut looked_up = 0;
        attempts("sub", "bill", |_| {
            looked_up += 1;
            let payment = (looked_up <= attempts_made).then(|| Payment {
                id: looked_up.to_string(),
                amount: Money::azn(1_234),
                reference: "bill".into(),
                status: Status::Failed,
                finished: true,
                failure: None,
                iso20022_status: "RJCT".into(),
                next_url: None,
                receipt_url: None,
                refunds: RefundAvailability::Unavailable,
                refundable: 0,
                created: 0,
                expires: 0,
                receipt_id: None,
            });
            Ok::<_, Infallible>(payment)
        })
        .unwrap()
    }

    #[test]
    fn last_attempt_that_is_allowed_can_still_be_looked_at() {
        let none = after(0);
        assert!(none.last.is_none());
        assert_eq!(none.next_key, Some(key(&["bill", "sub", "1"])));
        let some = after(2);
        assert_eq!(some.last.unwrap().id, "2");
        assert_eq!(some.next_key, Some(key(&["bill", "sub", "3"])));
        let all = after(ATTEMPTS_MAX);
        assert_eq!(all.last.unwrap().id, ATTEMPTS_MAX.to_string());
        assert_eq!(all.next_key, None);
    }

    #[test]
    fn way_back_names_the_bill_safely() {
        assert_eq!(paid_path("bill_7"), "/paid?bill=bill_7");
        assert_eq!(paid_path("a&b=c"), "/paid?bill=a%26b%3Dc");
    }
}
