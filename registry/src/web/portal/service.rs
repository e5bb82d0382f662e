//! One service, disclosed: what it does, who answers for it, which data it may ask for and why, the
//! limits of the test, until when, how to leave.

use aim_gov::consent::ConsentText;
use aim_gov::db::DbError;
use aim_gov::invocation::ServiceId;
use aim_gov::web::{Chrome, Html, PageError, date};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::PortalText;
use crate::app::App;
use crate::domain::organisation::Organisation;
use crate::domain::submission::{Live, State as Progress, Submission};
use crate::manifest::LimitField;
use crate::store;
use crate::web::words::{Words, amount};

#[derive(Template)]
#[template(path = "portal_service.html")]
struct ServicePage {
    chrome: Chrome,
    text: &'static PortalText,
    words: &'static Words,
    consent: &'static ConsentText,
    organisation: Organisation,
    submission: Submission,
    /// Whether citizens can open it.
    open: bool,
    ends: String,
    limits: Vec<(String, String)>,
}

pub(super) async fn show(
    chrome: Chrome,
    State(app): State<App>,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (submission, organisation) = match load(&app, &ServiceId(name)).await {
        Ok(Some(found)) => found,
        Ok(None) => return Err(PageError::new(chrome, StatusCode::NOT_FOUND)),
        Err(error) => return Err(PageError::internal(chrome, &error)),
    };
    let Some(live) = submission.state.live() else {
        return Err(PageError::new(chrome, StatusCode::NOT_FOUND));
    };
    let lang = chrome.lang;
    let words = Words::of(lang);
    let over = app.platform.clock.now() >= live.grant.boundary.ends_at;
    Ok(Html(ServicePage {
        text: PortalText::of(lang),
        words,
        consent: ConsentText::of(lang),
        open: matches!(submission.state, Progress::Deployed { .. }) && !over,
        ends: date(live.grant.boundary.ends_at),
        limits: limits(words, lang, live),
        chrome,
        organisation,
        submission,
    })
    .into_response())
}

async fn load(app: &App, name: &ServiceId) -> Result<Option<(Submission, Organisation)>, DbError> {
    let mut reader = app.platform.db.reader().await?;
    let Some(submission) = store::submission::live_of_service(&mut reader, name).await? else {
        return Ok(None);
    };
    let organisation = store::organisation::get(&mut reader, &submission.organisation).await?;
    Ok(organisation.map(|organisation| (submission, organisation)))
}

/// The limits that concern a citizen; those of money only where the service takes payments.
fn limits(words: &Words, lang: aim_gov::text::Locale, live: &Live) -> Vec<(String, String)> {
    let boundary = &live.grant.boundary;
    let mut limits = vec![(LimitField::Citizens, u64::from(boundary.citizens_max))];
    if !live.grant.payment_service_codes.is_empty() {
        limits.push((LimitField::AmountPerPayment, boundary.amount_per_payment_max));
        limits.push((LimitField::AmountPerCitizen, boundary.amount_per_citizen_max));
        limits.push((LimitField::AmountTotal, boundary.amount_total_max));
    }
    limits
        .into_iter()
        .map(|(field, value)| (words.limit(field).to_owned(), amount(field, value, lang)))
        .collect()
}
