//! What a citizen does on the list: pause and resume at once, revoke and leave after a confirmation.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use tower_sessions::Session;

use super::super::words::ConsentText;
use super::super::{Change, ChangeError, Record, State as ConsentState};
use super::Pages;
use super::mine::{MINE, Test};
use crate::invocation::CitizenId;
use crate::text::Locale;
use crate::web::banner::Undo;
use crate::web::{Banner, Confirm, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn};

/// `GET /{lang}/my/consents/{id}/revoke`: asks once more.
pub(super) async fn ask_revoke(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let record = record(&pages, &context, &citizen.citizen, &id).await?;
    if !matches!(record.state, ConsentState::Active | ConsentState::Paused) {
        return Err(changed(context));
    }
    let lang = context.lang;
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
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
    Form(wanted): Form<Wanted>,
) -> Result<Redirect, PageError> {
    let context = context.at(MINE);
    let Ok(change) = wanted.change.parse() else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    match pages.consent.change(&citizen.citizen, &id, change).await {
        Ok(()) => {}
        Err(ChangeError::NotFound) => return Err(PageError::new(context, StatusCode::NOT_FOUND)),
        Err(ChangeError::NotPossible { .. }) => return Err(changed(context)),
        Err(error @ ChangeError::Db(_)) => return Err(PageError::internal(context, &error)),
    }
    let record = record(&pages, &context, &citizen.citizen, &id).await?;
    done(&pages, context.lang, change, &record).keep(&session).await;
    Ok(back(context).await)
}

/// `GET /{lang}/my/consents/{id}`, after a log-in that interrupted the form: leads to the list.
pub(super) async fn back(context: PageContext) -> Redirect {
    Redirect::to(&format!("/{}{MINE}", context.lang))
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
    SignedIn { context, citizen }: SignedIn,
    Path((_, service)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let test = test(&pages, &context, &citizen.citizen, &service).await?;
    let lang = context.lang;
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
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, service)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let context = context.at(MINE);
    // Only the name of a test of this citizen reaches the database.
    let test = test(&pages, &context, &citizen.citizen, &service).await?;
    pages
        .consent
        .leave(&test.service, &citizen.citizen)
        .await
        .or_page(&context)?;
    let lang = context.lang;
    let message = ConsentText::of(lang).done_leave.replace("{what}", &test.title);
    let banner = Banner::success(lang, message).at(pages.consent.platform().clock.now());
    banner.keep(&session).await;
    Ok(back(context).await)
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

/// The page for a consent whose state was changed concurrently.
fn changed(context: PageContext) -> PageError {
    let text = ConsentText::of(context.lang);
    let (title, message) = (text.changed_title.clone(), text.moved_text.clone());
    PageError::with_text(context, StatusCode::CONFLICT, title, message)
}
