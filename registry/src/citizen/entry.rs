//! The redirect from the platform to a service's own origin: log-in if needed, enrolment in the test, and a
//! one-time ticket bound to the browser.

use std::collections::BTreeSet;
use std::sync::Arc;

use aim_gov::clock::Timestamp;
use aim_gov::consent::pages::{adult, refused, service_page};
use aim_gov::consent::{ConsentText, JoinTerms, Widening};
use aim_gov::invocation::{Acr, Service, ServiceId, Session as Login};
use aim_gov::text::Locale;
use aim_gov::web::{Html, OrPage as _, PageContext, PageError, PageLang, away, citizen, date, way_back};
use askama::Template;
use axum::Form;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::CitizenPages;
use super::login::LoginText;
use crate::portal_login::LOGIN;
use crate::web::portal::PortalText;

/// Characters of a SHA-256 digest in hexadecimal.
const DIGEST_CHARS: usize = 64;

#[derive(Clone, Debug, serde::Deserialize)]
pub(super) struct Wanted {
    #[serde(rename = "return")]
    back: Option<String>,
    acr: Option<String>,
    /// The earliest time of the log-in, in milliseconds since 1970.
    since: Option<i64>,
    /// Digest of the value that the browser received at the service's origin; see [`crate::gateway`].
    browser: Option<String>,
}

impl Wanted {
    /// The query that leads to this page again.
    fn query(&self, back: &str, acr: Acr) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("return", back).append_pair("acr", acr.code());
        if let Some(since) = self.since {
            query.append_pair("since", &since.to_string());
        }
        if let Some(browser) = &self.browser {
            query.append_pair("browser", browser);
        }
        query.finish()
    }
}

/// `GET /{lang}/services/{service}/enter?return=/p&acr=substantial`.
pub(super) async fn enter(
    State(entrance): State<CitizenPages>,
    context: PageContext,
    Path((PageLang(lang), service)): Path<(PageLang, String)>,
    session: Session,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let service = ServiceId(service);
    let Some(service) = entrance.0.services.find(&service) else {
        return Ok(service_page(context, &service));
    };
    let now = entrance.0.identity.platform().clock.now();
    let bad = || Err(PageError::new(context.clone(), StatusCode::BAD_REQUEST));
    let back = way_back(wanted.back.as_deref().unwrap_or("/"));
    let acr = match wanted.acr.as_deref().map(|acr| acr.parse::<Acr>().ok()) {
        Some(Some(acr)) => acr,
        Some(None) => return bad(),
        None => Acr::Substantial,
    };
    // A time in the future would redirect the citizen in a loop.
    if wanted.since.is_some_and(|since| Timestamp(since) > now) {
        return bad();
    }
    let known = citizen(&session).await.or_page(&context)?;
    let here = format!(
        "/{lang}/services/{}/enter?{}",
        service.id.0,
        wanted.query(back, acr)
    );
    let login = match known {
        None => return Ok(to_login(lang, &here, acr, "0")),
        Some(login) if login.acr < acr => return Ok(to_login(lang, &here, acr, "0")),
        Some(login) if wanted.since.is_some_and(|since| !is_since(&login, since)) => {
            return Ok(to_login(lang, &here, acr, "1"));
        }
        Some(login) => login,
    };
    adult(context.clone(), &entrance.0.identity, &login.citizen).await?;
    let told = entrance.0.consent.takes_part(&service.id, &login.citizen).await;
    let Some(told) = told.or_page(&context)? else {
        return Ok(ask(context, service, here, Vec::new()));
    };
    let news = told.widenings(&service);
    if !news.is_empty() {
        return Ok(ask(context, service, here, news));
    }
    let Some(browser) = wanted.browser.as_deref() else {
        let query = wanted.query(back, acr);
        return Ok(away(&to_service(&service, "start", lang, &[("query", &query)])));
    };
    if browser.len() != DIGEST_CHARS || !browser.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return bad();
    }
    let login = Login {
        locale: lang,
        ..login
    };
    let ticket = ticket(&entrance, &session, &service, browser, login)
        .await
        .map_err(|error| PageError::internal(context, &*error))?;
    let fields = [("ticket", ticket.as_str()), ("to", back)];
    Ok(away(&to_service(&service, "enter", lang, &fields)))
}

