//! What a site asks for of citizens' documents, as a developer types it.

use std::collections::BTreeSet;

use aim_gov::identity::sites::{
    RequestKey, VERIFIER_CLAIMS_MAX, VERIFIER_KEYS_MAX, VERIFIER_KINDS_MAX, Verifier,
};
use aim_gov::presentation_terms::ShownKind;

use super::{FieldFault, SiteField, WrongField};

/// The most characters of the name of a kind or a claim.
const NAME_CHARS_MAX: usize = 100;

/// The documents and the keys; `None` where both are empty.
///
/// # Errors
/// Every wrong field.
pub fn parse(documents: &[String], keys: &str) -> Result<Option<Verifier>, Vec<WrongField>> {
    let mut wrong = Vec::new();
    let mut note = |field, fault| wrong.push(WrongField { field, fault });
    let lines: Vec<&str> = documents
        .iter()
        .map(|line| line.trim())
        .filter(|line| !line.is_empty())
        .collect();
    let mut kinds: Vec<ShownKind> = Vec::new();
    for line in lines.iter().take(VERIFIER_KINDS_MAX) {
        match kind(line) {
            Some(kind) => kinds.push(kind),
            None => note(SiteField::Documents, FieldFault::Kind((*line).to_owned())),
        }
    }
    let names: BTreeSet<&String> = kinds.iter().map(|kind| &kind.kind).collect();
    if lines.len() > VERIFIER_KINDS_MAX || names.len() != kinds.len() {
        note(SiteField::Documents, FieldFault::Kinds);
    }
    let keys = keys.trim();
    let found = match (lines.is_empty(), keys.is_empty()) {
        (true, true) => Some(Vec::new()),
        (false, false) => keys_of(keys),
        _ => None,
    };
    match found {
        None => note(SiteField::RequestKeys, FieldFault::Keys),
        Some(keys) if wrong.is_empty() => {
            let verifier = Verifier {
                documents: kinds,
                keys,
            };
            return Ok((!lines.is_empty()).then_some(verifier));
        }
        Some(_) => {}
    }
    Err(wrong)
}

/// The documents as they are typed.
pub fn lines(verifier: &Verifier) -> Vec<String> {
    let lines = verifier.documents.iter().map(|shown| {
        let claims: Vec<&str> = shown.claims.iter().map(String::as_str).collect();
        match claims.is_empty() {
            true => shown.kind.clone(),
            false => format!("{}: {}", shown.kind, claims.join(", ")),
        }
    });
    lines.collect()
}

/// The keys as they are typed.
pub fn keys(verifier: &Verifier) -> String {
    let keys: Vec<serde_json::Value> = verifier.keys.iter().map(RequestKey::to_jwk).collect();
    serde_json::json!({ "keys": keys }).to_string()
}

fn kind(line: &str) -> Option<ShownKind> {
    let (kind, claims) = line.split_once(':').unwrap_or((line, ""));
    let (service, code) = kind.trim().split_once('/')?;
    let dashed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let underscored = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_name = |name: &str, letter: fn(u8) -> bool| {
        (1..=NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(letter)
    };
    if !is_name(service, dashed) || !is_name(code, dashed) {
        return None;
    }
    let claims: Vec<&str> = match claims.trim() {
        "" => Vec::new(),
        claims => claims.split(',').map(str::trim).collect(),
    };
    let fits = claims.len() <= VERIFIER_CLAIMS_MAX && claims.iter().all(|claim| is_name(claim, underscored));
    fits.then(|| ShownKind {
        kind: format!("{service}/{code}"),
        claims: claims.into_iter().map(str::to_owned).collect(),
    })
}

fn keys_of(text: &str) -> Option<Vec<RequestKey>> {
    let set: serde_json::Value = serde_json::from_str(text).ok()?;
    let keys = set.get("keys")?.as_array()?;
    if !(1..=VERIFIER_KEYS_MAX).contains(&keys.len()) {
        return None;
    }
    keys.iter().map(RequestKey::of_jwk).collect()
}
