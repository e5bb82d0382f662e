//! The state duty, which one of the two pays.

use aim_sdk::payments::{Money, NewPayment, Payment, Status, key};
use aim_sdk::prelude::*;

use crate::case::{self, Case};
use crate::office::Standing;

/// The duty for the certificate, in qəpik: 10 AZN.
const QEPIK: u64 = 1_000;
/// The budget account of the manifest.
const SERVICE_CODE: &str = "state-duties.marriage";
/// Payments of one person for one case.
const ATTEMPTS_MAX: u32 = 10;

/// How it stands with the duty.
pub enum Duty {
    Open,
    /// This person is paying.
    Under(String, Box<Payment>),
    Paid,
}

/// What is to be paid.
pub fn amount() -> Money {
    Money::azn(QEPIK)
}

/// How the duty of a case stands.
///
/// # Errors
/// Those of [`payments::find`].
pub fn of(signing: &str, spouses: &[String]) -> Result<Duty, Error> {
    let mut found = Duty::Open;
    for sub in spouses {
        let (last, _) = attempts(signing, sub)?;
        match last {
            Some(payment) if payment.status == Status::Success => return Ok(Duty::Paid),
            Some(payment) if !payment.finished => found = Duty::Under(sub.clone(), Box::new(payment)),
            _ => {}
        }
    }
    Ok(found)
}

/// The last payment of one person, and the key of the next one.
fn attempts(signing: &str, sub: &str) -> Result<(Option<Payment>, Option<String>), Error> {
    let mut last = None;
    for number in 1..=ATTEMPTS_MAX {
        let key = key(&["duty", signing, sub, &number.to_string()]);
        match payments::find(&key)? {
            Some(payment) => last = Some(payment),
            None => return Ok((last, Some(key))),
        }
    }
    Ok((last, None))
}

/// The page on which this person pays.
///
/// # Errors
/// 409 if there is nothing to pay, or the other one is paying; those of [`payments::create`].
pub fn start(case: &Case, sub: &str) -> Result<String, Error> {
    match (&case.standing, &case.duty) {
        (Standing::Registered(_), Duty::Open) => {}
        (Standing::Registered(_), Duty::Under(payer, payment)) if payer == sub => {
            return payment.next_url.clone().ok_or_else(nothing);
        }
        _ => return Err(nothing()),
    }
    let (_, next) = attempts(&case.signing.id, sub)?;
    let payment = payments::create(
        &next.ok_or_else(nothing)?,
        &NewPayment {
            amount: amount(),
            service_code: SERVICE_CODE.into(),
            reference: case.signing.id.clone(),
            description: Localised::new(
                "Nikahın qeydiyyatı üçün dövlət rüsumu",
                "State duty for the registration of a marriage",
            ),
            return_path: case::path(&case.signing.id),
            delayed_capture: false,
            metadata: Vec::new(),
        },
    )?;
    payment.next_url.ok_or_else(nothing)
}

fn nothing() -> Error {
    Error::refused(
        409,
        Localised::new("Ödəniləcək rüsum yoxdur", "There is nothing to pay"),
        Localised::new(
            "Müraciətin səhifəsinə qayıdıb vəziyyətinə baxın.",
            "Go back to the application, and see how it stands.",
        ),
    )
}
