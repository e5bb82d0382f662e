//! The claims of a new document, checked against its kind.

use std::collections::BTreeMap;

use crate::document_kind::{ClaimRule, DocumentKind};
use crate::error::GovError;

/// One step into a document's claims (OpenID4VP 1.0, section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(u32),
    Every,
}

/// A claim as a service makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub path: Vec<Step>,
    /// JSON.
    pub value: String,
}

/// The claims by their names.
///
/// # Errors
/// `invalid-request` (`claims-malformed`), which names the claim and never its value.
pub(super) fn check(
    kind: &DocumentKind,
    claims: &[Claim],
) -> Result<BTreeMap<String, serde_json::Value>, GovError> {
    let mut found = BTreeMap::new();
    for (index, claim) in claims.iter().enumerate() {
        let [Step::Key(name)] = claim.path.as_slice() else {
            return Err(malformed(format!(
                "the path of claim {index} has to be one `key`: the claims of a `[[document]]` are flat"
            )));
        };
        let Some(rule) = kind.claim(name) else {
            return Err(malformed(format!(
                "claim {index} is not among the claims of `{}` in `aim.toml`",
                kind.code
            )));
        };
        let value = value(rule, &claim.value)?;
        if found.insert(rule.name.clone(), value).is_some() {
            return Err(malformed(format!("`{}` is given twice", rule.name)));
        }
    }
    let missing = |rule: &&ClaimRule| rule.required && !found.contains_key(&rule.name);
    if let Some(rule) = kind.claims.iter().find(missing) {
        return Err(malformed(format!(
            "`{}` is missing; it may only be left out if `aim.toml` says `optional = true`",
            rule.name
        )));
    }
    Ok(found)
}

fn value(rule: &ClaimRule, json: &str) -> Result<serde_json::Value, GovError> {
    let value: serde_json::Value =
        serde_json::from_str(json).map_err(|_| malformed(format!("`{}` is not JSON", rule.name)))?;
    let checked = rule.kind.check(&value);
    checked.map_err(|wrong| malformed(format!("`{}` {wrong}", rule.name)))?;
    Ok(value)
}

fn malformed(detail: String) -> GovError {
    GovError::invalid("claims-malformed", detail)
}
