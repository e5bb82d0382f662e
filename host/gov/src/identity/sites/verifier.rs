//! What a site may ask citizens to show it of their documents, and the keys with which it signs such requests: the site is
//! then a verifier of OpenID4VP 1.0, registered in advance (section 5.9.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};

use crate::presentation_terms::ShownKind;

/// The most kinds of documents that a site may ask for.
pub const VERIFIER_KINDS_MAX: usize = 20;
/// The most claims of one kind.
pub const VERIFIER_CLAIMS_MAX: usize = 50;
/// The most keys of a site: the one that signs, and its successor.
pub const VERIFIER_KEYS_MAX: usize = 5;

/// The most characters of a key's id.
const KEY_ID_CHARS_MAX: usize = 200;
/// Bytes of one coordinate of a point of P-256.
const COORDINATE_BYTES: usize = 32;
/// The first byte of a point whose two coordinates follow (SEC 1, 2.3.3).
const BOTH_COORDINATES: u8 = 4;

/// What two officers approve of a site that asks for documents.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(deny_unknown_fields)]
#[schema(as = SiteVerifier)]
pub struct Verifier {
    /// The kinds of documents, with the claims that it may ask for.
    pub documents: Vec<ShownKind>,
    /// The keys with which it signs its requests.
    pub keys: Vec<RequestKey>,
}

impl Verifier {
    /// Whether it may ask for these claims of this kind, `service/code`.
    pub fn may_ask<'a>(&self, kind: &str, mut claims: impl Iterator<Item = &'a str>) -> bool {
        let kind = self.documents.iter().find(|shown| shown.kind == kind);
        kind.is_some_and(|kind| claims.all(|claim| kind.claims.contains(claim)))
    }

    /// Whether one of the keys made this signature (ES256: RFC 7518, 3.4); where the request names a key, that one.
    pub fn has_signed(&self, key_id: Option<&str>, signed: &[u8], signature: &[u8]) -> bool {
        let named = |key: &&RequestKey| key_id.is_none() || key.kid.as_deref() == key_id;
        self.keys
            .iter()
            .filter(named)
            .any(|key| key.has_signed(signed, signature))
    }
}

/// A public key for ES256 (RFC 7517; RFC 7518, 6.2.1).
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(deny_unknown_fields)]
#[schema(as = SiteRequestKey)]
pub struct RequestKey {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The coordinates of the point on P-256, in base64url.
    pub x: String,
    pub y: String,
}

impl RequestKey {
    /// The key of a JSON Web Key; `None` unless it is a public one for ES256, on P-256.
    pub fn of_jwk(jwk: &serde_json::Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(serde_json::Value::as_str);
        let is = |name: &str, value: &str| jwk.get(name).is_none() || text(name) == Some(value);
        let is_for_requests = text("kty") == Some("EC")
            && text("crv") == Some("P-256")
            && is("alg", "ES256")
            && is("use", "sig")
            && jwk.get("d").is_none();
        let kid = match jwk.get("kid") {
            None => None,
            Some(_) => Some(text("kid")?),
        };
        let fits = |kid: &str| (1..=KEY_ID_CHARS_MAX).contains(&kid.chars().count());
        let key = Self {
            kid: kid.map(str::to_owned),
            x: text("x")?.to_owned(),
            y: text("y")?.to_owned(),
        };
        (is_for_requests && kid.is_none_or(fits) && key.point().is_some()).then_some(key)
    }

    /// The same as a JSON Web Key.
    pub fn to_jwk(&self) -> serde_json::Value {
        let mut jwk = serde_json::json!({
            "kty": "EC", "crv": "P-256", "x": self.x, "y": self.y, "alg": "ES256", "use": "sig",
        });
        if let (Some(kid), Some(members)) = (&self.kid, jwk.as_object_mut()) {
            members.insert("kid".to_owned(), kid.clone().into());
        }
        jwk
    }

    fn point(&self) -> Option<VerifyingKey> {
        let coordinate = |text: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            <[u8; COORDINATE_BYTES]>::try_from(bytes).ok()
        };
        let (x, y) = (coordinate(&self.x)?, coordinate(&self.y)?);
        VerifyingKey::from_sec1_bytes(&[&[BOTH_COORDINATES][..], &x, &y].concat()).ok()
    }

    fn has_signed(&self, signed: &[u8], signature: &[u8]) -> bool {
        let (Some(key), Ok(signature)) = (self.point(), Signature::from_slice(signature)) else {
            return false;
        };
        key.verify(signed, &signature).is_ok()
    }
}
