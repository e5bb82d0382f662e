//! A request object (RFC 9101; OpenID4VP 1.0, section 5): whose it is, and what it says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use url::Url;

use super::jwe::{self, EncryptionKey};
use super::query::{self, FORMAT, Query};
use super::reply::Reply;
use super::{ErrorCode, Refusal};
use crate::clock::Timestamp;
use crate::identity::sites::{Site, Verifier};

/// The type of a request object (section 5).
pub(super) const OBJECT_TYPE: &str = "oauth-authz-req+jwt";
/// The algorithm of signatures: of requests, of documents, and of their key bindings.
pub(super) const SIGNATURE_ALGORITHM: &str = "ES256";

/// The audience of a request to a wallet that the site has not discovered (section 5.8).
const ANY_WALLET: &str = "https://self-issued.me/v2";
/// How far another clock may be ahead, in seconds.
const SKEW_SECONDS: i64 = 60;
/// The most characters of `nonce` and `state`.
const NONCE_CHARS_MAX: usize = 256;
const STATE_CHARS_MAX: usize = 1024;
/// The most bytes of an address.
const ADDRESS_BYTES_MAX: usize = 2048;

/// A request that is understood.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) reply: Reply,
    pub(super) query: Query,
}

/// A request that is not answered. Where the site is told so, once the request is known to be its own.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) refusal: Refusal,
    pub(super) to: Option<Box<Reply>>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, to: None }
    }
}

/// Who asks, and who is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parties<'a> {
    pub(super) site: &'a Site,
    pub(super) verifier: &'a Verifier,
    /// The wallet's issuer.
    pub(super) wallet: &'a str,
    /// What this wallet sent when it fetched the object.
    pub(super) wallet_nonce: Option<&'a str>,
}

/// Reads a request object of this site.
pub(super) fn read(token: &str, parties: Parties<'_>, now: Timestamp) -> Result<Request, Refused> {
    let members = verified(token, parties.verifier)?;
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if text("client_id") != Some(&parties.site.id) {
        return Err(Refusal::invalid("client_id is not that of the address").into());
    }
    is_for_us(&members, parties, now)?;
    let response_uri = text("response_uri")
        .and_then(|address| bound(address, parties.site))
        .ok_or_else(|| Refusal::invalid("response_uri is not an address of the registered origin"))?;
    let state = token_text(&members, "state", STATE_CHARS_MAX)?;
    let to = Reply {
        client_id: parties.site.id.clone(),
        response_uri: response_uri.into(),
        state,
        nonce: String::new(),
        key: None,
    };
    rest(&members, to.clone()).map_err(|refusal| Refused {
        refusal,
        to: Some(Box::new(to)),
    })
}

/// What stands in the object beside its origin and its destination.
fn rest(members: &Map<String, Value>, to: Reply) -> Result<Request, Refusal> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let nonce =
        token_text(members, "nonce", NONCE_CHARS_MAX)?.ok_or_else(|| Refusal::invalid("nonce is missing"))?;
    if text("response_type") != Some("vp_token") {
        return Err(Refusal::new(
            ErrorCode::UnsupportedResponseType,
            "response_type has to be vp_token",
        ));
    }
    if members.contains_key("transaction_data") {
        return Err(Refusal::new(
            ErrorCode::InvalidTransactionData,
            "transaction_data is not supported",
        ));
    }
    if members.contains_key("scope") {
        return Err(Refusal::new(
            ErrorCode::InvalidScope,
            "scope is not supported: use dcql_query",
        ));
    }
    for (name, remedy) in [
        ("redirect_uri", "use response_uri"),
        ("request", "it cannot stand in a request object"),
        ("request_uri", "it cannot stand in a request object"),
    ] {
        if members.contains_key(name) {
            return Err(Refusal::invalid(format!("{name} is not allowed: {remedy}")));
        }
    }
    let metadata = members.get("client_metadata");
    formats(metadata)?;
    let key = match text("response_mode") {
        Some("direct_post") => None,
        Some("direct_post.jwt") => Some(encryption_key(metadata)?),
        _ => {
            return Err(Refusal::invalid(
                "response_mode has to be direct_post or direct_post.jwt",
            ));
        }
    };
    let query = members
        .get("dcql_query")
        .ok_or_else(|| Refusal::invalid("dcql_query is missing"))?;
    Ok(Request {
        reply: Reply { nonce, key, ..to },
        query: query::parse(query)?,
    })
}

/// The members of the object, once one of the site's keys is known to have signed it.
fn verified(token: &str, verifier: &Verifier) -> Result<Map<String, Value>, Refusal> {
    let not_an_object = || Refusal::invalid("the request object is not a JWT that is signed");
    let parts: Vec<&str> = token.trim().split('.').collect();
    let [head, payload, signature] = parts.as_slice() else {
        return Err(not_an_object());
    };
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let members = |part: &str| -> Option<Map<String, Value>> { serde_json::from_slice(&decoded(part)?).ok() };
    let header = members(head).ok_or_else(not_an_object)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    if text("typ") != Some(OBJECT_TYPE) {
        return Err(Refusal::invalid(format!("typ has to be {OBJECT_TYPE}")));
    }
    if text("alg") != Some(SIGNATURE_ALGORITHM) || header.contains_key("crit") {
        return Err(Refusal::invalid(format!(
            "the request object has to be signed with {SIGNATURE_ALGORITHM}, without crit"
        )));
    }
    let signature = decoded(signature).ok_or_else(not_an_object)?;
    let signed = format!("{head}.{payload}");
    if !verifier.has_signed(text("kid"), signed.as_bytes(), &signature) {
        return Err(Refusal::invalid(
            "the request object is not signed with a registered key of the site",
        ));
    }
    members(payload).ok_or_else(not_an_object)
}

