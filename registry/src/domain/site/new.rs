//! What an organisation asks for, checked field by field.

mod verifier;

use std::collections::BTreeSet;

use aim_gov::identity::Scope;
use aim_gov::identity::sites::{Content, VERIFIER_CLAIMS_MAX, VERIFIER_KEYS_MAX, VERIFIER_KINDS_MAX};
use aim_gov::shown::{NotShown, ShownText};
use aim_gov::text::Localised;
use url::{Host, Url};

use crate::manifest::{CITIZENS_MAX, DAYS_MAX, mixes_scripts};

pub use self::verifier::lines as asked_documents;

/// The most characters of a site's name.
pub const NAME_CHARS_MAX: usize = 60;
/// The most characters of a purpose in one language.
pub const PURPOSE_CHARS_MAX: usize = 300;
/// The most addresses of each list.
pub const ADDRESSES_MAX: usize = 10;
/// The most bytes of one address.
const ADDRESS_BYTES_MAX: usize = 500;

// Attributes of a description take literals.
const _: () = assert!(
    NAME_CHARS_MAX == 60
        && PURPOSE_CHARS_MAX == 300
        && ADDRESSES_MAX == 10
        && VERIFIER_KINDS_MAX == 20
        && DAYS_MAX == 365
        && CITIZENS_MAX == 100_000
);

/// The input of a developer, from the form or the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    /// The name that citizens read.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    /// Why the site wants to know who its visitors are, in Azerbaijani.
    #[schema(min_length = 1, max_length = 300)]
    pub purpose_az: String,
    /// The same in English; may be absent.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub purpose_en: String,
    /// Where citizens may be sent back to: absolute addresses of one origin.
    #[schema(min_items = 1, max_items = 10)]
    pub redirect_uris: Vec<String>,
    /// Where citizens may be sent after a log-out.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub post_logout_redirect_uris: Vec<String>,
    /// `openid` goes without saying.
    #[serde(default)]
    #[schema(value_type = Vec<Scope>)]
    pub scopes: Vec<String>,
    /// Whether the site keeps a secret on a server.
    pub confidential: bool,
    /// Days that the approval counts.
    #[schema(minimum = 1, maximum = 365)]
    pub days: u32,
    /// The most citizens who may agree at a time.
    #[schema(minimum = 1, maximum = 100_000)]
    pub citizens: u32,
    /// The kinds of documents that it asks citizens to show (OpenID4VP 1.0), each `service/code` with the claims:
    /// `library-card/reader-card: given_name, reading_room`.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub documents: Vec<String>,
    /// The keys with which it signs such requests: a JWK Set (RFC 7517) of public keys for ES256, as JSON text.
    #[serde(default)]
    pub request_keys: String,
}

/// A field of [`NewSite`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum SiteField {
    Name,
    PurposeAz,
    PurposeEn,
    RedirectUris,
    PostLogoutRedirectUris,
    Scopes,
    Days,
    Citizens,
    Documents,
    RequestKeys,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum FieldFault {
    #[error("{0}")]
    Text(#[from] NotShown),
    #[error("a word mixes letters of two scripts, which looks like another name")]
    Scripts,
    #[error("give 1 to {ADDRESSES_MAX} addresses, one on each line")]
    Number,
    #[error("at most {ADDRESSES_MAX} addresses")]
    TooMany,
    #[error("`{0}` is not an absolute address as browsers write it")]
    Address(String),
    #[error("`{0}` must begin with `https://`")]
    Insecure(String),
    #[error("`{0}` has a name, a password or a `#` part; leave it out")]
    Parts(String),
    #[error("`{0}` belongs to this platform, not to a site of yours")]
    Platform(String),
    #[error("`{0}` is of another origin than the first address; all are of one site")]
    OtherOrigin(String),
    #[error("`{0}` is not a scope; the scopes are `profile`, `address`, `phone` and `email`")]
    Scope(String),
    #[error("must be from 1 to {0}")]
    Range(u32),
    #[error("at most {VERIFIER_KINDS_MAX} kinds of documents, each once")]
    Kinds,
    #[error("`{0}` is not `service/code: claim, claim`, with at most {VERIFIER_CLAIMS_MAX} claims")]
    Kind(String),
    #[error(
        "must be a JWK Set of 1 to {VERIFIER_KEYS_MAX} public keys for ES256 where documents are asked for, and empty where none is"
    )]
    Keys,
}

/// A field and its fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}`: {fault}", <&str>::from(field))]
pub struct WrongField {
    pub field: SiteField,
    pub fault: FieldFault,
}

