//! What the civil registry office says.

use aim_sdk::exchange::{self, Context, Status, Submission, key};
use aim_sdk::prelude::*;

use crate::PURPOSE;

/// The operation of the manifest.
const MARRY: &str = "civil-status.marry";
/// The media type of a signed file of several signatures (RFC 7515, section 9.2.1).
const SIGNED: &str = "application/jose+json";

/// A registered marriage.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Marriage {
    pub record: String,
    /// The day, `YYYY-MM-DD`.
    pub since: String,
    /// The names of both.
    pub spouses: [String; 2],
}

/// How an application stands at the office.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It has not been sent, or nobody knows whether it arrived.
    NotSent,
    /// The medical result is awaited.
    Waiting,
    /// The medical result is in; the marriage is registered on this day.
    Examined(String),
    Registered(Marriage),
    Refused(Localised),
    /// The platform could not find out what became of it.
    Lost,
}

/// What the office says while it decides.
#[derive(serde::Deserialize)]
struct Interim {
    stage: Option<String>,
    day: Option<String>,
}

#[derive(serde::Deserialize)]
struct Refused {
    title: Title,
}

#[derive(serde::Deserialize)]
struct Title {
    az: String,
    en: String,
}

/// Sends the signed application, for the citizen who applied.
///
/// # Errors
/// Those of [`exchange::submit`].
pub fn send(sub: &str, signing: &str, signed: &[u8]) -> Result<(), Error> {
    let context = Context::citizen(sub, MARRY, PURPOSE, signing);
    exchange::submit(&key(&["marry", signing]), &context, SIGNED, signed)?;
    Ok(())
}

/// How the application of this signing stands.
///
/// # Errors
/// Those of [`exchange::find`].
pub fn standing(signing: &str) -> Result<Standing, Error> {
    let found = exchange::find(&key(&["marry", signing]))?;
    Ok(found.as_ref().map_or(Standing::NotSent, Standing::from))
}

impl From<&Submission> for Standing {
    fn from(submission: &Submission) -> Self {
        let body = submission.answer.as_ref().map(|answer| answer.body.as_slice());
        Self::read(submission.status, body.unwrap_or_default())
    }
}

impl Standing {
    fn read(status: Status, body: &[u8]) -> Self {
        match status {
            Status::Created => Self::NotSent,
            Status::Submitted => match serde_json::from_slice(body) {
                Ok(Interim {
                    stage: Some(stage),
                    day: Some(day),
                }) if stage == "examined" => Self::Examined(day),
                _ => Self::Waiting,
            },
            Status::Success => serde_json::from_slice(body).map_or(Self::Lost, Self::Registered),
            Status::Failed => Self::Refused(match serde_json::from_slice(body) {
                Ok(Refused { title }) => Localised::new(title.az, title.en),
                Err(_) => Localised::new("Səbəb göstərilməyib.", "No reason was given."),
            }),
            Status::Error => Self::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_is_read_from_what_the_office_says() {
        let read = |status, body: &str| Standing::read(status, body.as_bytes());
        assert_eq!(read(Status::Created, ""), Standing::NotSent);
        let waiting =
            r#"{"reference":"SM-M-1","status":"under-review","stage":"examination","day":"2026-12-21"}"#;
        assert_eq!(read(Status::Submitted, waiting), Standing::Waiting);
        let examined = r#"{"reference":"SM-M-1","stage":"examined","day":"2026-12-21"}"#;
        assert_eq!(
            read(Status::Submitted, examined),
            Standing::Examined("2026-12-21".into())
        );
        let registered = r#"{"record":"marriage_1","since":"2026-12-21","spouses":["A","B"]}"#;
        let Standing::Registered(marriage) = read(Status::Success, registered) else {
            panic!("not registered");
        };
        assert_eq!(marriage.spouses, ["A", "B"]);
        let refused = r#"{"error":"not-free","title":{"az":"Olmaz","en":"No"}}"#;
        assert_eq!(
            read(Status::Failed, refused),
            Standing::Refused(Localised::new("Olmaz", "No"))
        );
        assert_eq!(read(Status::Error, ""), Standing::Lost);
    }
}
