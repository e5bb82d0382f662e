//! The host's own addresses at a service's origin.
//!
//! `start` gives the browser a value and sends it to the platform with the value's digest; `enter` accepts the
//! ticket that comes back only from the browser with that value. So a link prepared by an attacker cannot log a
//! citizen in as the attacker. `leave` shows the destination of a link to another site.

use aim_gov::invocation::ServiceId;
use aim_gov::sessions::cookies::{self, BROWSER_COOKIE, SERVICE_COOKIE};
use aim_gov::sessions::{Secure, hashed};
use aim_gov::text::Locale;
use aim_gov::web::{away, local_path, wish};
use aim_runtime::LEAVE_PATH;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use super::leave;
use super::page::{self, OriginPage};
use super::{Gateway, RESERVED_PREFIX};
use crate::citizen::LoginText;

/// The fields of the addresses.
#[derive(Default)]
struct Fields {
    lang: Locale,
    ticket: String,
    to: String,
    query: String,
}

impl Fields {
    fn of(request: &Request) -> Self {
        // A ticket's address may have lost its language; the browser still has a preference.
        let wish = wish(request.headers()).for_page();
        let mut fields = Self {
            lang: wish,
            ..Self::default()
        };
        for (name, value) in url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
        {
            match &*name {
                "lang" => fields.lang = value.parse::<Locale>().map_or(wish, Locale::for_page),
                "ticket" => fields.ticket = value.into_owned(),
                "to" => fields.to = value.into_owned(),
                "query" => fields.query = value.into_owned(),
                _ => {}
            }
        }
        fields
    }
}

/// A parsed request for one of the host's own addresses.
pub(super) struct Visit {
    step: Option<Step>,
    fields: Fields,
    cookies: CookieJar,
    wish: Locale,
}

enum Step {
    Start,
    Enter,
    Leave,
}

impl Visit {
    /// The visit, if the path is one of the host's own.
    pub(super) fn of(request: &mut Request) -> Option<Self> {
        let path = request.uri().path();
        let step = path.strip_prefix(RESERVED_PREFIX)?;
        let step = match (request.method(), step) {
            (&Method::GET, "start") => Some(Step::Start),
            (&Method::GET, "enter") => Some(Step::Enter),
            (&Method::GET, _) if path == LEAVE_PATH => Some(Step::Leave),
            _ => None,
        };
        cookies::keep_ours(request.headers_mut());
        Some(Self {
            step,
            fields: Fields::of(request),
            cookies: CookieJar::from_headers(request.headers()),
            wish: wish(request.headers()).for_page(),
        })
    }

    pub(super) async fn answer(self, gateway: &Gateway, service: &ServiceId) -> Response {
        let Self {
            step,
            fields,
            cookies,
            wish,
        } = self;
        match step {
            Some(Step::Start) => start(gateway, service, cookies, &fields),
            Some(Step::Enter) => enter(gateway, service, cookies, &fields).await,
            Some(Step::Leave) => leave::page(gateway, service, wish, &fields.to),
            None => page::of(gateway, fields.lang, StatusCode::NOT_FOUND),
        }
    }
}

fn cookie(gateway: &Gateway, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((gateway.0.secure.name(name), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(gateway.0.secure == Secure::Yes)
        .build()
}

/// Issues the browser's value. An existing value is kept, so that two windows do not break each other's entry.
fn start(gateway: &Gateway, service: &ServiceId, cookies: CookieJar, fields: &Fields) -> Response {
    let held = cookies
        .get(gateway.0.secure.name(BROWSER_COOKIE))
        .map(|cookie| cookie.value().to_owned());
    let value = held.unwrap_or_else(|| gateway.0.platform.random.token());
    // Only the fields that `enter` understands are passed on; the rest of the query is dropped.
    let address = format!(
        "{}/{}/services/{}/enter?{}&browser={}",
        gateway.platform_address(),
        fields.lang,
        service.0,
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(url::form_urlencoded::parse(fields.query.as_bytes()))
            .finish(),
        hashed(&value)
    );
    let cookies = cookies.add(cookie(gateway, BROWSER_COOKIE, value));
    // A worker from before workers were refused must be removed before the ticket arrives.
    let storage = [("clear-site-data", "\"storage\"")];
    (cookies, storage, away(&address)).into_response()
}

/// Accepts the ticket and opens the log-in at this origin.
async fn enter(gateway: &Gateway, service: &ServiceId, cookies: CookieJar, fields: &Fields) -> Response {
    let to = local_path(&fields.to)
        .filter(|path| !path.starts_with(RESERVED_PREFIX))
        .unwrap_or("/");
    let browser = cookies
        .get(gateway.0.secure.name(BROWSER_COOKIE))
        .map(|cookie| cookie.value().to_owned())
        .unwrap_or_default();
    match gateway.0.sessions.redeem(service, &fields.ticket, &browser).await {
        Ok(Some(value)) => {
            let cookies = cookies.add(cookie(gateway, SERVICE_COOKIE, value));
            (cookies, away(to)).into_response()
        }
        Ok(None) => {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("return", to)
                .finish();
            let again = format!(
                "{}/{}/services/{}/enter?{query}",
                gateway.platform_address(),
                fields.lang,
                service.0
            );
            let text = LoginText::of(fields.lang);
            let page = OriginPage {
                lang: fields.lang,
                platform: Some(gateway.platform_address()),
                service: None,
                title: &text.entry_failed_title,
                paragraphs: vec![text.entry_failed_text.as_str()],
                facts: Vec::new(),
                links: vec![(again, text.entry_again.as_str())],
            };
            page.answer(StatusCode::BAD_REQUEST)
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "gateway.entry failed");
            page::of(gateway, fields.lang, StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}
