//! Announcing a version, and its state.

use aim_gov::db::DbError;
use aim_gov::described::one_of;
use aim_gov::web::rfc3339;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use strum::VariantNames as _;
use utoipa::openapi::schema::Object;

use super::address::{Id, Segment};
use super::auth::Developer;
use super::problem::Problem;
use crate::app::App;
use crate::deploy;
use crate::domain::SubmissionId;
use crate::domain::report::Report;
use crate::domain::submission::{State as Progress, Submission};
use crate::publish::{self, Announcement, PublishError};
use crate::store;
use crate::store::report::StoredReport;
use crate::vetting;

/// One version of a service.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SubmissionLine)]
pub(super) struct Line {
    id: String,
    version: String,
    #[schema(schema_with = states)]
    state: &'static str,
    /// `sha256:` and 64 hexadecimal digits.
    digest: String,
    #[schema(format = DateTime)]
    created_at: String,
}

impl Line {
    pub fn of(submission: &Submission) -> Self {
        Self {
            id: submission.id.0.clone(),
            version: submission.manifest.version.to_string(),
            state: submission.state.code(),
            digest: submission.digest.clone(),
            created_at: rfc3339(submission.created_at),
        }
    }
}

/// A submission as its publisher sees it: with the report, without the officers' notes.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Submission)]
pub(super) struct View {
    id: String,
    service: String,
    version: String,
    #[schema(schema_with = states)]
    state: &'static str,
    /// `sha256:` and 64 hexadecimal digits.
    digest: String,
    /// The component's size in bytes.
    size_bytes: u64,
    #[schema(format = DateTime)]
    created_at: String,
    /// The progress of its compilation, 0 to 100, while it is being compiled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 100)]
    compiling_percent: Option<u8>,
    /// The number of submissions that are vetted before it, while it waits for vetting.
    #[serde(skip_serializing_if = "Option::is_none")]
    vetted_before: Option<usize>,
    /// The path to which its component is sent.
    upload: String,
    /// The developers' page about it.
    page: String,
    /// The address for citizens, once it is deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// Whether an officer has verified the organisation; before that, none of its versions is approved.
    organisation_verified: bool,
    /// Why it was rejected, or what the public reads about its suspension.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What the approvals give.
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<aim_gov::grant::Grant>,
    /// SHA-256 of the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    report_sha256: Option<String>,
    /// The result of vetting.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
}

impl View {
    pub async fn load(
        app: &App,
        submission: &Submission,
        report: Option<StoredReport>,
    ) -> Result<Self, DbError> {
        let id = &submission.id.0;
        let (report_sha256, report) = report.map(|stored| (stored.sha256, stored.report)).unzip();
        let verification = {
            let mut reader = app.platform.db.reader().await?;
            store::verification::of(&mut reader, &submission.organisation).await?
        };
        Ok(Self {
            id: id.clone(),
            service: submission.service().0.clone(),
            version: submission.manifest.version.to_string(),
            state: submission.state.code(),
            digest: submission.digest.clone(),
            size_bytes: submission.size_bytes,
            created_at: rfc3339(submission.created_at),
            compiling_percent: deploy::compiling(app, submission),
            vetted_before: None,
            upload: format!("/api/v1/submissions/{id}/component"),
            page: format!("{}/az/developers/submissions/{id}", app.platform_origin()),
            origin: matches!(submission.state, Progress::Deployed { .. })
                .then(|| app.service_origin(submission.service())),
            reason: match &submission.state {
                Progress::Rejected { reason, .. } => Some(reason.clone()),
                Progress::Suspended { public_reason, .. } => {
                    public_reason.as_ref().map(|reason| reason.as_str().to_owned())
                }
                _ => None,
            },
            organisation_verified: verification.is_some(),
            grant: submission.grant(),
            report_sha256,
            report,
        })
    }
}

/// The codes of a submission's states.
fn states() -> Object {
    one_of(Progress::VARIANTS.iter().copied())
}

