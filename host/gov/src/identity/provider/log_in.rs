//! What follows once somebody has proved who they are.

use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use super::Provider;
use super::redirect::grant;
use super::request::AuthRequest;
use super::store::{self, Login};
use crate::db::DbError;
use crate::remote::Fault;
use crate::sessions::Secure;

/// Why somebody who proved who they are is not logged in, or nobody is.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogInFailure {
    #[error("the register has nobody with this FIN")]
    Unknown,
    #[error("the person has died")]
    Deceased,
    #[error("the client asks for a log-in of another person")]
    OtherPerson,
    #[error("the register of the population did not answer, or its answer is malformed")]
    Register(#[from] Fault),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Logs in somebody who has proved who they are, and sends them on. Whether they live is said after that proof alone: a
/// FIN tells a stranger nothing about its person.
pub(super) async fn logged_in(
    provider: &Provider,
    cookies: CookieJar,
    request: &AuthRequest,
    login: Login,
) -> Result<Response, LogInFailure> {
    let platform = provider.0.identity.platform();
    let person = provider.0.identity.person_with_fin(&login.fin).await?;
    if person.ok_or(LogInFailure::Unknown)?.died.is_some() {
        return Err(LogInFailure::Deceased);
    }
    if !request.is_for(provider, &login.fin).await? {
        return Err(LogInFailure::OtherPerson);
    }
    if let Some(old) = cookies.get(provider.cookie()) {
        store::close_login(platform, old.value()).await?;
    }
    let cookie = store::open_login(platform, &login).await?;
    let response = grant(provider, request, login).await?;
    let cookie = Cookie::build((provider.cookie(), cookie))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(provider.0.secure == Secure::Yes);
    Ok((cookies.add(cookie), response).into_response())
}
