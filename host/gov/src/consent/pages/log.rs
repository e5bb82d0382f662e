//! Who did what with a citizen's data, refused attempts included.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};

use super::super::log_words::LogText;
use super::super::words::ConsentText;
use super::Pages;
use crate::audit::{self, PAGE_RECORDS_MAX, PLATFORM};
use crate::db::DbError;
use crate::grant::{Attribute, Capability};
use crate::identity::sites;
use crate::invocation::ServiceId;
use crate::registry_operation::Operation;
use crate::text::{Locale, Localised};
use crate::web::{Html, OrPage as _, PageContext, PageError, SignedIn, date_time};

type Names = BTreeMap<ServiceId, Localised>;

struct Line {
    when: String,
    who: String,
    who_lang: &'static str,
    what: String,
    data: Vec<String>,
    decision: String,
    allowed: bool,
}

#[derive(Template)]
#[template(path = "my_log.html")]
struct LogPage {
    context: PageContext,
    text: &'static ConsentText,
    lines: Vec<Line>,
    older: Option<String>,
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Paging {
    before: Option<String>,
}

/// `GET /{lang}/my/log`.
pub(super) async fn show(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Query(paging): Query<Paging>,
) -> Result<Response, PageError> {
    let citizen = citizen.citizen;
    let db = &pages.consent.platform().db;
    let records = audit::of_citizen(db, &citizen, paging.before.as_deref(), PAGE_RECORDS_MAX)
        .await
        .or_page(&context)?;
    // The names that services had when the citizen joined: a service that is gone keeps its name.
    let enrolments = pages.consent.enrolments(&citizen).await.or_page(&context)?;
    let mut names: Names = enrolments
        .into_iter()
        .map(|enrolment| (enrolment.service, enrolment.terms.service_title))
        .collect();
    names.extend(names_of_sites(&pages, &records).await.or_page(&context)?);
    let is_full = u32::try_from(records.len()).is_ok_and(|count| count >= PAGE_RECORDS_MAX);
    let older = records.last().filter(|_| is_full).map(|record| record.id.clone());
    let lines = records
        .iter()
        .map(|record| line(&pages, &names, &context, record))
        .collect();
    Ok(Html(LogPage {
        text: ConsentText::of(context.lang),
        context,
        lines,
        older,
    })
    .into_response())
}

/// The names of the web sites in these records.
async fn names_of_sites(pages: &Pages, records: &[audit::Record]) -> Result<Names, DbError> {
    let ids = records.iter().map(|record| &record.service);
    let ids: BTreeSet<_> = ids.filter(|id| id.0.starts_with(sites::ID_PREFIX)).collect();
    let mut names = Names::new();
    let mut reader = pages.consent.platform().db.reader().await?;
    for id in ids {
        if let Some(site) = sites::load(&mut reader, &id.0).await? {
            let name = Localised {
                az: site.content.name,
                ..Localised::default()
            };
            names.insert(id.clone(), name);
        }
    }
    Ok(names)
}

fn line(pages: &Pages, names: &Names, context: &PageContext, record: &audit::Record) -> Line {
    let (text, log) = (ConsentText::of(context.lang), LogText::of(context.lang));
    let (who, who_lang) = who(pages, names, context, record);
    Line {
        when: date_time(record.at),
        who,
        who_lang,
        what: what(log, context.lang, record),
        data: record
            .attributes
            .iter()
            .filter_map(|code| code.parse::<Attribute>().ok())
            .map(|attribute| {
                let name = text.attribute.get(&attribute);
                match &record.object {
                    // What the service asked, where it was about something: an age, a place.
                    Some(question) if matches!(record.operation.as_str(), "check" | "exists") => {
                        match question.split_once(' ') {
                            Some((_, about)) => format!("{name}: {about}"),
                            None => name.to_owned(),
                        }
                    }
                    _ => name.to_owned(),
                }
            })
            .collect(),
        decision: log.decision(&record.decision).to_owned(),
        allowed: record.decision == audit::ALLOWED,
    }
}

/// What was done; of a call to another agency's register with the operation's title.
fn what(log: &LogText, lang: Locale, record: &audit::Record) -> String {
    let sentence = log.operation(&record.interface, &record.operation);
    let code = record
        .object
        .as_deref()
        .and_then(|object| object.split(' ').next());
    match code.and_then(Operation::find) {
        Some(operation) if record.interface == Capability::Exchange.code() => {
            format!("{sentence}: {}", operation.title.get(lang))
        }
        _ => sentence.to_owned(),
    }
}

/// Who did it, and the language of that name.
fn who(
    pages: &Pages,
    names: &Names,
    context: &PageContext,
    record: &audit::Record,
) -> (String, &'static str) {
    let text = ConsentText::of(context.lang);
    let operation = (record.interface.as_str(), record.operation.as_str());
    let by_platform = [("payments", "expire"), ("exchange", "answered")];
    if record.service.0 == PLATFORM || by_platform.contains(&operation) {
        return (text.log_platform.clone(), context.lang.tag());
    }
    let kept = names
        .get(&record.service)
        .filter(|title| !title.az.is_empty())
        .cloned();
    let title = kept.or_else(|| {
        let service = pages.services.find(&record.service)?;
        Some(service.title.clone())
    });
    let (title, lang) = match title {
        Some(title) => (title.get(context.lang).to_owned(), title.lang(context.lang).tag()),
        None => (record.service.0.clone(), context.lang.tag()),
    };
    match operation {
        // A component, or another client of the provider: the caller itself acted.
        _ if !record.digest.is_empty() => (title, lang),
        ("identity", "userinfo") => (title, lang),
        ("payments", "check-receipt") => (format!("{} → {title}", text.log_by_somebody), lang),
        // Anything else without a digest was done by the citizen, on a screen of the platform.
        _ => (format!("{} → {title}", text.log_by_you), lang),
    }
}
