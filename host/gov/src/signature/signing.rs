//! Signings, and what may become of them.

use super::KEPT_DAYS;
use super::stored_signer::{Answer, Done, Role, StoredSigner};
use crate::clock::Timestamp;
use crate::invocation::{CitizenId, ServiceId};
use crate::row;
use crate::signature_terms::Format;
use crate::text::{Locale, Localised};

/// In which order several people sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum SigningOrder {
    /// As they come.
    Any,
    /// One after the other, as listed.
    Listed,
}

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
    /// Some have confirmed, others have not answered.
    PartlySigned,
    /// All have confirmed; the provider is asked.
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

crate::coded!(Level, Status, Failure, SigningOrder);
crate::column!(code: Level, Status, Failure, SigningOrder);

impl Status {
    pub fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Cancelled | Self::Error)
    }

    /// Whether somebody can still answer.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Started | Self::PartlySigned)
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
    /// The pseudonym at the service, of somebody who takes part in it.
    pub sub: Option<String>,
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
    /// In the order of the request.
    pub signers: Vec<Signer>,
    /// The page of the citizen of this request, while there is something for them to do.
    pub next_url: Option<String>,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub signed_files: Vec<File>,
    /// The page where each signer finds the files.
    pub files_url: Option<String>,
    /// Until when the service reads them.
    pub kept_until: Option<Timestamp>,
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
    pub order: SigningOrder,
    /// The language of the request.
    pub(super) lang: Locale,
    /// As stored: the time may be over.
    pub(super) stored_status: Status,
    stored_failure: Option<Failure>,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub finished: Option<Timestamp>,
    /// The first signer whom the service knows: whom its events are about.
    pub citizen: CitizenId,
    pub(super) asked: Option<Timestamp>,
    /// In the order of the request.
    pub signers: Vec<StoredSigner>,
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
    order: row.get("signing_order")?,
    lang: row.parse("lang")?,
    stored_status: row.get("status")?,
    stored_failure: row.get("failure")?,
    created: row.get("created_ms")?,
    expires: row.get("expires_ms")?,
    finished: row.get("finished_ms")?,
    citizen: row.get("citizen")?,
    asked: row.get("asked_ms")?,
    signers: Vec::new(),
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

    /// Whether the signer at this place may sign already, as far as the others are concerned.
    pub fn is_turn(&self, place: i64) -> bool {
        let mut before = self.signers.iter().filter(|signer| signer.place < place);
        self.order == SigningOrder::Any || before.all(|signer| signer.done.is_signed())
    }

    /// The signer with this citizen. Whoever is named although the service asks them anyway signs as the service asks.
    pub fn signer(&self, citizen: &CitizenId) -> Option<&StoredSigner> {
        let of = |signer: &&StoredSigner| signer.citizen.as_ref() == Some(citizen);
        let known = self.signers.iter().filter(|signer| signer.role != Role::Named);
        known.clone().find(of).or_else(|| self.signers.iter().find(of))
    }

    /// Those who know of the signing beyond that somebody named them.
    pub(super) fn parties(&self) -> impl Iterator<Item = (&StoredSigner, &CitizenId)> {
        let read = self.signers.iter().filter(|signer| signer.may_read());
        read.filter_map(|signer| Some((signer, signer.citizen.as_ref()?)))
    }

    /// The signatures that are made.
    pub(super) fn made(&self) -> usize {
        let made = self.signers.iter().filter(|signer| signer.done == Done::Signed);
        made.count()
    }

    /// Whose signature is made next: of those who confirmed, the first.
    pub(super) fn next_to_make(&self) -> Option<&StoredSigner> {
        let is_under_way = matches!(self.stored_status, Status::PartlySigned | Status::Submitted);
        let confirmed = self
            .signers
            .iter()
            .filter(|signer| signer.done == Done::Confirmed);
        confirmed
            .min_by_key(|signer| (signer.answered, signer.place))
            .filter(|_| is_under_way)
    }

    /// Whether something is left for this signer to do at `now`: their answer, or to name somebody.
    pub(super) fn has_to_do(&self, signer: &StoredSigner, now: Timestamp) -> bool {
        let names = || {
            let mut named = self.signers.iter();
            signer.may_name() && named.any(|other| other.is_nameless())
        };
        let signs = signer.done == Done::None && self.is_turn(signer.place);
        self.status(now).is_open() && (signs || names())
    }

    /// What a signer did, and when. A confirmation counts as a signature only where the provider did not fail.
    pub(super) fn answer(&self, signer: &StoredSigner) -> (Answer, Option<Timestamp>) {
        match signer.done {
            Done::None | Done::Unable => (Answer::None, None),
            Done::Confirmed if self.stored_status == Status::Error => (Answer::None, None),
            Done::Confirmed | Done::Signed => (Answer::Signed, signer.answered),
            Done::Refused => (Answer::Refused, signer.answered),
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
