//! The query of a request (DCQL: OpenID4VP 1.0, section 6).

use std::collections::BTreeSet;

use serde_json::Value;

use super::{ErrorCode, Refusal};

/// The format of the documents in the box (OpenID4VP 1.0, appendix B.3).
pub(super) const FORMAT: &str = "dc+sd-jwt";

/// The most documents of one request.
const CREDENTIALS_MAX: usize = 8;
/// The most kinds of one document.
const KINDS_MAX: usize = 20;
/// The most claims of one document.
const CLAIMS_MAX: usize = 50;
/// The most values of one claim.
const VALUES_MAX: usize = 20;
/// The most sets of claims of one document.
const CLAIM_SETS_MAX: usize = 8;
/// The most combinations of documents that will do.
const OPTIONS_MAX: usize = 8;
/// The most characters of an id.
const ID_CHARS_MAX: usize = 64;
/// The most bytes of one text.
const TEXT_BYTES_MAX: usize = 500;

/// What a site asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) credentials: Vec<Credential>,
    /// Ids of credentials; each list together will do.
    pub(super) options: Vec<Vec<String>>,
}

/// A document of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) id: String,
    /// The kinds that will do; none where the format is another one than the box has.
    pub(super) kinds: Vec<String>,
    /// The first set that a document can satisfy is shown. One empty set where no claims are asked for.
    pub(super) claim_sets: Vec<Vec<ClaimQuery>>,
}

/// A claim of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClaimQuery {
    /// `None` for a path into a claim: the claims of the box's documents are flat.
    pub(super) name: Option<String>,
    /// The values that will do; any where there is none.
    pub(super) values: Option<Vec<Value>>,
}

fn at(place: &str, wrong: &str) -> Refusal {
    Refusal::invalid(format!("{place} {wrong}"))
}

/// The query in `dcql_query`. Members that are not known are ignored (section 6).
pub(super) fn parse(query: &Value) -> Result<Query, Refusal> {
    let place = "dcql_query.credentials";
    let asked = list(query.get("credentials"), place, CREDENTIALS_MAX)?;
    let mut credentials: Vec<Credential> = Vec::new();
    for (index, one) in asked.iter().enumerate() {
        let found = credential(one, &format!("{place}[{index}]"))?;
        if credentials.iter().any(|other| other.id == found.id) {
            return Err(at(&format!("{place}[{index}].id"), "is used twice"));
        }
        credentials.push(found);
    }
    if credentials.iter().all(|credential| credential.kinds.is_empty()) {
        return Err(Refusal::new(
            ErrorCode::VpFormatsNotSupported,
            format!("{place}: the only format is {FORMAT}"),
        ));
    }
    let known: BTreeSet<&str> = credentials.iter().map(|one| one.id.as_str()).collect();
    let options = match query.get("credential_sets") {
        None => vec![credentials.iter().map(|one| one.id.clone()).collect()],
        Some(sets) => options(sets, &known)?,
    };
    Ok(Query { credentials, options })
}

fn credential(query: &Value, place: &str) -> Result<Credential, Refusal> {
    let id = id(query, place)?;
    for (member, is_fine) in [
        ("multiple", Value::is_boolean as fn(&Value) -> bool),
        ("require_cryptographic_holder_binding", Value::is_boolean),
        ("meta", Value::is_object),
    ] {
        let fits = query.get(member).map_or(member != "meta", is_fine);
        if !fits {
            return Err(at(&format!("{place}.{member}"), "is missing or of another type"));
        }
    }
    if query.get("trusted_authorities").is_some() {
        return Err(at(
            &format!("{place}.trusted_authorities"),
            "is not supported: there is one issuer",
        ));
    }
    let format = text(query.get("format"), &format!("{place}.format"))?;
    let mut kinds = Vec::new();
    if format == FORMAT {
        let place = format!("{place}.meta.vct_values");
        let values = query.get("meta").and_then(|meta| meta.get("vct_values"));
        for value in list(values, &place, KINDS_MAX)? {
            kinds.push(text(Some(value), &place)?.to_owned());
        }
    }
    Ok(Credential {
        id,
        kinds,
        claim_sets: claim_sets(query, place)?,
    })
}

