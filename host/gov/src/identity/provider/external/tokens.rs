//! From the code of the external provider to what it says about the citizen.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, Client,
    ClientId, ClientSecret, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdTokenClaims, IdTokenFields, IdTokenVerifier, OAuth2TokenResponse as _, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _, UserInfoClaims, UserInfoError,
};
use secrecy::ExposeSecret as _;

use super::super::request::{AuthRequest, Prompt};
use super::super::store::Login;
use super::super::{LOGIN_MS, Provider};
use super::call::{self, CallError};
use super::metadata::Metadata;
use super::{CALLBACK_PATH, External, ExternalError};
use crate::clock::{Clock, Timestamp};
use crate::identity::person::is_fin;
use crate::platform::Platform;

/// How far the clocks may differ, and how long the way back may take after a log-in that had to be a new one.
const LEEWAY_MS: i64 = 60 * 1000;
/// Methods of a log-in that are kept (RFC 8176).
const METHODS_MAX: usize = 8;
/// Bytes of one.
const METHOD_BYTES_MAX: usize = 32;
/// Signatures that ID tokens may have: those of the provider's keys. `none` and those of the client's secret are not
/// among them.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims beyond those of the specification, one of which is the FIN.
#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize)]
pub(super) struct Others(serde_json::Map<String, serde_json::Value>);

impl AdditionalClaims for Others {}

type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Claims = IdTokenClaims<Others, CoreGenderClaim>;

/// The platform as a client of the external provider.
pub(super) type ExternalClient<HasTokenUrl = EndpointMaybeSet> = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    HasTokenUrl,
    EndpointMaybeSet,
>;

/// What is to be proved, and what proves it.
pub(super) struct Asked<'a> {
    pub(super) request: &'a AuthRequest,
    pub(super) nonce: openidconnect::Nonce,
    pub(super) verifier: PkceCodeVerifier,
}

impl External {
    /// The client at the external provider with this metadata.
    pub(super) fn client(
        &self,
        provider: &Provider,
        metadata: &Metadata,
    ) -> Result<ExternalClient, ExternalError> {
        let settings = &self.0.settings;
        let redirect = RedirectUrl::new(provider.at_platform(CALLBACK_PATH))
            .map_err(|error| CallError::Unusable(error.to_string()))?;
        let secret = ClientSecret::new(settings.client_secret.expose_secret().to_owned());
        // Basic is what a provider supports that says nothing (Discovery, 3).
        let posts = metadata
            .token_endpoint_auth_methods_supported()
            .is_some_and(|known| !known.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let auth = if posts {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        };
        Ok(ExternalClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(settings.client_id.clone()),
            Some(secret),
        )
        .set_auth_type(auth)
        .set_redirect_uri(redirect))
    }

    /// Exchanges the code, and checks what comes of it.
    pub(super) async fn prove(
        &self,
        provider: &Provider,
        code: String,
        asked: Asked<'_>,
    ) -> Result<Login, ExternalError> {
        let platform = provider.0.identity.platform();
        let metadata = self.metadata(platform.clock.now()).await?;
        let mut client = self.client(provider, &metadata)?;
        let send = |request| call::send(self.0.http.clone(), request);
        let unusable = |error: &dyn std::error::Error| CallError::Unusable(error.to_string());
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| unusable(&error))?
            .set_pkce_verifier(asked.verifier)
            .request_async(&send)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(_) => ExternalError::Answer("the provider refuses `code`"),
                RequestTokenError::Request(error) => error.into(),
                error => unusable(&error).into(),
            })?;
        let checked = match check(&client, &platform.clock, &tokens, &asked.nonce) {
            Err(Unproven::NoKey) => {
                // Its keys may have changed since they were read (Core, 10.1.1).
                let newer = self.newer(platform.clock.now()).await?;
                let newer = newer.ok_or(ExternalError::Answer("no known key has signed the ID token"))?;
                client = self.client(provider, &newer)?;
                check(&client, &platform.clock, &tokens, &asked.nonce)
            }
            checked => checked,
        };
        let claims = checked.map_err(|error| match error {
            Unproven::NoKey => ExternalError::Answer("no known key has signed the ID token"),
            Unproven::Rule(rule) => ExternalError::Answer(rule),
        })?;
        let acr = claims.auth_context_ref().map(|acr| acr.as_str());
        let acr = self.0.settings.level(acr).filter(|acr| *acr >= asked.request.acr);
        let acr = acr.ok_or(ExternalError::Level("it is weaker"))?;
        let auth_time = claims.auth_time().map(|at| Timestamp(at.timestamp_millis()));
        let auth_time = fresh(platform, asked.request, auth_time)?;
        let fin = match self.fin(claims.additional_claims()) {
            Some(fin) => Some(fin),
            None => {
                let userinfo = client
                    .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
                    .map_err(|_| {
                        ExternalError::Answer("the ID token lacks the FIN, and the provider lacks userinfo")
                    })?;
                let about: UserInfoClaims<Others, CoreGenderClaim> =
                    userinfo.request_async(&send).await.map_err(|error| match error {
                        UserInfoError::Request(error) => ExternalError::Call(error),
                        UserInfoError::ClaimsVerification(_) => {
                            ExternalError::Answer("the answer of userinfo is about somebody else")
                        }
                        error => unusable(&error).into(),
                    })?;
                self.fin(about.additional_claims())
            }
        };
        Ok(Login {
            fin: fin.ok_or(ExternalError::Answer("it tells no FIN"))?,
            acr,
            amr: methods(&claims),
            auth_time,
        })
    }

    fn fin(&self, claims: &Others) -> Option<String> {
        let fin = claims.0.get(&self.0.settings.fin_claim)?.as_str()?;
        is_fin(fin).then(|| fin.to_owned())
    }
}

