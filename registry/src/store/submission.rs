//! Submissions.

use std::collections::BTreeSet;

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError, Statement};
use aim_gov::invocation::ServiceId;
use aim_gov::{row, sql};

use crate::domain::submission::{State, Submission};
use crate::domain::waiting::Waiting;
use crate::domain::{OrganisationId, SubmissionId};
use crate::manifest::Manifest;

/// Submissions on one page of a list.
pub const PAGE_MAX: i64 = 100;
/// The most submissions that are considered for the next vetting: those that have waited longest.
const WAITING_MAX: i64 = 1_000;

/// The numbers of an organisation's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Undecided submissions, including approved ones that are not deployed.
    pub undecided: i64,
    pub recent: i64,
    pub names: i64,
}

row!(Counts, "submission", "id", { undecided, recent, names });
row!(Submission, "submission", "id", row => {
    let manifest_text: String = row.get("manifest")?;
    // The current rules apply to what is announced now.
    let manifest: Manifest = match row.get("manifest_data")? {
        "" => row.check(Manifest::parse(&manifest_text))?,
        _ => row.json("manifest_data")?,
    };
    let state: State = row.json("state_data")?;
    if state.code() != row.get::<&str>("state")? || manifest.name != row.get("service")? {
        return Err(row.corrupt());
    }
    Self {
        id: row.get("id")?,
        organisation: row.get("organisation")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at_ms")?,
        digest: row.get("digest")?,
        size_bytes: row.check(u64::try_from(row.get::<i64>("size_bytes")?))?,
        revision: row.get("revision")?,
        manifest,
        manifest_text,
        state,
    }
});
row!(KnownVersion, "submission", "id", row => Self {
    id: row.get("id")?,
    organisation: row.get("organisation")?,
    version: row.parse("version")?,
    state: row.get("state")?,
});
row!(Waiting, "submission", "id", row => Self {
    id: row.get("id")?,
    organisation: row.get("organisation")?,
    digest: row.get("digest")?,
    bytes: row.check(u64::try_from(row.get::<i64>("size_bytes")?))?,
    crashes: row.get("vetting_attempts")?,
    since: row.get("updated_at_ms")?,
    after: row.get("vetting_after_ms")?,
    served: row.get("served_ms")?,
});

