//! An ID token that a client sends back to say which citizen it means.

use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier};
use openidconnect::{ClientId, IssuerUrl, Nonce};

use super::{Client, Provider};

/// The client and the `sub` of an ID token that we signed, however long ago.
pub(super) fn issued_to<'a>(provider: &'a Provider, hint: &str) -> Option<(&'a Client, String)> {
    let token: CoreIdToken = hint.parse().ok()?;
    provider.0.clients.iter().find_map(|client| {
        let issuer = IssuerUrl::new(provider.0.issuer.clone()).ok()?;
        let verifier = CoreIdTokenVerifier::new_public_client(
            ClientId::new(client.id.clone()),
            issuer,
            provider.0.keys.public(),
        )
        // An expired one names its citizen as well (OpenID Connect Core 3.1.2.1; RP-Initiated Logout, 2).
        .set_time_fn(|| chrono::DateTime::<chrono::Utc>::MIN_UTC)
        .set_issue_time_verifier_fn(|_| Ok(()));
        let claims = token.claims(&verifier, |_: Option<&Nonce>| Ok(())).ok()?;
        Some((client, claims.subject().as_str().to_owned()))
    })
}
