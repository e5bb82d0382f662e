//! Submissions.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::{CitizenId, ServiceId};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::corrupt;
use crate::domain::submission::{State, Submission};
use crate::domain::{OrganisationId, SubmissionId};
use crate::manifest::Manifest;

/// Submissions on one page of a list.
pub const PAGE_MAX: i64 = 100;

fn read(row: &AnyRow) -> Result<Submission, DbError> {
    let id: String = row.try_get("id")?;
    let broken = || corrupt("submission", &id);
    let manifest_text: String = row.try_get("manifest")?;
    let manifest = Manifest::parse(&manifest_text).map_err(|_| broken())?;
    let state_data: String = row.try_get("state_data")?;
    let state: State = serde_json::from_str(&state_data).map_err(|_| broken())?;
    if state.code() != row.try_get::<String, _>("state")?
        || manifest.name.0 != row.try_get::<String, _>("service")?
    {
        return Err(broken());
    }
    Ok(Submission {
        organisation: OrganisationId(row.try_get("organisation")?),
        created_by: CitizenId(row.try_get("created_by")?),
        created_at: Timestamp(row.try_get("created_at_ms")?),
        digest: row.try_get("digest")?,
        size_bytes: u64::try_from(row.try_get::<i64, _>("size_bytes")?).map_err(|_| broken())?,
        revision: row.try_get("revision")?,
        manifest,
        manifest_text,
        state,
        id: SubmissionId(id),
    })
}

fn state_data(submission: &Submission) -> Result<String, DbError> {
    serde_json::to_string(&submission.state).map_err(|_| corrupt("submission", &submission.id.0))
}

fn stored_size(submission: &Submission) -> Result<i64, DbError> {
    i64::try_from(submission.size_bytes).map_err(|_| corrupt("submission", &submission.id.0))
}

/// Keeps a new submission; `false` where somebody took the version first.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn insert(tx: &mut Conn, submission: &Submission) -> Result<bool, DbError> {
    let inserted = sqlx::query(include_str!("../../sql/submission/insert.sql"))
        .bind(submission.id.0.as_str())
        .bind(submission.service().0.as_str())
        .bind(submission.organisation.0.as_str())
        .bind(submission.manifest.version.to_string())
        .bind(submission.digest.as_str())
        .bind(stored_size(submission)?)
        .bind(submission.manifest_text.as_str())
        .bind(submission.state.code())
        .bind(state_data(submission)?)
        .bind(submission.created_by.0.as_str())
        .bind(submission.created_at.0)
        .execute(tx)
        .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Keeps the state that `submission` has moved to; `false` where somebody moved it first.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn save_state(tx: &mut Conn, submission: &Submission, now: Timestamp) -> Result<bool, DbError> {
    let updated = sqlx::query(include_str!("../../sql/submission/update_state.sql"))
        .bind(submission.id.0.as_str())
        .bind(submission.revision)
        .bind(submission.state.code())
        .bind(state_data(submission)?)
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(updated.rows_affected() == 1)
}

/// Keeps another component and manifest for a draft whose component has not arrived; `false` where it
/// is no draft any more.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn replace_draft(tx: &mut Conn, draft: &Submission, now: Timestamp) -> Result<bool, DbError> {
    let updated = sqlx::query(include_str!("../../sql/submission/replace_draft.sql"))
        .bind(draft.id.0.as_str())
        .bind(draft.revision)
        .bind(draft.digest.as_str())
        .bind(stored_size(draft)?)
        .bind(draft.manifest_text.as_str())
        .bind(draft.created_by.0.as_str())
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(updated.rows_affected() == 1)
}

/// One submission.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn get(conn: &mut Conn, id: &SubmissionId) -> Result<Option<Submission>, DbError> {
    sqlx::query(include_str!("../../sql/submission/get.sql"))
        .bind(id.0.as_str())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The submission of this version.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn by_version(
    conn: &mut Conn,
    service: &ServiceId,
    version: &semver::Version,
) -> Result<Option<Submission>, DbError> {
    sqlx::query(include_str!("../../sql/submission/by_version.sql"))
        .bind(service.0.as_str())
        .bind(version.to_string())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The submission that has waited longest for vetting.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn next_vetting(conn: &mut Conn) -> Result<Option<Submission>, DbError> {
    sqlx::query(include_str!("../../sql/submission/next_vetting.sql"))
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// The version of a service that is deployed or suspended.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn live_of_service(conn: &mut Conn, service: &ServiceId) -> Result<Option<Submission>, DbError> {
    sqlx::query(include_str!("../../sql/submission/live_of_service.sql"))
        .bind(service.0.as_str())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Everything that is deployed or suspended, by name.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn live(conn: &mut Conn) -> Result<Vec<Submission>, DbError> {
    sqlx::query(include_str!("../../sql/submission/live.sql"))
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// An organisation's newest submissions.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn of_organisation(
    conn: &mut Conn,
    organisation: &OrganisationId,
) -> Result<Vec<Submission>, DbError> {
    sqlx::query(include_str!("../../sql/submission/of_organisation.sql"))
        .bind(organisation.0.as_str())
        .bind(PAGE_MAX)
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// A service's newest submissions.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn of_service(conn: &mut Conn, service: &ServiceId) -> Result<Vec<Submission>, DbError> {
    sqlx::query(include_str!("../../sql/submission/of_service.sql"))
        .bind(service.0.as_str())
        .bind(PAGE_MAX)
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// What waits for vetting, a decision or deployment, longest first.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn queue(conn: &mut Conn) -> Result<Vec<Submission>, DbError> {
    sqlx::query(include_str!("../../sql/submission/queue.sql"))
        .bind(PAGE_MAX)
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// What is deployed, stopped or at an end, newest change first.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn decided(conn: &mut Conn) -> Result<Vec<Submission>, DbError> {
    sqlx::query(include_str!("../../sql/submission/decided.sql"))
        .bind(PAGE_MAX)
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}
