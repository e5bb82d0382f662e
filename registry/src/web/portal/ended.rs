//! The page of a service that has ended: when and by whom it ended, the state of data and payments, and whom to
//! complain to.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use aim_gov::web::{Html, PageContext, date, date_time};
use askama::Template;
use axum::response::{IntoResponse, Response};

use super::PortalText;
use crate::domain::organisation::Organisation;
use crate::domain::submission::{Event, State as Progress, Submission};
use crate::store;
use crate::store::decision::ALLOWED;

pub(super) struct Ended {
    submission: Submission,
    organisation: Organisation,
    at: Timestamp,
    by_date: bool,
    /// Since when the Centre had suspended it at its end, if it had.
    stopped_at: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "portal_ended.html")]
struct EndedPage {
    context: PageContext,
    text: &'static PortalText,
    organisation: Organisation,
    submission: Submission,
    on: String,
    by: String,
    was_stopped: Option<String>,
    /// How long the service may keep the data that it read, if it may.
    kept: Option<String>,
    contact_address: Option<String>,
}

impl Ended {
    pub(super) fn by_date(
        submission: Submission,
        organisation: Organisation,
        at: Timestamp,
        stopped_at: Option<Timestamp>,
    ) -> Self {
        Self {
            submission,
            organisation,
            at,
            by_date: true,
            stopped_at,
        }
    }

    pub(super) fn page(self, context: PageContext) -> Response {
        let text = PortalText::of(context.lang);
        let manifest = &self.submission.manifest;
        let days = manifest
            .purposes
            .iter()
            .map(|purpose| purpose.retention_days)
            .max();
        let kept = days.filter(|days| *days > 0).map(|days| {
            text.ended_data_days
                .replace("{days}", &days.to_string())
                .replace("{date}", &date(self.at.plus_days(days)))
        });
        Html(EndedPage {
            on: date_time(self.at),
            by: if self.by_date {
                text.ended_by_date.clone()
            } else {
                text.ended_by_organisation
                    .replace("{who}", &self.organisation.name)
            },
            was_stopped: self
                .stopped_at
                .map(|at| text.ended_was_stopped.replace("{date}", &date(at))),
            kept,
            contact_address: mail_address(&manifest.contact),
            text,
            context,
            organisation: self.organisation,
            submission: self.submission,
        })
        .into_response()
    }
}

/// The last version of a service that citizens could open, if its publisher withdrew it.
pub(super) async fn withdrawn(conn: &mut Conn, name: &ServiceId) -> Result<Option<Ended>, DbError> {
    let Some(submission) = store::submission::withdrawn_of_service(conn, name).await? else {
        return Ok(None);
    };
    let Some(organisation) = store::organisation::get(conn, &submission.organisation).await? else {
        return Ok(None);
    };
    let Progress::Withdrawn { at } = submission.state else {
        return Ok(None);
    };
    let decisions = store::decision::of_submission(conn, &submission.id).await?;
    let allowed = |event: Event| {
        let decisions = decisions.iter().filter(|decision| decision.outcome == ALLOWED);
        decisions
            .filter(move |decision| decision.event == event.code())
            .max_by_key(|decision| decision.at)
    };
    let was_stopped =
        allowed(Event::Withdraw).is_some_and(|withdrawal| withdrawal.state_before == "suspended");
    Ok(Some(Ended {
        stopped_at: allowed(Event::Suspend)
            .filter(|_| was_stopped)
            .map(|suspension| suspension.at),
        submission,
        organisation,
        at,
        by_date: false,
    }))
}

/// The address for a `mailto:` link, if the contact is an e-mail address.
pub(super) fn mail_address(contact: &str) -> Option<String> {
    (contact.contains('@') && !contact.contains(':')).then(|| contact.to_owned())
}
