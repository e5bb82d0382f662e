//! What a service asks to sign, checked against its approval.

use std::collections::BTreeSet;

use super::signing::{Level, SigningOrder};
use super::stored_signer::Role;
use crate::clock::{DAY_MS, Timestamp};
use crate::error::GovError;
use crate::idempotency::hash_fields;
use crate::invocation::{CitizenId, Service};
use crate::local_path::{RETURN_PATH_BYTES_MAX, local_path};
use crate::shown::ShownText;
use crate::signature_terms::{Assurance, Format};
use crate::text::Localised;

/// The most characters of a text of the service.
const TEXT_CHARS_MAX: usize = 255;
/// The most signers of one signing, and those of them whom a citizen names.
pub const SIGNERS_MAX: usize = 10;
pub const NAMED_MAX: usize = 3;
/// The most documents of one signing.
pub const DOCUMENTS_MAX: usize = 20;
/// The shortest and the longest time to answer.
pub const ANSWER_MS_MIN: i64 = 5 * 60 * 1000;
pub const ANSWER_MS_MAX: i64 = 30 * DAY_MS;

/// A choice of the WIT of which the platform offers a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<T> {
    Offered(T),
    /// The platform does not offer it; its name in the WIT.
    NotOffered(&'static str),
}

pub type AskedFormat = Asked<Format>;
pub type AskedLevel = Asked<Level>;
pub type AskedAssurance = Asked<Assurance>;

/// Who is to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    Current,
    /// By pseudonym.
    Citizen(String),
    /// Whom the citizen of the request names; what the service calls them.
    Named(Localised),
}

impl From<&Party> for Role {
    fn from(party: &Party) -> Self {
        match party {
            Party::Current => Self::Current,
            Party::Citizen(_) => Self::Citizen,
            Party::Named(_) => Self::Named,
        }
    }
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedContent {
    /// The id of a staged file.
    File(String),
    Digest,
}

/// One thing to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    pub label: Localised,
    pub content: AskedContent,
}

/// A signing that a service asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSigning {
    /// Those who are to sign, each with the code of a capacity.
    pub signers: Vec<(Party, Option<String>)>,
    pub order: SigningOrder,
    pub documents: Vec<NewDocument>,
    pub assurance: AskedAssurance,
    pub format: AskedFormat,
    pub level: AskedLevel,
    pub purpose: String,
    pub description: Localised,
    pub reference: String,
    pub return_path: String,
    pub expires: Timestamp,
}

/// The same once the approval covers it.
pub(super) struct Checked<'a> {
    pub(super) parties: Vec<&'a Party>,
    pub(super) format: Format,
    pub(super) level: Level,
    /// Labels and ids of staged files.
    pub(super) documents: Vec<(&'a Localised, &'a str)>,
}

impl NewSigning {
    /// The same request of the same citizen has the same one.
    pub(super) fn hash(&self, citizen: Option<&CitizenId>) -> String {
        let asked = format!("{self:?}");
        let mut parties = self.signers.iter();
        let current = match parties.any(|(party, _)| matches!(party, Party::Current)) {
            true => citizen.map(|citizen| citizen.0.as_str()),
            false => None,
        };
        hash_fields(&[&asked, current.unwrap_or_default()])
    }

