//! The types of events that services can subscribe to.

use std::collections::BTreeSet;

/// A type of events: the `type` attribute of CloudEvents 1.0, section 3.1.1, as the manifest, the database and the
/// WIT spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
pub enum EventType {
    /// A reminder that the service set for itself.
    #[strum(serialize = "az.gov.timer.due.v1")]
    #[serde(rename = "az.gov.timer.due.v1")]
    TimerDue,
    /// A payment of the service has another state.
    #[strum(serialize = "az.gov.payment.changed.v1")]
    #[serde(rename = "az.gov.payment.changed.v1")]
    PaymentChanged,
    /// A refund was made or refused.
    #[strum(serialize = "az.gov.refund.changed.v1")]
    #[serde(rename = "az.gov.refund.changed.v1")]
    RefundChanged,
    /// Every delivery of a message has a final state.
    #[strum(serialize = "az.gov.message.finished.v1")]
    #[serde(rename = "az.gov.message.finished.v1")]
    MessageFinished,
    /// A citizen confirmed receipt of a formal notice.
    #[strum(serialize = "az.gov.message.confirmed.v1")]
    #[serde(rename = "az.gov.message.confirmed.v1")]
    MessageConfirmed,
    /// A consent was given, refused, paused, resumed or revoked, or its time has passed.
    #[strum(serialize = "az.gov.consent.changed.v1")]
    #[serde(rename = "az.gov.consent.changed.v1")]
    ConsentChanged,
    /// A citizen has moved: the register of the population has another address.
    #[strum(serialize = "az.gov.residence.changed.v1")]
    #[serde(rename = "az.gov.residence.changed.v1")]
    ResidenceChanged,
    /// A signing of the service has another state.
    #[strum(serialize = "az.gov.signature.changed.v1")]
    #[serde(rename = "az.gov.signature.changed.v1")]
    SignatureChanged,
    /// Something that the service sent in to another agency has another status.
    #[strum(serialize = "az.gov.submission.changed.v1")]
    #[serde(rename = "az.gov.submission.changed.v1")]
    SubmissionChanged,
    /// A presentation that the service asked for was answered, was taken back, or its time has passed.
    #[strum(serialize = "az.gov.presentation.finished.v1")]
    #[serde(rename = "az.gov.presentation.finished.v1")]
    PresentationFinished,
    /// The holder accepted or declined a document of the service, or the offer's time has passed.
    #[strum(serialize = "az.gov.document.changed.v1")]
    #[serde(rename = "az.gov.document.changed.v1")]
    DocumentChanged,
    /// A child of a citizen was born.
    #[strum(serialize = "az.gov.birth.registered.v1")]
    #[serde(rename = "az.gov.birth.registered.v1")]
    BirthRegistered,
    /// A citizen has married.
    #[strum(serialize = "az.gov.marriage.registered.v1")]
    #[serde(rename = "az.gov.marriage.registered.v1")]
    MarriageRegistered,
    /// A citizen has reached pension age.
    #[strum(serialize = "az.gov.pension-age.reached.v1")]
    #[serde(rename = "az.gov.pension-age.reached.v1")]
    PensionAgeReached,
    /// A citizen has died.
    #[strum(serialize = "az.gov.death.registered.v1")]
    #[serde(rename = "az.gov.death.registered.v1")]
    DeathRegistered,
}

crate::coded!(EventType);

impl EventType {
    /// The operation of its delivery in audit records.
    pub fn operation(self) -> &'static str {
        match self {
            Self::TimerDue => "timer-due",
            Self::PaymentChanged => "payment-changed",
            Self::RefundChanged => "refund-changed",
            Self::MessageFinished => "message-finished",
            Self::MessageConfirmed => "message-confirmed",
            Self::ConsentChanged => "consent-changed",
            Self::ResidenceChanged => "residence-changed",
            Self::SignatureChanged => "signature-changed",
            Self::SubmissionChanged => "submission-changed",
            Self::PresentationFinished => "presentation-finished",
            Self::DocumentChanged => "document-changed",
            Self::BirthRegistered => "birth-registered",
            Self::MarriageRegistered => "marriage-registered",
            Self::PensionAgeReached => "pension-age-reached",
            Self::DeathRegistered => "death-registered",
        }
    }

    /// Who says so: the `source` attribute, a tag URI (RFC 4151).
    pub fn source(self) -> &'static str {
        match self {
            Self::TimerDue => "tag:gov.az,2026:timers",
            Self::PaymentChanged | Self::RefundChanged => "tag:gov.az,2026:payments",
            Self::MessageFinished | Self::MessageConfirmed => "tag:gov.az,2026:messages",
            Self::ConsentChanged => "tag:gov.az,2026:consents",
            Self::ResidenceChanged => "tag:gov.az,2026:population",
            Self::SignatureChanged => "tag:gov.az,2026:signatures",
            Self::SubmissionChanged => "tag:gov.az,2026:exchange",
            Self::PresentationFinished | Self::DocumentChanged => "tag:gov.az,2026:documents",
            Self::BirthRegistered | Self::MarriageRegistered | Self::DeathRegistered => {
                "tag:gov.az,2026:civil-status"
            }
            Self::PensionAgeReached => "tag:gov.az,2026:pensions",
        }
    }

    /// Where the schema of its data is, on the platform.
    pub fn schema_path(self) -> Option<&'static str> {
        match self {
            Self::TimerDue => None,
            Self::PaymentChanged
            | Self::RefundChanged
            | Self::MessageFinished
            | Self::MessageConfirmed
            | Self::ConsentChanged
            | Self::SignatureChanged
            | Self::SubmissionChanged
            | Self::PresentationFinished
            | Self::DocumentChanged => Some("/schemas/events/changed-v1.json"),
            Self::ResidenceChanged => Some("/schemas/events/residence-changed-v1.json"),
            Self::BirthRegistered => Some("/schemas/events/birth-registered-v1.json"),
            Self::MarriageRegistered => Some("/schemas/events/marriage-registered-v1.json"),
            Self::PensionAgeReached => Some("/schemas/events/pension-age-reached-v1.json"),
            Self::DeathRegistered => Some("/schemas/events/death-registered-v1.json"),
        }
    }

    /// Whether what it tells of ended the citizen's participations and consents, in the transaction that made the event: it
    /// is told under the consent that was active before.
    pub fn ends_consents(self) -> bool {
        self == Self::DeathRegistered
    }

    /// Whether it tells of what the service itself asked for and can read: that goes on after a citizen has left, whom
    /// such an event then does not name.
    pub fn is_of_own_request(self) -> bool {
        match self {
            Self::PaymentChanged
            | Self::RefundChanged
            | Self::MessageFinished
            | Self::MessageConfirmed
            | Self::ConsentChanged
            | Self::SignatureChanged
            | Self::SubmissionChanged
            | Self::PresentationFinished
            | Self::DocumentChanged => true,
            Self::TimerDue
            | Self::ResidenceChanged
            | Self::BirthRegistered
            | Self::MarriageRegistered
            | Self::PensionAgeReached
            | Self::DeathRegistered => false,
        }
    }
}

/// The events that a service receives.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct Subscriptions {
    pub types: BTreeSet<EventType>,
}

impl Subscriptions {
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}
