//! The pages that are read.

use aim_gov::db::DbError;
use aim_gov::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::domain::ApplicationId;
use crate::domain::organisation::{Organisation, Verification};
use crate::domain::site::{Application, SiteState};
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::submission::{Circumstances, Event, Reason};
use crate::sites::circumstances;
use crate::store;
use crate::store::decision::{ALLOWED, Decision};
use crate::web::site_text::SiteText;
use crate::web::staff::case::FormError;
use crate::web::staff::{StaffText, StaffUser};
use crate::web::words::Words;

#[derive(Template)]
#[template(path = "staff_sites.html")]
struct ListPage {
    context: PageContext,
    text: &'static SiteText,
    staff_text: &'static StaffText,
    applications: Vec<(Application, String)>,
}

/// `GET /{lang}/staff/sites`: what waits, then what is in force.
pub(in super::super) async fn list(
    context: PageContext,
    State(app): State<App>,
    StaffUser(_): StaffUser,
) -> Result<Response, PageError> {
    let mut reader = app.platform.db.reader().await.or_page(&context)?;
    let mut applications = Vec::new();
    for state in [SiteState::Waiting, SiteState::FirstApproved, SiteState::InForce] {
        let found = store::site::of_state(&mut reader, state)
            .await
            .or_page(&context)?;
        applications.extend(found.into_iter().map(|application| {
            let sent = date_time(application.created_at);
            (application, sent)
        }));
    }
    Ok(Html(ListPage {
        text: SiteText::of(context.lang),
        staff_text: StaffText::of(context.lang),
        context,
        applications,
    })
    .into_response())
}

/// An application with all data for a decision.
pub(super) struct Case {
    pub application: Application,
    pub organisation: Organisation,
    pub verification: Option<Verification>,
    pub circumstances: Circumstances,
    decisions: Vec<Decision>,
    earlier: Vec<Application>,
}

pub(super) async fn load(app: &App, id: &ApplicationId) -> Result<Option<Case>, DbError> {
    let mut reader = app.platform.db.reader().await?;
    let Some(application) = store::site::get(&mut reader, id).await? else {
        return Ok(None);
    };
    let of = &application.organisation;
    let organisation = store::organisation::get(&mut reader, of)
        .await?
        .ok_or_else(|| DbError::corrupt("site_application", &application.id.0))?;
    let all = store::site::of_organisation(&mut reader, of).await?;
    let earlier = all
        .into_iter()
        .filter(|other| other.site == application.site && other.id != application.id);
    Ok(Some(Case {
        verification: store::verification::of(&mut reader, of).await?,
        circumstances: circumstances(&mut reader, &application).await?,
        decisions: store::site::decisions(&mut reader, &application.id).await?,
        earlier: earlier.collect(),
        organisation,
        application,
    }))
}

/// What was typed and is wrong.
#[derive(Default)]
pub(super) struct Typed {
    pub grounds: String,
    pub evidence: String,
    pub errors: Vec<FormError>,
}

struct Line {
    when: String,
    who: String,
    what: String,
    refused: Option<String>,
    /// Hidden from the other officers until the second decision.
    why: Option<String>,
}

/// What the reader may do now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Reject,
    Stop,
    Nothing,
}

#[derive(Template)]
#[template(path = "staff_site.html")]
struct SitePage {
    context: PageContext,
    text: &'static SiteText,
    staff_text: &'static StaffText,
    words: &'static Words,
    application: Application,
    organisation: Organisation,
    sent: String,
    verified: Option<String>,
    may_verify: bool,
    may_approve: bool,
    barred: Option<String>,
    ending: Ending,
    typed: Typed,
    lines: Vec<Line>,
    earlier: Vec<(Application, String)>,
}

impl SitePage {
    fn error(&self, field: &str) -> Option<&str> {
        FormError::message_for(&self.typed.errors, field)
    }
}

pub(super) fn render(context: PageContext, staff: &Staff, case: Case, typed: Typed) -> Response {
    let (text, staff_text) = (SiteText::of(context.lang), StaffText::of(context.lang));
    let may = case.application.may_approve(staff, &case.circumstances);
    let tied = staff.organisation.as_ref() == Some(&case.organisation.id);
    let undecided = matches!(
        case.application.state,
        SiteState::Waiting | SiteState::FirstApproved
    );
    let ending = match case.application.state {
        _ if tied => Ending::Nothing,
        SiteState::Waiting | SiteState::FirstApproved => Ending::Reject,
        SiteState::InForce => Ending::Stop,
        _ => Ending::Nothing,
    };
    let officer = staff.role == StaffRole::Officer;
    let lines = case.decisions.into_iter().map(|decision| {
        let hidden = undecided && decision.event == Event::Approve.code() && decision.actor.id != staff.id.0;
        Line {
            when: date_time(decision.at),
            who: crate::web::staff::view::actor(staff_text, &decision.actor),
            what: text.event.get(&decision.event).to_owned(),
            refused: (decision.outcome != ALLOWED).then(|| text.rule.get(&decision.outcome).to_owned()),
            why: (!hidden).then_some(decision.reason),
        }
    });
    Html(SitePage {
        text,
        staff_text,
        words: Words::of(context.lang),
        sent: date_time(case.application.created_at),
        may_verify: case.verification.is_none() && officer && !tied,
        verified: case
            .verification
            .map(|known| format!("{}, {}: {}", date_time(known.at), known.by, known.evidence)),
        may_approve: may.is_ok(),
        barred: match may {
            Err(reason) if reason != Reason::State => Some(text.reason(&reason).to_owned()),
            _ => None,
        },
        ending,
        typed,
        lines: lines.collect(),
        earlier: case
            .earlier
            .into_iter()
            .map(|other| {
                let sent = date_time(other.created_at);
                (other, sent)
            })
            .collect(),
        organisation: case.organisation,
        application: case.application,
        context,
    })
    .into_response()
}

/// `GET /{lang}/staff/sites/{id}`.
pub(in super::super) async fn show(
    context: PageContext,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let case = load(&app, &ApplicationId(id))
        .await
        .or_page(&context)?
        .or_missing(&context)?;
    Ok(render(context, &staff, case, Typed::default()))
}
