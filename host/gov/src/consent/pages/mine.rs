//! A citizen's consents and tests: current and past ones, with their receipts.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};

use super::super::log_words::LogText;
use super::super::record::EndedBy;
use super::super::widening::widenings;
use super::super::words::ConsentText;
use super::super::{Enrolment, Happened, PAGE_RECORDS_MAX, Record, State as ConsentState};
use super::Pages;
use crate::clock::Timestamp;
use crate::invocation::ServiceId;
use crate::text::Locale;
use crate::web::{Html, OrPage as _, PageContext, PageError, SignedIn, date, date_time};

/// The list's path after the language.
pub(super) const MINE: &str = "/my/consents";

#[derive(Template)]
#[template(path = "my_consents.html")]
struct MinePage {
    context: PageContext,
    text: &'static ConsentText,
    live: Vec<Line>,
    past: Vec<Line>,
    /// The record after which the next page begins.
    older: Option<String>,
    tests: Vec<Test>,
    past_tests: Vec<Test>,
}

/// One decision, with what can be done about it.
struct Line {
    record: Record,
    stopped: bool,
    /// Whether the service asks for more than the agreement covers.
    wider: bool,
    ask: Option<String>,
    /// Where the citizen chooses what they share, if some of it is optional.
    choose: Option<String>,
    /// When the citizen last decided something about it.
    decided: String,
    /// Everything that happened to it, oldest first: when and what.
    history: Vec<(String, String)>,
}

impl Line {
    fn of(pages: &Pages, lang: Locale, record: Record, is_latest: bool, changes: &[Happened]) -> Self {
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
        let screen = format!("/{lang}/consent/{}?{query}", record.service.0);
        let chooses = record.state == ConsentState::Active
            && !wider
            && purpose.is_some_and(|(_, purpose)| !purpose.optional.is_empty());
        Self {
            stopped,
            wider,
            decided: date_time(record.last_decided_at(changes)),
            history: history(lang, &record, changes),
            choose: (chooses && open).then(|| format!("{screen}&choose=1")),
            ask: (asks && open).then_some(screen),
            record,
        }
    }
}

/// What happened to a consent, in words. What ends it without an act of the citizen or the service comes last.
fn history(lang: Locale, record: &Record, changes: &[Happened]) -> Vec<(String, String)> {
    let (text, log) = (ConsentText::of(lang), LogText::of(lang));
    let mut lines: Vec<_> = changes
        .iter()
        .map(|change| {
            let what = log.operation("consent", &change.operation).to_owned();
            (date_time(change.at), what)
        })
        .collect();
    let end = match (record.state, record.ended_by) {
        (ConsentState::Revoked, Some(EndedBy::Left | EndedBy::Withdrawn | EndedBy::Death))
        | (ConsentState::Expired, _) => text.ended_by(record),
        (ConsentState::Superseded, _) => Some(text.state.get(&record.state)),
        _ => None,
    };
    lines.extend(end.map(|end| (date_time(record.since()), format!("{}: {end}", text.ended_label))));
    lines
}

/// A service whose test the citizen takes or took part in, by the name that it had then.
pub(super) struct Test {
    pub(super) service: ServiceId,
    pub(super) title: String,
    title_lang: &'static str,
    pub(super) controller: String,
    since: String,
    ends: Option<String>,
    stopped: bool,
    ended: Option<String>,
}

impl Test {
    pub(super) fn of(pages: &Pages, lang: Locale, enrolment: Enrolment) -> Self {
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
            (Some((at, EndedBy::Death)), _) => Some((&text.tests_ended_death, at)),
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
        self.context.lang
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
    SignedIn { context, citizen }: SignedIn,
    Query(paging): Query<Paging>,
) -> Result<Response, PageError> {
    let (citizen, lang) = (citizen.citizen, context.lang);
    let records = pages
        .consent
        .of_citizen(&citizen, paging.before.as_deref())
        .await
        .or_page(&context)?;
    let enrolments = pages.consent.enrolments(&citizen).await.or_page(&context)?;
    let (past_tests, tests) = enrolments
        .into_iter()
        .map(|enrolment| Test::of(&pages, lang, enrolment))
        .partition(|test| test.ended.is_some());
    let history = pages.consent.history(&citizen).await.or_page(&context)?;
    let is_full = u32::try_from(records.len()).is_ok_and(|count| count >= PAGE_RECORDS_MAX);
    let older = records.last().filter(|_| is_full).map(|record| record.id.clone());
    let mut decided = BTreeSet::new();
    let (live, past) = records
        .into_iter()
        .map(|record| {
            // They come newest first.
            let is_latest = decided.insert((record.service.clone(), record.purpose.clone()));
            let changes = history.get(&record.id).map(Vec::as_slice).unwrap_or_default();
            Line::of(&pages, lang, record, is_latest, changes)
        })
        .partition(|line| matches!(line.record.state, ConsentState::Active | ConsentState::Paused));
    Ok(Html(MinePage {
        text: ConsentText::of(context.lang),
        context,
        live,
        past,
        older,
        tests,
        past_tests,
    })
    .into_response())
}
