//! Submissions.

use std::collections::BTreeSet;

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::{CitizenId, ServiceId};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::corrupt;
use crate::domain::submission::{State, Submission};
use crate::domain::waiting::Waiting;
use crate::domain::{OrganisationId, SubmissionId};
use crate::manifest::Manifest;

/// Submissions on one page of a list.
pub const PAGE_MAX: i64 = 100;
/// Submissions that are looked at for the next vetting: those that have waited longest.
const WAITING_MAX: i64 = 1_000;

/// How much of everything an organisation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Submissions on their way, up to approved ones that nobody deployed.
    pub undecided: i64,
    /// Submissions announced since a moment.
    pub recent: i64,
    /// Names of services.
    pub names: i64,
}

fn read(row: &AnyRow) -> Result<Submission, DbError> {
    let id: String = row.try_get("id")?;
    let broken = || corrupt("submission", &id);
    let manifest_text: String = row.try_get("manifest")?;
    let manifest_data: String = row.try_get("manifest_data")?;
    // The rules of today are for what is announced today.
    let manifest = if manifest_data.is_empty() {
        Manifest::parse(&manifest_text).map_err(|_| broken())?
    } else {
        serde_json::from_str::<Manifest>(&manifest_data).map_err(|_| broken())?
    };
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

/// The submissions of a list. A row that breaks its rules takes nobody else's place: it is left out, and
/// the log names it.
fn read_all(rows: &[AnyRow]) -> Result<Vec<Submission>, DbError> {
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        match read(row) {
            Ok(submission) => all.push(submission),
            Err(error @ DbError::Corrupt { .. }) => {
                tracing::error!(error = &error as &dyn std::error::Error, "store.row left out");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(all)
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
        .bind(submission.manifest.kept())
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
        .bind(draft.manifest.kept())
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

/// A version of a service, without what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownVersion {
    /// The submission.
    pub id: SubmissionId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The version.
    pub version: semver::Version,
    /// The code of its state.
    pub state: String,
}

/// Every version of a service, in whatever state, in the order of announcement.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn versions(conn: &mut Conn, service: &ServiceId) -> Result<Vec<KnownVersion>, DbError> {
    sqlx::query(include_str!("../../sql/submission/versions.sql"))
        .bind(service.0.as_str())
        .fetch_all(conn)
        .await?
        .iter()
        .map(|row| {
            let (id, version): (String, String) = (row.try_get("id")?, row.try_get("version")?);
            Ok(KnownVersion {
                organisation: OrganisationId(row.try_get("organisation")?),
                version: version.parse().map_err(|_| corrupt("submission", &id))?,
                state: row.try_get("state")?,
                id: SubmissionId(id),
            })
        })
        .collect()
}

/// What is in vetting, longest first, at most [`WAITING_MAX`].
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn waiting(conn: &mut Conn) -> Result<Vec<Waiting>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/submission/waiting.sql"))
        .bind(WAITING_MAX)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get("id")?;
            let bytes = u64::try_from(row.try_get::<i64, _>("size_bytes")?)
                .map_err(|_| corrupt("submission", &id))?;
            Ok(Waiting {
                organisation: OrganisationId(row.try_get("organisation")?),
                digest: row.try_get("digest")?,
                bytes,
                crashes: row.try_get("vetting_attempts")?,
                since: Timestamp(row.try_get("updated_at_ms")?),
                after: Timestamp(row.try_get("vetting_after_ms")?),
                served: Timestamp(row.try_get("served_ms")?),
                id: SubmissionId(id),
            })
        })
        .collect()
}

/// Notes that the vetting of a submission begins. If it does not come to an end, others are next until
/// `again`.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn begin_vetting(tx: &mut Conn, id: &SubmissionId, again: Timestamp) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/submission/begin_vetting.sql"))
        .bind(id.0.as_str())
        .bind(again.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets how often vetting did not come to an end, where that was not the submission's fault. Others are
/// next until `again`.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn forget_vetting(tx: &mut Conn, id: &SubmissionId, again: Timestamp) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/submission/forget_vetting.sql"))
        .bind(id.0.as_str())
        .bind(again.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// The digests of every component that may still be vetted, approved or run.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn digests_needed(conn: &mut Conn) -> Result<BTreeSet<String>, DbError> {
    sqlx::query(include_str!("../../sql/submission/digests_needed.sql"))
        .fetch_all(conn)
        .await?
        .iter()
        .map(|row| Ok(row.try_get("digest")?))
        .collect()
}

/// How much an organisation has; [`Counts::recent`] is what it announced after `since`.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn counts(
    conn: &mut Conn,
    organisation: &OrganisationId,
    since: Timestamp,
) -> Result<Counts, DbError> {
    let row = sqlx::query(include_str!("../../sql/submission/count_of_organisation.sql"))
        .bind(organisation.0.as_str())
        .bind(since.0)
        .fetch_one(conn)
        .await?;
    Ok(Counts {
        undecided: row.try_get("undecided")?,
        recent: row.try_get("recent")?,
        names: row.try_get("names")?,
    })
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

/// The last withdrawn version of a service among those that citizens could open.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn withdrawn_of_service(
    conn: &mut Conn,
    service: &ServiceId,
) -> Result<Option<Submission>, DbError> {
    sqlx::query(include_str!("../../sql/submission/withdrawn_of_service.sql"))
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
/// [`DbError::Statement`].
pub async fn live(conn: &mut Conn) -> Result<Vec<Submission>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/submission/live.sql"))
        .fetch_all(conn)
        .await?;
    read_all(&rows)
}

/// An organisation's newest submissions.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn of_organisation(
    conn: &mut Conn,
    organisation: &OrganisationId,
) -> Result<Vec<Submission>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/submission/of_organisation.sql"))
        .bind(organisation.0.as_str())
        .bind(PAGE_MAX)
        .fetch_all(conn)
        .await?;
    read_all(&rows)
}

/// A service's newest submissions.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn of_service(conn: &mut Conn, service: &ServiceId) -> Result<Vec<Submission>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/submission/of_service.sql"))
        .bind(service.0.as_str())
        .bind(PAGE_MAX)
        .fetch_all(conn)
        .await?;
    read_all(&rows)
}

/// What waits for vetting, a decision or deployment, longest first; one page, the first is 0.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn queue(conn: &mut Conn, page: u32) -> Result<Vec<Submission>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/submission/queue.sql"))
        .bind(PAGE_MAX)
        .bind(i64::from(page).saturating_mul(PAGE_MAX))
        .fetch_all(conn)
        .await?;
    read_all(&rows)
}

/// What came to an end, newest change first; one page, the first is 0.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn ended(conn: &mut Conn, page: u32) -> Result<Vec<Submission>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/submission/ended.sql"))
        .bind(PAGE_MAX)
        .bind(i64::from(page).saturating_mul(PAGE_MAX))
        .fetch_all(conn)
        .await?;
    read_all(&rows)
}
