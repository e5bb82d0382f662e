//! The page at the address of a service that is not in force: suspended, ended, withdrawn or unknown. It shows
//! who ran the service, what remains, and whom to contact.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use aim_gov::text::Locale;
use aim_gov::web::{LayoutText, date, date_time};
use aim_runtime::FORGET;
use axum::http::StatusCode;
use axum::response::Response;

use super::Gateway;
use super::page::{self, Fact, OriginPage, OriginText};
use crate::domain::submission::{State, Submission};
use crate::store;

/// Why a service does not answer, and since when.
enum Gone {
    Suspended { at: Timestamp, reason: Option<String> },
    Ended(Timestamp),
    Withdrawn(Timestamp),
}

impl Gone {
    /// `None` if the record says that the service is in force.
    async fn of(reader: &mut Conn, submission: &Submission, now: Timestamp) -> Result<Option<Self>, DbError> {
        let ends = submission.grant().map(|grant| grant.boundary.ends_at);
        if let Some(ends) = ends.filter(|ends| *ends <= now) {
            return Ok(Some(Self::Ended(ends)));
        }
        if let State::Withdrawn { at } = &submission.state {
            return Ok(Some(Self::Withdrawn(*at)));
        }
        let suspension = store::suspension::of_service(reader, submission.service()).await?;
        Ok(suspension.map(|suspension| Self::Suspended {
            at: suspension.at,
            reason: suspension.grounds.public.map(|reason| reason.as_str().to_owned()),
        }))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Suspended { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Ended(_) | Self::Withdrawn(_) => StatusCode::GONE,
        }
    }
}

/// The page, unless the record says that the service is in force.
pub(super) async fn page(gateway: &Gateway, service: &ServiceId, lang: Locale) -> Option<Response> {
    let mut response = match found(gateway, service).await {
        Ok(Found::InForce) => return None,
        Ok(Found::Gone {
            submission,
            organisation,
            gone,
        }) => tombstone(gateway, &submission, organisation, gone, lang),
        Ok(Found::Missing) => missing(gateway, lang),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "gateway.record failed");
            return Some(page::of(gateway, lang, StatusCode::INTERNAL_SERVER_ERROR));
        }
    };
    let (name, value) = FORGET;
    response.headers_mut().insert(name, value);
    Some(response)
}

/// What the record says about a name.
enum Found {
    InForce,
    Gone {
        submission: Box<Submission>,
        /// The organisation's name.
        organisation: String,
        gone: Gone,
    },
    Missing,
}

async fn found(gateway: &Gateway, service: &ServiceId) -> Result<Found, DbError> {
    let mut reader = gateway.0.platform.db.reader().await?;
    let submission = match store::submission::live_of_service(&mut reader, service).await? {
        None => store::submission::withdrawn_of_service(&mut reader, service).await?,
        live => live,
    };
    let Some(submission) = submission else {
        return Ok(Found::Missing);
    };
    let now = gateway.0.platform.clock.now();
    let Some(gone) = Gone::of(&mut reader, &submission, now).await? else {
        return Ok(Found::InForce);
    };
    let organisation = store::organisation::get(&mut reader, &submission.organisation).await?;
    Ok(Found::Gone {
        submission: Box::new(submission),
        organisation: organisation.map(|known| known.name).unwrap_or_default(),
        gone,
    })
}

/// An invalid name, or one that never was open; the page does not disclose which.
fn missing(gateway: &Gateway, lang: Locale) -> Response {
    let text = OriginText::of(lang);
    let page = OriginPage {
        lang,
        platform: Some(gateway.platform_address()),
        service: None,
        title: &text.missing_title,
        paragraphs: vec![text.missing_text.as_str()],
        facts: Vec::new(),
        links: vec![page::home(gateway, lang)],
    };
    page.answer(StatusCode::NOT_FOUND)
}

fn tombstone(
    gateway: &Gateway,
    submission: &Submission,
    organisation: String,
    gone: Gone,
    lang: Locale,
) -> Response {
    let (text, layout) = (OriginText::of(lang), LayoutText::of(lang));
    let status = gone.status();
    let mut why = None;
    let (title, what, label, moment) = match gone {
        Gone::Suspended { at, reason } => {
            why = Some(reason.unwrap_or_else(|| text.suspended_unsaid.clone()));
            (
                &text.suspended_title,
                &text.suspended_text,
                &text.suspended_label,
                date_time(at),
            )
        }
        Gone::Ended(at) => (&text.ended_title, &text.ended_text, &text.ended_label, date(at)),
        Gone::Withdrawn(at) => (
            &text.withdrawn_title,
            &text.withdrawn_text,
            &text.withdrawn_label,
            date(at),
        ),
    };
    let manifest = &submission.manifest;
    let contact = &manifest.contact;
    let address = match contact.starts_with("https://") {
        true => contact.clone(),
        false => format!("mailto:{contact}"),
    };
    let mut facts = vec![Fact::text(label, moment)];
    facts.extend(why.map(|why| Fact::text(&text.suspended_why, why)));
    facts.push(Fact::text(&text.run_by_label, organisation));
    facts.push(Fact::link(&text.contact_label, contact.clone(), address));
    let at = |path: &str| format!("{}/{lang}{path}", gateway.platform_address());
    let page = OriginPage {
        lang,
        platform: Some(gateway.platform_address()),
        service: Some(&manifest.title),
        title,
        paragraphs: vec![what.as_str()],
        facts,
        links: vec![
            (
                at(&format!("/services/{}", submission.service().0)),
                text.more_link.as_str(),
            ),
            (at("/my/consents"), layout.nav_my_consents.as_str()),
            (at("/my/payments"), layout.nav_my_payments.as_str()),
            (at("/"), layout.back_home.as_str()),
        ],
    };
    page.answer(status)
}
