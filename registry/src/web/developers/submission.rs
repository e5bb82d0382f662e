//! One submission as its publisher sees it: the report, the limits asked and given, and the decisions, without
//! officers' names and notes.

use aim_gov::db::DbError;
use aim_gov::text::Locale;
use aim_gov::web::{
    Banner, Confirm, Html, OrMissing as _, OrPage as _, PageContext, PageError, date, date_time,
};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::{Developer, DeveloperText};
use crate::app::App;
use crate::deploy::{self, DeployError};
use crate::domain::OrganisationId;
use crate::domain::SubmissionId;
use crate::domain::public_reason::PublicReason;
use crate::domain::submission::{State as Progress, Submission};
use crate::domain::suspension::Suspension;
use crate::manifest::LimitField;
use crate::publish;
use crate::review::ReviewError;
use crate::store;
use crate::store::decision::{ALLOWED, Actor, ActorKind, Decision};
use crate::store::report::StoredReport;
use crate::web::words::{Words, amount};

#[derive(Template)]
#[template(path = "developers_submission.html")]
struct SubmissionPage {
    context: PageContext,
    text: &'static DeveloperText,
    words: &'static Words,
    report: Option<StoredReport>,
    sent: String,
    ends: Option<String>,
    origin: Option<String>,
    reason: Option<String>,
    suspended: Option<(String, Option<PublicReason>)>,
    replaced_by: Option<String>,
    unverified: bool,
    limits: Vec<LimitLine>,
    timeline: Vec<TimelineLine>,
    can_withdraw: bool,
    /// The progress of its compilation, 0 to 100, while it is being compiled.
    compiling: Option<u8>,
    submission: Submission,
}

/// One limit: asked for, and given by each officer once both have decided.
struct LimitLine {
    name: String,
    asked: String,
    given: Option<Given>,
}

struct Given {
    first: String,
    second: String,
    applies: String,
}

struct TimelineLine {
    when: String,
    what: String,
    who: String,
}

/// The data of the page.
struct Case {
    submission: Submission,
    report: Option<StoredReport>,
    suspension: Option<Suspension>,
    replaced_by: Option<Submission>,
    verified: bool,
    decisions: Vec<Decision>,
}

async fn load(app: &App, organisation: &OrganisationId, id: &SubmissionId) -> Result<Option<Case>, DbError> {
    let Some(submission) = publish::of_organisation(app, organisation, id).await? else {
        return Ok(None);
    };
    let mut reader = app.platform.db.reader().await?;
    let replaced_by = match &submission.state {
        Progress::Superseded { by, .. } => store::submission::get(&mut reader, by).await?,
        _ => None,
    };
    Ok(Some(Case {
        report: store::report::latest(&mut reader, id).await?,
        suspension: store::suspension::of_service(&mut reader, submission.service()).await?,
        replaced_by,
        verified: store::verification::of(&mut reader, organisation)
            .await?
            .is_some(),
        decisions: store::decision::of_submission(&mut reader, id).await?,
        submission,
    }))
}

fn limits(words: &Words, lang: Locale, submission: &Submission) -> Vec<LimitLine> {
    let asked = &submission.manifest.limits;
    let show = |field, value| amount(field, value, lang);
    LimitField::ALL
        .iter()
        .copied()
        .filter(|field| asked.get(*field) > 0)
        .map(|field| LimitLine {
            name: words.limit.get(&field).to_owned(),
            asked: show(field, asked.get(field)),
            // One officer's limits are hidden until the other has decided.
            given: submission.state.live().map(|live| Given {
                first: show(field, live.first.limits.get(field)),
                second: show(field, live.second.limits.get(field)),
                applies: show(field, live.limits().get(field)),
            }),
        })
        .collect()
}

