//! What the registers say of births, and what is sent in to them.

use aim_sdk::exchange::{self, Answer, Context, JSON, Status, Submission, key};
use aim_sdk::prelude::*;

use crate::PURPOSE;

/// The operations of the manifest.
const CHILDREN: &str = "civil-status.children";
pub const NAME: &str = "civil-status.child-name";
pub const BENEFIT: &str = "social.child-benefit";
/// The service's own number of a look into the register: it keeps none, and each look is the same.
const LOOK: &str = "look-up";
/// Pages of children that are read at most.
const PAGES_MAX: usize = 5;

/// A child of the register.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Child {
    /// The office's number of the birth.
    pub record: String,
    pub born: String,
    pub family_name: String,
    /// `None` until the parents have named the child.
    pub given_name: Option<String>,
}

impl Child {
    /// Last name and first name, once there is one.
    pub fn name(&self) -> Option<String> {
        let given_name = self.given_name.as_ref()?;
        Some(format!("{} {given_name}", self.family_name))
    }
}

#[derive(serde::Deserialize)]
struct Records {
    records: Vec<Child>,
}

/// How it stands with the benefit for a child.
#[derive(Clone, Debug, PartialEq)]
pub enum Benefit {
    /// Nobody has applied through this service.
    None,
    Waiting,
    Assigned(Assigned),
    Refused(Localised),
}

/// A benefit.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Assigned {
    pub qepik_a_month: u64,
    /// The first day.
    pub from: String,
}

impl Benefit {
    /// The benefit for the child of this birth that was applied for through this service.
    pub fn of(record: &str) -> Result<Self, Error> {
        let found = exchange::find(&key(&["benefit", record]))?;
        Ok(found.as_ref().map_or(Self::None, Self::from))
    }
}

impl From<&Submission> for Benefit {
    fn from(submission: &Submission) -> Self {
        if let Some(title) = refusal(submission) {
            return Self::Refused(title);
        }
        let body = submission.answer.as_ref().map(|answer| answer.body.as_slice());
        match (submission.status, body.map(serde_json::from_slice)) {
            (Status::Success, Some(Ok(assigned))) => Self::Assigned(assigned),
            _ => Self::Waiting,
        }
    }
}

/// The citizen's children.
///
/// # Errors
/// Those of [`exchange::read`].
pub fn children() -> Result<Vec<Child>, Error> {
    read(&Context::current(CHILDREN, PURPOSE, LOOK))
}

/// The citizen's child of this birth.
///
/// # Errors
/// As [`children`].
pub fn child(record: &str) -> Result<Option<Child>, Error> {
    Ok(children()?.into_iter().find(|child| child.record == record))
}

/// The child of this birth and of a parent who is not there, for handlers of events.
///
/// # Errors
/// As [`children`].
pub fn child_of(sub: &str, record: &str) -> Result<Option<Child>, Error> {
    let found = read(&Context::citizen(sub, CHILDREN, PURPOSE, LOOK))?;
    Ok(found.into_iter().find(|child| child.record == record))
}

fn read(context: &Context) -> Result<Vec<Child>, Error> {
    let fields = ["record", "born", "family_name", "given_name"];
    let mut found = Vec::new();
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        let answer = match exchange::read(context, &fields, cursor.as_deref()) {
            Err(GovError::NotFound) => break,
            answer => answer?,
        };
        found.extend(records(&answer)?);
        match answer.cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    Ok(found)
}

fn records(answer: &Answer) -> Result<Vec<Child>, Error> {
    let read: Result<Records, _> = serde_json::from_slice(&answer.body);
    read.map(|read| read.records).map_err(|_| {
        Error::refused(
            502,
            Localised::new(
                "Reyestrin cavabı anlaşılmadı",
                "The register's answer was not understood",
            ),
            Localised::new("Bir azdan yenidən cəhd edin.", "Try again in a moment."),
        )
    })
}

/// Sends the name of the citizen's child to the office.
///
/// # Errors
/// Those of [`exchange::submit`].
pub fn submit_name(record: &str, given_name: &str) -> Result<Submission, Error> {
    // Another name is another submission: the office takes the first one that it can use.
    let key = key(&["name", record, given_name]);
    let context = Context::current(NAME, PURPOSE, record).parameter("record", record);
    let body = serde_json::json!({ "given_name": given_name }).to_string();
    Ok(exchange::submit(&key, &context, JSON, body.as_bytes())?)
}

/// Applies for the benefit for the parent who named the child.
///
/// # Errors
/// Those of [`exchange::submit`].
pub fn apply_for_benefit(sub: &str, record: &str) -> Result<(), Error> {
    let context = Context::citizen(sub, BENEFIT, PURPOSE, record).parameter("record", record);
    exchange::submit(&key(&["benefit", record]), &context, JSON, b"{}")?;
    Ok(())
}

/// Why the agency refused, in its own words.
pub fn refusal(submission: &Submission) -> Option<Localised> {
    #[derive(serde::Deserialize)]
    struct Refused {
        title: Title,
    }
    #[derive(serde::Deserialize)]
    struct Title {
        az: String,
        en: String,
    }
    if submission.status != Status::Failed {
        return None;
    }
    let body = submission.answer.as_ref().map(|answer| answer.body.as_slice());
    match body.map(serde_json::from_slice::<Refused>) {
        Some(Ok(Refused { title })) => Some(Localised::new(title.az, title.en)),
        _ => Some(Localised::new(
            "İdarə müraciəti qəbul etmədi.",
            "The agency did not accept it.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn child_without_a_name_is_read() {
        let body = r#"{"records":[{"record":"birth_1","born":"2026-11-21","family_name":"Məmmədova","given_name":null}]}"#;
        let read: Records = serde_json::from_str(body).unwrap();
        assert_eq!(read.records[0].name(), None);
        let named = Child {
            given_name: Some("Nərgiz".into()),
            ..read.records[0].clone()
        };
        assert_eq!(named.name().as_deref(), Some("Məmmədova Nərgiz"));
    }

    #[test]
    fn benefit_is_read_from_the_agencys_answer() {
        let answer = r#"{"reference":"SM-B-1","qepik_a_month":12000,"from":"2026-12-01"}"#;
        let assigned: Assigned = serde_json::from_str(answer).unwrap();
        assert_eq!(assigned.qepik_a_month, 12_000);
    }
}