    /// # Errors
    /// `access-denied` (`format-not-approved`, `assurance-not-approved`, `naming-not-approved`); `invalid-request` (`not-offered`,
    /// `signers-malformed`, `documents-malformed`, `time-out-of-range`, `return-path-malformed`, `text-out-of-range`).
    pub(super) fn check(&self, service: &Service, now: Timestamp) -> Result<Checked<'_>, GovError> {
        let parties = self.parties(service)?;
        let format = self.format.offered()?;
        let level = self.level.offered()?;
        let assurance = self.assurance.offered()?;
        let terms = &service.grant.signature;
        if !terms.formats.contains(&format) {
            return Err(not_approved("format-not-approved", format.code(), "formats"));
        }
        if !terms.assurances.contains(&assurance) {
            return Err(not_approved(
                "assurance-not-approved",
                assurance.code(),
                "assurances",
            ));
        }
        self.check_texts()?;
        let left = self.expires.0.saturating_sub(now.0);
        if !(ANSWER_MS_MIN..=ANSWER_MS_MAX).contains(&left) {
            return Err(GovError::invalid(
                "time-out-of-range",
                "`expires` is 5 minutes to 30 days from now",
            ));
        }
        Ok(Checked {
            documents: self.documents()?,
            parties,
            format,
            level,
        })
    }

    fn parties(&self, service: &Service) -> Result<Vec<&Party>, GovError> {
        let malformed = |detail: String| GovError::invalid("signers-malformed", detail);
        if !(1..=SIGNERS_MAX).contains(&self.signers.len()) {
            return Err(malformed(format!("there are 1 to {SIGNERS_MAX} signers")));
        }
        if self.signers.iter().any(|(_, capacity)| capacity.is_some()) {
            return Err(not_offered("`capacity`"));
        }
        let parties: Vec<&Party> = self.signers.iter().map(|(party, _)| party).collect();
        let count = |kind: fn(&Party) -> bool| parties.iter().filter(|party| kind(party)).count();
        let current = count(|party| matches!(party, Party::Current));
        let named = count(|party| matches!(party, Party::Named(_)));
        if current > 1 {
            return Err(malformed("`current` is one citizen, and signs once".to_owned()));
        }
        if named > NAMED_MAX {
            return Err(malformed(format!("a citizen names {NAMED_MAX} others at most")));
        }
        if named > 0 && current == 0 {
            return Err(malformed(
                "`named-by-citizen` needs `current` beside it: the citizen who names others signs too"
                    .to_owned(),
            ));
        }
        if named > 0 && !service.grant.signature.named_by_citizen {
            return Err(GovError::denied(
                "naming-not-approved",
                "the approval has no signers whom citizens name; ask for them with `named-by-citizen = true` in \
                 `[signature]` of `aim.toml`",
            ));
        }
        Ok(parties)
    }

    fn check_texts(&self) -> Result<(), GovError> {
        let wrong = |field: &str, wrong: crate::shown::NotShown| {
            GovError::invalid("text-out-of-range", format!("`{field}` {wrong}"))
        };
        shown(&self.description).map_err(|error| wrong("description", error))?;
        for (party, _) in &self.signers {
            if let Party::Named(label) = party {
                shown(label).map_err(|error| wrong("named-by-citizen", error))?;
            }
        }
        for document in &self.documents {
            shown(&document.label).map_err(|error| wrong("label", error))?;
        }
        ShownText::parse(&self.reference, TEXT_CHARS_MAX).map_err(|error| wrong("reference", error))?;
        match local_path(&self.return_path) {
            Some(path) if path.len() <= RETURN_PATH_BYTES_MAX => Ok(()),
            _ => Err(GovError::invalid(
                "return-path-malformed",
                format!("`return-path` begins with one `/` and has at most {RETURN_PATH_BYTES_MAX} bytes"),
            )),
        }
    }

    fn documents(&self) -> Result<Vec<(&Localised, &str)>, GovError> {
        if !(1..=DOCUMENTS_MAX).contains(&self.documents.len()) {
            return Err(GovError::invalid(
                "documents-malformed",
                format!("there are 1 to {DOCUMENTS_MAX} documents"),
            ));
        }
        let mut files = BTreeSet::new();
        let mut found = Vec::new();
        for document in &self.documents {
            let AskedContent::File(id) = &document.content else {
                return Err(not_offered("`digest`"));
            };
            if !files.insert(id) {
                return Err(GovError::invalid(
                    "documents-malformed",
                    "the same file is given twice",
                ));
            }
            found.push((&document.label, id.as_str()));
        }
        Ok(found)
    }
}

impl<T: Copy> Asked<T> {
    fn offered(self) -> Result<T, GovError> {
        match self {
            Self::Offered(value) => Ok(value),
            Self::NotOffered(name) => Err(not_offered(&format!("`{name}`"))),
        }
    }
}

fn not_offered(what: &str) -> GovError {
    GovError::invalid(
        "not-offered",
        format!("the platform does not offer {what} yet; `signature.wit` says what it offers"),
    )
}

fn not_approved(code: &'static str, value: &str, list: &str) -> GovError {
    GovError::denied(
        code,
        format!(
            "`{value}` is not among the approved {list}; ask for it in `[signature] {list}` of `aim.toml`"
        ),
    )
}

fn shown(text: &Localised) -> Result<(), crate::shown::NotShown> {
    let texts = [Some(&text.az), text.en.as_ref(), text.ru.as_ref()];
    for text in texts.into_iter().flatten() {
        ShownText::parse(text, TEXT_CHARS_MAX)?;
    }
    Ok(())
}
