//! Suspensions of services, by name.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use aim_gov::{row, sql};

use crate::domain::StaffId;
use crate::domain::public_reason::PublicReason;
use crate::domain::suspension::{Grounds, Suspension};

row!(Suspension, "service_suspension", "id", row => Self {
    id: row.get("id")?,
    service: row.get("service")?,
    at: row.get("at_ms")?,
    by: row.get("suspended_by")?,
    grounds: Grounds {
        internal: row.get("grounds")?,
        public: match row.get::<Option<&str>>("public_reason")? {
            Some(text) => row.check(PublicReason::parse(text))?,
            None => None,
        },
    },
});

/// Stores a new suspension.
///
/// # Errors
/// [`DbError::Statement`], also if the name is suspended already.
pub async fn begin(tx: &mut Conn, suspension: &Suspension) -> Result<(), DbError> {
    sql!(
        "suspension/insert",
        &suspension.id,
        &suspension.service,
        suspension.at,
        &suspension.by,
        &suspension.grounds.internal,
        suspension.grounds.public.as_ref().map(PublicReason::as_str)
    )
    .run(tx)
    .await?;
    Ok(())
}

/// Lifts the suspension of a name; `false` if it is not suspended.
pub async fn lift(tx: &mut Conn, service: &ServiceId, at: Timestamp, by: &StaffId) -> Result<bool, DbError> {
    Ok(sql!("suspension/lift", service, at, by).run(tx).await? == 1)
}

pub async fn of_service(conn: &mut Conn, service: &ServiceId) -> Result<Option<Suspension>, DbError> {
    sql!("suspension/open_of_service", service).optional(conn).await
}

pub async fn all(conn: &mut Conn) -> Result<Vec<Suspension>, DbError> {
    sql!("suspension/open").all(conn).await
}
