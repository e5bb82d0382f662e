//! The consent check before every read of a citizen's data.

use std::collections::BTreeSet;

use super::agreement::events;
use super::record::{self, EndedBy, Record, State};
use super::widening::widenings;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::event_type::EventType;
use crate::grant::{Attribute, FetchType, Purpose};
use crate::invocation::{CitizenId, Invocation, Service, ServiceId};
use crate::platform::require_session;
use crate::sql;

/// How long after its first read a one-time consent stays open, so that one page can read all it needs.
pub const ONE_TIME_MS: i64 = 5 * 60 * 1000;

/// The purpose of the approval with this code.
///
/// # Errors
/// `access-denied` (`purpose-not-approved`).
pub(crate) fn approved<'a>(inv: &'a Invocation, purpose: &str) -> Result<&'a Purpose, GovError> {
    inv.service.grant.purpose(purpose).ok_or_else(|| {
        GovError::denied(
            "purpose-not-approved",
            format!("`{purpose}` is not a purpose of the approved manifest; declare it as a `[[purpose]]` in `aim.toml`"),
        )
    })
}

/// Whether processing under a consent may continue: the citizen's latest agreement to the same purpose is in force.
pub async fn still_agreed(
    tx: &mut Conn,
    citizen: &CitizenId,
    consent: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let Some(agreed) = record::by_id(tx, consent, citizen).await? else {
        return Ok(false);
    };
    let latest = record::latest(tx, citizen, &agreed.service, &agreed.purpose).await?;
    Ok(latest.is_some_and(|latest| latest.at(now).state == State::Active))
}

/// Whether the citizen of this request agreed that the service reads these attributes for this purpose,
/// at this moment: the id of the live consent. Runs in the transaction of the read, against the live
/// row, so that a revocation acts on the next call.
///
/// # Errors
/// `login-required`; `access-denied` where the approval has no such purpose, or not these attributes
/// under it, or the citizen left out one that is optional; `consent-required` where the citizen never agreed, refused, left an attribute out, or
/// agreed to less than is approved now; `consent-paused`, `consent-revoked`, `consent-expired`. Each of
/// the last four has the address of the screen that asks again, or resumes.
pub async fn require(
    tx: &mut Conn,
    inv: &Invocation,
    purpose: &str,
    attributes: &[Attribute],
    now: Timestamp,
) -> Result<String, GovError> {
    let found = judge(tx, inv, purpose, attributes, now).await?;
    if found.fetch == FetchType::OneTime && found.first_read_at.is_none() {
        sql!("consent/first_read", &found.id, now).run(tx).await?;
    }
    Ok(found.id)
}

/// The consent under which a service is told of an event that carries this attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    pub purpose: String,
    pub consent: String,
    pub attribute: Attribute,
}

/// The live periodic consent of a citizen under which the service is told of this event now: nobody sits in front of the
/// service, so that a one-time consent is not meant for it.
pub async fn would_tell(
    conn: &mut Conn,
    service: &Service,
    citizen: &CitizenId,
    event: EventType,
    now: Timestamp,
) -> Result<Option<Basis>, DbError> {
    for purpose in &service.grant.purposes {
        if !events(&service.grant, purpose).contains(&event) {
            continue;
        }
        let latest = record::latest(conn, citizen, &service.id, &purpose.code).await?;
        let Some(found) = latest.map(|record| record.at(now)) else {
            continue;
        };
        if is_told(&found, event) && widenings(&found, service, purpose).is_empty() {
            return Ok(event.attribute().map(|attribute| Basis {
                purpose: found.purpose,
                consent: found.id,
                attribute,
            }));
        }
    }
    Ok(None)
}

/// The services that a citizen agreed to tell of this event. Each is judged again when it is told.
pub async fn listeners(
    conn: &mut Conn,
    citizen: &CitizenId,
    event: EventType,
    now: Timestamp,
) -> Result<BTreeSet<ServiceId>, DbError> {
    let live: Vec<Record> = sql!("consent/live_of_citizen", citizen).all(conn).await?;
    let told = live
        .into_iter()
        .map(|record| record.at(now))
        .filter(|record| is_told(record, event));
    Ok(told.map(|record| record.service).collect())
}

/// Whether the citizen agreed to tell of this event, and to the data that it carries. A death is told of under the consent
/// that it ended: it reaches those alone whose consent was active when it was registered ([`listeners`]).
fn is_told(record: &Record, event: EventType) -> bool {
    let ended_by_it =
        event.ends_consents() && record.state == State::Revoked && record.ended_by == Some(EndedBy::Death);
    (record.state == State::Active || ended_by_it)
        && record.fetch == FetchType::Periodic
        && !record.lacks_signature()
        && record.terms.events.contains(&event)
        && event
            .attribute()
            .is_some_and(|attribute| record.attributes.contains(&attribute))
}

/// As [`require`], before another system is asked for what the consent covers: reads only, and so does not begin the
/// time of a one-time consent.
///
/// # Errors
/// As [`require`].
pub async fn would_allow(
    reader: &mut Conn,
    inv: &Invocation,
    purpose: &str,
    attributes: &[Attribute],
    now: Timestamp,
) -> Result<String, GovError> {
    Ok(judge(reader, inv, purpose, attributes, now).await?.id)
}

async fn judge(
    conn: &mut Conn,
    inv: &Invocation,
    purpose: &str,
    attributes: &[Attribute],
    now: Timestamp,
) -> Result<Record, GovError> {
    let session = require_session(inv)?;
    let granted = approved(inv, purpose)?;
    if let Some(missing) = attributes
        .iter()
        .find(|attribute| !granted.attributes.contains(attribute))
    {
        return Err(GovError::denied(
            "attribute-not-approved",
            format!(
                "`{}` is not among the attributes approved for purpose `{purpose}`",
                missing.code()
            ),
        ));
    }
    let screen = || inv.consent_url(&[purpose]);
    let Some(found) = record::latest(conn, &session.citizen, &inv.service.id, purpose).await? else {
        return Err(GovError::ConsentRequired(screen()));
    };
    let found = found.at(now);
    match found.state {
        State::Active => {}
        State::Denied | State::Superseded => return Err(GovError::ConsentRequired(screen())),
        State::Paused => return Err(GovError::ConsentPaused(screen())),
        State::Revoked => return Err(GovError::ConsentRevoked(screen())),
        State::Expired => return Err(GovError::ConsentExpired(screen())),
    }
    if !widenings(&found, &inv.service, granted).is_empty() {
        return Err(GovError::ConsentRequired(screen()));
    }
    let missing = attributes
        .iter()
        .find(|attribute| !found.attributes.contains(attribute));
    match missing {
        None => Ok(found),
        // The screen would ask for nothing: the citizen has answered.
        Some(left_out) if granted.optional.contains(left_out) => Err(GovError::denied(
            "attribute-not-agreed",
            format!(
                "the citizen left `{}` out, which is optional; look at the attributes of `consent.find`",
                left_out.code()
            ),
        )),
        Some(_) => Err(GovError::ConsentRequired(screen())),
    }
}
