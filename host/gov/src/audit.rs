//! The record of every use of a government API. Append-only; it has the names of attributes, never their
//! values.

use crate::clock::Timestamp;
use crate::db::{Conn, Db, DbError};
use crate::grant::{Attribute, Capability};
use crate::invocation::{CitizenId, Invocation, ServiceId};
use crate::random::{Random, is_id};
use crate::{row, sql};

/// Records on one page of a citizen's access log.
pub const PAGE_RECORDS_MAX: u32 = 100;

/// Characters of one text in a record, enough for the purposes of a consent screen. Texts of a plug-in are
/// truncated to this, so that it cannot fill a log that must not be shortened.
pub const TEXT_CHARS_MAX: usize = 1_000;

/// The `service` of the platform's own actions on its screens.
pub const PLATFORM: &str = "platform";

/// Sorts after every id.
pub(crate) const AFTER_ALL: &str = "z";

/// The entry of an operation under way, which the operation completes as it learns more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub request_id: String,
    /// The caller; [`PLATFORM`] for the host's own screens.
    pub service: ServiceId,
    /// The digest of the running component; empty for the platform.
    pub digest: String,
    pub citizen: Option<CitizenId>,
    pub interface: Capability,
    pub operation: &'static str,
    /// A purpose of the approved manifest.
    pub purpose: Option<String>,
    pub consent_id: Option<String>,
    pub attributes: Vec<Attribute>,
    /// The object of the operation: a payment, a receipt, a data set.
    pub object: Option<String>,
    /// Whether another system is asked next: the record is then written with its answer.
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

    /// The entry of a plug-in's call that names a purpose. The purpose is kept only if the manifest has it, so
    /// that the log contains no text of the plug-in.
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

/// The text as a record stores it: without control characters, and truncated.
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

/// The `decision` of an allowed call.
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

/// The records about a citizen, newest first: the page after the record `before`, or the first one. Returns an
/// empty page if `before` is not a record id.
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
