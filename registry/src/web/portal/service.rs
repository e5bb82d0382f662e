//! The page of one service: what it does, who is responsible, which data it may ask for and why, the limits of
//! the test, its end, how to leave; or since when and why it is suspended; or its end and what it means for
//! citizens.

use std::collections::BTreeSet;

use aim_gov::consent::{ConsentText, capabilities, hosts};
use aim_gov::db::DbError;
use aim_gov::grant::{Capability, Grant};
use aim_gov::invocation::ServiceId;
use aim_gov::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, date, date_time};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::PortalText;
use super::ended::{self, Ended, mail_address};
use crate::app::App;
use crate::domain::organisation::Organisation;
use crate::domain::public_reason::PublicReason;
use crate::domain::submission::Submission;
use crate::manifest::{LimitField, Limits};
use crate::store;
use crate::web::words::{Words, amount};

#[derive(Template)]
#[template(path = "portal_service.html")]
struct ServicePage {
    context: PageContext,
    text: &'static PortalText,
    words: &'static Words,
    consent: &'static ConsentText,
    organisation: Organisation,
    submission: Submission,
    /// The text for citizens if the Centre has suspended it.
    stopped: Option<Stopped>,
    /// The systems to which it may send data.
    capabilities: BTreeSet<Capability>,
    hosts: BTreeSet<String>,
    ends: String,
    limits: Vec<(String, String)>,
}

impl ServicePage {
    fn contact_address(&self) -> Option<String> {
        mail_address(&self.submission.manifest.contact)
    }
}

struct Stopped {
    since: String,
    /// The reason that the staff published.
    reason: Option<PublicReason>,
}

/// The content of a service's page.
enum Found {
    Service {
        submission: Submission,
        organisation: Organisation,
        stopped: Option<Stopped>,
    },
    Ended(Ended),
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let found = load(&app, &ServiceId(name))
        .await
        .or_page(&context)?
        .or_missing(&context)?;
    let (submission, organisation, stopped) = match found {
        Found::Ended(ended) => return Ok(ended.page(context)),
        Found::Service {
            submission,
            organisation,
            stopped,
        } => (submission, organisation, stopped),
    };
    let grant = submission.grant().or_missing(&context)?;
    let lang = context.lang;
    let words = Words::of(lang);
    Ok(Html(ServicePage {
        text: PortalText::of(lang),
        words,
        consent: ConsentText::of(lang),
        stopped,
        capabilities: capabilities(&grant),
        hosts: hosts(&grant),
        ends: date(grant.boundary.ends_at),
        limits: limits(words, lang, &grant),
        context,
        organisation,
        submission,
    })
    .into_response())
}

async fn load(app: &App, name: &ServiceId) -> Result<Option<Found>, DbError> {
    let now = app.platform.clock.now();
    let mut reader = app.platform.db.reader().await?;
    let Some(submission) = store::submission::live_of_service(&mut reader, name).await? else {
        return Ok(ended::withdrawn(&mut reader, name).await?.map(Found::Ended));
    };
    let Some(organisation) = store::organisation::get(&mut reader, &submission.organisation).await? else {
        return Ok(None);
    };
    let suspension = store::suspension::of_service(&mut reader, name).await?;
    let over = submission
        .grant()
        .map(|grant| grant.boundary.ends_at)
        .filter(|ends| *ends <= now);
    if let Some(at) = over {
        let stopped_at = suspension.map(|suspension| suspension.at);
        return Ok(Some(Found::Ended(Ended::by_date(
            submission,
            organisation,
            at,
            stopped_at,
        ))));
    }
    Ok(Some(Found::Service {
        stopped: suspension.map(|suspension| Stopped {
            since: date_time(suspension.at),
            reason: suspension.grounds.public,
        }),
        submission,
        organisation,
    }))
}

/// The limits that concern a citizen.
fn limits(words: &Words, lang: aim_gov::text::Locale, grant: &Grant) -> Vec<(String, String)> {
    let limits = Limits::from(&grant.boundary);
    LimitField::ALL
        .iter()
        .copied()
        .filter(|field| field.concerns_citizens() && limits.get(*field) > 0)
        .map(|field| {
            (
                words.limit.get(&field).to_owned(),
                amount(field, limits.get(field), lang),
            )
        })
        .collect()
}
