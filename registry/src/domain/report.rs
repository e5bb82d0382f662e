//! What vetting found: the evidence that approvals are bound to.

use std::collections::{BTreeMap, BTreeSet};

use aim_gov::clock::Timestamp;
use aim_gov::grant::Capability;
use sha2::Digest as _;

/// The version of the vetting rules. It changes whenever a rule does.
pub const POLICY_VERSION: &str = "4";

/// What a failed check means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody may approve it.
    Block,
    /// An officer must look and say why it is good.
    Warn,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Passed,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Check {
    /// Stable, kebab-case: what was checked.
    pub code: String,
    pub severity: Severity,
    pub outcome: Outcome,
    pub evidence: Vec<String>,
}

impl Check {
    /// A check that went well.
    pub fn passed(code: &str, severity: Severity, evidence: Vec<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            outcome: Outcome::Passed,
            evidence,
        }
    }

    /// A check that did not go well.
    pub fn failed(code: &str, severity: Severity, evidence: Vec<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            outcome: Outcome::Failed,
            evidence,
        }
    }

    /// Failed where `problems` names any, else passed with `evidence`.
    pub fn of(code: &str, severity: Severity, problems: Vec<String>, evidence: Vec<String>) -> Self {
        if problems.is_empty() {
            Self::passed(code, severity, evidence)
        } else {
            Self::failed(code, severity, problems)
        }
    }

    /// Whether it failed and nobody may approve.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Block && self.outcome == Outcome::Failed
    }
}

/// Everything that vetting found about one component under one manifest.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Report {
    /// The vetted component: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// SHA-256 of the manifest's text, in hexadecimal.
    pub manifest_sha256: String,
    /// SHA-256 of the manifest as the registry keeps it, in hexadecimal. Reports of before name the text alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_manifest_sha256: Option<String>,
    /// [`POLICY_VERSION`] of the rules.
    pub policy: String,
    pub tools: BTreeMap<String, String>,
    pub at: Timestamp,
    /// The permissions that the component uses, as the binary says.
    pub capabilities: BTreeSet<Capability>,
    /// What the component imports, as the binary says.
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

    /// The text that is kept, and whose hash approvals are bound to.
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