/// Why an ID token proves nothing.
enum Unproven {
    /// It is signed with a key that is not known.
    NoKey,
    Rule(&'static str),
}

/// The claims of the ID token, once signature, issuer, audience, times, nonce and the hash of the access token are
/// right (Core, 3.1.3.7 and 3.1.3.8).
fn check(
    client: &ExternalClient,
    clock: &Clock,
    tokens: &Tokens,
    nonce: &openidconnect::Nonce,
) -> Result<Claims, Unproven> {
    let clock = clock.clone();
    let verifier: IdTokenVerifier<'_, CoreJsonWebKey> = client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || clock.now().to_chrono());
    let token = tokens.id_token().ok_or(Unproven::Rule("there is no ID token"))?;
    let claims = token.claims(&verifier, nonce).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            Unproven::NoKey
        }
        error => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "identity.external id_token refused");
            Unproven::Rule("the ID token is invalid")
        }
    })?;
    if let Some(expected) = claims.access_token_hash() {
        let rule = Unproven::Rule("the access token is not the ID token's");
        let (Ok(algorithm), Ok(key)) = (token.signing_alg(), token.signing_key(&verifier)) else {
            return Err(rule);
        };
        let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if hash.ok().as_ref() != Some(expected) {
            return Err(rule);
        }
    }
    Ok(claims.clone())
}

/// When the citizen logged in, where that is as fresh as the request demands.
fn fresh(
    platform: &Platform,
    request: &AuthRequest,
    auth_time: Option<Timestamp>,
) -> Result<Timestamp, ExternalError> {
    // Asked for by `max_age`, which is always sent (Core, 2).
    let auth_time = auth_time.ok_or(ExternalError::Answer("`auth_time` is missing"))?;
    let now = platform.clock.now();
    if auth_time > now.plus_ms(LEEWAY_MS) {
        return Err(ExternalError::Answer("`auth_time` is in the future"));
    }
    let age_max_ms = max_age_s(request).saturating_mul(1_000);
    if now >= auth_time.plus_ms(age_max_ms.saturating_add(LEEWAY_MS)) {
        return Err(ExternalError::Level("it is older"));
    }
    Ok(auth_time)
}

/// How old the log-in may be, in seconds.
pub(super) fn max_age_s(request: &AuthRequest) -> i64 {
    match (request.prompt, request.max_age_s) {
        (Prompt::Login, _) => 0,
        (_, Some(seconds)) => i64::from(seconds).min(LOGIN_MS / 1_000),
        (_, None) => LOGIN_MS / 1_000,
    }
}

fn methods(claims: &Claims) -> Vec<String> {
    let is_method = |method: &&str| {
        (1..=METHOD_BYTES_MAX).contains(&method.len())
            && method
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let methods = claims.auth_method_refs().into_iter().flatten();
    methods
        .map(|method| method.as_str())
        .filter(is_method)
        .take(METHODS_MAX)
        .map(str::to_owned)
        .collect()
}
