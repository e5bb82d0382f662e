//! The page that asks a citizen whether a web site may learn who they are.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

use super::Provider;
use super::client::RelyingParty;
use super::oauth_error::{Code, OauthError};
use super::pending::{self, Pending};
use super::question::Question;
use super::redirect::{self, refuse_request};
use super::store::{self, Login};
use crate::db::{Conn, DbError};
use crate::identity::scope::Scope;
use crate::identity::sites::{self, Asked, Site};
use crate::identity::words::SiteText;
use crate::invocation::CitizenId;
use crate::remote::Fault;
use crate::web::{Html, PageContext, PageError, away, date, form_leads_to};

/// Why the page is not shown.
#[derive(Debug, thiserror::Error)]
enum AgreeError {
    #[error("the register of the population did not answer, or its answer is malformed")]
    Register(#[from] Fault),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the request cannot be written down")]
    Json(#[from] serde_json::Error),
}

#[derive(Template)]
#[template(path = "identity_agree.html")]
struct AgreePage {
    context: PageContext,
    text: &'static SiteText,
    site: Site,
    asked: Vec<Scope>,
    ends: String,
    request: String,
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Address {
    #[serde(default)]
    request: String,
}

/// `GET /{lang}/id/agree?request=…`.
pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    cookies: CookieJar,
    Query(Address { request: token }): Query<Address>,
) -> Response {
    let page = context.clone();
    let shown = async {
        let open = match open(&provider, &context, &cookies, &token).await? {
            Ok(open) => open,
            Err(response) => return Ok(response),
        };
        if provider.0.identity.is_minor(&open.citizen).await? {
            return Ok(minor(context));
        }
        let origin = open.site.content.origin.clone();
        let html = Html(AgreePage {
            text: SiteText::of(context.lang),
            ends: date(open.site.ends),
            asked: open.question.request.scopes(),
            site: open.site,
            request: token,
            context,
        });
        Ok::<_, AgreeError>(form_leads_to(html.into_response(), &origin))
    };
    shown
        .await
        .unwrap_or_else(|error| PageError::internal(page, &error).into_response())
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    request: String,
    #[serde(default)]
    decision: String,
}

/// `POST /{lang}/id/agree`.
pub(super) async fn answer(
    State(provider): State<Provider>,
    context: PageContext,
    cookies: CookieJar,
    Form(answer): Form<Answer>,
) -> Response {
    match answered(&provider, &context, &cookies, &answer).await {
        Ok(response) => response,
        Err(error) => PageError::internal(context, &error).into_response(),
    }
}

async fn answered(
    provider: &Provider,
    context: &PageContext,
    cookies: &CookieJar,
    answer: &Answer,
) -> Result<Response, AgreeError> {
    let open = match open(provider, context, cookies, &answer.request).await? {
        Ok(open) => open,
        Err(response) => return Ok(response),
    };
    let request = &open.question.request;
    match answer.decision.as_str() {
        "agree" if provider.0.identity.is_minor(&open.citizen).await? => Ok(minor(context.clone())),
        "agree" => match decide(provider, &open, "site-agree").await? {
            Some(Asked::Agreed) => Ok(redirect::grant_agreed(provider, request, open.login).await?),
            Some(Asked::Full) => {
                let text = SiteText::of(context.lang);
                let (title, message) = (text.full_title.clone(), text.full_text.clone());
                let full = PageError::with_text(context.clone(), StatusCode::FORBIDDEN, title, message);
                Ok(full.into_response())
            }
            // The site changed since the page was shown.
            None => Ok(redirect::grant(provider, request, open.login).await?),
        },
        "refuse" => {
            decide(provider, &open, "site-refuse").await?;
            let error = OauthError::new(Code::AccessDenied, "the citizen did not agree");
            Ok(refuse_request(provider, request, &error))
        }
        _ => Ok(PageError::new(context.clone(), StatusCode::BAD_REQUEST).into_response()),
    }
}

/// The page for somebody who is too young for a test.
fn minor(context: PageContext) -> Response {
    let text = SiteText::of(context.lang);
    let (title, message) = (text.minor_title.clone(), text.minor_text.clone());
    PageError::with_text(context, StatusCode::FORBIDDEN, title, message).into_response()
}

/// Keeps the answer and its record; `None` where the site is not the one that the page showed.
async fn decide(provider: &Provider, open: &Open, operation: &'static str) -> Result<Option<Asked>, DbError> {
    let platform = provider.0.identity.platform();
    let now = platform.clock.now();
    let scopes = open.question.request.scopes();
    let mut tx = platform.db.begin().await?;
    let Some(site) = site(provider, &mut tx, &open.question).await? else {
        return Ok(None);
    };
    let asked = match operation {
        "site-agree" => sites::agree(&mut tx, &site, &open.citizen, &scopes, now).await?,
        _ => Asked::Agreed,
    };
    if asked == Asked::Agreed {
        sites::record(&mut tx, platform, &open.citizen, &site.id, operation, &scopes).await?;
    }
    tx.commit().await?;
    Ok(Some(asked))
}

/// A question whose log-in is this browser's.
struct Open {
    question: Question,
    site: Site,
    login: Login,
    citizen: CitizenId,
}

/// The question of this token, or where to go instead.
async fn open(
    provider: &Provider,
    context: &PageContext,
    cookies: &CookieJar,
    token: &str,
) -> Result<Result<Open, Response>, AgreeError> {
    let platform = provider.0.identity.platform();
    let refused = || PageError::new(context.clone(), StatusCode::BAD_REQUEST).into_response();
    let Some(question) = Question::open(provider, token) else {
        return Ok(Err(refused()));
    };
    let mut reader = platform.db.reader().await?;
    let Some(site) = site(provider, &mut reader, &question).await? else {
        // Also a site that was stopped or changed meanwhile: its own page leads to a new request.
        return Ok(Err(refused()));
    };
    drop(reader);
    let login = match cookies.get(provider.cookie()) {
        Some(cookie) => store::load_login(platform, cookie.value()).await?,
        None => None,
    };
    let asked = login.filter(|login| question.is_about(provider, &site, login));
    let known = asked.and_then(|login| Some((provider.0.identity.citizen(&login.fin)?, login)));
    Ok(match known {
        Some((citizen, login)) => Ok(Open {
            question,
            site,
            login,
            citizen,
        }),
        None => {
            let token = Pending::seal(provider, &question.request)?;
            Err(away(&pending::address(context.lang, &token)))
        }
    })
}

/// The site of a question, while it is in force, may ask this, and is what the page says it is.
async fn site(provider: &Provider, conn: &mut Conn, question: &Question) -> Result<Option<Site>, DbError> {
    let client = RelyingParty::load(provider, conn, &question.request.client).await?;
    let asks = question.request.scopes();
    Ok(match client {
        Some(client) if asks.iter().all(|scope| client.may_ask(*scope)) => client
            .site()
            .filter(|site| site.content.terms().is_ok_and(|terms| terms == question.terms))
            .cloned(),
        _ => None,
    })
}
