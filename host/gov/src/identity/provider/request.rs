//! An authorization request: checked once, kept as checked.

use super::client::RelyingParty;
use super::oauth_error::{Code, OauthError};
use super::params::Params;
use super::{Provider, REQUEST_BYTES_MAX, STATE_BYTES_MAX, id_token_hint};
use crate::db::DbError;
use crate::identity::scope::Scope;
use crate::invocation::Acr;
use crate::text::Locale;

/// Bytes of `nonce`.
const NONCE_BYTES_MAX: usize = 512;
/// Bytes of `login_hint`.
const LOGIN_HINT_BYTES_MAX: usize = 64;
/// Parameters that would change what the client gets, and that the provider does not honour. Others that it does not
/// know are ignored, as RFC 6749, 3.1 demands.
const UNSUPPORTED: [(&str, Code, &str); 7] = [
    ("request", Code::RequestNotSupported, "`request` is not supported"),
    (
        "request_uri",
        Code::RequestUriNotSupported,
        "the only `request_uri` is one that `/par` answered",
    ),
    (
        "registration",
        Code::RegistrationNotSupported,
        "`registration` is not supported",
    ),
    (
        "claims",
        Code::InvalidRequest,
        "`claims` is not supported: ask by `scope`, `acr_values` and `max_age`",
    ),
    (
        "resource",
        Code::InvalidTarget,
        "`resource` is not supported: access tokens open userinfo alone",
    ),
    (
        "authorization_details",
        Code::InvalidAuthorizationDetails,
        "`authorization_details` is not supported",
    ),
    ("dpop_jkt", Code::InvalidRequest, "`dpop_jkt` is not supported"),
];
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
    /// The citizen is asked to agree, also one who did before.
    pub(super) ask_again: bool,
    /// The log-in must be of this `sub`: that of the client's `id_token_hint`.
    pub(super) sub: Option<String>,
    /// Whom the client expects: stands in the field for the FIN.
    pub(super) login_hint: Option<String>,
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

#[derive(Debug)]
pub(super) enum Refusal {
    /// The client could not be looked up.
    Failed(DbError),
    /// Client or address is not known: the citizen must not be sent anywhere.
    Page,
    /// The client is told, at its registered address.
    Redirect {
        redirect_uri: String,
        state: Option<String>,
        error: OauthError,
    },
}

impl AuthRequest {
    /// The request in these form-encoded parameters; `wish` is the browser's language, for a client that
    /// names none.
    pub(super) async fn parse(provider: &Provider, encoded: &[u8], wish: Locale) -> Result<Self, Refusal> {
        if encoded.len() > REQUEST_BYTES_MAX {
            return Err(Refusal::Page);
        }
        let params = Params::parse(encoded);
        if params.is_repeated("client_id") || params.is_repeated("redirect_uri") {
            return Err(Refusal::Page);
        }
        let id = params.get("client_id").ok_or(Refusal::Page)?;
        let client = provider.client(id).await.map_err(Refusal::Failed)?;
        let client = client.ok_or(Refusal::Page)?;
        let redirect_uri = params
            .get("redirect_uri")
            .filter(|address| client.redirect_uris().iter().any(|known| known == address))
            .ok_or(Refusal::Page)?;
        // A state that is too long is not sent back either.
        let state = params
            .get("state")
            .filter(|state| state.len() <= STATE_BYTES_MAX && !params.is_repeated("state"))
            .map(str::to_owned);
        let hinted = match params.get("id_token_hint") {
            Some(hint) => id_token_hint::issued_to(provider, hint)
                .await
                .map_err(Refusal::Failed)?,
            None => None,
        };
        Self::checked(&params, &client, hinted, redirect_uri, state.clone(), wish).map_err(|error| {
            Refusal::Redirect {
                redirect_uri: redirect_uri.to_owned(),
                state,
                error,
            }
        })
    }

    fn checked(
        params: &Params,
        client: &RelyingParty,
        hinted: Option<(RelyingParty, String)>,
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
        for (name, code, description) in UNSUPPORTED {
            if params.get(name).is_some() {
                return Err(OauthError::new(code, description));
            }
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
        if Scope::known(scope).any(|scope| !client.may_ask(scope)) {
            return Err(OauthError::new(
                Code::InvalidScope,
                "`scope` has one that the site was not approved for",
            ));
        }
        let nonce = params.get("nonce").map(str::to_owned);
        if nonce.as_ref().is_some_and(|nonce| nonce.len() > NONCE_BYTES_MAX) {
            return Err(invalid("`nonce` is too long"));
        }
        if params
            .get("display")
            .is_some_and(|display| !matches!(display, "page" | "popup" | "touch"))
        {
            return Err(invalid("`display` is `page`, `popup` or `touch`"));
        }
        let login_hint = params.get("login_hint").map(str::to_owned);
        if login_hint
            .as_ref()
            .is_some_and(|hint| hint.len() > LOGIN_HINT_BYTES_MAX)
        {
            return Err(invalid("`login_hint` is too long"));
        }
        let sub = match (params.get("id_token_hint"), hinted) {
            (None, _) => None,
            (Some(_), Some((known, sub))) if known.id() == client.id() => Some(sub),
            (Some(_), _) => {
                return Err(invalid(
                    "`id_token_hint` is not an ID token that this client got here",
                ));
            }
        };
        let (prompt, ask_again) = prompt(params)?;
        if ask_again && client.site().is_none() {
            return Err(invalid(
                "the platform's own pages ask for no agreement: no `prompt=consent`",
            ));
        }
        Ok(Self {
            client: client.id().to_owned(),
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
            prompt,
            ask_again,
            sub,
            login_hint,
            lang: lang(params, wish),
        })
    }

    /// Whether the client asks for a log-in of the person with this FIN, or of anybody.
    pub(super) async fn is_for(&self, provider: &Provider, fin: &str) -> Result<bool, DbError> {
        let Some(sub) = &self.sub else {
            return Ok(true);
        };
        let client = provider.client(&self.client).await?;
        Ok(client.is_some_and(|client| provider.0.identity.client_sub(&client.sector(), fin) == *sub))
    }

    /// The scopes that mean something here.
    pub(super) fn scopes(&self) -> Vec<Scope> {
        Scope::known(&self.scope).collect()
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

/// What the citizen must see of the log-in, and whether they are asked to agree again.
fn prompt(params: &Params) -> Result<(Prompt, bool), OauthError> {
    let values: Vec<_> = params.get("prompt").unwrap_or_default().split(' ').collect();
    let invalid = |description| Err(OauthError::new(Code::InvalidRequest, description));
    if values.contains(&"none") {
        return if values.len() == 1 {
            Ok((Prompt::None, false))
        } else {
            invalid("`prompt=none` stands alone")
        };
    }
    if values
        .iter()
        .any(|value| !matches!(*value, "" | "login" | "select_account" | "consent"))
    {
        return invalid("`prompt` is `none`, or some of `login`, `select_account` and `consent`");
    }
    let logs_in = values.contains(&"login") || values.contains(&"select_account");
    let prompt = if logs_in {
        Prompt::Login
    } else {
        Prompt::WhenNeeded
    };
    Ok((prompt, values.contains(&"consent")))
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
