//! A submission with all data for an officer's decision, and the officer's input.

use aim_gov::db::DbError;

use crate::app::App;
use crate::deploy::{Discrepancy, discrepancies};
use crate::domain::SubmissionId;
use crate::domain::organisation::{Organisation, Verification};
use crate::domain::submission::{Circumstances, State as Progress, Submission};
use crate::domain::suspension::Suspension;
use crate::review::circumstances;
use crate::store;
use crate::store::decision::Decision;
use crate::store::report::StoredReport;

/// An error of a form and its field.
pub(super) struct FormError {
    pub field: String,
    pub message: String,
}

impl FormError {
    /// The error of the field with this id, if it has one.
    pub(super) fn message_for<'a>(errors: &'a [Self], field: &str) -> Option<&'a str> {
        let error = errors.iter().find(|error| error.field == field)?;
        Some(&error.message)
    }
}

/// The data of the page.
pub(super) struct Case {
    pub submission: Submission,
    pub organisation: Organisation,
    pub verification: Option<Verification>,
    pub report: Option<StoredReport>,
    /// The version that is deployed or suspended, if it is another one.
    pub running: Option<Submission>,
    pub circumstances: Circumstances,
    pub suspension: Option<Suspension>,
    pub discrepancies: Vec<Discrepancy>,
    pub loaded: bool,
    pub decisions: Vec<Decision>,
}

impl Case {
    /// The version that the lifting of a suspension concerns.
    pub fn stopped(&self) -> &Submission {
        match &self.running {
            Some(running) if matches!(running.state, Progress::Suspended { .. }) => running,
            _ => &self.submission,
        }
    }
}

/// Loads a submission and its related data.
pub(super) async fn load(app: &App, id: &str) -> Result<Option<Case>, DbError> {
    let mut reader = app.platform.db.reader().await?;
    let id = SubmissionId(id.to_owned());
    let Some(submission) = store::submission::get(&mut reader, &id).await? else {
        return Ok(None);
    };
    let organisation = store::organisation::get(&mut reader, &submission.organisation)
        .await?
        .ok_or_else(|| DbError::Corrupt {
            table: "submission",
            id: id.0.clone(),
        })?;
    let running = store::submission::live_of_service(&mut reader, submission.service()).await?;
    let service = app.runtime.service(submission.service());
    Ok(Some(Case {
        verification: store::verification::of(&mut reader, &organisation.id).await?,
        organisation,
        report: store::report::latest(&mut reader, &id).await?,
        running: running.filter(|running| running.id != submission.id),
        circumstances: circumstances(&mut reader, &submission).await?,
        suspension: store::suspension::of_service(&mut reader, submission.service()).await?,
        discrepancies: discrepancies(&mut reader, &submission).await?,
        loaded: service.is_some_and(|service| {
            service.digest == submission.digest && service.version == submission.manifest.version.to_string()
        }),
        decisions: store::decision::of_submission(&mut reader, &id).await?,
        submission,
    }))
}

/// An officer's input, to be shown again after a refusal.
#[derive(Default)]
pub(super) struct Typed {
    pub limits: Vec<(&'static str, String)>,
    pub note: String,
    /// The reason in one of the small forms, by its path.
    pub reason: Option<(&'static str, String)>,
    /// The typed public reason of a suspension.
    pub public_reason: String,
    pub evidence: String,
    pub errors: Vec<FormError>,
}

impl Typed {
    pub fn reason(path: &'static str, reason: String) -> Self {
        Self {
            reason: Some((path, reason)),
            ..Self::default()
        }
    }

    pub fn error(&self, field: &str) -> Option<String> {
        FormError::message_for(&self.errors, field).map(str::to_owned)
    }
}