impl NewSite {
    /// The content that officers decide about. `platform` is the platform's own address: where that has no TLS, in a
    /// development sandbox, sites on this machine need none either.
    ///
    /// # Errors
    /// Every wrong field.
    pub fn parse(&self, organisation: &str, platform: &Url) -> Result<Content, Vec<WrongField>> {
        let mut wrong = Vec::new();
        let mut note = |field, fault| wrong.push(WrongField { field, fault });
        let name = self.name.trim();
        if let Err(fault) = shown(name, NAME_CHARS_MAX) {
            note(SiteField::Name, fault);
        }
        let (az, en) = (self.purpose_az.trim(), self.purpose_en.trim());
        if let Err(fault) = shown(az, PURPOSE_CHARS_MAX) {
            note(SiteField::PurposeAz, fault);
        }
        if !en.is_empty()
            && let Err(fault) = shown(en, PURPOSE_CHARS_MAX)
        {
            note(SiteField::PurposeEn, fault);
        }
        let mut origin = None;
        let redirect_uris = lines(&self.redirect_uris);
        match redirect_uris.len() {
            1..=ADDRESSES_MAX => {}
            _ => note(SiteField::RedirectUris, FieldFault::Number),
        }
        let post_logout_redirect_uris = lines(&self.post_logout_redirect_uris);
        if post_logout_redirect_uris.len() > ADDRESSES_MAX {
            note(SiteField::PostLogoutRedirectUris, FieldFault::TooMany);
        }
        for (field, addresses) in [
            (SiteField::RedirectUris, &redirect_uris),
            (SiteField::PostLogoutRedirectUris, &post_logout_redirect_uris),
        ] {
            for address in addresses.iter().take(ADDRESSES_MAX) {
                match checked(address, platform, origin.as_deref()) {
                    Ok(of) => origin = origin.or(Some(of)),
                    Err(fault) => note(field, fault),
                }
            }
        }
        let mut scopes = BTreeSet::from([Scope::Openid]);
        for scope in &self.scopes {
            match scope.parse::<Scope>() {
                Ok(scope) => drop(scopes.insert(scope)),
                Err(_) => note(SiteField::Scopes, FieldFault::Scope(scope.clone())),
            }
        }
        for (field, value, most) in [
            (SiteField::Days, self.days, DAYS_MAX),
            (SiteField::Citizens, self.citizens, CITIZENS_MAX),
        ] {
            if !(1..=most).contains(&value) {
                note(field, FieldFault::Range(most));
            }
        }
        let verifier = match verifier::parse(&self.documents, &self.request_keys) {
            Ok(verifier) => verifier,
            Err(faults) => {
                wrong.extend(faults);
                None
            }
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Content {
            name: name.to_owned(),
            organisation: organisation.to_owned(),
            purpose: Localised {
                az: az.to_owned(),
                en: (!en.is_empty()).then(|| en.to_owned()),
                ru: None,
            },
            origin: origin.unwrap_or_default(),
            redirect_uris,
            post_logout_redirect_uris,
            scopes,
            confidential: self.confidential,
            days: self.days,
            citizens: self.citizens,
            verifier,
        })
    }
}

impl From<&Content> for NewSite {
    fn from(content: &Content) -> Self {
        Self {
            name: content.name.clone(),
            purpose_az: content.purpose.az.clone(),
            purpose_en: content.purpose.en.clone().unwrap_or_default(),
            redirect_uris: content.redirect_uris.clone(),
            post_logout_redirect_uris: content.post_logout_redirect_uris.clone(),
            scopes: content
                .scopes
                .iter()
                .map(|scope| scope.code().to_owned())
                .collect(),
            confidential: content.confidential,
            days: content.days,
            citizens: content.citizens,
            documents: content.verifier.as_ref().map(verifier::lines).unwrap_or_default(),
            request_keys: content.verifier.as_ref().map(verifier::keys).unwrap_or_default(),
        }
    }
}

fn shown(text: &str, chars_max: usize) -> Result<(), FieldFault> {
    let text = ShownText::parse(text, chars_max)?;
    if mixes_scripts(text.as_str()) {
        return Err(FieldFault::Scripts);
    }
    Ok(())
}

/// The lines that have something in them.
fn lines(addresses: &[String]) -> Vec<String> {
    let trimmed = addresses.iter().map(|address| address.trim());
    trimmed
        .filter(|address| !address.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The origin of an address that citizens may be sent to (RFC 9700, 2.1 and 4.1).
fn checked(text: &str, platform: &Url, origin: Option<&str>) -> Result<String, FieldFault> {
    let named = || text.to_owned();
    let url = Url::parse(text).map_err(|_| FieldFault::Address(named()))?;
    // Addresses are compared as they stand, and browsers send the form that the parser writes.
    if url.as_str() != text || text.len() > ADDRESS_BYTES_MAX {
        return Err(FieldFault::Address(named()));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(FieldFault::Parts(named()));
    }
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(FieldFault::Address(named())),
    };
    match url.scheme() {
        "https" => {}
        "http" if here && platform.scheme() == "http" => {}
        _ => return Err(FieldFault::Insecure(named())),
    }
    if is_of_platform(&url, platform) {
        return Err(FieldFault::Platform(named()));
    }
    let of = url.origin().ascii_serialization();
    if origin.is_some_and(|origin| origin != of) {
        return Err(FieldFault::OtherOrigin(named()));
    }
    Ok(of)
}

/// Whether the address is the platform's, or that of a service on it.
fn is_of_platform(url: &Url, platform: &Url) -> bool {
    let (Some(host), Some(ours)) = (url.host_str(), platform.host_str()) else {
        return false;
    };
    let below = host
        .strip_suffix(ours)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    below && url.port_or_known_default() == platform.port_or_known_default()
}
