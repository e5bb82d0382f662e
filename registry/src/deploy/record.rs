//! The consistency of a version's record: report, manifest, component and approvals have each other's hashes,
//! and each approval is in the append-only log of decisions as it is in the submission. Otherwise the version
//! is not loaded, so that an edited row gains a service nothing.

use std::fmt;

use aim_gov::db::{Conn, DbError};
use aim_gov::grant::Grant;

use crate::deploy::DeployError;
use crate::domain::StaffId;
use crate::domain::submission::{Approval, Live, Submission};
use crate::manifest::{LimitField, Manifest};
use crate::store;
use crate::store::decision::Decision;

/// An inconsistency of a record.
#[derive(Clone, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Discrepancy {
    /// The approvals name a vetting report that is not the submission's.
    Report,
    /// The vetting report is about another component.
    Component,
    /// The vetting report is about another text of the manifest.
    ManifestText,
    /// The kept manifest is not the vetted one; the fields that differ from its text, as far as the text can
    /// still be parsed.
    Manifest(Vec<&'static str>),
    /// An approval is for another component or another report.
    Approval(StaffId),
    #[strum(serialize = "approval-not-in-log")]
    NotInLog(StaffId),
    /// An approval gives other limits than those in the log of decisions.
    #[strum(serialize = "approval-limits")]
    Limits(StaffId, Vec<LimitField>),
    /// An approval gives more than the manifest asks for.
    BeyondAsked(StaffId, Vec<LimitField>),
    /// The start of the test differs from the log of decisions.
    Start,
    /// The service's name belongs to another organisation.
    Publisher,
}

impl Discrepancy {
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// The details: fields of the manifest, limits, or the officer of the approval.
    pub fn detail(&self) -> String {
        let limits = |limits: &[LimitField]| {
            let keys: Vec<_> = limits.iter().map(|limit| limit.key()).collect();
            keys.join(", ")
        };
        match self {
            Self::Manifest(fields) => fields.join(", "),
            Self::Approval(by) | Self::NotInLog(by) => by.0.clone(),
            Self::Limits(by, fields) | Self::BeyondAsked(by, fields) => format!("{by}: {}", limits(fields)),
            Self::Report | Self::Component | Self::ManifestText | Self::Start | Self::Publisher => {
                String::new()
            }
        }
    }
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        let detail = self.detail();
        if detail.is_empty() {
            Ok(())
        } else {
            write!(f, " ({detail})")
        }
    }
}

/// Every inconsistency in the record of an approved version; none if two officers have not approved it.
pub async fn discrepancies(conn: &mut Conn, submission: &Submission) -> Result<Vec<Discrepancy>, DbError> {
    let Some(live) = submission.state.live() else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    match store::report::latest(conn, &submission.id).await? {
        Some(stored) if stored.sha256 == live.evidence => {
            if stored.report.digest != submission.digest {
                found.push(Discrepancy::Component);
            }
            if stored.report.manifest_sha256 != submission.manifest_sha256() {
                found.push(Discrepancy::ManifestText);
            }
            let vetted = || Manifest::parse(&submission.manifest_text).ok();
            let same = match &stored.report.kept_manifest_sha256 {
                Some(kept) => *kept == submission.kept_manifest_sha256(),
                None => vetted().is_some_and(|vetted| vetted == submission.manifest),
            };
            if !same {
                let fields = vetted().map(|vetted| submission.manifest.differing_fields(&vetted));
                found.push(Discrepancy::Manifest(fields.unwrap_or_default()));
            }
        }
        _ => found.push(Discrepancy::Report),
    }
    if store::service::owner(conn, submission.service()).await?.as_ref() != Some(&submission.organisation) {
        found.push(Discrepancy::Publisher);
    }
    let logged = store::decision::approvals(conn, &submission.id).await?;
    for approval in [&live.first, &live.second] {
        found.extend(of_approval(submission, live, approval, &logged));
    }
    let began = |decision: &Decision| decision.at == live.start && decision.state_after == "approved";
    if !logged.iter().any(began) {
        found.push(Discrepancy::Start);
    }
    Ok(found)
}

fn of_approval(
    submission: &Submission,
    live: &Live,
    approval: &Approval,
    logged: &[Decision],
) -> Vec<Discrepancy> {
    let mut found = Vec::new();
    let by = || approval.by.clone();
    if approval.digest != submission.digest || approval.evidence != live.evidence {
        found.push(Discrepancy::Approval(by()));
    }
    let same = logged.iter().find(|decision| {
        decision.actor.id == approval.by.0
            && decision.at == approval.at
            && decision.digest == approval.digest
            && decision.evidence.as_ref() == Some(&approval.evidence)
    });
    match same.and_then(|decision| decision.limits.as_ref()) {
        None => found.push(Discrepancy::NotInLog(by())),
        Some(limits) if *limits != approval.limits => {
            found.push(Discrepancy::Limits(by(), limits.differing(&approval.limits)));
        }
        Some(_) => {}
    }
    let beyond = approval.limits.beyond(&submission.manifest.limits);
    if !beyond.is_empty() {
        found.push(Discrepancy::BeyondAsked(by(), beyond));
    }
    found
}

/// The grant of a version with a consistent record.
///
/// # Errors
/// [`DeployError::Discrepant`] names every inconsistency.
pub(super) async fn grant(conn: &mut Conn, submission: &Submission) -> Result<Grant, DeployError> {
    let found = discrepancies(conn, submission).await?;
    match submission.grant() {
        Some(grant) if found.is_empty() => Ok(grant),
        _ => Err(DeployError::Discrepant {
            submission: submission.id.clone(),
            found,
        }),
    }
}