/// The submissions of a list. A row that breaks its rules does not affect the others: it is left out, and the
/// log names it.
async fn list(list: Statement<'_>, conn: &mut Conn) -> Result<Vec<Submission>, DbError> {
    let mut all = Vec::new();
    for row in list.each(conn).await? {
        match row {
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
    serde_json::to_string(&submission.state).map_err(|_| DbError::corrupt("submission", &submission.id.0))
}

fn stored_size(submission: &Submission) -> Result<i64, DbError> {
    i64::try_from(submission.size_bytes).map_err(|_| DbError::corrupt("submission", &submission.id.0))
}

/// The newest version of an organisation's service that passed vetting and was not rejected, replaced or taken back.
pub async fn newest_vetted(
    conn: &mut Conn,
    organisation: &OrganisationId,
    service: &ServiceId,
) -> Result<Option<Submission>, DbError> {
    sql!("submission/newest_vetted", service, organisation)
        .optional(conn)
        .await
}

/// Stores a new submission; `false` if the version exists already.
pub async fn insert(tx: &mut Conn, submission: &Submission) -> Result<bool, DbError> {
    let inserted = sql!(
        "submission/insert",
        &submission.id,
        submission.service(),
        &submission.organisation,
        submission.manifest.version.to_string(),
        &submission.digest,
        stored_size(submission)?,
        &submission.manifest_text,
        submission.manifest.kept(),
        submission.state.code(),
        state_data(submission)?,
        &submission.created_by,
        submission.created_at
    );
    Ok(inserted.run(tx).await? == 1)
}

/// Stores the new state of `submission`; `false` if another process changed it first.
pub async fn save_state(tx: &mut Conn, submission: &Submission, now: Timestamp) -> Result<bool, DbError> {
    let updated = sql!(
        "submission/update_state",
        &submission.id,
        submission.revision,
        submission.state.code(),
        state_data(submission)?,
        now
    );
    Ok(updated.run(tx).await? == 1)
}

/// Replaces component and manifest of a draft whose component has not arrived; `false` if it is no longer a
/// draft.
pub async fn replace_draft(tx: &mut Conn, draft: &Submission, now: Timestamp) -> Result<bool, DbError> {
    let updated = sql!(
        "submission/replace_draft",
        &draft.id,
        draft.revision,
        &draft.digest,
        stored_size(draft)?,
        &draft.manifest_text,
        draft.manifest.kept(),
        &draft.created_by,
        now
    );
    Ok(updated.run(tx).await? == 1)
}

pub async fn get(conn: &mut Conn, id: &SubmissionId) -> Result<Option<Submission>, DbError> {
    sql!("submission/get", id).optional(conn).await
}

pub async fn by_version(
    conn: &mut Conn,
    service: &ServiceId,
    version: &semver::Version,
) -> Result<Option<Submission>, DbError> {
    let found = sql!("submission/by_version", service, version.to_string());
    found.optional(conn).await
}

/// A version of a service, without its manifest and approvals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownVersion {
    pub id: SubmissionId,
    pub organisation: OrganisationId,
    pub version: semver::Version,
    pub state: String,
}

/// Every version of a service, in any state, in the order of announcement.
pub async fn versions(conn: &mut Conn, service: &ServiceId) -> Result<Vec<KnownVersion>, DbError> {
    sql!("submission/versions", service).all(conn).await
}

/// The submissions in vetting, longest first, at most [`WAITING_MAX`].
pub async fn waiting(conn: &mut Conn) -> Result<Vec<Waiting>, DbError> {
    sql!("submission/waiting", WAITING_MAX).all(conn).await
}

/// Records that the vetting of a submission begins. If it does not complete, others go first until `again`.
pub async fn begin_vetting(tx: &mut Conn, id: &SubmissionId, again: Timestamp) -> Result<(), DbError> {
    sql!("submission/begin_vetting", id, again).run(tx).await?;
    Ok(())
}

/// Resets the count of vettings that did not complete, if that was not the submission's fault. Others go first
/// until `again`.
pub async fn forget_vetting(tx: &mut Conn, id: &SubmissionId, again: Timestamp) -> Result<(), DbError> {
    sql!("submission/forget_vetting", id, again).run(tx).await?;
    Ok(())
}

/// The digests of every component that may still be vetted, approved or run.
pub async fn digests_needed(conn: &mut Conn) -> Result<BTreeSet<String>, DbError> {
    let digests: Vec<(_,)> = sql!("submission/digests_needed").all(conn).await?;
    Ok(digests.into_iter().map(|(digest,)| digest).collect())
}

/// The numbers of an organisation; [`Counts::recent`] counts announcements after `since`.
pub async fn counts(
    conn: &mut Conn,
    organisation: &OrganisationId,
    since: Timestamp,
) -> Result<Counts, DbError> {
    let counts = sql!("submission/count_of_organisation", organisation, since);
    counts.one(conn).await
}

/// The version of a service that is deployed or suspended.
pub async fn live_of_service(conn: &mut Conn, service: &ServiceId) -> Result<Option<Submission>, DbError> {
    sql!("submission/live_of_service", service).optional(conn).await
}

/// The last withdrawn version of a service among those that citizens could open.
pub async fn withdrawn_of_service(
    conn: &mut Conn,
    service: &ServiceId,
) -> Result<Option<Submission>, DbError> {
    let last = sql!("submission/withdrawn_of_service", service);
    last.optional(conn).await
}

/// Every deployed or suspended version, by name.
pub async fn live(conn: &mut Conn) -> Result<Vec<Submission>, DbError> {
    list(sql!("submission/live"), conn).await
}

/// An organisation's newest submissions.
pub async fn of_organisation(
    conn: &mut Conn,
    organisation: &OrganisationId,
) -> Result<Vec<Submission>, DbError> {
    let newest = sql!("submission/of_organisation", organisation, PAGE_MAX);
    list(newest, conn).await
}

/// A service's newest submissions.
pub async fn of_service(conn: &mut Conn, service: &ServiceId) -> Result<Vec<Submission>, DbError> {
    list(sql!("submission/of_service", service, PAGE_MAX), conn).await
}

/// The submissions that wait for vetting, a decision or deployment, longest first; one page, the first is 0.
pub async fn queue(conn: &mut Conn, page: u32) -> Result<Vec<Submission>, DbError> {
    list(sql!("submission/queue", PAGE_MAX, offset(page)), conn).await
}

/// The submissions that have ended, newest change first; one page, the first is 0.
pub async fn ended(conn: &mut Conn, page: u32) -> Result<Vec<Submission>, DbError> {
    list(sql!("submission/ended", PAGE_MAX, offset(page)), conn).await
}

fn offset(page: u32) -> i64 {
    i64::from(page).saturating_mul(PAGE_MAX)
}
