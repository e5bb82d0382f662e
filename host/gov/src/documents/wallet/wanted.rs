//! A query compared with what officers approved for the site.

use serde_json::Value;

use super::Refusal;
use super::query::{Credential, Query};
use crate::db::{Conn, DbError};
use crate::document_kind::DocumentKind;
use crate::documents::Issuer;
use crate::identity::sites::Verifier;
use crate::presentation_terms::kind_name;
use crate::sql;

/// Digits of a kind's digest.
const DIGEST_CHARS: usize = 64;
/// What every copy says without a disclosure (see `sd_jwt`).
const ALWAYS_SHOWN: [&str; 8] = [
    "cnf",
    "exp",
    "iat",
    "iss",
    "issuing_authority",
    "nbf",
    "status",
    "vct",
];

/// A document that a site asks for, as far as its approval covers it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wanted {
    pub id: String,
    /// None where nothing that is asked for can be shown.
    pub kinds: Vec<WantedKind>,
}

/// A kind that will do.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WantedKind {
    /// Of the kind's description.
    pub digest: String,
    /// `service/code`.
    pub name: String,
    /// The claims; the first set that a document has is shown.
    pub claim_sets: Vec<Vec<WantedClaim>>,
}

/// A claim that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WantedClaim {
    pub name: String,
    /// The values that will do; any where there is none.
    pub values: Option<Vec<Value>>,
}

/// What of the query the site may ask for.
pub(super) async fn of_query(
    conn: &mut Conn,
    issuer: &Issuer,
    verifier: &Verifier,
    query: &Query,
) -> Result<Result<Vec<Wanted>, Refusal>, DbError> {
    let mut all = Vec::new();
    for credential in &query.credentials {
        let mut kinds = Vec::new();
        for address in &credential.kinds {
            kinds.extend(kind(conn, issuer, verifier, credential, address).await?);
        }
        all.push(Wanted {
            id: credential.id.clone(),
            kinds,
        });
    }
    let can_be_shown = |id: &String| {
        all.iter()
            .any(|wanted| wanted.id == *id && !wanted.kinds.is_empty())
    };
    if query.options.iter().any(|ids| ids.iter().all(can_be_shown)) {
        return Ok(Ok(all));
    }
    let first = all.iter().position(|wanted| wanted.kinds.is_empty());
    Ok(Err(Refusal::invalid(format!(
        "dcql_query.credentials[{}]: none of its vct_values is a kind that the site is approved to ask for with these claims",
        first.unwrap_or_default()
    ))))
}

/// The kind at this address, if the site may ask for it with one of the sets of claims.
async fn kind(
    conn: &mut Conn,
    issuer: &Issuer,
    verifier: &Verifier,
    credential: &Credential,
    address: &str,
) -> Result<Option<WantedKind>, DbError> {
    let Some(digest) = issuer.kind_digest(address) else {
        return Ok(None);
    };
    let found: Option<(String, String)> = sql!("wallet/kind", digest).optional(conn).await?;
    let Some((service, description)) = found else {
        return Ok(None);
    };
    let described: DocumentKind =
        serde_json::from_str(&description).map_err(|_| DbError::corrupt("document_kind", digest))?;
    let name = kind_name(&service, &described.code);
    let sets = credential.claim_sets.iter().filter_map(|set| {
        let mut claims: Vec<WantedClaim> = Vec::new();
        for claim in set {
            let asked = claim.name.as_deref()?;
            if ALWAYS_SHOWN.contains(&asked) && claim.values.is_none() {
                continue;
            }
            // Who points to a claim twice is shown it once (OpenID4VP 1.0, section 6.1).
            if claims.iter().any(|other| other.name == asked) {
                continue;
            }
            claims.push(WantedClaim {
                name: asked.to_owned(),
                values: claim.values.clone(),
            });
        }
        let names = claims.iter().map(|claim| claim.name.as_str());
        verifier.may_ask(&name, names).then_some(claims)
    });
    let claim_sets: Vec<Vec<WantedClaim>> = sets.collect();
    Ok((!claim_sets.is_empty()).then(|| WantedKind {
        digest: digest.to_owned(),
        name,
        claim_sets,
    }))
}

impl Issuer {
    /// The digest in the address of a kind; `None` for any other text.
    fn kind_digest<'a>(&self, address: &'a str) -> Option<&'a str> {
        let digest = address.strip_prefix(&self.kind_address(""))?;
        let is_digest = digest.len() == DIGEST_CHARS && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then_some(digest)
    }
}
