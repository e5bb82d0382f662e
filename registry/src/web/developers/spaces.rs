//! An organisation's test spaces: the list, one space, what is done with it.

mod calls;
mod endings;
mod faults;
mod list;
mod people;
mod show;

use aim_gov::web::{Banner, PageContext, PageError};
use axum::http::StatusCode;
use tower_sessions::Session;

use super::Developer;
use crate::app::App;
use crate::domain::OrganisationId;
use crate::spaces::SpaceError;
use crate::web::space_text::SpaceText;

pub(super) use calls::calls;
pub(super) use endings::{ask, ask_snapshot, end, end_snapshot};
pub(super) use faults::{faults, set_faults};
pub(super) use list::{create, list};
pub(super) use people::{apply, people};
pub(super) use show::{open, set_clock, show, take_snapshot};

/// The path of the list after the language.
const SPACES: &str = "/developers/spaces";

/// The developer's organisation; who has none has no spaces.
fn organisation(context: &PageContext, developer: &Developer) -> Result<OrganisationId, PageError> {
    match &developer.organisation {
        Some(organisation) => Ok(organisation.id.clone()),
        None => Err(PageError::new(context.clone(), StatusCode::FORBIDDEN)),
    }
}

/// The path of a space's page.
fn path(context: &PageContext, space: &str) -> String {
    format!("/{}{SPACES}/{space}", context.lang)
}

/// The page for an error that no field explains.
fn refused(context: PageContext, error: &SpaceError) -> PageError {
    let text = SpaceText::of(context.lang);
    match (error, text.why(error)) {
        (SpaceError::NotFound | SpaceError::NoSnapshot, _) => PageError::new(context, StatusCode::NOT_FOUND),
        (_, Some(why)) => {
            let (title, why) = (text.title.clone(), why.to_owned());
            PageError::with_text(context, StatusCode::CONFLICT, title, why)
        }
        (error, None) => PageError::internal(context, error),
    }
}

async fn tell(app: &App, context: &PageContext, session: &Session, done: &str) {
    let banner = Banner::success(context.lang, done).at(app.platform.clock.now());
    banner.keep(session).await;
}
