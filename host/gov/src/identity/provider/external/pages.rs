//! The way to the external provider and back.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use super::super::log_in::{LogInFailure, logged_in};
use super::super::login_text::LoginText;
use super::super::oauth_error::{Code, OauthError};
use super::super::pending::{self, Pending};
use super::super::redirect::refuse_request;
use super::super::request::AuthRequest;
use super::super::store::Login;
use super::super::{LogIn, Provider};
use super::flow::Flow;
use super::tokens::Asked;
use super::{External, ExternalError};
use crate::invocation::Acr;
use crate::sessions::cookies::EXTERNAL_COOKIE;
use crate::sessions::{Secure, hashed};
use crate::web::{PageContext, PageError, away, wish};

/// Bytes of an external provider's error code that the log tells.
const ERROR_CODE_BYTES_MAX: usize = 64;

/// The parameters of the redirect back (RFC 6749, 4.1.2; RFC 9207). Others that a provider adds mean nothing here.
#[derive(Debug, Default, serde::Deserialize)]
pub(in crate::identity::provider) struct Answer {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Sends the citizen of this request to the external provider.
pub(in crate::identity::provider) async fn leave(
    provider: &Provider,
    external: &External,
    context: PageContext,
    cookies: CookieJar,
    request: &AuthRequest,
) -> Response {
    if request.acr == Acr::High && external.0.settings.acr_high.is_none() {
        let error = OauthError::new(
            Code::UnmetAuthenticationRequirements,
            "no log-in of this level is possible",
        );
        return refuse_request(provider, request, &error);
    }
    // An existing value is kept, so that two windows do not break each other's log-in.
    let browser = browser_of(provider, &cookies)
        .map_or_else(|| provider.0.identity.platform().random.token(), str::to_owned);
    match external.log_in_address(provider, request, hashed(&browser)).await {
        Ok(address) => {
            let cookie = Cookie::build((provider.0.secure.name(EXTERNAL_COOKIE), browser))
                .path("/")
                .http_only(true)
                .same_site(SameSite::Lax)
                .secure(provider.0.secure == Secure::Yes);
            (cookies.add(cookie), away(address.as_str())).into_response()
        }
        Err(error) => failed(provider, context, Some(request), &error).into_response(),
    }
}

/// The value that binds log-ins under way to this browser. An empty one would bind them to every browser without one.
fn browser_of<'c>(provider: &Provider, cookies: &'c CookieJar) -> Option<&'c str> {
    cookies
        .get(provider.0.secure.name(EXTERNAL_COOKIE))
        .map(Cookie::value)
        .filter(|value| !value.is_empty())
}

/// `GET /id/callback`: the redirect back from the external provider.
pub(in crate::identity::provider) async fn callback(
    State(provider): State<Provider>,
    headers: HeaderMap,
    cookies: CookieJar,
    Query(answer): Query<Answer>,
) -> Response {
    let context = PageContext::new(wish(&headers).for_page(), "/");
    let LogIn::External(external) = &provider.0.log_in else {
        return PageError::new(context, StatusCode::NOT_FOUND).into_response();
    };
    let state = answer.state.as_deref().unwrap_or_default();
    let Some(flow) = provider.0.flow_keys.flow(state) else {
        let error = ExternalError::Answer("`state` was not made here");
        return failed(&provider, context, None, &error).into_response();
    };
    let context = PageContext::new(flow.request.lang, "/");
    let came = come_back(&provider, external, &cookies, &flow, state, &answer).await;
    let login = match came {
        Ok(login) => login,
        Err(error) => {
            return match refused(&error) {
                Some(error) => refuse_request(&provider, &flow.request, &error),
                None => failed(&provider, context, Some(&flow.request), &error).into_response(),
            };
        }
    };
    let text = LoginText::of(flow.request.lang);
    let message = match logged_in(&provider, cookies, &flow.request, login).await {
        Ok(response) => return response,
        Err(LogInFailure::Unknown) => &text.external_unknown_text,
        Err(LogInFailure::Deceased) => &text.deceased_error,
        Err(LogInFailure::OtherPerson) => &text.other_person_error,
        Err(error) => return PageError::internal(context, &error).into_response(),
    };
    page(
        &provider,
        context,
        Some(&flow.request),
        StatusCode::FORBIDDEN,
        message,
    )
    .into_response()
}

