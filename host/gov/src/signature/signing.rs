//! Signings, and what may become of them.

use super::KEPT_DAYS;
use crate::clock::Timestamp;
use crate::invocation::{CitizenId, ServiceId};
use crate::row;
use crate::signature_terms::Format;
use crate::text::Localised;

/// How long a signature can be proved, of the levels that the platform makes (ETSI).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
pub enum Level {
    #[strum(serialize = "b-b")]
    BB,
    #[strum(serialize = "b-t")]
    BT,
}

/// Where a signing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    Created,
    Started,
    /// The signer confirmed; the provider is asked.
    Submitted,
    Success,
    Failed,
    Cancelled,
    Error,
}

/// Why a signing has no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Failure {
    Refused,
    Expired,
    SignerUnable,
    ProviderFailed,
}

/// What the signer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    None,
    Signed,
    Refused,
}

crate::coded!(Level, Status, Failure);
crate::column!(code: Level, Status, Failure);

impl Status {
    pub fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Cancelled | Self::Error)
    }

    /// Whether the signer can still answer.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Started)
    }
}

/// A file that the platform holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub id: String,
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub sha256: [u8; 32],
}

impl File {
    /// The hash for people: hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        hex::encode(self.sha256)
    }
}

row!(File, "signing_output", "id", row => Self {
    id: row.get("id")?,
    name: row.get("name")?,
    media_type: row.get("media_type")?,
    size: {
        let size: i64 = row.get("size")?;
        row.check(u64::try_from(size))?
    },
    sha256: {
        let mut hash = [0; 32];
        let digits: &str = row.get("sha256")?;
        row.check(hex::decode_to_slice(digits, &mut hash))?;
        hash
    },
});

/// A signer as their service sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The pseudonym at the service.
    pub sub: String,
    pub answer: Answer,
    pub answered: Option<Timestamp>,
    /// The signer's page, while there is something to do.
    pub next_url: Option<String>,
}

/// A signing as its service sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    pub id: String,
    pub reference: String,
    pub status: Status,
    pub failure: Option<Failure>,
    pub signer: Signer,
    /// The signer's page, if the citizen of this request is the signer.
    pub next_url: Option<String>,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub signed_files: Vec<File>,
    /// The signer's page of the files.
    pub files_url: Option<String>,
    /// Until when the service reads them.
    pub kept_until: Option<Timestamp>,
}

/// The attempt on the signer's device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What the platform's page shows.
    pub code: String,
    /// What the device shows, the code among them.
    pub choices: Vec<String>,
    pub until: Timestamp,
}

/// A signing as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub id: String,
    pub service: ServiceId,
    pub(super) hash: String,
    pub service_title: Localised,
    /// The organisation that asks.
    pub controller: String,
    pub purpose: String,
    pub description: Localised,
    pub reference: String,
    pub return_path: String,
    pub format: Format,
    pub level: Level,
    /// As stored: the time may be over.
    pub(super) stored_status: Status,
    stored_failure: Option<Failure>,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub finished: Option<Timestamp>,
    pub citizen: CitizenId,
    attempt: Option<Attempt>,
    pub(super) wrong: i64,
    pub(super) locked_until: Option<Timestamp>,
    pub(super) confirmed: Option<Timestamp>,
    pub(super) asked: Option<Timestamp>,
}

row!(Stored, "signing", "id", row => Self {
    id: row.get("id")?,
    service: row.get("service")?,
    hash: row.get("request_hash")?,
    service_title: row.json("service_title")?,
    controller: row.get("controller")?,
    purpose: row.get("purpose")?,
    description: row.json("description")?,
    reference: row.get("reference")?,
    return_path: row.get("return_path")?,
    format: row.get("format")?,
    level: row.get("level")?,
    stored_status: row.get("status")?,
    stored_failure: row.get("failure")?,
    created: row.get("created_ms")?,
    expires: row.get("expires_ms")?,
    finished: row.get("finished_ms")?,
    citizen: row.get("citizen")?,
    attempt: {
        let code: Option<String> = row.get("code")?;
        let choices: Option<String> = row.get("choices")?;
        let until: Option<Timestamp> = row.get("attempt_until_ms")?;
        code.zip(choices).zip(until).map(|((code, choices), until)| Attempt {
            code,
            choices: choices.split(' ').map(str::to_owned).collect(),
            until,
        })
    },
    wrong: row.get("wrong")?,
    locked_until: row.get("locked_until_ms")?,
    confirmed: row.get("confirmed_ms")?,
    asked: row.get("asked_ms")?,
});

impl Stored {
    /// Where it stands at `now`: nobody answers after its time, whether or not that was recorded yet.
    pub fn status(&self, now: Timestamp) -> Status {
        match self.stored_status.is_open() && now >= self.expires {
            true => Status::Failed,
            false => self.stored_status,
        }
    }

    pub fn failure(&self, now: Timestamp) -> Option<Failure> {
        match self.stored_status.is_open() && now >= self.expires {
            true => Some(Failure::Expired),
            false => self.stored_failure,
        }
    }

    /// The attempt that is under way.
    pub fn attempt(&self, now: Timestamp) -> Option<&Attempt> {
        let open = self.status(now) == Status::Started;
        self.attempt
            .as_ref()
            .filter(|attempt| open && now < attempt.until)
    }

    /// Until when no attempt can begin, after too many wrong choices.
    pub fn locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.locked_until.filter(|until| now < *until)
    }

    pub(super) fn answer(&self, now: Timestamp) -> (Answer, Option<Timestamp>) {
        match (self.status(now), self.failure(now)) {
            (Status::Success, _) => (Answer::Signed, self.confirmed),
            (Status::Failed, Some(Failure::Refused)) => (Answer::Refused, self.finished),
            _ => (Answer::None, None),
        }
    }

    /// Until when the service reads the signed files.
    pub(super) fn kept_until(&self) -> Option<Timestamp> {
        let signed = self.finished.filter(|_| self.stored_status == Status::Success)?;
        Some(signed.plus_days(KEPT_DAYS))
    }
}

/// A file that is to be signed, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub place: i64,
    pub label: Localised,
    pub name: String,
    pub media_type: String,
    pub sha256: String,
}

row!(Document, "signing_document", "name", row => Self {
    place: row.get("place")?,
    label: row.json("label")?,
    name: row.get("name")?,
    media_type: row.get("media_type")?,
    sha256: row.get("sha256")?,
});

/// A file with its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

row!(Content, "signing_document", "name", row => Self {
    name: row.get("name")?,
    media_type: row.get("media_type")?,
    bytes: {
        use base64::Engine as _;
        let content: &str = row.get("content")?;
        row.check(base64::engine::general_purpose::STANDARD.decode(content))?
    },
});
