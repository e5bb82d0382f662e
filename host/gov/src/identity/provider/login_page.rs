//! The log-in page: who are you, and the one-time code that proves it.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::attempts::{self, Attempt};
use super::log_in::{LogInFailure, logged_in};
use super::login_text::LoginText;
use super::oauth_error::{Code, OauthError};
use super::pending::{self, Pending};
use super::redirect::refuse_request;
use super::request::AuthRequest;
use super::store::Login;
use super::{LogIn, Provider, external};
use crate::clock::Timestamp;
use crate::identity::person::is_fin;
use crate::identity::personas::{self, ONE_TIME_CODE};
use crate::identity::sites;
use crate::invocation::Acr;
use crate::typed::{self, Digits};
use crate::web::{Html, PageContext, PageError, form_leads_to};

mod form;

use self::form::{LoginPage, Mistake};

#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    request: String,
    /// Fills in the field for the FIN; the list of people links here with it.
    fin: Option<String>,
}

/// `GET /{lang}/id/login?request=…`, also with `&fin=…`.
pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    cookies: CookieJar,
    Query(asked): Query<Asked>,
) -> Response {
    match (pending(&provider, &context, &asked.request), &provider.0.log_in) {
        (Ok(request), LogIn::External(external)) => {
            external::leave(&provider, external, context, cookies, &request).await
        }
        (Ok(request), LogIn::Simulated { one_time_code }) => {
            let fin = asked.fin.as_ref().or(request.login_hint.as_ref());
            let fin = fin.map(|fin| typed_fin(fin)).unwrap_or_default();
            page(one_time_code, context, &request, asked.request, fin, None)
        }
        (Err(refused), _) => refused.into_response(),
    }
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Filled {
    #[serde(default)]
    request: String,
    #[serde(default)]
    fin: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    action: String,
}

/// `POST /{lang}/id/login`.
pub(super) async fn submit(
    State(provider): State<Provider>,
    context: PageContext,
    cookies: CookieJar,
    Form(filled): Form<Filled>,
) -> Response {
    let LogIn::Simulated { one_time_code } = &provider.0.log_in else {
        return PageError::new(context, StatusCode::NOT_FOUND).into_response();
    };
    let asked = context.clone();
    match check(&provider, one_time_code, context, cookies, filled).await {
        Ok(response) => response,
        Err(error) => PageError::internal(asked, &error).into_response(),
    }
}

async fn check(
    provider: &Provider,
    one_time_code: &SecretString,
    context: PageContext,
    cookies: CookieJar,
    filled: Filled,
) -> Result<Response, LogInFailure> {
    let platform = provider.0.identity.platform();
    let request = match pending(provider, &context, &filled.request) {
        Ok(request) => request,
        Err(refused) => return Ok(refused.into_response()),
    };
    if filled.action == "cancel" {
        let error = OauthError::new(Code::AccessDenied, "the citizen cancelled the log-in");
        return Ok(refuse_request(provider, &request, &error));
    }
    let mistaken = |mistake| {
        let page = page(
            one_time_code,
            context.clone(),
            &request,
            filled.request.clone(),
            filled.fin.clone(),
            Some(mistake),
        );
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    };
    let must_wait = |until: Timestamp| {
        let mut response = mistaken(Mistake::MustWait(until));
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        let seconds = Timestamp(until.0.saturating_sub(platform.clock.now().0)).seconds() + 1;
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        response
    };
    let fin = typed_fin(&filled.fin);
    if fin.is_empty() {
        return Ok(mistaken(Mistake::FinMissing));
    }
    if !is_fin(&fin) {
        return Ok(mistaken(Mistake::FinMalformed));
    }
    let Some(person) = provider.0.identity.person_with_fin(&fin).await? else {
        return Ok(mistaken(Mistake::FinUnknown));
    };
    let expected = one_time_code.expose_secret();
    let Some(code) = Digits::parse(&filled.code)
        .ok()
        .filter(|code| code.as_str().len() == expected.len())
    else {
        return Ok(mistaken(Mistake::CodeMalformed));
    };
    let (left, next) = match attempts::count(platform, &person.fin).await? {
        Attempt::Counted { left, next } => (left, next),
        Attempt::Wait { until } => return Ok(must_wait(until)),
    };
    let right = code.as_str().as_bytes().ct_eq(expected.as_bytes());
    if !bool::from(right) {
        tracing::info!(left, "identity.login refused");
        return Ok(if next > platform.clock.now() {
            must_wait(next)
        } else {
            mistaken(Mistake::WrongCode { attempts_left: left })
        });
    }
    attempts::succeeded(platform, &person.fin).await?;
    let high = request.acr == Acr::High;
    let login = Login {
        fin: person.fin,
        acr: if high { Acr::High } else { Acr::Substantial },
        amr: if high { &["face", "hwk"][..] } else { &["otp"][..] }
            .iter()
            .map(|method| (*method).to_owned())
            .collect(),
        auth_time: platform.clock.now(),
    };
    match logged_in(provider, cookies, &request, login).await {
        Err(LogInFailure::Deceased) => Ok(mistaken(Mistake::Deceased)),
        Err(LogInFailure::OtherPerson) => Ok(mistaken(Mistake::OtherPerson)),
        done => done,
    }
}

fn page(
    one_time_code: &SecretString,
    context: PageContext,
    request: &AuthRequest,
    name: String,
    fin: String,
    mistake: Option<Mistake>,
) -> Response {
    let html = Html(LoginPage {
        text: LoginText::of(context.lang),
        people: personas::all(),
        request: name,
        fin,
        high: request.acr == Acr::High,
        well_known: one_time_code.expose_secret() == ONE_TIME_CODE,
        mistake,
        context,
    });
    // The answer to the form may be a redirect to a site.
    let back = url::Url::parse(&request.redirect_uri).map(|address| address.origin().ascii_serialization());
    match back {
        Ok(origin) if request.client.starts_with(sites::ID_PREFIX) => {
            form_leads_to(html.into_response(), &origin)
        }
        _ => html.into_response(),
    }
}

/// A FIN as it was typed or pasted: without gaps, in capital letters.
fn typed_fin(typed: &str) -> String {
    typed::code(typed).to_ascii_uppercase()
}

/// The request of this token, or the page that says why there is none. Where only its time is over, the page
/// leads to the same request anew, and so to what the citizen wanted.
fn pending(provider: &Provider, context: &PageContext, token: &str) -> Result<AuthRequest, PageError> {
    let text = LoginText::of(context.lang);
    let refused = |message: &str| {
        let (context, title) = (context.clone(), text.over_title.clone());
        PageError::with_text(context, StatusCode::BAD_REQUEST, title, message.to_owned())
    };
    let Some(pending) = Pending::open(provider, token) else {
        return Err(refused(&text.unknown_text));
    };
    if !pending.is_over(provider.0.identity.platform().clock.now()) {
        return Ok(pending.request);
    }
    match Pending::seal(provider, &pending.request) {
        Ok(token) => Err(refused(&text.over_text)
            .with_link(pending::address(context.lang, &token), text.log_in_again.clone())),
        Err(error) => Err(PageError::internal(context.clone(), &error)),
    }
}
