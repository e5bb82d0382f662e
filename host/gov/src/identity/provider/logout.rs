//! `/end-session`: RP-initiated log-out.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

use super::client::RelyingParty;
use super::description::LogoutRequest;
use super::params::Params;
use super::{LogIn, Provider, external, id_token_hint, store};
use crate::db::DbError;
use crate::sessions::Secure;
use crate::text::Locale;
use crate::web::{PageContext, PageError, away, wish};

/// Log a citizen out
#[utoipa::path(
    get,
    path = "/end-session",
    operation_id = "end_session",
    params(LogoutRequest),
    responses((status = 303, description = "Back to the client, or to the platform.", headers(("Location" = String))))
)]
pub(super) async fn by_address(
    State(provider): State<Provider>,
    cookies: CookieJar,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let wish = wish(&headers).for_page();
    end(&provider, cookies, wish, query.unwrap_or_default().as_bytes()).await
}

/// Log a citizen out with a form
#[utoipa::path(
    post,
    path = "/end-session",
    operation_id = "end_session_by_form",
    request_body(content = LogoutRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the client, or to the platform.", headers(("Location" = String))))
)]
pub(super) async fn by_form(
    State(provider): State<Provider>,
    cookies: CookieJar,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    end(&provider, cookies, wish(&headers).for_page(), &body).await
}

/// Ends the log-in only for a client that shows an ID token of the very citizen who is logged in: a link on
/// a foreign page cannot log anybody else out.
async fn end(provider: &Provider, cookies: CookieJar, lang: Locale, encoded: &[u8]) -> Response {
    let params = Params::parse(encoded);
    let refused = || PageError::new(PageContext::new(lang, "/"), StatusCode::BAD_REQUEST).into_response();
    let issued = match params.get("id_token_hint") {
        Some(hint) => id_token_hint::issued_to(provider, hint).await,
        None => Ok(None),
    };
    let (client, sub) = match issued {
        Ok(Some(issued)) => issued,
        Ok(None) => return refused(),
        Err(error) => return PageError::internal(PageContext::new(lang, "/"), &error).into_response(),
    };
    let address = params.get("post_logout_redirect_uri");
    let known = address.is_none_or(|address| {
        client
            .post_logout_redirect_uris()
            .iter()
            .any(|known| known == address)
    });
    if params.any_repeated() || !known {
        return refused();
    }
    let (cookies, ended) = match end_login(provider, cookies, &client, &sub).await {
        Ok(cookies) => cookies,
        Err(error) => {
            return PageError::internal(PageContext::new(lang, "/"), &error).into_response();
        }
    };
    let mut back = "/".to_owned();
    if let Some(mut address) = address.and_then(|address| url::Url::parse(address).ok()) {
        if let Some(state) = params.get("state") {
            address.query_pairs_mut().append_pair("state", state);
        }
        back = address.into();
    }
    let elsewhere = match &provider.0.log_in {
        LogIn::External(external) if ended => external::logout_address(provider, external, lang, &back).await,
        _ => None,
    };
    (
        cookies,
        away(elsewhere.as_ref().map_or(&back, |url| url.as_str())),
    )
        .into_response()
}

/// Ends the log-in of this browser, cookie and all, where it is the one of `sub`, or over already; and whether there was
/// one.
async fn end_login(
    provider: &Provider,
    cookies: CookieJar,
    client: &RelyingParty,
    sub: &str,
) -> Result<(CookieJar, bool), DbError> {
    let platform = provider.0.identity.platform();
    let Some(cookie) = cookies.get(provider.cookie()) else {
        return Ok((cookies, false));
    };
    let mut ended = false;
    if let Some(login) = store::load_login(platform, cookie.value()).await? {
        if provider.0.identity.client_sub(&client.sector(), &login.fin) != sub {
            return Ok((cookies, false));
        }
        store::close_login(platform, cookie.value()).await?;
        ended = true;
    }
    let gone = Cookie::build(provider.cookie())
        .path("/")
        // A browser takes nothing else for a name that begins with `__Host-`.
        .secure(provider.0.secure == Secure::Yes);
    Ok((cookies.remove(gone), ended))
}
