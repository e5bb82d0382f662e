//! The portal's side of OpenID Connect: the authorization request and the validation of its answer.

use aim_gov::clock::{Clock, Timestamp};
use aim_gov::identity::provider::issuer;
use aim_gov::invocation::{Acr, CitizenId, Session};
use aim_gov::mac::MacKey;
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::text::Locale;
use axum::Router;
use axum::body::Body;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreTokenResponse,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    HttpRequest, HttpResponse, IssuerUrl, LanguageTag, LogoutRequest, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl,
    RequestTokenError, Scope, TokenResponse as _,
};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use tokio::sync::OnceCell;
use tower::ServiceExt as _;
use url::Url;

use super::{CALLBACK_PATH, CLIENT_ID, CitizenPagesError};

/// The time limit for an answer of the provider.
const ANSWER_WAIT: std::time::Duration = std::time::Duration::from_secs(10);
/// Bytes of an answer of the provider.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How old a log-in may be that had to be a new one.
const FRESH_LEEWAY_MS: i64 = 60 * 1000;

/// The time limit for the provider and the citizen. The provider's own page has a shorter one, after which the
/// citizen can continue the same log-in.
const FLOW_MS: i64 = 12 * 60 * 60 * 1000;
/// Separates flows from other sealed tokens.
const SEALED: &str = "portal log-in";

/// A pending log-in. It travels in `state` under a MAC, so that nothing is stored for a visitor who has not
/// logged in, and each window has its own. It contains no secret: nonce and verifier are derived from it with
/// the portal's key.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Flow {
    id: String,
    /// The least level of assurance of the log-in.
    acr: Acr,
    /// Whether the log-in must be a new one.
    fresh: bool,
    /// Hash of the value in the browser's cookie: the answer is valid only in that browser.
    browser: String,
    expires: Timestamp,
    pub(super) back: String,
    pub(super) lang: Locale,
}

/// A flow, and the `state` that carried it.
#[derive(Debug)]
pub(super) struct Returned<'a> {
    pub(super) flow: Flow,
    state: &'a str,
}

/// The parameters of the provider's redirect.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(super) struct Answer {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// A citizen who was authenticated by the provider.
#[derive(Debug)]
pub(super) struct LoggedIn {
    pub(super) session: Session,
    pub(super) name: String,
    pub(super) id_token: String,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum LoginError {
    /// The citizen cancelled, or the provider refused; the code is the provider's.
    #[error("the provider refused the log-in with `{0}`")]
    Refused(String),
    /// The answer breaks a rule of the protocol: it was tampered with, or it is an old one.
    #[error("the provider's answer is not acceptable: {0}")]
    Answer(&'static str),
    #[error("the provider's answer is unusable: {0}")]
    Provider(String),
}

/// The portal as a client of the provider.
#[derive(Debug)]
pub(super) struct RelyingParty {
    /// The provider's endpoints. It runs in this process: a call over the network would require that the
    /// platform's own name, certificate and proxy work from inside.
    provider: Router,
    issuer: IssuerUrl,
    secret: ClientSecret,
    redirect: RedirectUrl,
    key: MacKey,
    address: String,
    clock: Clock,
    random: Random,
    metadata: OnceCell<ProviderMetadataWithLogout>,
}

impl RelyingParty {
    pub(super) fn new(
        platform: &Platform,
        provider: Router,
        public_url: &Url,
        secret: &SecretString,
        key: MacKey,
    ) -> Result<Self, CitizenPagesError> {
        let problem = |error: &dyn std::error::Error| CitizenPagesError::Client(error.to_string());
        let address = public_url.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            provider,
            issuer: IssuerUrl::new(issuer(public_url)).map_err(|error| problem(&error))?,
            secret: ClientSecret::new(secret.expose_secret().to_owned()),
            redirect: RedirectUrl::new(format!("{address}{CALLBACK_PATH}"))
                .map_err(|error| problem(&error))?,
            key,
            address,
            clock: platform.clock.clone(),
            random: platform.random.clone(),
            metadata: OnceCell::new(),
        })
    }

