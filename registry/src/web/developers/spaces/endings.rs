//! What cannot be undone: reset and delete a space, restore and delete a snapshot. Each asks first.

use aim_gov::web::{Confirm, PageContext, PageError};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use tower_sessions::Session;

use super::{SPACES, organisation, path, refused, tell};
use crate::app::App;
use crate::spaces::Spaces;
use crate::web::developers::Developer;
use crate::web::space_text::SpaceText;

/// What is asked before it is done.
struct Question {
    title: String,
    consequences: Vec<String>,
    facts: Vec<(String, String)>,
    action: String,
    button: String,
    /// The page of the space.
    back: String,
}

impl Question {
    fn page(self, context: PageContext, text: &SpaceText) -> Response {
        Confirm {
            title: self.title,
            consequences: self.consequences,
            facts: self.facts,
            action: self.action,
            fields: Vec::new(),
            button: self.button,
            class: "danger",
            back: self.back,
            cancel: text.back.clone(),
            context,
        }
        .answer()
    }
}

/// `GET /{lang}/developers/spaces/{space}/{reset|delete}`: asks for confirmation.
pub(in super::super) async fn ask(
    context: PageContext,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    Path((_, name, ending)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let text = SpaceText::of(context.lang);
    let (title, consequences, button) = match ending.as_str() {
        "reset" => (
            &text.reset_title,
            vec![text.reset_effect.clone(), text.reset_snapshots.clone()],
            &text.reset_button,
        ),
        "delete" => (
            &text.delete_title,
            vec![text.delete_effect.clone()],
            &text.delete_button,
        ),
        _ => return Err(PageError::new(context, StatusCode::NOT_FOUND)),
    };
    let view = spaces.view(&organisation, &name).await;
    let view = view.map_err(|error| refused(context.clone(), &error))?;
    let here = path(&context, &name);
    let question = Question {
        title: title.clone(),
        consequences,
        facts: vec![(text.column_name.clone(), view.space.name.0)],
        action: format!("{here}/{ending}"),
        button: button.clone(),
        back: here,
    };
    Ok(question.page(context, text))
}

/// `POST /{lang}/developers/spaces/{space}/{reset|delete}`.
pub(in super::super) async fn end(
    context: PageContext,
    State(app): State<App>,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    session: Session,
    Path((_, name, ending)): Path<(String, String, String)>,
) -> Result<Redirect, PageError> {
    let organisation = organisation(&context, &developer)?;
    let text = SpaceText::of(context.lang);
    let (done, to, result) = match ending.as_str() {
        "reset" => {
            let reset = spaces.reset(&organisation, &name).await;
            (&text.done_reset, path(&context, &name), reset.map(drop))
        }
        "delete" => {
            let to = format!("/{}{SPACES}", context.lang);
            (&text.done_deleted, to, spaces.delete(&organisation, &name).await)
        }
        _ => return Err(PageError::new(context, StatusCode::NOT_FOUND)),
    };
    result.map_err(|error| refused(context.clone(), &error))?;
    tell(&app, &context, &session, done).await;
    Ok(Redirect::to(&to))
}

/// `GET /{lang}/developers/spaces/{space}/snapshots/{snapshot}/{restore|delete}`: asks for confirmation.
pub(in super::super) async fn ask_snapshot(
    context: PageContext,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    Path((_, name, snapshot, ending)): Path<(String, String, String, String)>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let text = SpaceText::of(context.lang);
    let (title, effect, button) = match ending.as_str() {
        "restore" => (&text.restore_title, &text.restore_effect, &text.restore_button),
        "delete" => (
            &text.delete_snapshot_title,
            &text.delete_snapshot_effect,
            &text.delete_button,
        ),
        _ => return Err(PageError::new(context, StatusCode::NOT_FOUND)),
    };
    let view = spaces.view(&organisation, &name).await;
    let view = view.map_err(|error| refused(context.clone(), &error))?;
    if !view.snapshots.iter().any(|known| known.name.0 == snapshot) {
        return Err(PageError::new(context, StatusCode::NOT_FOUND));
    }
    let here = path(&context, &name);
    let question = Question {
        title: title.clone(),
        consequences: vec![effect.clone()],
        facts: vec![
            (text.column_name.clone(), view.space.name.0),
            (text.column_snapshot.clone(), snapshot.clone()),
        ],
        action: format!("{here}/snapshots/{snapshot}/{ending}"),
        button: button.clone(),
        back: here,
    };
    Ok(question.page(context, text))
}

/// `POST /{lang}/developers/spaces/{space}/snapshots/{snapshot}/{restore|delete}`.
pub(in super::super) async fn end_snapshot(
    context: PageContext,
    State(app): State<App>,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    session: Session,
    Path((_, name, snapshot, ending)): Path<(String, String, String, String)>,
) -> Result<Redirect, PageError> {
    let organisation = organisation(&context, &developer)?;
    let text = SpaceText::of(context.lang);
    let (done, result) = match ending.as_str() {
        "restore" => {
            let restored = spaces.restore(&organisation, &name, &snapshot).await;
            (&text.done_restored, restored.map(drop))
        }
        "delete" => {
            let deleted = spaces.delete_snapshot(&organisation, &name, &snapshot).await;
            (&text.done_snapshot_deleted, deleted)
        }
        _ => return Err(PageError::new(context, StatusCode::NOT_FOUND)),
    };
    result.map_err(|error| refused(context.clone(), &error))?;
    tell(&app, &context, &session, done).await;
    Ok(Redirect::to(&path(&context, &name)))
}