/// Whether the object is meant for this wallet, now, and is the one that it fetched.
fn is_for_us(members: &Map<String, Value>, parties: Parties<'_>, now: Timestamp) -> Result<(), Refusal> {
    let is_ours = |aud: &Value| {
        aud.as_str()
            .is_some_and(|aud| aud == ANY_WALLET || aud == parties.wallet)
    };
    let fits = match members.get("aud") {
        None => true,
        Some(Value::Array(all)) => all.iter().any(is_ours),
        Some(one) => is_ours(one),
    };
    if !fits {
        return Err(Refusal::invalid("aud names another wallet"));
    }
    let second = |name: &str| match members.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            // Seconds may have a fraction (RFC 7519, section 2), which does not matter here.
            #[expect(clippy::cast_possible_truncation, reason = "the ends of the range are kept")]
            Some(second) => Ok(Some(second as i64)),
            None => Err(Refusal::invalid(format!("{name} is not a number of seconds"))),
        },
    };
    let now = now.seconds();
    if second("exp")?.is_some_and(|exp| exp.saturating_add(SKEW_SECONDS) <= now) {
        return Err(Refusal::invalid("exp is over: make a new request"));
    }
    for name in ["iat", "nbf"] {
        if second(name)?.is_some_and(|from| from.saturating_sub(SKEW_SECONDS) > now) {
            return Err(Refusal::invalid(format!("{name} is in the future")));
        }
    }
    let nonce = members.get("wallet_nonce").map(Value::as_str);
    match (parties.wallet_nonce, nonce) {
        (None, _) => Ok(()),
        (Some(sent), Some(Some(found))) if sent == found => Ok(()),
        (Some(_), _) => Err(Refusal::invalid("wallet_nonce is not the one that was sent")),
    }
}

/// An address of the site's registered origin.
pub(super) fn bound(address: &str, site: &Site) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let is_bound = url.origin().ascii_serialization() == site.content.origin;
    (address.len() <= ADDRESS_BYTES_MAX && is_plain && is_bound).then_some(url)
}

/// A text of characters that need no escape in an address (sections 5.2 and 5.3).
fn token_text(members: &Map<String, Value>, name: &str, most: usize) -> Result<Option<String>, Refusal> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    match members.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_str()
            .filter(|text| (1..=most).contains(&text.len()) && text.bytes().all(letter))
            .map(|text| Some(text.to_owned()))
            .ok_or_else(|| Refusal::invalid(format!("{name} has 1 to {most} URL-safe characters"))),
    }
}

/// Whether the site reads the box's format (section 11.1, appendix B.3.4).
fn formats(metadata: Option<&Value>) -> Result<(), Refusal> {
    let Some(metadata) = metadata else {
        return Ok(());
    };
    if !metadata.is_object() {
        return Err(Refusal::invalid("client_metadata is not an object"));
    }
    let Some(formats) = metadata.get("vp_formats_supported") else {
        return Ok(());
    };
    let reads = |algorithms: Option<&Value>| match algorithms {
        None => true,
        Some(list) => list
            .as_array()
            .is_some_and(|list| list.iter().any(|one| one.as_str() == Some(SIGNATURE_ALGORITHM))),
    };
    let fits = formats.get(FORMAT).is_some_and(|format| {
        reads(format.get("sd-jwt_alg_values")) && reads(format.get("kb-jwt_alg_values"))
    });
    match fits {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::VpFormatsNotSupported,
            format!("the only format is {FORMAT} with {SIGNATURE_ALGORITHM}"),
        )),
    }
}

/// The key for `direct_post.jwt` (section 8.3).
fn encryption_key(metadata: Option<&Value>) -> Result<EncryptionKey, Refusal> {
    let metadata = metadata.unwrap_or(&Value::Null);
    let method = match metadata.get("encrypted_response_enc_values_supported") {
        None => Some(jwe::DEFAULT_METHOD),
        Some(list) => list.as_array().and_then(|list| {
            let wished = list.iter().filter_map(Value::as_str);
            jwe::first_known(wished)
        }),
    };
    let method = method.ok_or_else(|| {
        Refusal::invalid("encrypted_response_enc_values_supported needs A128GCM or A256GCM")
    })?;
    let keys = metadata.get("jwks").and_then(|jwks| jwks.get("keys"));
    let keys = keys
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    keys.iter()
        .find_map(|jwk| EncryptionKey::of_jwk(jwk, method))
        .ok_or_else(|| Refusal::invalid("client_metadata.jwks needs a key for ECDH-ES on P-256 with a kid"))
}
