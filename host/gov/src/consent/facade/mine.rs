//! A citizen's consents and tests: what holds, what held, pause, resume, revoke, receipt.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use tower_sessions::Session;

use super::super::record::EndedBy;
use super::super::widening::widenings;
use super::super::words::ConsentText;
use super::super::{
    Change, ChangeError, Enrolment, PAGE_RECORDS_MAX, Receipt, Record, State as ConsentState,
};
use super::{Pages, citizen};
use crate::clock::Timestamp;
use crate::invocation::ServiceId;
use crate::text::Locale;
use crate::web::{Chrome, Html, PageError, PageLang, date, date_time};

/// The list's path after the language.
const MINE: &str = "/my/consents";

#[derive(Template)]
#[template(path = "my_consents.html")]
struct MinePage {
    chrome: Chrome,
    text: &'static ConsentText,
    /// What holds or is paused.
    live: Vec<Line>,
    /// Everything else.
    past: Vec<Line>,
    /// The record after which the next page begins.
    older: Option<String>,
    /// Tests that the citizen takes part in.
    tests: Vec<Test>,
    /// Tests that ended, or that the citizen left.
    past_tests: Vec<Test>,
}

/// One decision, with what can be done about it.
struct Line {
    record: Record,
    /// Whether the Centre has stopped the service.
    stopped: bool,
    /// Whether the service asks for more than the agreement covers.
    wider: bool,
    /// The screen that asks again, where it can.
    ask: Option<String>,
}

impl Line {
    fn of(pages: &Pages, lang: Locale, record: Record, is_latest: bool) -> Self {
        let service = pages.services.find(&record.service);
        let stopped = service.as_ref().is_some_and(|service| service.is_stopped());
        let purpose = service
            .as_ref()
            .and_then(|service| Some((service, service.grant.purpose(&record.purpose)?)));
        let wider =
            purpose.is_some_and(|(service, purpose)| !widenings(&record, service, purpose).is_empty());
        let asks = match record.state {
            ConsentState::Denied | ConsentState::Revoked | ConsentState::Expired => is_latest,
            ConsentState::Active | ConsentState::Paused => wider,
            ConsentState::Superseded => false,
        };
        let now = pages.consent.platform().clock.now();
        let open = purpose.is_some_and(|(service, _)| !stopped && now < service.grant.boundary.ends_at);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("purpose", &record.purpose)
            .append_pair("return", "/")
            .finish();
        Self {
            stopped,
            wider,
            ask: (asks && open).then(|| format!("/{lang}/consent/{}?{query}", record.service.0)),
            record,
        }
    }
}

/// A service whose test the citizen takes or took part in, by the name that it had then.
struct Test {
    service: ServiceId,
    title: String,
    title_lang: &'static str,
    controller: String,
    since: String,
    ends: Option<String>,
    stopped: bool,
    /// How it ended, in a sentence.
    ended: Option<String>,
}

impl Test {
    fn of(pages: &Pages, lang: Locale, enrolment: Enrolment) -> Self {
        let text = ConsentText::of(lang);
        let now = pages.consent.platform().clock.now();
        let service = pages.services.find(&enrolment.service);
        // A newer version may have given the test another end than the citizen was told.
        let ends = service
            .as_ref()
            .map(|service| service.grant.boundary.ends_at)
            .or(enrolment.terms.test_ends);
        let ended = match (enrolment.ended, ends) {
            (Some((at, EndedBy::Left)), _) => Some((&text.tests_ended_left, at)),
            (Some((at, _)), _) => Some((&text.tests_ended_withdrawn, at)),
            (None, Some(ends)) if ends <= now => Some((&text.tests_ended_over, ends)),
            (None, _) => None,
        };
        let said = |(template, at): (&String, Timestamp)| template.replace("{date}", &date(at));
        let title = &enrolment.terms.service_title;
        let known = !title.az.is_empty();
        Self {
            title: if known {
                title.get(lang)
            } else {
                &enrolment.service.0
            }
            .to_owned(),
            title_lang: if known { title.lang(lang) } else { lang }.tag(),
            controller: enrolment.terms.controller.clone(),
            since: date(enrolment.since),
            ends: ends.map(date),
            stopped: service.is_some_and(|service| service.is_stopped()),
            ended: ended.map(said),
            service: enrolment.service,
        }
    }
}

impl MinePage {
    fn lang(&self) -> Locale {
        self.chrome.lang
    }

    fn decided(&self, record: &Record) -> String {
        date_time(record.decided_at)
    }

    fn since(&self, record: &Record) -> String {
        date_time(record.since())
    }

    fn until(&self, record: &Record) -> String {
        date(record.ends_at())
    }

