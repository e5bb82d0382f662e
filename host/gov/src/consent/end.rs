//! What becomes of a service's consents and log-ins when it is withdrawn.

use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::grant::Capability;
use crate::invocation::ServiceId;
use crate::random::Random;
use crate::sessions;
use crate::sql;

/// Ends every consent and enrolment of a service that is withdrawn, and every log-in there. Belongs into
/// the transaction of the withdrawal, so that no consent outlives its service.
pub async fn end_service(
    tx: &mut Conn,
    random: &Random,
    service: &ServiceId,
    now: Timestamp,
) -> Result<(), DbError> {
    sql!("consent/end_consents", service, now).run(tx).await?;
    sql!("consent/end_enrolments", service, now).run(tx).await?;
    sql!("consent/end_count", service).run(tx).await?;
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
        awaits_answer: false,
    };
    audit::append(tx, random, now, &entry, audit::ALLOWED).await
}