/// Asks before a citizen joins a test, and again when the service shares what they enter with more recipients.
/// Opening the address changes nothing.
#[derive(Template)]
#[template(path = "citizen_join.html")]
struct JoinPage {
    context: PageContext,
    text: &'static LoginText,
    portal: &'static PortalText,
    consent: &'static ConsentText,
    service: Arc<Service>,
    /// Systems outside the platform that the service may send data to.
    hosts: BTreeSet<String>,
    /// What the citizen, who takes part already, was not told when joining.
    news: Vec<Widening>,
    ends: String,
    here: String,
}

fn ask(context: PageContext, service: Arc<Service>, here: String, news: Vec<Widening>) -> Response {
    Html(JoinPage {
        text: LoginText::of(context.lang),
        portal: PortalText::of(context.lang),
        consent: ConsentText::of(context.lang),
        hosts: JoinTerms::of(&service).hosts,
        news,
        ends: date(service.grant.boundary.ends_at),
        context,
        service,
        here,
    })
    .into_response()
}

#[derive(serde::Deserialize)]
pub(super) struct JoinForm {
    decision: String,
}

/// `POST /{lang}/services/{service}/enter?…`: the citizen joins the test and enters the service, or declines.
pub(super) async fn join(
    State(entrance): State<CitizenPages>,
    context: PageContext,
    Path((PageLang(lang), service)): Path<(PageLang, String)>,
    session: Session,
    OriginalUri(here): OriginalUri,
    Form(form): Form<JoinForm>,
) -> Result<Response, PageError> {
    let service = ServiceId(service);
    let Some(service) = entrance.0.services.find(&service) else {
        return Ok(service_page(context, &service));
    };
    match form.decision.as_str() {
        "join" => {}
        "not-now" => {
            let page = format!("/{lang}/services/{}", service.id.0);
            return Ok(Redirect::to(&page).into_response());
        }
        _ => return Err(PageError::new(context, StatusCode::BAD_REQUEST)),
    }
    // `enter` sends a citizen whose log-in has ended to the log-in page.
    let again = Redirect::to(here.path_and_query().map_or("/", |here| here.as_str())).into_response();
    let Some(login) = citizen(&session).await.or_page(&context)? else {
        return Ok(again);
    };
    let context = adult(context, &entrance.0.identity, &login.citizen).await?;
    match entrance.0.consent.enrol(&service, &login.citizen).await {
        Ok(()) => Ok(again),
        Err(error) => Err(refused(context, &error)),
    }
}

/// The provider counts `auth_time` in whole seconds.
fn is_since(login: &Login, since: i64) -> bool {
    login.auth_time.seconds() >= Timestamp(since).seconds()
}

async fn ticket(
    entrance: &CitizenPages,
    session: &Session,
    service: &Service,
    browser: &str,
    login: Login,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let name: String = session.get(LOGIN).await?.ok_or("the log-in has no name")?;
    let ticket = entrance
        .0
        .sessions
        .issue(&service.id, &name, browser, &login)
        .await?;
    Ok(ticket)
}

fn to_login(lang: Locale, here: &str, acr: Acr, fresh: &str) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("return", here)
        .append_pair("acr", acr.code())
        .append_pair("fresh", fresh)
        .finish();
    Redirect::to(&format!("/{lang}/login?{query}")).into_response()
}

/// One of the host's own addresses at the service's origin.
fn to_service(service: &Service, step: &str, lang: Locale, fields: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("lang", lang.tag())
        .extend_pairs(fields)
        .finish();
    format!("{}/.aim/{step}?{query}", service.origin)
}