    fn is_paused(&self, record: &Record) -> bool {
        record.state == ConsentState::Paused
    }
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Paging {
    before: Option<String>,
}

/// `GET /{lang}/my/consents`.
pub(super) async fn show(
    State(pages): State<Pages>,
    chrome: Chrome,
    session: Session,
    uri: OriginalUri,
    Path(PageLang(lang)): Path<PageLang>,
    Query(paging): Query<Paging>,
) -> Response {
    let who = match citizen(&chrome, &session, &uri).await {
        Ok(who) => who,
        Err(response) => return response,
    };
    let records = match pages
        .consent
        .of_citizen(&who.citizen, paging.before.as_deref())
        .await
    {
        Ok(records) => records,
        Err(error) => return PageError::internal(chrome, &error).into_response(),
    };
    let (past_tests, tests) = match pages.consent.enrolments(&who.citizen).await {
        Ok(all) => all
            .into_iter()
            .map(|enrolment| Test::of(&pages, lang, enrolment))
            .partition(|test| test.ended.is_some()),
        Err(error) => return PageError::internal(chrome, &error).into_response(),
    };
    let is_full = u32::try_from(records.len()).is_ok_and(|count| count >= PAGE_RECORDS_MAX);
    let older = records.last().filter(|_| is_full).map(|record| record.id.clone());
    let mut decided = BTreeSet::new();
    let (live, past) = records
        .into_iter()
        .map(|record| {
            // They come newest first.
            let is_latest = decided.insert((record.service.clone(), record.purpose.clone()));
            Line::of(&pages, lang, record, is_latest)
        })
        .partition(|line| matches!(line.record.state, ConsentState::Active | ConsentState::Paused));
    Html(MinePage {
        text: ConsentText::of(chrome.lang),
        chrome,
        live,
        past,
        older,
        tests,
        past_tests,
    })
    .into_response()
}

/// `POST /{lang}/my/tests/{service}/leave`.
pub(super) async fn leave(
    State(pages): State<Pages>,
    chrome: Chrome,
    session: Session,
    Path((PageLang(lang), service)): Path<(PageLang, String)>,
) -> Response {
    let chrome = chrome.at(MINE);
    let who = match citizen(&chrome, &session, &list(lang)).await {
        Ok(who) => who,
        Err(response) => return response,
    };
    // Only the name of a test that is theirs gets to the database.
    let theirs = match pages.consent.enrolments(&who.citizen).await {
        Ok(all) => all
            .into_iter()
            .find(|known| known.service.0 == service && known.ended.is_none())
            .map(|known| known.service),
        Err(error) => return PageError::internal(chrome, &error).into_response(),
    };
    let Some(service) = theirs else {
        return PageError::new(chrome, StatusCode::NOT_FOUND).into_response();
    };
    match pages.consent.leave(&service, &who.citizen).await {
        Ok(_) => Redirect::to(&format!("/{lang}{MINE}")).into_response(),
        Err(error) => PageError::internal(chrome, &error).into_response(),
    }
}

/// Where a form that changed something leads back to.
fn list(lang: Locale) -> OriginalUri {
    OriginalUri(format!("/{lang}{MINE}").parse().unwrap_or_default())
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Wanted {
    change: String,
}

/// `POST /{lang}/my/consents/{id}`.
pub(super) async fn change(
    State(pages): State<Pages>,
    chrome: Chrome,
    session: Session,
    Path((PageLang(lang), id)): Path<(PageLang, String)>,
    Form(wanted): Form<Wanted>,
) -> Response {
    let chrome = chrome.at(MINE);
    let who = match citizen(&chrome, &session, &list(lang)).await {
        Ok(who) => who,
        Err(response) => return response,
    };
    let Some(change) = Change::from_code(&wanted.change) else {
        return PageError::new(chrome, StatusCode::BAD_REQUEST).into_response();
    };
    match pages.consent.change(&who.citizen, &id, change).await {
        Ok(()) => Redirect::to(&format!("/{lang}{MINE}")).into_response(),
        Err(ChangeError::NotFound) => PageError::new(chrome, StatusCode::NOT_FOUND).into_response(),
        Err(ChangeError::NotPossible { .. }) => {
            let text = ConsentText::of(chrome.lang);
            let (title, message) = (text.changed_title.clone(), text.moved_text.clone());
            PageError::with_text(chrome, StatusCode::CONFLICT, title, message).into_response()
        }
        Err(error @ ChangeError::Db(_)) => PageError::internal(chrome, &error).into_response(),
    }
}

/// `GET /{lang}/my/consents/{id}/receipt.json`.
pub(super) async fn receipt(
    State(pages): State<Pages>,
    chrome: Chrome,
    session: Session,
    uri: OriginalUri,
    Path((PageLang(lang), id)): Path<(PageLang, String)>,
) -> Response {
    let who = match citizen(&chrome, &session, &uri).await {
        Ok(who) => who,
        Err(response) => return response,
    };
    let record = match pages.consent.record(&who.citizen, &id).await {
        Ok(Some(record)) => record,
        Ok(None) => return PageError::new(chrome, StatusCode::NOT_FOUND).into_response(),
        Err(error) => return PageError::internal(chrome, &error).into_response(),
    };
    let sub = pages.identity.sub(&record.service, &record.citizen);
    let platform = pages.platform.as_str().trim_end_matches('/');
    let receipt = Receipt::of(&record, sub, format!("{platform}/{lang}/my/consents"));
    (
        [
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (
                header::CONTENT_DISPOSITION,
                HeaderValue::from_static("attachment; filename=\"consent-receipt.json\""),
            ),
        ],
        Json(receipt),
    )
        .into_response()
}
