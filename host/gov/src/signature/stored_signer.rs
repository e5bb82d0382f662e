//! The signers of a signing, and what each of them did.

use crate::clock::Timestamp;
use crate::invocation::CitizenId;
use crate::row;
use crate::text::Localised;

/// How a signing comes to a signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Role {
    /// The citizen of the request.
    Current,
    /// A citizen whom the service names.
    Citizen,
    /// Somebody whom the citizen of the request names.
    Named,
}

/// What a signer did, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Done {
    None,
    /// Chose the right code on their device; the provider makes the signature.
    Confirmed,
    /// The signature is made.
    Signed,
    Refused,
    /// Has no means to sign.
    Unable,
}

impl Done {
    pub fn is_signed(self) -> bool {
        matches!(self, Self::Confirmed | Self::Signed)
    }
}

/// What a signer did, as the service sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    None,
    Signed,
    Refused,
}

crate::coded!(Role, Done);
crate::column!(code: Role, Done);

/// The attempt on the signer's device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What the platform's page shows.
    pub code: String,
    /// What the device shows, the code among them.
    pub choices: Vec<String>,
    pub until: Timestamp,
}

/// One signer of a signing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSigner {
    signing: String,
    pub place: i64,
    pub role: Role,
    /// What the service calls somebody who is named by a citizen.
    pub label: Option<Localised>,
    /// Nobody until a citizen named somebody.
    pub citizen: Option<CitizenId>,
    pub(super) namings: i64,
    /// The code that the named person enters, until they did.
    pub pairing: Option<String>,
    pub(super) pairing_wrong: i64,
    paired: Option<Timestamp>,
    /// When the named person agreed to what the service learns.
    pub agreed: Option<Timestamp>,
    attempt: Option<Attempt>,
    pub(super) wrong: i64,
    locked_until: Option<Timestamp>,
    pub done: Done,
    pub(super) answered: Option<Timestamp>,
}

row!(StoredSigner, "signing_signer", "signing", row => Self {
    signing: row.get("signing")?,
    place: row.get("place")?,
    role: row.get("role")?,
    label: match row.get::<Option<&str>>("label")? {
        Some(label) => Some(row.check(serde_json::from_str(label))?),
        None => None,
    },
    citizen: row.get("citizen")?,
    namings: row.get("namings")?,
    pairing: row.get("pairing")?,
    pairing_wrong: row.get("pairing_wrong")?,
    paired: row.get("paired_ms")?,
    agreed: row.get("agreed_ms")?,
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
    done: row.get("answer")?,
    answered: row.get("answered_ms")?,
});

impl StoredSigner {
    pub(super) fn is_of(&self, signing: &str) -> bool {
        self.signing == signing
    }

    /// Whether this person may read what is to be signed: who was named proves first that the other one knows them.
    pub fn may_read(&self) -> bool {
        self.role != Role::Named || self.paired.is_some()
    }

    /// Whether the service knows this person.
    pub fn takes_part(&self) -> bool {
        self.role != Role::Named || self.agreed.is_some()
    }

    /// Whether this person names others.
    pub fn may_name(&self) -> bool {
        self.role == Role::Current
    }

    /// Whether a citizen has still to name somebody here.
    pub fn is_nameless(&self) -> bool {
        self.role == Role::Named && self.citizen.is_none()
    }

    /// Whether no code counts any more, after too many wrong ones.
    pub fn is_locked_out(&self) -> bool {
        self.pairing_wrong >= super::PAIRING_WRONG_MAX
    }

    /// The attempt that is under way.
    pub fn attempt(&self, now: Timestamp) -> Option<&Attempt> {
        let waits = self.done == Done::None;
        self.attempt
            .as_ref()
            .filter(|attempt| waits && now < attempt.until)
    }

    /// Until when no attempt can begin, after too many wrong choices.
    pub fn locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.locked_until.filter(|until| now < *until)
    }
}
