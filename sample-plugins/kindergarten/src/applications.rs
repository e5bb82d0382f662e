//! Applications for a place. The service stores nothing: those of a citizen have the numbers 1, 2, 3 and so on, which
//! their keys are made of.

use aim_sdk::exchange::{self, Context, JSON, Submission};
use aim_sdk::http::Params;
use aim_sdk::prelude::*;

use crate::PURPOSE;

/// Applications of one citizen.
const APPLICATIONS_MAX: u32 = 10;

/// The applications of a citizen, the newest last.
pub struct Applications {
    pub sent: Vec<Submission>,
    /// The number of the next one.
    pub next: Option<u32>,
}

impl Applications {
    pub fn of(sub: &str) -> Result<Self, Error> {
        let mut sent = Vec::new();
        for number in 1..=APPLICATIONS_MAX {
            match exchange::find(&key(sub, number))? {
                Some(one) => sent.push(one),
                None => {
                    let next = Some(number);
                    return Ok(Self { sent, next });
                }
            }
        }
        Ok(Self { sent, next: None })
    }
}

fn key(sub: &str, number: u32) -> String {
    exchange::key(&["place", sub, &number.to_string()])
}

#[derive(serde::Serialize)]
struct Application<'a> {
    kindergarten: &'a str,
    child_name: &'a str,
    child_birthdate: &'a str,
    from: &'a str,
}

/// Sends the application of a form.
pub fn send(sub: &str, number: u32, form: &Params) -> Result<(), Error> {
    let field = |name: &str| form.get(name).unwrap_or_default().trim().to_owned();
    let [kindergarten, child_name, child_birthdate, from] =
        ["kindergarten", "child_name", "child_birthdate", "from"].map(field);
    let application = Application {
        kindergarten: &kindergarten,
        child_name: &child_name,
        child_birthdate: &child_birthdate,
        from: &from,
    };
    let body = serde_json::to_vec(&application).unwrap_or_default();
    let context = Context::current("education.place-application", PURPOSE, &format!("place-{number}"));
    match exchange::submit(&key(sub, number), &context, JSON, &body) {
        // The platform goes on asking the agency: the page says that it is on its way.
        Ok(_) | Err(GovError::UnknownOutcome(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