/// Announce a version
///
/// The version is kept as a draft until its component arrives. The same announcement again answers with the same draft.
#[utoipa::path(
    post,
    path = "/submissions",
    operation_id = "announce_version",
    request_body(content = Announcement, description = "The manifest, and what the component will be."),
    responses(
        (status = 201, description = "The draft, which is new.", body = View, headers(("Location" = String, description = "Its path."))),
        (status = 200, description = "The draft that was announced before.", body = View, headers(("Location" = String, description = "Its path."))),
    )
)]
pub(super) async fn announce(
    State(app): State<App>,
    Developer(token): Developer,
    body: Result<Json<Announcement>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(announcement) = body.map_err(|rejection| {
        Problem::new(
            rejection.status(),
            "bad-announcement",
            format!(
                "send JSON with `manifest`, `component_sha256` and `component_bytes`: {}",
                rejection.body_text()
            ),
        )
    })?;
    let asked_at = app.platform.clock.now();
    let submission = publish::announce(&app, &token, announcement).await?;
    let status = if submission.created_at >= asked_at {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let place = format!("/api/v1/submissions/{}", submission.id.0);
    Ok((
        status,
        [(header::LOCATION, place)],
        Json(View::load(&app, &submission, None).await?),
    )
        .into_response())
}

/// Show a version on its way
#[utoipa::path(
    get,
    path = "/submissions/{id}",
    operation_id = "show_submission",
    params(("id" = inline(Id), Path, description = "The submission's id.")),
    responses((status = 200, description = "The submission.", body = View))
)]
pub(super) async fn show(
    State(app): State<App>,
    Developer(token): Developer,
    Segment(id): Segment<String>,
) -> Result<Json<View>, Problem> {
    let submission = own(&app, &token.organisation, &id).await?;
    let report = {
        let mut reader = app.platform.db.reader().await?;
        store::report::latest(&mut reader, &submission.id).await?
    };
    Ok(Json(View {
        vetted_before: vetting::ahead_of(&app, &submission).await?,
        ..View::load(&app, &submission, report).await?
    }))
}

/// A submission of the token's organisation; another's is treated as missing.
pub(super) async fn own(
    app: &App,
    organisation: &crate::domain::OrganisationId,
    id: &str,
) -> Result<Submission, Problem> {
    publish::of_organisation(app, organisation, &SubmissionId(id.to_owned()))
        .await?
        .ok_or_else(|| Problem::not_found("your organisation has no such submission"))
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        let detail = error.to_string();
        let of = |status, code| Problem::new(status, code, detail);
        match error {
            PublishError::Manifest(errors) => {
                let fields = errors.0.len();
                Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "bad-manifest",
                    format!("`aim.toml` has {fields} wrong fields; each is named in `errors`"),
                )
                .with_errors(errors.0)
            }
            PublishError::Hash(_) => of(StatusCode::UNPROCESSABLE_ENTITY, "bad-hash"),
            PublishError::Empty => of(StatusCode::UNPROCESSABLE_ENTITY, "empty-component"),
            PublishError::TooLarge { .. } => of(StatusCode::PAYLOAD_TOO_LARGE, "component-too-large"),
            PublishError::NameTaken(_) => of(StatusCode::FORBIDDEN, "name-taken"),
            PublishError::VersionTaken { .. } => of(StatusCode::CONFLICT, "version-exists"),
            PublishError::SameVersion { .. } => of(StatusCode::CONFLICT, "version-same"),
            PublishError::Older { .. } => of(StatusCode::CONFLICT, "version-older"),
            PublishError::Ended { .. } => of(StatusCode::CONFLICT, "version-ended"),
            PublishError::TooMany { .. } => of(StatusCode::TOO_MANY_REQUESTS, "too-many"),
            PublishError::Over(_) => of(StatusCode::CONFLICT, "version-over"),
            PublishError::Moved => of(StatusCode::CONFLICT, "changed-meanwhile"),
            PublishError::Refused(refused) => {
                Problem::new(StatusCode::CONFLICT, refused.reason.code(), refused.to_string())
            }
            PublishError::Db(error) => error.into(),
        }
    }
}
