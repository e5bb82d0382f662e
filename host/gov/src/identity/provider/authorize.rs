//! `/authorize`: from a client's request to a code, over the log-in page where it is needed.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

use super::description::AuthorizationRequest;
use super::oauth_error::{Code, OauthError};
use super::params::Params;
use super::pending::{self, Pending};
use super::redirect::{grant, refuse, refuse_request};
use super::request::{self, AuthRequest, Prompt, Refusal};
use super::store::{self, Login};
use super::{Provider, pushed};
use crate::clock::Timestamp;
use crate::db::DbError;
use crate::text::Locale;
use crate::web::{PageContext, PageError, away, wish};

/// Ask for a citizen's log-in
#[utoipa::path(
    get,
    path = "/authorize",
    operation_id = "authorize",
    params(AuthorizationRequest),
    responses((status = 303, description = "Back to the client with a code or an error, or on to the log-in page.", headers(("Location" = String))))
)]
pub(super) async fn by_address(
    State(provider): State<Provider>,
    cookies: CookieJar,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let wish = wish(&headers).for_page();
    answer(&provider, &cookies, wish, query.unwrap_or_default().as_bytes()).await
}

/// Ask for a citizen's log-in with a form (OpenID Connect Core 3.1.2.1)
#[utoipa::path(
    post,
    path = "/authorize",
    operation_id = "authorize_by_form",
    request_body(content = AuthorizationRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the client with a code or an error, or on to the log-in page.", headers(("Location" = String))))
)]
pub(super) async fn by_form(
    State(provider): State<Provider>,
    cookies: CookieJar,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&provider, &cookies, wish(&headers).for_page(), &body).await
}

async fn answer(provider: &Provider, cookies: &CookieJar, wish: Locale, encoded: &[u8]) -> Response {
    let params = Params::parse(encoded);
    let context = PageContext::new(request::lang(&params, wish), "/");
    // Never a redirect: the address is not one that a client registered.
    let refused = || PageError::new(context.clone(), StatusCode::BAD_REQUEST).into_response();
    let pushed = match pushed::is_reference(&params) {
        true => match pushed::take(provider.0.identity.platform(), &params).await {
            Ok(Some(pushed)) => Some(pushed),
            Ok(None) => return refused(),
            Err(error) => return PageError::internal(context, &error).into_response(),
        },
        false => None,
    };
    let encoded = pushed.as_ref().map_or(encoded, |pushed| pushed.as_bytes());
    let request = match AuthRequest::parse(provider, encoded, wish).await {
        Ok(request) => request,
        Err(Refusal::Page) => return refused(),
        Err(Refusal::Failed(error)) => return PageError::internal(context, &error).into_response(),
        Err(Refusal::Redirect {
            redirect_uri,
            state,
            error,
        }) => return refuse(provider, &redirect_uri, state.as_deref(), &error),
    };
    match decide(provider, cookies, &request).await {
        Ok(response) => response,
        Err(error) => refuse_request(provider, &request, &OauthError::server(&error)),
    }
}

async fn decide(
    provider: &Provider,
    cookies: &CookieJar,
    request: &AuthRequest,
) -> Result<Response, DbError> {
    let platform = provider.0.identity.platform();
    let login = match cookies.get(provider.cookie()) {
        Some(cookie) => store::load_login(platform, cookie.value()).await?,
        None => None,
    };
    let now = platform.clock.now();
    let enough = match login.filter(|login| is_enough(login, request, now)) {
        Some(login) if request.is_for(provider, &login.fin).await? => Some(login),
        _ => None,
    };
    match (request.prompt, enough) {
        (Prompt::None | Prompt::WhenNeeded, Some(login)) => grant(provider, request, login).await,
        (Prompt::None, None) => {
            let code = if request.acr > crate::invocation::Acr::Substantial {
                Code::UnmetAuthenticationRequirements
            } else {
                Code::LoginRequired
            };
            let error = OauthError::new(code, "the citizen has to log in");
            Ok(refuse_request(provider, request, &error))
        }
        (Prompt::Login, _) | (Prompt::WhenNeeded, None) => Ok(match Pending::seal(provider, request) {
            Ok(token) => away(&pending::address(request.lang, &token)),
            Err(error) => refuse_request(provider, request, &OauthError::server(&error)),
        }),
    }
}

/// Whether this log-in is as strong and as fresh as the request demands.
pub(super) fn is_enough(login: &Login, request: &AuthRequest, now: Timestamp) -> bool {
    let fresh = request.max_age_s.is_none_or(|max_age_s| {
        now < login
            .auth_time
            .plus_ms(i64::from(max_age_s).saturating_mul(1_000))
    });
    login.acr >= request.acr && fresh
}