/// Section 6.4.1.
fn claim_sets(query: &Value, place: &str) -> Result<Vec<Vec<ClaimQuery>>, Refusal> {
    let sets_place = format!("{place}.claim_sets");
    let Some(claims) = query.get("claims") else {
        return match query.get("claim_sets") {
            None => Ok(vec![Vec::new()]),
            Some(_) => Err(at(&sets_place, "needs claims")),
        };
    };
    let place = format!("{place}.claims");
    let needs_ids = query.get("claim_sets").is_some();
    let mut found: Vec<(Option<String>, ClaimQuery)> = Vec::new();
    for (index, claim) in list(Some(claims), &place, CLAIMS_MAX)?.iter().enumerate() {
        let place = format!("{place}[{index}]");
        let id = match claim.get("id") {
            None if !needs_ids => None,
            _ => Some(id(claim, &place)?),
        };
        if id.is_some() && found.iter().any(|(other, _)| *other == id) {
            return Err(at(&format!("{place}.id"), "is used twice"));
        }
        found.push((id, claim_query(claim, &place)?));
    }
    let Some(sets) = query.get("claim_sets") else {
        return Ok(vec![found.into_iter().map(|(_, claim)| claim).collect()]);
    };
    let mut all = Vec::new();
    for set in list(Some(sets), &sets_place, CLAIM_SETS_MAX)? {
        let mut claims = Vec::new();
        for id in list(Some(set), &sets_place, CLAIMS_MAX)? {
            let named = found
                .iter()
                .find(|(known, _)| known.is_some() && known.as_deref() == id.as_str());
            match named {
                Some((_, claim)) => claims.push(claim.clone()),
                None => return Err(at(&sets_place, "names a claim that is not in claims")),
            }
        }
        all.push(claims);
    }
    Ok(all)
}

fn claim_query(claim: &Value, place: &str) -> Result<ClaimQuery, Refusal> {
    let path_place = format!("{place}.path");
    let path = list(claim.get("path"), &path_place, CLAIMS_MAX)?;
    let is_step = |step: &Value| step.is_string() || step.is_null() || step.is_u64();
    if !path.iter().all(is_step) {
        return Err(at(&path_place, "has strings, nulls and indexes only"));
    }
    let values = match claim.get("values") {
        None => None,
        Some(values) => {
            let place = format!("{place}.values");
            let values = list(Some(values), &place, VALUES_MAX)?;
            let is_value = |value: &Value| {
                value.is_boolean()
                    || value.is_i64()
                    || value.is_u64()
                    || value.as_str().is_some_and(|text| text.len() <= TEXT_BYTES_MAX)
            };
            if !values.iter().all(is_value) {
                return Err(at(&place, "has strings, integers and booleans only"));
            }
            Some(values.clone())
        }
    };
    let name = match path.as_slice() {
        [Value::String(name)] => Some(name.clone()),
        _ => None,
    };
    Ok(ClaimQuery { name, values })
}

/// Every combination of one option of each required set, with one or none of each other set (section 6.4.2).
fn options(sets: &Value, known: &BTreeSet<&str>) -> Result<Vec<Vec<String>>, Refusal> {
    let place = "dcql_query.credential_sets";
    let mut combined: Vec<Vec<String>> = vec![Vec::new()];
    for (index, set) in list(Some(sets), place, OPTIONS_MAX)?.iter().enumerate() {
        let place = format!("{place}[{index}]");
        let is_required = match set.get("required") {
            None => true,
            Some(Value::Bool(required)) => *required,
            Some(_) => return Err(at(&format!("{place}.required"), "is not a boolean")),
        };
        let place = format!("{place}.options");
        let mut ways: Vec<Vec<String>> = Vec::new();
        for option in list(set.get("options"), &place, OPTIONS_MAX)? {
            let mut ids = Vec::new();
            for id in list(Some(option), &place, CREDENTIALS_MAX)? {
                match id.as_str().filter(|id| known.contains(id)) {
                    Some(id) => ids.push(id.to_owned()),
                    None => return Err(at(&place, "names a document that is not in credentials")),
                }
            }
            ways.push(ids);
        }
        if !is_required {
            ways.push(Vec::new());
        }
        combined = combined
            .iter()
            .flat_map(|so_far| {
                ways.iter().map(move |way| {
                    let new = way.iter().filter(|id| !so_far.contains(id)).cloned();
                    so_far.iter().cloned().chain(new).collect()
                })
            })
            .collect();
        if combined.len() > OPTIONS_MAX {
            return Err(at(&place, "lead to more than 8 combinations"));
        }
    }
    combined.retain(|ids| !ids.is_empty());
    Ok(combined)
}

fn list<'a>(value: Option<&'a Value>, place: &str, most: usize) -> Result<&'a Vec<Value>, Refusal> {
    let list = value.and_then(Value::as_array);
    list.filter(|list| (1..=most).contains(&list.len()))
        .ok_or_else(|| at(place, &format!("is not an array of 1 to {most}")))
}

fn text<'a>(value: Option<&'a Value>, place: &str) -> Result<&'a str, Refusal> {
    let text = value.and_then(Value::as_str);
    text.filter(|text| (1..=TEXT_BYTES_MAX).contains(&text.len()))
        .ok_or_else(|| at(place, &format!("is not a text of 1 to {TEXT_BYTES_MAX} bytes")))
}

fn id(of: &Value, place: &str) -> Result<String, Refusal> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let id = of.get("id").and_then(Value::as_str);
    let id = id.filter(|id| (1..=ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(letter));
    id.map(str::to_owned).ok_or_else(|| {
        at(
            &format!("{place}.id"),
            &format!("has 1 to {ID_CHARS_MAX} letters, digits, underscores and hyphens"),
        )
    })
}

#[cfg(test)]
mod tests;
