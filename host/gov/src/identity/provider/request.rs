//! An authorization request: checked once, kept as checked.

use std::collections::HashMap;

use super::oauth_error::{Code, OauthError};
use super::{Client, Provider, REQUEST_BYTES_MAX, REQUEST_MS, STATE_BYTES_MAX};
use crate::clock::Timestamp;
use crate::invocation::Acr;
use crate::text::Locale;

/// Bytes of `nonce`.
const NONCE_BYTES_MAX: usize = 512;
/// Characters of a SHA-256 digest in base64url.
const CHALLENGE_CHARS: usize = 43;

/// What a client asks for, checked.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct AuthRequest {
    pub(super) client: String,
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    /// PKCE, method S256.
    pub(super) challenge: String,
    /// The log-in must be at least this strong.
    pub(super) acr: Acr,
    /// The log-in must be at most this old, in seconds.
    pub(super) max_age_s: Option<u32>,
    pub(super) prompt: Prompt,
    pub(super) lang: Locale,
}

/// Whether the citizen may, must, or must not see the log-in page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Prompt {
    WhenNeeded,
    Login,
    None,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Client or address is not known: the citizen must not be sent anywhere.
    Page,
    /// The client is told, at its registered address.
    Redirect {
        redirect_uri: String,
        state: Option<String>,
        error: OauthError,
    },
}

/// Keeps tokens of the log-in page apart from other ones.
const SEALED: &str = "authorization request";

/// A request at the log-in page. It travels in the page's address, so that nothing is written for somebody
/// who has not proved who they are.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Pending {
    pub(super) request: AuthRequest,
    expires: Timestamp,
}

impl Pending {
    /// The token of this request, good for [`REQUEST_MS`].
    pub(super) fn seal(provider: &Provider, request: &AuthRequest) -> Result<String, serde_json::Error> {
        let pending = Self {
            request: request.clone(),
            expires: provider.0.identity.platform().clock.now().plus_ms(REQUEST_MS),
        };
        provider.0.request_key.seal(SEALED, &pending)
    }

    /// The request of a token that this provider made; its time may be over.
    pub(super) fn open(provider: &Provider, token: &str) -> Option<Self> {
        provider.0.request_key.open(SEALED, token)
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires
    }
}

/// Parameters by name; one that is sent twice is an error (RFC 6749, 3.1).
pub(super) struct Params {
    values: HashMap<String, String>,
    repeated: Vec<String>,
}

impl Params {
    pub(super) fn parse(encoded: &[u8]) -> Self {
        let mut values = HashMap::new();
        let mut repeated = Vec::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            // An empty parameter counts as absent.
            if value.is_empty() {
                continue;
            }
            if values
                .insert(name.clone().into_owned(), value.into_owned())
                .is_some()
            {
                repeated.push(name.into_owned());
            }
        }
        Self { values, repeated }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|repeated| repeated == name)
    }

    pub(super) fn any_repeated(&self) -> bool {
        !self.repeated.is_empty()
    }
}

impl AuthRequest {
    /// The request in these form-encoded parameters; `wish` is the browser's language, for a client that
    /// names none.
    pub(super) fn parse(provider: &Provider, encoded: &[u8], wish: Locale) -> Result<Self, Refusal> {
        if encoded.len() > REQUEST_BYTES_MAX {
            return Err(Refusal::Page);
        }
        let params = Params::parse(encoded);
        if params.is_repeated("client_id") || params.is_repeated("redirect_uri") {
            return Err(Refusal::Page);
        }
        let client = params
            .get("client_id")
            .and_then(|id| provider.client(id))
            .ok_or(Refusal::Page)?;
        let redirect_uri = params
            .get("redirect_uri")
            .filter(|address| client.redirect_uris.iter().any(|known| known == address))
            .ok_or(Refusal::Page)?;
        // A state that is too long is not sent back either.
        let state = params
            .get("state")
            .filter(|state| state.len() <= STATE_BYTES_MAX && !params.is_repeated("state"))
            .map(str::to_owned);
        Self::checked(&params, client, redirect_uri, state.clone(), wish).map_err(|error| Refusal::Redirect {
            redirect_uri: redirect_uri.to_owned(),
            state,
            error,
        })
    }

