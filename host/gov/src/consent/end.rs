//! What becomes of a service's consents and log-ins when it is withdrawn.

use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::grant::Capability;
use crate::invocation::ServiceId;
use crate::random::Random;
use crate::sessions;

/// Ends every consent and enrolment of a service that is withdrawn, and every log-in there. Belongs into
/// the transaction of the withdrawal, so that no consent outlives its service.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn end_service(
    tx: &mut Conn,
    random: &Random,
    service: &ServiceId,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/consent/end_consents.sql"))
        .bind(service.0.as_str())
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query(include_str!("../../sql/consent/end_enrolments.sql"))
        .bind(service.0.as_str())
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query(include_str!("../../sql/consent/end_count.sql"))
        .bind(service.0.as_str())
        .execute(&mut *tx)
        .await?;
    sessions::end_all_at_service(tx, service).await?;
    let entry = Entry {
        request_id: random.id("req", now),
        service: service.clone(),
        digest: String::new(),
        citizen: None,
        interface: Capability::Consent,
        operation: "end-service",
        purpose: None,
        consent_id: None,
        attributes: Vec::new(),
        object: None,
    };
    audit::append(tx, random, now, &entry, audit::ALLOWED).await
}