    /// The provider's metadata, requested once.
    async fn metadata(&self) -> Result<&ProviderMetadataWithLogout, LoginError> {
        self.metadata
            .get_or_try_init(|| async {
                let send = |request| send(self.provider.clone(), request);
                ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &send)
                    .await
                    .map_err(|error| LoginError::Provider(error.to_string()))
            })
            .await
    }

    /// The provider's address for a new log-in, which leads on to `back`, bound to the browser whose value has
    /// this hash.
    pub(super) async fn begin(
        &self,
        back: &str,
        acr: Acr,
        fresh: Fresh,
        lang: Locale,
        browser: String,
    ) -> Result<Url, LoginError> {
        let metadata = self.metadata().await?;
        let flow = Flow {
            id: self.random.token(),
            acr,
            fresh: fresh == Fresh::Demanded,
            browser,
            expires: self.clock.now().plus_ms(FLOW_MS),
            back: back.to_owned(),
            lang,
        };
        let state = self
            .key
            .seal(SEALED, &flow)
            .map_err(|error| LoginError::Provider(error.to_string()))?;
        let verifier = PkceCodeVerifier::new(self.verifier(&state));
        let nonce = self.nonce(&state);
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(CLIENT_ID.to_owned()),
            Some(self.secret.clone()),
        )
        .set_redirect_uri(self.redirect.clone());
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("profile".to_owned()))
            .add_auth_context_value(AuthenticationContextClass::new(acr.code().to_owned()))
            .add_ui_locale(LanguageTag::new(lang.tag().to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if flow.fresh {
            request = request.set_max_age(std::time::Duration::ZERO);
        }
        let (address, _, _) = request.url();
        Ok(address)
    }

    /// The code verifier of a flow (RFC 7636): 64 characters derived from its `state` and the key alone.
    fn verifier(&self, state: &str) -> String {
        self.key.code("portal log-in verifier", &[state])
    }

    fn nonce(&self, state: &str) -> String {
        self.key.code("portal log-in nonce", &[state])
    }

    /// The flow of the answer, before the browser is checked.
    pub(super) fn returned<'a>(&self, answer: &'a Answer) -> Option<Returned<'a>> {
        let state = answer.state.as_deref()?;
        let flow = self.key.open(SEALED, state)?;
        Some(Returned { flow, state })
    }

    /// Validates the answer against its flow and the hash of the browser's value, fetches the tokens and
    /// validates those.
    pub(super) async fn finish(
        &self,
        returned: &Returned<'_>,
        browser: Option<&str>,
        answer: &Answer,
    ) -> Result<LoggedIn, LoginError> {
        let Returned { flow, state } = returned;
        let is_here = |browser: &str| bool::from(browser.as_bytes().ct_eq(flow.browser.as_bytes()));
        if !browser.is_some_and(is_here) {
            return Err(LoginError::Answer("`state` belongs to another browser"));
        }
        if self.clock.now() >= flow.expires {
            return Err(LoginError::Answer("`state` is too old"));
        }
        // RFC 9207: an answer of another provider is not accepted.
        if answer.iss.as_deref() != Some(self.issuer.as_str()) {
            return Err(LoginError::Answer("`iss` is not the provider that was asked"));
        }
        if let Some(error) = &answer.error {
            return Err(LoginError::Refused(error.clone()));
        }
        let code = answer
            .code
            .clone()
            .ok_or(LoginError::Answer("`code` is missing"))?;
        let provider = |error: &dyn std::error::Error| LoginError::Provider(error.to_string());
        let client = CoreClient::from_provider_metadata(
            self.metadata().await?.clone(),
            ClientId::new(CLIENT_ID.to_owned()),
            Some(self.secret.clone()),
        )
        .set_redirect_uri(self.redirect.clone());
        let send = |request| send(self.provider.clone(), request);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| provider(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(self.verifier(state)))
            .request_async(&send)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(_) => LoginError::Answer("the provider refuses `code`"),
                error => provider(&error),
            })?;
        let clock = self.clock.clone();
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
            .set_time_fn(move || clock.now().to_chrono());
        let session = self.session(returned, &tokens, &verifier)?;
        let subject = openidconnect::SubjectIdentifier::new(session.citizen.0.clone());
        let about: CoreUserInfoClaims = client
            .user_info(tokens.access_token().clone(), Some(subject))
            .map_err(|error| provider(&error))?
            .request_async(&send)
            .await
            .map_err(|error| provider(&error))?;
        let name = about
            .name()
            .and_then(|name| name.get(None))
            .map(|name| name.as_str().to_owned())
            .ok_or(LoginError::Answer("the provider knows no name"))?;
        let id_token = tokens
            .id_token()
            .ok_or(LoginError::Answer("there is no ID token"))?
            .to_string();
        Ok(LoggedIn {
            session,
            name,
            id_token,
        })
    }

    /// The log-in that the ID token proves.
    fn session(
        &self,
        returned: &Returned<'_>,
        tokens: &CoreTokenResponse,
        verifier: &CoreIdTokenVerifier<'_>,
    ) -> Result<Session, LoginError> {
        let Returned { flow, state } = returned;
        let token = tokens
            .id_token()
            .ok_or(LoginError::Answer("there is no ID token"))?;
        let claims = token
            .claims(verifier, &Nonce::new(self.nonce(state)))
            .map_err(|error| {
                tracing::warn!(error = &error as &dyn std::error::Error, "login.id_token refused");
                LoginError::Answer("the ID token is invalid")
            })?;
        let hash = || {
            let key = token.signing_key(verifier).ok()?;
            AccessTokenHash::from_token(tokens.access_token(), token.signing_alg().ok()?, key).ok()
        };
        if claims.access_token_hash().is_none() || claims.access_token_hash() != hash().as_ref() {
            return Err(LoginError::Answer("the access token is not the ID token's"));
        }
        let acr = claims
            .auth_context_ref()
            .and_then(|acr| acr.parse().ok())
            .filter(|acr| *acr >= flow.acr)
            .ok_or(LoginError::Answer("the log-in is weaker than was asked for"))?;
        let auth_time = claims
            .auth_time()
            .map(|at| Timestamp(at.timestamp_millis()))
            .ok_or(LoginError::Answer("`auth_time` is missing"))?;
        if flow.fresh && self.clock.now() >= auth_time.plus_ms(FRESH_LEEWAY_MS) {
            return Err(LoginError::Answer("the log-in is older than was asked for"));
        }
        Ok(Session {
            citizen: CitizenId(claims.subject().as_str().to_owned()),
            acr,
            amr: claims
                .auth_method_refs()
                .map(|methods| methods.iter().map(|method| method.as_str().to_owned()).collect())
                .unwrap_or_default(),
            auth_time,
            locale: flow.lang,
        })
    }

    /// The provider's address that ends its log-in too.
    pub(super) async fn logout_address(&self, id_token: &str, lang: Locale) -> Result<Url, LoginError> {
        let provider = |error: &dyn std::error::Error| LoginError::Provider(error.to_string());
        let metadata = self.metadata().await?;
        let address = metadata
            .additional_metadata()
            .end_session_endpoint
            .clone()
            .ok_or(LoginError::Answer("the provider has no log-out"))?;
        let hint = id_token
            .parse::<openidconnect::core::CoreIdToken>()
            .map_err(|error| provider(&error))?;
        let back = PostLogoutRedirectUrl::new(format!("{}/{lang}/", self.address))
            .map_err(|error| provider(&error))?;
        Ok(LogoutRequest::from(address)
            .set_id_token_hint(&hint)
            .set_post_logout_redirect_uri(back)
            .http_get_url())
    }
}

/// Whether an earlier log-in suffices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fresh {
    /// The citizen must prove their identity again.
    Demanded,
    /// A log-in at the provider that is still valid suffices.
    NotNeeded,
}

#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("the provider took longer than {} s", ANSWER_WAIT.as_secs())]
    Late(#[from] tokio::time::error::Elapsed),
    #[error("the answer could not be read, or is longer than {ANSWER_BYTES_MAX} bytes")]
    Body(#[from] axum::Error),
}

/// One call in the types of the `openidconnect` crate.
async fn send(provider: Router, request: HttpRequest) -> Result<HttpResponse, CallError> {
    let call = async {
        let answer = match provider.oneshot(request.map(Body::from)).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (head, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await?;
        Ok(http::Response::from_parts(head, body.into()))
    };
    tokio::time::timeout(ANSWER_WAIT, call).await?
}