    fn checked(
        params: &Params,
        client: &Client,
        redirect_uri: &str,
        state: Option<String>,
        wish: Locale,
    ) -> Result<Self, OauthError> {
        let invalid = |description| OauthError::new(Code::InvalidRequest, description);
        if params.any_repeated() {
            return Err(invalid("a parameter is repeated"));
        }
        if params.get("state").is_some() && state.is_none() {
            return Err(invalid("`state` is too long"));
        }
        if params.get("request").is_some() {
            return Err(OauthError::new(
                Code::RequestNotSupported,
                "`request` is not supported",
            ));
        }
        if params.get("request_uri").is_some() {
            let description = "`request_uri` is not supported";
            return Err(OauthError::new(Code::RequestUriNotSupported, description));
        }
        match params.get("response_type") {
            Some("code") => {}
            Some(_) => {
                let description = "the only `response_type` is `code`";
                return Err(OauthError::new(Code::UnsupportedResponseType, description));
            }
            None => return Err(invalid("`response_type` is missing")),
        }
        if params.get("response_mode").is_some_and(|mode| mode != "query") {
            return Err(invalid("the only `response_mode` is `query`"));
        }
        let scope = params.get("scope").unwrap_or_default();
        if !scope.split(' ').any(|scope| scope == "openid") {
            return Err(OauthError::new(
                Code::InvalidScope,
                "`scope` must contain `openid`",
            ));
        }
        let nonce = params.get("nonce").map(str::to_owned);
        if nonce.as_ref().is_some_and(|nonce| nonce.len() > NONCE_BYTES_MAX) {
            return Err(invalid("`nonce` is too long"));
        }
        Ok(Self {
            client: client.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            scope: scope.to_owned(),
            state,
            nonce,
            challenge: challenge(params)?,
            acr: acr(params),
            max_age_s: params
                .get("max_age")
                .map(str::parse)
                .transpose()
                .map_err(|_| invalid("`max_age` is not a number of seconds"))?,
            prompt: prompt(params)?,
            lang: lang(params, wish),
        })
    }
}

fn challenge(params: &Params) -> Result<String, OauthError> {
    let invalid = |description| OauthError::new(Code::InvalidRequest, description);
    if params.get("code_challenge_method") != Some("S256") {
        return Err(invalid(
            "PKCE is demanded: `code_challenge_method` must be `S256`",
        ));
    }
    params
        .get("code_challenge")
        .filter(|challenge| {
            challenge.len() == CHALLENGE_CHARS
                && challenge
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
        .map(str::to_owned)
        .ok_or_else(|| invalid("`code_challenge` must be 43 characters of base64url"))
}

/// The strongest level asked for. Every log-in has a one-time code, so that less is never given.
fn acr(params: &Params) -> Acr {
    let asked = params.get("acr_values").unwrap_or_default();
    asked
        .split(' ')
        .filter_map(|acr| acr.parse().ok())
        .max()
        .unwrap_or(Acr::Substantial)
        .max(Acr::Substantial)
}

fn prompt(params: &Params) -> Result<Prompt, OauthError> {
    let values: Vec<_> = params.get("prompt").unwrap_or_default().split(' ').collect();
    let invalid = |description| Err(OauthError::new(Code::InvalidRequest, description));
    if values.contains(&"none") {
        return if values.len() == 1 {
            Ok(Prompt::None)
        } else {
            invalid("`prompt=none` stands alone")
        };
    }
    if values
        .iter()
        .any(|value| !matches!(*value, "" | "login" | "consent" | "select_account"))
    {
        return invalid("`prompt` has an unknown value");
    }
    Ok(
        if values.contains(&"login") || values.contains(&"select_account") {
            Prompt::Login
        } else {
            Prompt::WhenNeeded
        },
    )
}

/// The language that the client asks for, or else the browser's.
pub(super) fn lang(params: &Params, wish: Locale) -> Locale {
    let asked = params.get("ui_locales").unwrap_or_default();
    asked
        .split(' ')
        .find_map(|tag| tag.split('-').next()?.parse::<Locale>().ok())
        .unwrap_or(wish)
        .for_page()
}
