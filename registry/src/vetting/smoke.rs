//! The smoke run: the component answers a visitor and a citizen, in the real host, against APIs of its
//! own that are thrown away afterwards. It cannot tell that it is being vetted.

use std::sync::Arc;

use aim_gov::apis::Apis;
use aim_gov::clock::Timestamp;
use aim_gov::db::Db;
use aim_gov::gate::Platform;
use aim_gov::identity::personas;
use aim_gov::invocation::{Acr, Session};
use aim_gov::text::Locale;
use aim_runtime::{DeployError, SmokeAnswer, SmokeRequest};
use bytes::Bytes;

use super::VettingError;
use super::checks::is_the_components_fault;
use crate::app::App;
use crate::domain::report::{Check, Severity};
use crate::domain::submission::Submission;
use crate::{apis, deploy};

/// Calls of one request that the report lists.
const CALLS_LISTED_MAX: usize = 20;

/// Runs the component and says how it went.
///
/// # Errors
/// [`VettingError`] where the fault is not the component's.
pub(super) async fn checks(
    app: &App,
    submission: &Submission,
    component: Bytes,
) -> Result<Vec<Check>, VettingError> {
    let folder = tempfile::tempdir().map_err(VettingError::Folder)?;
    let platform = Platform {
        db: Db::open(&format!(
            "sqlite:{}",
            folder.path().join("vetting.sqlite").display()
        ))
        .await?,
        ..app.platform.clone()
    };
    let apis = apis::open(&platform, &app.platform_origin()).await?;
    let now = app.platform.clock.now();
    let requests = vec![
        SmokeRequest::get("/", None),
        SmokeRequest::get("/", citizen(&apis, now)),
    ];
    // As if both officers gave what was asked for.
    let grant = submission.manifest.grant(&submission.manifest.limits, now);
    let service = deploy::service(app, submission, grant, String::new());
    let report = match app
        .runtime
        .smoke(Arc::new(service), component, requests, apis)
        .await
    {
        Ok(report) => report,
        Err(DeployError::Compile(error)) if !is_the_components_fault(&error) => {
            return Err(VettingError::Compiler(error));
        }
        Err(error) => {
            return Ok(vec![Check::failed(
                "smoke-anonymous",
                Severity::Block,
                vec![error.to_string()],
            )]);
        }
    };
    Ok(report.answers.iter().map(check).collect())
}

/// A citizen of age, as the log-in would leave them.
fn citizen(apis: &Apis, now: Timestamp) -> Option<Session> {
    personas::all()
        .iter()
        .filter_map(|persona| apis.identity.citizen(&persona.fin))
        .find_map(|citizen| {
            (!apis.identity.is_minor(&citizen)).then(|| Session {
                citizen,
                acr: Acr::Substantial,
                amr: vec!["otp".to_owned()],
                auth_time: now,
                locale: Locale::Az,
            })
        })
}

fn check(answer: &SmokeAnswer) -> Check {
    let code = if answer.citizen {
        "smoke-citizen"
    } else {
        "smoke-anonymous"
    };
    let mut evidence = vec![match &answer.location {
        Some(location) => format!("GET {} answered {} to {location}", answer.path, answer.status),
        None => format!("GET {} answered {}", answer.path, answer.status),
    }];
    let calls = answer.calls.iter().take(CALLS_LISTED_MAX);
    evidence.extend(calls.map(|call| format!("{}.{}: {}", call.interface, call.operation, call.outcome)));
    let more = answer.calls.len().saturating_sub(CALLS_LISTED_MAX);
    if more > 0 {
        evidence.push(format!("and {more} more calls"));
    }
    match answer.failure() {
        Some(failure) => {
            evidence.push(format!("The host stopped it: {failure}"));
            Check::failed(code, Severity::Block, evidence)
        }
        None if answer.status >= 500 => Check::failed(code, Severity::Block, evidence),
        None => Check::passed(code, Severity::Block, evidence),
    }
}
