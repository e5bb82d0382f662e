//! What a call asks for, checked against the approval, and whether it may ask it now.

use std::collections::BTreeMap;

use super::context::{Context, Subject};
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::GovError;
use crate::grant::{Attribute, FetchType};
use crate::invocation::{Acr, CitizenId, Invocation, Session};
use crate::platform::require_session;
use crate::registry_operation::{About, Operation, Verb};
use crate::{consent, sql, subs};

/// A call that the approval covers.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) inv: Invocation,
    pub(super) operation: &'static Operation,
    whom: Whom,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) purpose: String,
    pub(super) issue: String,
    /// None but for a reading.
    pub(super) fields: Vec<String>,
}

/// Whose consent a call needs.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Whom {
    Nobody,
    Current,
    Citizen(String),
}

/// How firmly a call is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Judging {
    /// Before an agency is asked: changes nothing.
    Before,
    /// With its answer, or with the intent to send something in: questions are counted, and a consent for one time
    /// begins.
    WithAnswer,
}

impl Plan {
    /// # Errors
    /// `access-denied` (`operation-not-approved`, `purpose-not-approved`, `purpose-not-periodic`,
    /// `field-not-approved`), `invalid-request` (`verb-unfit`, `subject-unfit`, `fields-empty`, and those of
    /// parameters and issue).
    pub(super) fn of(
        inv: &Invocation,
        context: &Context,
        verb: Verb,
        fields: &[String],
    ) -> Result<Self, GovError> {
        let operation = approved(inv, &context.operation)?;
        if operation.verb != verb {
            return Err(GovError::invalid(
                "verb-unfit",
                format!(
                    "`{}` is called by `{}`",
                    operation.code,
                    match operation.verb {
                        Verb::Check => "exists",
                        Verb::Read => "read",
                        Verb::Submit => "submit",
                    }
                ),
            ));
        }
        let fields = checked(operation, verb, fields)?;
        let purpose = consent::approved(inv, &context.purpose)?;
        let personal = fields.iter().any(|field| operation.personal.contains(field));
        let whom = match (operation.about, &context.subject) {
            (About::Person, Subject::Current) => Whom::Current,
            (About::Person, Subject::Citizen(sub)) => Whom::Citizen(sub.clone()),
            (About::Object | About::Nothing, Subject::Object) if personal => Whom::Current,
            (About::Object | About::Nothing, Subject::Object) => Whom::Nobody,
            _ => {
                return Err(GovError::invalid(
                    "subject-unfit",
                    format!(
                        "`{}` is about {}",
                        operation.code,
                        match operation.about {
                            About::Person => "a person: the subject is `current` or `citizen`",
                            About::Object | About::Nothing => "no person: the subject is `object`",
                        }
                    ),
                ));
            }
        };
        if matches!(whom, Whom::Citizen(_)) && purpose.fetch != FetchType::Periodic {
            return Err(GovError::denied(
                "purpose-not-periodic",
                "data of a citizen who is not here is read for a purpose with `fetch = \"periodic\"` alone",
            ));
        }
        Ok(Self {
            parameters: context.values(operation)?,
            issue: context.issue()?.to_owned(),
            purpose: purpose.code.clone(),
            inv: inv.clone(),
            operation,
            whom,
            fields,
        })
    }

    /// What a call reads of a citizen.
    fn attributes(&self) -> Vec<Attribute> {
        match self.whom {
            Whom::Nobody => Vec::new(),
            Whom::Current | Whom::Citizen(_) => self.operation.attribute.into_iter().collect(),
        }
    }

    /// The operation and its parameters, as records have them.
    pub(super) fn question(&self) -> String {
        let mut words = self.operation.code.clone();
        for (name, value) in &self.parameters {
            words.push_str(&format!(" {name}={value}"));
        }
        words
    }

    /// Whether a citizen is to be looked up by pseudonym.
    pub(super) fn names_a_citizen(&self) -> bool {
        matches!(self.whom, Whom::Citizen(_))
    }

    /// Whether the answer has personal fields of an object, which are its owner's.
    pub(super) fn needs_owner(&self) -> bool {
        self.operation.about != About::Person && self.whom == Whom::Current
    }

