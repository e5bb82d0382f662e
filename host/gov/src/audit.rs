//! The record of every use of a government API. Append-only; it holds names of attributes, never values.

use crate::clock::Timestamp;
use crate::db::{Conn, Db, DbError};
use crate::grant::{Attribute, Capability};
use crate::invocation::{CitizenId, Invocation, ServiceId};
use crate::random::{Random, is_id};
use crate::{row, sql};

/// Records on one page of a citizen's access log.
pub const PAGE_RECORDS_MAX: u32 = 100;

/// Characters of one text in a record: the purposes of a consent screen fit. A plug-in's own words are
/// cut here, so that it cannot fill a log that nothing may shorten.
pub const TEXT_CHARS_MAX: usize = 1_000;

/// The `service` of what the platform does itself, on its own screens.
pub const PLATFORM: &str = "platform";

/// Above every id.
pub(crate) const AFTER_ALL: &str = "z";

/// What is about to happen, filled in by the operation while it learns more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub request_id: String,
    /// Who asks; [`PLATFORM`] for the host's own screens.
    pub service: ServiceId,
    /// The digest of the component that runs; empty for the platform.
    pub digest: String,
    pub citizen: Option<CitizenId>,
    pub interface: Capability,
    pub operation: &'static str,
    /// Under which purpose of the approved manifest.
    pub purpose: Option<String>,
    pub consent_id: Option<String>,
    pub attributes: Vec<Attribute>,
    /// What the record is about: a payment, a receipt, a data set.
    pub object: Option<String>,
    /// Whether another system is asked next: the record is written with its answer.
    pub awaits_answer: bool,
}

impl Entry {
    /// The entry of a plug-in's call.
    pub fn of(invocation: &Invocation, interface: Capability, operation: &'static str) -> Self {
        Self {
            request_id: invocation.request_id.clone(),
            service: invocation.service.id.clone(),
            digest: invocation.service.digest.clone(),
            citizen: invocation.session.as_ref().map(|session| session.citizen.clone()),
            interface,
            operation,
            purpose: None,
            consent_id: None,
            attributes: Vec::new(),
            object: None,
            awaits_answer: false,
        }
    }

    /// The entry of a plug-in's call that names a purpose, which is kept where the manifest has it: the
    /// log holds no words of the plug-in's own.
    pub fn under(
        invocation: &Invocation,
        interface: Capability,
        operation: &'static str,
        purpose: &str,
    ) -> Self {
        Self {
            purpose: invocation
                .service
                .grant
                .purpose(purpose)
                .map(|purpose| purpose.code.clone()),
            ..Self::of(invocation, interface, operation)
        }
    }
}

/// The text as a record holds it: without control characters, and with an end.
fn clean(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(TEXT_CHARS_MAX)
        .collect()
}

/// One record, as a citizen or an auditor reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub id: String,
    pub at: Timestamp,
    pub request_id: String,
    pub service: ServiceId,
    pub digest: String,
    pub interface: String,
    pub operation: String,
    pub purpose: Option<String>,
    pub consent_id: Option<String>,
    pub attributes: Vec<String>,
    /// `allowed`, or the code of the refusal.
    pub decision: String,
    pub object: Option<String>,
}

/// The `decision` of a call that went through.
pub const ALLOWED: &str = "allowed";

/// Writes the record of `entry` in the transaction of its effect.
///
/// # Errors
/// [`DbError::Statement`]; the caller must then refuse the call.
pub async fn append(
    tx: &mut Conn,
    random: &Random,
    now: Timestamp,
    entry: &Entry,
    decision: &str,
) -> Result<(), DbError> {
    let mut attributes: Vec<_> = entry
        .attributes
        .iter()
        .map(|attribute| attribute.code())
        .collect();
    attributes.sort_unstable();
    attributes.dedup();
    sql!(
        "audit/append",
        random.id("log", now),
        now,
        clean(&entry.request_id),
        clean(&entry.service.0),
        clean(&entry.digest),
        &entry.citizen,
        entry.interface.code(),
        entry.operation,
        entry.purpose.as_deref().map(clean),
        entry.consent_id.as_deref().map(clean),
        attributes.join(" "),
        decision,
        entry.object.as_deref().map(clean)
    )
    .run(tx)
    .await?;
    Ok(())
}

/// What was done about a citizen, newest first: the page after the record `before`, or the first one.
/// The page is empty where `before` is not a record id.
pub async fn of_citizen(
    db: &Db,
    citizen: &CitizenId,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Record>, DbError> {
    if before.is_some_and(|before| !is_id("log", before)) {
        return Ok(Vec::new());
    }
    let mut reader = db.reader().await?;
    let (before, limit) = (
        before.unwrap_or(AFTER_ALL),
        i64::from(limit.min(PAGE_RECORDS_MAX)),
    );
    sql!("audit/of_citizen", citizen, before, limit)
        .all(&mut reader)
        .await
}

row!(Record, "audit_record", "id", row => Self {
    id: row.get("id")?,
    at: row.get("at_ms")?,
    request_id: row.get("request_id")?,
    service: row.get("service")?,
    digest: row.get("digest")?,
    interface: row.get("interface")?,
    operation: row.get("operation")?,
    purpose: row.get("purpose")?,
    consent_id: row.get("consent_id")?,
    attributes: row.words("attributes")?,
    decision: row.get("decision")?,
    object: row.get("object")?,
});
