//! The result of vetting: the evidence that approvals are bound to.

use std::collections::{BTreeMap, BTreeSet};

use aim_gov::clock::Timestamp;
use aim_gov::grant::Capability;
use sha2::Digest as _;

/// The version of the vetting rules. It changes whenever a rule changes.
pub const POLICY_VERSION: &str = "4";

/// The consequence of a failed check.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The version cannot be approved.
    Block,
    /// An officer has to look and justify the approval.
    Warn,
}

/// The outcome of a check.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Passed,
    Failed,
}

#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct Check {
    /// Stable, kebab-case: the subject of the check.
    pub code: String,
    pub severity: Severity,
    pub outcome: Outcome,
    pub evidence: Vec<String>,
}

impl Check {
    /// A passed check.
    pub fn passed(code: &str, severity: Severity, evidence: Vec<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            outcome: Outcome::Passed,
            evidence,
        }
    }

    /// A failed check.
    pub fn failed(code: &str, severity: Severity, evidence: Vec<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            outcome: Outcome::Failed,
            evidence,
        }
    }

    /// A check that failed if there are `problems`, and otherwise passed with `evidence`.
    pub fn of(code: &str, severity: Severity, problems: Vec<String>, evidence: Vec<String>) -> Self {
        if problems.is_empty() {
            Self::passed(code, severity, evidence)
        } else {
            Self::failed(code, severity, problems)
        }
    }

    /// Whether it failed and prevents an approval.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Block && self.outcome == Outcome::Failed
    }
}

/// The result of vetting one component under one manifest.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[schema(as = VettingReport)]
pub struct Report {
    /// The vetted component: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// SHA-256 of the manifest's text, in hexadecimal.
    pub manifest_sha256: String,
    /// SHA-256 of the manifest in the registry's stored form, in hexadecimal. Old reports have only the hash of
    /// the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_manifest_sha256: Option<String>,
    /// The version of the rules.
    pub policy: String,
    pub tools: BTreeMap<String, String>,
    pub at: Timestamp,
    /// The permissions that the component uses, read from the binary.
    pub capabilities: BTreeSet<Capability>,
    /// The imports of the component, read from the binary.
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    /// The component's size in bytes.
    pub size_bytes: u64,
    /// The checks, in the order they ran.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether an officer may approve it.
    pub fn passed(&self) -> bool {
        !self.checks.is_empty() && !self.checks.iter().any(Check::blocks)
    }

    /// The stored text, to whose hash approvals are bound.
    ///
    /// # Errors
    /// None that this type can cause; the serialiser's signature has one.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// SHA-256 of a text, in hexadecimal.
pub fn sha256_hex(text: &[u8]) -> String {
    hex::encode(sha2::Sha256::digest(text))
}
