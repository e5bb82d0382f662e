//! An ID token that a client sends back to say which citizen it means.

use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier};
use openidconnect::{ClientId, IssuerUrl, Nonce};

use super::Provider;
use super::client::RelyingParty;
use crate::db::DbError;

/// The client and the `sub` of an ID token that we signed, however long ago.
pub(super) async fn issued_to(
    provider: &Provider,
    hint: &str,
) -> Result<Option<(RelyingParty, String)>, DbError> {
    let Some((id, sub)) = verified(provider, hint) else {
        return Ok(None);
    };
    Ok(provider.client(&id).await?.map(|client| (client, sub)))
}

/// The audience and the subject of a token that one of our keys signed.
fn verified(provider: &Provider, hint: &str) -> Option<(String, String)> {
    let token: CoreIdToken = hint.parse().ok()?;
    let issuer = IssuerUrl::new(provider.0.issuer.clone()).ok()?;
    let verifier = CoreIdTokenVerifier::new_public_client(
        // The audience is read from the token below, once its signature is known to be ours.
        ClientId::new(String::new()),
        issuer,
        provider.0.keys.public(),
    )
    .require_audience_match(false)
    // An expired one names its citizen as well (OpenID Connect Core 3.1.2.1; RP-Initiated Logout, 2).
    .set_time_fn(|| chrono::DateTime::<chrono::Utc>::MIN_UTC)
    .set_issue_time_verifier_fn(|_| Ok(()));
    let claims = token.claims(&verifier, |_: Option<&Nonce>| Ok(())).ok()?;
    // The provider names one audience in each token.
    let audience = claims.audiences().first()?.to_string();
    Some((audience, claims.subject().as_str().to_owned()))
}
