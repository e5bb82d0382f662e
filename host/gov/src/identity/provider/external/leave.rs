//! The addresses of the external provider to which citizens are sent.

use std::time::Duration;

use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow};
use openidconnect::{
    AuthenticationContextClass, ClientId, CsrfToken, LanguageTag, LoginHint, LogoutRequest,
    PkceCodeChallenge, PostLogoutRedirectUrl, Scope,
};
use url::Url;

use super::super::Provider;
use super::super::request::{AuthRequest, Prompt};
use super::tokens::max_age_s;
use super::{CallError, External, ExternalError, LOGGED_OUT_PATH};
use crate::text::Locale;

/// Bytes of a `state` for the external provider, which comes back in an address: servers take 8 KiB of one in most cases.
const STATE_OUT_BYTES_MAX: usize = 6 * 1024;

impl External {
    /// The address of a log-in for this request.
    pub(super) async fn log_in_address(
        &self,
        provider: &Provider,
        request: &AuthRequest,
        browser: String,
    ) -> Result<Url, ExternalError> {
        let platform = provider.0.identity.platform();
        let metadata = self.metadata(platform.clock.now()).await?;
        let client = self.client(provider, &metadata)?;
        let settings = &self.0.settings;
        let keys = &provider.0.flow_keys;
        let state = keys
            .state(platform, request, browser)
            .ok()
            .filter(|state| state.len() <= STATE_OUT_BYTES_MAX)
            .ok_or(ExternalError::Answer("the address to come back to is too long"))?;
        let (nonce, challenge) = (
            keys.nonce(&state),
            PkceCodeChallenge::from_code_verifier_sha256(&keys.verifier(&state)),
        );
        let mut asked = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || nonce,
            )
            .add_scopes(settings.scopes.iter().cloned().map(Scope::new))
            .add_ui_locale(LanguageTag::new(request.lang.tag().to_owned()))
            .set_max_age(Duration::from_secs(max_age_s(request).unsigned_abs()))
            .set_pkce_challenge(challenge);
        for acr in settings.acr_values(request.acr) {
            asked = asked.add_auth_context_value(AuthenticationContextClass::new(acr.to_owned()));
        }
        if request.prompt == Prompt::Login {
            asked = asked.add_prompt(CoreAuthPrompt::Login);
        }
        if let Some(hint) = &request.login_hint {
            asked = asked.set_login_hint(LoginHint::new(hint.clone()));
        }
        let (address, _, _) = asked.url();
        Ok(address)
    }
}

/// The address at which the citizen can end their log-in at the external provider too, which leads on to `back`; `None`
/// where that provider has none. No ID token of it is kept here, so that it asks the citizen (RP-Initiated Logout, 2).
pub(in crate::identity::provider) async fn logout_address(
    provider: &Provider,
    external: &External,
    lang: Locale,
    back: &str,
) -> Option<Url> {
    let platform = provider.0.identity.platform();
    let asked = async {
        let metadata = external.metadata(platform.clock.now()).await?;
        let Some(end) = metadata.additional_metadata().end_session_endpoint.clone() else {
            return Ok(None);
        };
        let home = PostLogoutRedirectUrl::new(provider.at_platform(LOGGED_OUT_PATH))
            .map_err(|error| CallError::Unusable(error.to_string()))?;
        let state = provider.0.flow_keys.log_out(platform, back);
        let state =
            state.map_err(|_| ExternalError::Answer("the address to come back to cannot be sealed"))?;
        let address = LogoutRequest::from(end)
            .set_client_id(ClientId::new(external.0.settings.client_id.clone()))
            .set_post_logout_redirect_uri(home)
            .set_state(CsrfToken::new(state))
            .add_ui_locale(LanguageTag::new(lang.tag().to_owned()))
            .http_get_url();
        Ok::<_, ExternalError>(Some(address))
    };
    asked.await.unwrap_or_else(|error| {
        // The log-in here has ended already.
        tracing::warn!(%error, "identity.external log-out failed");
        None
    })
}
