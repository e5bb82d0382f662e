//! The claims of a new document, checked against its kind.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::document_kind::{ClaimKind, ClaimRule, DocumentKind};
use crate::error::GovError;
use crate::shown::ShownText;

/// The most characters of a text in a document.
const TEXT_CHARS_MAX: usize = 255;
/// The most digits of a number: JSON readers keep integers of up to 2^53 (RFC 8259, section 6).
const NUMBER_MAX: u64 = 999_999_999_999_999;

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
    let wanted = |what: &str| malformed(format!("`{}` has to be {what}, as JSON", rule.name));
    let value: serde_json::Value = serde_json::from_str(json).map_err(|_| wanted("JSON"))?;
    match rule.kind {
        ClaimKind::Text => {
            let text = value.as_str().ok_or_else(|| wanted("a text in quotes"))?;
            ShownText::parse(text, TEXT_CHARS_MAX)
                .map_err(|wrong| malformed(format!("`{}` {wrong}", rule.name)))?;
        }
        ClaimKind::Date => {
            let day = value.as_str().and_then(|day| day.parse::<Date>().ok());
            // Jiff also reads other forms of a date; documents have one.
            if day.is_none_or(|day| value.as_str() != Some(day.to_string().as_str())) {
                return Err(wanted("a day, such as `\"2026-11-29\"`"));
            }
        }
        ClaimKind::Number => {
            let number = value.as_i64().ok_or_else(|| wanted("a whole number"))?;
            if number.unsigned_abs() > NUMBER_MAX {
                return Err(wanted("a number of at most fifteen digits"));
            }
        }
        ClaimKind::YesNo => {
            value.as_bool().ok_or_else(|| wanted("`true` or `false`"))?;
        }
    }
    Ok(value)
}

fn malformed(detail: String) -> GovError {
    GovError::invalid("claims-malformed", detail)
}
