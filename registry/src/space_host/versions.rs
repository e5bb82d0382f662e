//! Which version of a service runs in a test space: the newest that passed vetting, whatever officers decide about it
//! later, unless they reject it or suspend the service.

use std::sync::Arc;

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::{Service, ServiceId};
use aim_runtime::Prepared;

use crate::app::App;
use crate::deploy::{self, DeployError};
use crate::domain::OrganisationId;
use crate::domain::space::Space;
use crate::domain::submission::Submission;
use crate::store;

/// The version of a service that its organisation's spaces run; `None` where there is none.
pub(super) async fn newest(
    conn: &mut Conn,
    organisation: &OrganisationId,
    service: &ServiceId,
) -> Result<Option<Submission>, DbError> {
    if store::suspension::of_service(conn, service).await?.is_some() {
        return Ok(None);
    }
    let Some(submission) = store::submission::newest_vetted(conn, organisation, service).await? else {
        return Ok(None);
    };
    Ok(is_vetted(conn, &submission).await?.then_some(submission))
}

/// Whether the report of the vetting is about exactly this component and this manifest, so that an edited row gains
/// nothing.
async fn is_vetted(conn: &mut Conn, submission: &Submission) -> Result<bool, DbError> {
    let Some(stored) = store::report::latest(conn, &submission.id).await? else {
        return Ok(false);
    };
    let report = &stored.report;
    Ok(report.passed()
        && Some(stored.sha256.as_str()) == submission.state.evidence()
        && report.digest == submission.digest
        && report.manifest_sha256 == submission.manifest_sha256()
        && report
            .kept_manifest_sha256
            .as_ref()
            .is_none_or(|kept| *kept == submission.kept_manifest_sha256()))
}

/// All services of an organisation that its spaces run.
pub(super) async fn all(conn: &mut Conn, organisation: &OrganisationId) -> Result<Vec<Submission>, DbError> {
    let mut found = Vec::new();
    for name in store::service::names_of(conn, organisation).await? {
        found.extend(newest(conn, organisation, &name).await?);
    }
    Ok(found)
}

/// Loads a version with the grant of everything that it asks for, as in vetting. Its test begins when the database of the
/// space began.
pub(super) async fn prepare(
    app: &App,
    runtime: &aim_runtime::Runtime,
    space: &Space,
    submission: &Submission,
) -> Result<Prepared, DeployError> {
    let component = app
        .components
        .get(&submission.digest)
        .await?
        .ok_or_else(|| DeployError::NoComponent(submission.digest.clone()))?;
    let controller = deploy::controller(app, submission).await?;
    let service = service(app, space, submission, space.began_at, controller);
    let inspected = app.runtime.inspect(component).await;
    let inspected = inspected.map_err(aim_runtime::DeployError::Inspect)?;
    Ok(runtime.prepare(Arc::new(service), &inspected).await?)
}

fn service(
    app: &App,
    space: &Space,
    submission: &Submission,
    start: Timestamp,
    controller: (String, String),
) -> Service {
    let grant = submission.manifest.grant(&submission.manifest.limits, start);
    Service {
        origin: super::origin(app, &submission.service().0, &space.name),
        platform: super::origin(app, crate::gateway::SPACE_PAGES, &space.name),
        ..deploy::service(app, submission, grant, controller)
    }
}