    /// Whom the call is about, where it may be made now; completes the record's entry.
    ///
    /// # Errors
    /// `login-required`, `not-found`, the consent errors, `access-denied` (`attribute-not-approved`,
    /// `questions-too-many`).
    pub(super) async fn judge(
        &self,
        conn: &mut Conn,
        entry: &mut Entry,
        now: Timestamp,
        judging: Judging,
    ) -> Result<Option<CitizenId>, GovError> {
        let attributes = self.attributes();
        entry.attributes.clone_from(&attributes);
        let Some(citizen) = self.about(conn).await? else {
            entry.object = Some(self.question());
            return Ok(None);
        };
        entry.citizen = Some(citizen.clone());
        let theirs = as_citizen(&self.inv, &citizen, now);
        let consent = match judging {
            Judging::Before => consent::would_allow(conn, &theirs, &self.purpose, &attributes, now).await?,
            Judging::WithAnswer => consent::require(conn, &theirs, &self.purpose, &attributes, now).await?,
        };
        entry.object = Some(self.question());
        entry.consent_id = Some(consent.clone());
        if self.operation.verb == Verb::Check {
            if judging == Judging::WithAnswer {
                // Questions asked at once are counted one after the other.
                sql!("identity/question_lock", &consent).run(conn).await?;
            }
            spend_question(conn, &consent, &self.question()).await?;
        }
        Ok(Some(citizen))
    }

    /// The citizen whom the call is about.
    ///
    /// # Errors
    /// `login-required`; `not-found` for a pseudonym of nobody who takes part.
    pub(super) async fn about(&self, conn: &mut Conn) -> Result<Option<CitizenId>, GovError> {
        Ok(match &self.whom {
            Whom::Nobody => None,
            Whom::Current => Some(require_session(&self.inv)?.citizen.clone()),
            Whom::Citizen(sub) => {
                let found = subs::addressee(conn, &self.inv.service.id, sub).await?;
                Some(found.ok_or(GovError::NotFound)?)
            }
        })
    }
}

/// The request with this citizen in front of it: the agreement must be that of whom the call is about, regardless of
/// whose request it is.
pub(super) fn as_citizen(inv: &Invocation, citizen: &CitizenId, now: Timestamp) -> Invocation {
    Invocation {
        session: Some(Session {
            citizen: citizen.clone(),
            acr: Acr::Low,
            amr: Vec::new(),
            auth_time: now,
            locale: inv.locale,
        }),
        ..inv.clone()
    }
}

/// The operation with this code, if the approval has it.
pub(super) fn approved(inv: &Invocation, code: &str) -> Result<&'static Operation, GovError> {
    let granted = inv.service.grant.exchange_operations.contains(code);
    Operation::find(code).filter(|_| granted).ok_or_else(|| {
        GovError::denied(
            "operation-not-approved",
            format!(
                "`{}` is not among the approved operations; ask for it in `[exchange] operations` of `aim.toml`",
                code.escape_default()
            ),
        )
    })
}

/// The fields of a call, once each.
fn checked(operation: &Operation, verb: Verb, fields: &[String]) -> Result<Vec<String>, GovError> {
    if verb == Verb::Read && fields.is_empty() {
        return Err(GovError::invalid("fields-empty", "name at least one field"));
    }
    let mut wanted: Vec<String> = Vec::new();
    for field in fields {
        if !operation.all_fields().any(|known| known == field) {
            return Err(GovError::denied(
                "field-not-approved",
                format!(
                    "`{}` is not a field of `{}`",
                    field.escape_default(),
                    operation.code
                ),
            ));
        }
        if !wanted.contains(field) {
            wanted.push(field.clone());
        }
    }
    Ok(wanted)
}

/// Refuses a question once the consent answered [`super::QUESTIONS_MAX`] others.
async fn spend_question(conn: &mut Conn, consent: &str, question: &str) -> Result<(), GovError> {
    let (others,): (i64,) = sql!("exchange/question_others", consent, question)
        .one(conn)
        .await?;
    if others >= super::QUESTIONS_MAX {
        return Err(GovError::denied(
            "questions-too-many",
            format!(
                "one consent answers {} different questions, and these were asked",
                super::QUESTIONS_MAX
            ),
        ));
    }
    Ok(())
}
