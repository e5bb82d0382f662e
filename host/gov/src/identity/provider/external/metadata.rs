//! What the external provider says about itself.

use std::sync::{Arc, PoisonError};

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthenticationContextClass, DiscoveryError, EndSessionUrl, IssuerUrl,
    ProviderMetadata,
};

use super::External;
use super::call::{self, CallError};
use crate::clock::Timestamp;

/// How long the metadata and the keys are used before they are read again.
const METADATA_MS: i64 = 60 * 60 * 1000;
/// For an ID token with a key that is not known, they are read again where they are at least this old: forged tokens do
/// not make the platform ask as often as somebody likes.
const KEYS_AGAIN_MS: i64 = 60 * 1000;

/// What matters here of the metadata, beside what the `openidconnect` crate reads.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub(super) struct Extra {
    /// OpenID Connect RP-Initiated Logout 1.0, 2.1.
    pub(super) end_session_endpoint: Option<EndSessionUrl>,
    /// RFC 9207, 3.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
    /// RFC 8414, 2.
    pub(super) code_challenge_methods_supported: Option<Vec<String>>,
}

impl AdditionalProviderMetadata for Extra {}

pub(super) type Metadata = ProviderMetadata<
    Extra,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The metadata, and when it was read.
#[derive(Clone, Debug)]
pub(super) struct Known {
    metadata: Arc<Metadata>,
    read: Timestamp,
}

/// Why the external provider cannot log the citizens of this platform in.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error(transparent)]
    Call(#[from] CallError),
    /// Its metadata says that it lacks what is needed.
    #[error("its metadata says that it does not support {0}")]
    Lacks(String),
}

impl External {
    /// The metadata, read again where it is old. Where that fails, what was read before counts still.
    pub(super) async fn metadata(&self, now: Timestamp) -> Result<Arc<Metadata>, CallError> {
        let known = self.known();
        match known {
            Some(known) if now < known.read.plus_ms(METADATA_MS) => Ok(known.metadata),
            Some(known) => match self.read(now).await {
                Ok(metadata) => Ok(metadata),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "identity.external metadata could not be read again");
                    Ok(known.metadata)
                }
            },
            None => self.read(now).await,
        }
    }

    /// The metadata read anew for a key that `metadata` does not have; `None` where it was read a short time ago.
    pub(super) async fn newer(&self, now: Timestamp) -> Result<Option<Arc<Metadata>>, CallError> {
        match self.known() {
            Some(known) if now < known.read.plus_ms(KEYS_AGAIN_MS) => Ok(None),
            _ => self.read(now).await.map(Some),
        }
    }

    fn known(&self) -> Option<Known> {
        self.0
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn read(&self, now: Timestamp) -> Result<Arc<Metadata>, CallError> {
        let metadata = Arc::new(self.discover().await?);
        *self.0.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known {
            metadata: metadata.clone(),
            read: now,
        });
        Ok(metadata)
    }

    async fn discover(&self) -> Result<Metadata, CallError> {
        let unusable = |error: &dyn std::error::Error| CallError::Unusable(error.to_string());
        let issuer = IssuerUrl::new(self.0.settings.issuer.clone()).map_err(|error| unusable(&error))?;
        let send = |request| call::send(self.0.http.clone(), request);
        Metadata::discover_async(issuer, &send)
            .await
            .map_err(|error| match error {
                DiscoveryError::Request(error) => error,
                error => unusable(&error),
            })
    }

    /// Asks the external provider for its metadata, and compares it with what the platform needs.
    ///
    /// # Errors
    /// [`ProbeError`].
    pub async fn probe(&self) -> Result<(), ProbeError> {
        let metadata = self.discover().await?;
        let settings = &self.0.settings;
        let lacks = |what: &str| Err(ProbeError::Lacks(what.to_owned()));
        if metadata.token_endpoint().is_none() {
            return lacks("a token endpoint");
        }
        let challenges = &metadata.additional_metadata().code_challenge_methods_supported;
        if challenges
            .as_ref()
            .is_some_and(|known| !known.iter().any(|method| method == "S256"))
        {
            return lacks("PKCE with `S256`");
        }
        let methods = metadata.token_endpoint_auth_methods_supported();
        let is_ours = |method: &CoreClientAuthMethod| {
            matches!(
                method,
                CoreClientAuthMethod::ClientSecretBasic | CoreClientAuthMethod::ClientSecretPost
            )
        };
        if methods.is_some_and(|known| !known.iter().any(is_ours)) {
            return lacks("clients with a secret");
        }
        if let Some(known) = metadata.acr_values_supported() {
            for acr in settings.acr_substantial.iter().chain(&settings.acr_high) {
                if !known.contains(&AuthenticationContextClass::new(acr.clone())) {
                    return lacks(&format!("the `acr` value `{acr}`"));
                }
            }
        }
        if let Some(known) = metadata.claims_supported()
            && !known.iter().any(|claim| **claim == settings.fin_claim)
        {
            return lacks(&format!("the claim `{}`", settings.fin_claim));
        }
        if let Some(known) = metadata.scopes_supported() {
            for scope in &settings.scopes {
                if !known.iter().any(|name| **name == *scope) {
                    return lacks(&format!("the scope `{scope}`"));
                }
            }
        }
        Ok(())
    }
}