/// The events, oldest first; attempts that a rule refused are only shown to the staff.
fn timeline(text: &DeveloperText, words: &Words, decisions: &[Decision]) -> Vec<TimelineLine> {
    let who = |actor: &Actor| match actor.kind {
        ActorKind::Staff => text.timeline_officer.clone(),
        ActorKind::Platform => text.timeline_platform.clone(),
        ActorKind::Developer => actor.name.clone(),
    };
    decisions
        .iter()
        .filter(|decision| decision.outcome == ALLOWED)
        .map(|decision| TimelineLine {
            when: date_time(decision.at),
            what: words.event.get(&decision.event).to_owned(),
            who: who(&decision.actor),
        })
        .collect()
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let organisation = developer.organisation.or_missing(&context)?;
    let case = load(&app, &organisation.id, &SubmissionId(id))
        .await
        .or_page(&context)?
        .or_missing(&context)?;
    let (text, words) = (DeveloperText::of(context.lang), Words::of(context.lang));
    let submission = case.submission;
    Ok(Html(SubmissionPage {
        text,
        words,
        report: case.report,
        sent: date_time(submission.created_at),
        ends: submission.grant().map(|grant| date(grant.boundary.ends_at)),
        origin: matches!(submission.state, Progress::Deployed { .. })
            .then(|| app.service_origin(submission.service())),
        reason: match &submission.state {
            Progress::Rejected { reason, .. } => Some(reason.clone()),
            _ => None,
        },
        suspended: case
            .suspension
            .map(|suspension| (date_time(suspension.at), suspension.grounds.public)),
        replaced_by: case.replaced_by.map(|by| by.manifest.version.to_string()),
        unverified: !case.verified,
        limits: limits(words, context.lang, &submission),
        timeline: timeline(text, words, &case.decisions),
        compiling: deploy::compiling(&app, &submission),
        can_withdraw: submission.clone().withdraw(app.platform.clock.now()).is_ok(),
        context,
        submission,
    })
    .into_response())
}

/// `GET /{lang}/developers/submissions/{id}/withdraw`: asks for confirmation.
pub(super) async fn ask_withdraw(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let organisation = developer.organisation.or_missing(&context)?;
    let submission = publish::of_organisation(&app, &organisation.id, &SubmissionId(id))
        .await
        .or_page(&context)?
        .or_missing(&context)?;
    if submission.clone().withdraw(app.platform.clock.now()).is_err() {
        return Err(too_late(context));
    }
    let (text, words) = (DeveloperText::of(context.lang), Words::of(context.lang));
    let page = format!("/{}/developers/submissions/{}", context.lang, submission.id);
    let mut consequences = vec![text.withdraw_effect.clone()];
    if submission.state.live().is_some() {
        consequences.push(text.withdraw_live.clone());
    }
    if matches!(submission.state, Progress::Suspended { .. }) {
        consequences.push(text.withdraw_suspended.clone());
    }
    let confirm = Confirm {
        title: text.withdraw_ask.clone(),
        facts: vec![
            (text.column_service.clone(), submission.manifest.name.0.clone()),
            (
                text.column_version.clone(),
                submission.manifest.version.to_string(),
            ),
            (
                text.column_state.clone(),
                words.state(&submission.state).word.to_owned(),
            ),
        ],
        consequences,
        action: format!("{page}/withdraw"),
        fields: Vec::new(),
        button: text.withdraw_button.clone(),
        class: "danger",
        back: page,
        cancel: text.withdraw_back.clone(),
        context,
    };
    Ok(confirm.answer())
}

pub(super) async fn withdraw(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    session: Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let organisation = developer.organisation.or_missing(&context)?;
    let id = SubmissionId(id);
    let by = (&developer.citizen, context.name());
    match deploy::withdraw(&app, by, &organisation, &id).await {
        Ok(submission) => {
            let text = DeveloperText::of(context.lang);
            let message = text
                .done_withdrawn
                .replace("{name}", &submission.manifest.name.0)
                .replace("{version}", &submission.manifest.version.to_string());
            let banner = Banner::success(context.lang, message).at(app.platform.clock.now());
            banner.keep(&session).await;
            Ok(Redirect::to(&format!(
                "/{}/developers/submissions/{id}",
                context.lang
            )))
        }
        Err(DeployError::Review(ReviewError::NotFound)) => {
            Err(PageError::new(context, StatusCode::NOT_FOUND))
        }
        Err(DeployError::Review(ReviewError::Refused(_) | ReviewError::Moved)) => Err(too_late(context)),
        Err(error) => Err(PageError::internal(context, &error)),
    }
}

/// The page for a version that can no longer be withdrawn.
fn too_late(context: PageContext) -> PageError {
    let (text, words) = (DeveloperText::of(context.lang), Words::of(context.lang));
    let (title, message) = (
        text.withdraw_title.clone(),
        words.rule.get("wrong-state").to_owned(),
    );
    PageError::with_text(context, StatusCode::CONFLICT, title, message)
}
