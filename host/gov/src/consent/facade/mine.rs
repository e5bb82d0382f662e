//! A citizen's consents: what holds, what held, pause, resume, revoke, receipt.

use askama::Template;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use tower_sessions::Session;

use super::super::words::ConsentText;
use super::super::{Change, ChangeError, PAGE_RECORDS_MAX, Receipt, Record, State as ConsentState};
use super::{Pages, citizen};
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
    live: Vec<Record>,
    /// Everything else.
    past: Vec<Record>,
    /// The record after which the next page begins.
    older: Option<String>,
    tests: Vec<Test>,
}

/// A service whose test the citizen takes part in.
struct Test {
    service: ServiceId,
    title: String,
    title_lang: &'static str,
}

impl MinePage {
    fn lang(&self) -> Locale {
        self.chrome.lang
    }

    fn decided(&self, record: &Record) -> String {
        date_time(record.decided_at)
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
    let tests = match pages.consent.enrolments(&who.citizen).await {
        Ok(services) => services.into_iter().map(|id| test(&pages, lang, id)).collect(),
        Err(error) => return PageError::internal(chrome, &error).into_response(),
    };
    let is_full = u32::try_from(records.len()).is_ok_and(|count| count >= PAGE_RECORDS_MAX);
    let older = records.last().filter(|_| is_full).map(|record| record.id.clone());
    let (live, past) = records
        .into_iter()
        .partition(|record| matches!(record.state, ConsentState::Active | ConsentState::Paused));
    Html(MinePage {
        text: ConsentText::of(chrome.lang),
        chrome,
        live,
        past,
        older,
        tests,
    })
    .into_response()
}

fn test(pages: &Pages, lang: Locale, id: ServiceId) -> Test {
    match pages.services.find(&id) {
        Some(service) => Test {
            title: service.title.get(lang).to_owned(),
            title_lang: service.title.lang(lang).tag(),
            service: id,
        },
        None => Test {
            title: id.0.clone(),
            title_lang: lang.tag(),
            service: id,
        },
    }
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
        Ok(services) => services.into_iter().find(|known| known.0 == service),
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
