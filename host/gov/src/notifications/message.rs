//! Stored messages, and the states of their deliveries.

use crate::clock::Timestamp;
use crate::error::Problem;
use crate::invocation::{CitizenId, ServiceId};
use crate::message_template::Kind;
use crate::row;
use crate::text::{Locale, Localised};

/// The state of a message, or of one delivery of it; the names are those of GOV.UK Notify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    /// Not handed to the provider yet, or waiting for its time.
    Created,
    /// With the provider.
    Sending,
    /// The provider has answered, but the citizen's device has not.
    Pending,
    /// Handed to a network that reports nothing more.
    Sent,
    Delivered,
    /// The provider gave up: a device that is off, a mailbox that is full.
    TemporaryFailure,
    /// The address does not work.
    PermanentFailure,
    /// A fault of the platform or the provider.
    TechnicalFailure,
    Cancelled,
}

crate::coded!(Status);
crate::column!(code: Status);

impl Status {
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Created | Self::Sending | Self::Pending)
    }
}

/// Why a message did not reach the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Failure {
    /// The scanner refused the file.
    FileRefused,
    /// It was obsolete, or the citizen no longer accepts such messages.
    Discarded,
    /// The scanner gave no valid answer.
    ProviderFailed,
}

crate::coded!(Failure);
crate::column!(code: Failure);

impl Failure {
    /// The problem as the service sees it.
    pub fn problem(self) -> Problem {
        Problem::new(
            self.code(),
            match self {
                Self::FileRefused => "the file was refused by the scanner; the citizen received nothing",
                Self::Discarded => {
                    "`discard-at` passed before the message could be delivered, or the citizen does not take such messages any more"
                }
                Self::ProviderFailed => "the file could not be scanned; send the message again",
            },
        )
    }
}

/// The alert outside the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// `None` if no alert was or will be sent, because the citizen has no address or wants no alerts. Which of
    /// the two is not stored.
    pub status: Option<Status>,
    /// When it was handed to the provider.
    pub sent: Option<Timestamp>,
    pub completed: Option<Timestamp>,
}

/// A message to one citizen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub service: ServiceId,
    /// The consent that it rests on; `None` if its purpose has another basis.
    pub consent: Option<String>,
    pub service_title: Localised,
    pub controller: String,
    pub citizen: CitizenId,
    /// The citizen's pseudonym at the service.
    pub sub: String,
    pub template: String,
    pub template_version: u32,
    pub kind: Kind,
    pub language: Locale,
    pub subject: String,
    pub reference: Option<String>,
    pub created: Timestamp,
    /// The message is not delivered before this time.
    pub send_at: Timestamp,
    /// The message is not delivered after this time.
    pub discard_at: Option<Timestamp>,
    pub status: Status,
    pub failure: Option<Failure>,
    /// When `status` became final.
    pub completed: Option<Timestamp>,
    pub alert: Alert,
    /// When the citizen first opened it; not disclosed to any service.
    pub read: Option<Timestamp>,
    pub confirmed: Option<Timestamp>,
}

impl Message {
    /// When it reached the inbox, or was ordered if it has not reached it yet.
    pub fn received_at(&self) -> Timestamp {
        self.completed.unwrap_or(self.created)
    }

    /// Whether every delivery has reached a final state.
    pub fn is_finished(&self) -> bool {
        self.status.is_final() && self.alert.status.is_none_or(Status::is_final)
    }

    /// The alert as a service sees it: only once a provider has it.
    pub fn alert_at_provider(&self) -> Option<(Status, Alert)> {
        let status = self.alert.status.filter(|status| *status != Status::Created)?;
        Some((status, self.alert))
    }

    /// Whether the citizen has not yet confirmed receipt.
    pub fn waits_for_receipt(&self) -> bool {
        self.kind == Kind::FormalNotice && self.confirmed.is_none()
    }
}

row!(Message, "message", "id", row => Self {
    id: row.get("id")?,
    service: row.get("service")?,
    consent: row.get("consent")?,
    service_title: row.json("service_title")?,
    controller: row.get("controller")?,
    citizen: row.get("citizen")?,
    sub: row.get("sub")?,
    template: row.get("template")?,
    template_version: row.check(u32::try_from(row.get::<i64>("template_version")?))?,
    kind: row.get("kind")?,
    language: row.parse("language")?,
    subject: row.get("subject")?,
    reference: row.get("reference")?,
    created: row.get("created_ms")?,
    send_at: row.get("send_ms")?,
    discard_at: row.get("discard_ms")?,
    status: row.get("status")?,
    failure: row.get("failure")?,
    completed: row.get("completed_ms")?,
    alert: Alert {
        status: row.get("alert")?,
        sent: row.get("alert_sent_ms")?,
        completed: row.get("alert_completed_ms")?,
    },
    read: row.get("read_ms")?,
    confirmed: row.get("confirmed_ms")?,
});