/// What the answer proves.
async fn come_back(
    provider: &Provider,
    external: &External,
    cookies: &CookieJar,
    flow: &Flow,
    state: &str,
    answer: &Answer,
) -> Result<Login, ExternalError> {
    let platform = provider.0.identity.platform();
    let browser = browser_of(provider, cookies).map(hashed);
    if !flow.is_of(browser.as_deref()) {
        return Err(ExternalError::Answer("`state` belongs to another browser"));
    }
    if flow.is_over(platform.clock.now()) {
        return Err(ExternalError::Answer("`state` is too old"));
    }
    // RFC 9207, 2.4: an answer of another provider is not accepted, nor one without a name where it was promised.
    let metadata = external.metadata(platform.clock.now()).await?;
    let promised = metadata
        .additional_metadata()
        .authorization_response_iss_parameter_supported;
    let is_right = match &answer.iss {
        Some(iss) => iss == &external.0.settings.issuer,
        None => !promised,
    };
    if !is_right {
        return Err(ExternalError::Answer("`iss` is not the provider that was asked"));
    }
    if let Some(error) = &answer.error {
        let code = error.chars().filter(char::is_ascii_graphic);
        return Err(ExternalError::Refused(code.take(ERROR_CODE_BYTES_MAX).collect()));
    }
    let code = answer.code.clone().filter(|code| !code.is_empty());
    let keys = &provider.0.flow_keys;
    let asked = Asked {
        request: &flow.request,
        nonce: keys.nonce(state),
        verifier: keys.verifier(state),
    };
    let code = code.ok_or(ExternalError::Answer("`code` is missing"))?;
    external.prove(provider, code, asked).await
}

/// The error that the client is told, for one that is the citizen's decision or follows from the client's request.
fn refused(error: &ExternalError) -> Option<OauthError> {
    match error {
        ExternalError::Refused(code) if code == Code::AccessDenied.as_str() => Some(OauthError::new(
            Code::AccessDenied,
            "the citizen cancelled the log-in",
        )),
        ExternalError::Refused(code) if code == Code::UnmetAuthenticationRequirements.as_str() => {
            Some(OauthError::new(
                Code::UnmetAuthenticationRequirements,
                "the citizen cannot log in in the way that was asked for",
            ))
        }
        _ => None,
    }
}

/// The page about a log-in that failed, with a link to another attempt for the same request.
fn failed(
    provider: &Provider,
    context: PageContext,
    request: Option<&AuthRequest>,
    error: &ExternalError,
) -> PageError {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "identity.external log-in failed"
    );
    let text = LoginText::of(context.lang);
    let (status, message) = match error {
        ExternalError::Call(_) | ExternalError::Refused(_) => {
            (StatusCode::BAD_GATEWAY, &text.external_silent_text)
        }
        ExternalError::Answer(_) => (StatusCode::BAD_REQUEST, &text.external_failed_text),
        ExternalError::Level(_) => (StatusCode::FORBIDDEN, &text.external_level_text),
    };
    page(provider, context, request, status, message)
}

/// A page that leads to another attempt for the same request.
fn page(
    provider: &Provider,
    context: PageContext,
    request: Option<&AuthRequest>,
    status: StatusCode,
    message: &str,
) -> PageError {
    let (text, lang) = (LoginText::of(context.lang), context.lang);
    let title = text.external_failed_title.clone();
    let page = PageError::with_text(context, status, title, message.to_owned());
    match request.and_then(|request| Pending::seal(provider, request).ok()) {
        Some(token) => page.with_link(pending::address(lang, &token), text.log_in_again.clone()),
        None => page,
    }
}

/// The parameter of the redirect after a log-out.
#[derive(Debug, serde::Deserialize)]
pub(in crate::identity::provider) struct LoggedOut {
    #[serde(default)]
    state: String,
}

/// `GET /id/logged-out`: on to where the log-out was to lead.
pub(in crate::identity::provider) async fn logged_out(
    State(provider): State<Provider>,
    Query(answer): Query<LoggedOut>,
) -> Response {
    let address = provider.0.flow_keys.address(&answer.state);
    away(address.as_deref().unwrap_or("/"))
}
