//! What a citizen does on the list: pause and resume at once, revoke and leave after a confirmation.

use axum::Form;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::super::words::ConsentText;
use super::super::{Change, ChangeError, Record, State as ConsentState};
use super::mine::{MINE, Test};
use super::{Pages, citizen};
use crate::invocation::CitizenId;
use crate::text::Locale;
use crate::web::banner::Undo;
use crate::web::{Banner, Confirm, OrMissing as _, OrPage as _, PageContext, PageError, PageLang};

/// `GET /{lang}/my/consents/{id}/revoke`: asks once more.
pub(super) async fn ask_revoke(
    State(pages): State<Pages>,
    context: PageContext,
    session: Session,
    uri: OriginalUri,
    Path((PageLang(lang), id)): Path<(PageLang, String)>,
) -> axum::response::Result<Response> {
    let who = citizen(&context, &session, &uri).await?;
    let record = record(&pages, &context, &who.citizen, &id).await?;
    if !matches!(record.state, ConsentState::Active | ConsentState::Paused) {
        return Err(changed(context).into());
    }
    let text = ConsentText::of(lang);
    let days = record.terms.retention_days;
    let kept = if days == 0 {
        text.revoke_keeps_none.clone()
    } else {
        text.revoke_keeps.replace("{days}", &days.to_string())
    };
    let mut consequences = vec![text.revoke_effect.clone(), kept];
    if record.state == ConsentState::Active {
        consequences.push(text.revoke_instead.clone());
    }
    Ok(Confirm {
        title: text.revoke_title.clone(),
        facts: vec![
            (
                text.why_label.clone(),
                record.terms.purpose_text.get(lang).to_owned(),
            ),
            (
                text.who_label.clone(),
                format!(
                    "{} – {}",
                    record.terms.service_title.get(lang),
                    record.terms.controller
                ),
            ),
        ],
        consequences,
        action: format!("/{lang}{MINE}/{}", record.id),
        fields: vec![("change".to_owned(), Change::Revoke.code().to_owned())],
        button: text.revoke.clone(),
        class: "danger",
        back: format!("/{lang}{MINE}"),
        cancel: text.revoke_back.clone(),
        context,
    }
    .answer())
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Wanted {
    change: String,
}

/// `POST /{lang}/my/consents/{id}`.
pub(super) async fn change(
    State(pages): State<Pages>,
    context: PageContext,
    session: Session,
    Path((PageLang(lang), id)): Path<(PageLang, String)>,
    Form(wanted): Form<Wanted>,
) -> axum::response::Result<Response> {
    let context = context.at(MINE);
    let who = citizen(&context, &session, &list(lang)).await?;
    let Some(change) = wanted.change.parse().ok() else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST).into());
    };
    match pages.consent.change(&who.citizen, &id, change).await {
        Ok(()) => {}
        Err(ChangeError::NotFound) => return Err(PageError::new(context, StatusCode::NOT_FOUND).into()),
        Err(ChangeError::NotPossible { .. }) => return Err(changed(context).into()),
        Err(error @ ChangeError::Db(_)) => return Err(PageError::internal(context, &error).into()),
    }
    let record = record(&pages, &context, &who.citizen, &id).await?;
    done(&pages, lang, change, &record).keep(&session).await;
    Ok(Redirect::to(&format!("/{lang}{MINE}")).into_response())
}

/// What was done about a consent, with the way back where there is one.
fn done(pages: &Pages, lang: Locale, change: Change, record: &Record) -> Banner {
    let text = ConsentText::of(lang);
    let template = match change {
        Change::Pause => &text.done_pause,
        Change::Resume => &text.done_resume,
        Change::Revoke => &text.done_revoke,
    };
    let message = template.replace("{what}", record.terms.purpose_text.get(lang));
    let banner = Banner::success(lang, message).at(pages.consent.platform().clock.now());
    match change {
        Change::Pause => banner.with_undo(Undo {
            action: format!("/{lang}{MINE}/{}", record.id),
            name: "change".to_owned(),
            value: Change::Resume.code().to_owned(),
            label: text.undo.clone(),
        }),
        Change::Resume | Change::Revoke => banner,
    }
}

/// `GET /{lang}/my/tests/{service}/leave`: asks once more.
pub(super) async fn ask_leave(
    State(pages): State<Pages>,
    context: PageContext,
    session: Session,
    uri: OriginalUri,
    Path((PageLang(lang), service)): Path<(PageLang, String)>,
) -> axum::response::Result<Response> {
    let who = citizen(&context, &session, &uri).await?;
    let test = test(&pages, &context, &who.citizen, &service).await?;
    let text = ConsentText::of(lang);
    Ok(Confirm {
        title: text.leave_title.clone(),
        facts: vec![
            (text.leave_service.clone(), test.title),
            (text.who_label.clone(), test.controller),
        ],
        consequences: vec![text.tests_text.clone(), text.leave_again.clone()],
        action: format!("/{lang}/my/tests/{}/leave", test.service.0),
        fields: Vec::new(),
        button: text.tests_leave.clone(),
        class: "danger",
        back: format!("/{lang}{MINE}"),
        cancel: text.leave_back.clone(),
        context,
    }
    .answer())
}

/// `POST /{lang}/my/tests/{service}/leave`.
pub(super) async fn leave(
    State(pages): State<Pages>,
    context: PageContext,
    session: Session,
    Path((PageLang(lang), service)): Path<(PageLang, String)>,
) -> axum::response::Result<Response> {
    let context = context.at(MINE);
    let who = citizen(&context, &session, &list(lang)).await?;
    // Only the name of a test that is theirs gets to the database.
    let test = test(&pages, &context, &who.citizen, &service).await?;
    pages
        .consent
        .leave(&test.service, &who.citizen)
        .await
        .or_page(&context)?;
    let message = ConsentText::of(lang).done_leave.replace("{what}", &test.title);
    let banner = Banner::success(lang, message).at(pages.consent.platform().clock.now());
    banner.keep(&session).await;
    Ok(Redirect::to(&format!("/{lang}{MINE}")).into_response())
}

async fn record(
    pages: &Pages,
    context: &PageContext,
    citizen: &CitizenId,
    id: &str,
) -> Result<Record, PageError> {
    pages
        .consent
        .record(citizen, id)
        .await
        .or_page(context)?
        .or_missing(context)
}

/// A test that the citizen takes part in.
async fn test(
    pages: &Pages,
    context: &PageContext,
    citizen: &CitizenId,
    service: &str,
) -> Result<Test, PageError> {
    let enrolments = pages.consent.enrolments(citizen).await.or_page(context)?;
    enrolments
        .into_iter()
        .find(|known| known.service.0 == service && known.ended.is_none())
        .map(|enrolment| Test::of(pages, context.lang, enrolment))
        .or_missing(context)
}

/// The page for a consent that moved on meanwhile.
fn changed(context: PageContext) -> PageError {
    let text = ConsentText::of(context.lang);
    let (title, message) = (text.changed_title.clone(), text.moved_text.clone());
    PageError::with_text(context, StatusCode::CONFLICT, title, message)
}

/// Where a form that changed something leads back to.
fn list(lang: Locale) -> OriginalUri {
    OriginalUri(format!("/{lang}{MINE}").parse().unwrap_or_default())
}
