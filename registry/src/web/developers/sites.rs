//! An organisation's web sites: applications, their state, the secret.

mod form;
mod show;

pub(super) use form::{apply, list};
pub(super) use show::{ask_secret, ask_withdraw, make_secret, secret_made, show, withdraw};

use aim_gov::web::{PageContext, PageError};
use axum::http::StatusCode;

use super::Developer;
use crate::domain::organisation::Organisation;
use crate::sites::SiteError;
use crate::store::decision::Actor;
use crate::web::site_text::SiteText;

/// The path of the list after the language.
const SITES: &str = "/developers/sites";

/// The developer's organisation; somebody without one is not among those who have sites.
fn organisation(context: &PageContext, developer: &Developer) -> Result<Organisation, PageError> {
    developer
        .organisation
        .clone()
        .ok_or_else(|| PageError::new(context.clone(), StatusCode::FORBIDDEN))
}

fn actor(context: &PageContext, developer: &Developer, organisation: &Organisation) -> Actor {
    Actor::developer(&developer.citizen, context.name(), &organisation.name)
}

/// The page for an error that no field explains.
fn refused(context: PageContext, error: &SiteError) -> PageError {
    let text = SiteText::of(context.lang);
    match error {
        SiteError::NotFound => PageError::new(context, StatusCode::NOT_FOUND),
        SiteError::Moved | SiteError::NoSecret | SiteError::Refused(_) => {
            let (title, message) = (text.title.clone(), text.rule.get("wrong-state").to_owned());
            PageError::with_text(context, StatusCode::CONFLICT, title, message)
        }
        SiteError::TooMany => {
            let (title, message) = (text.title.clone(), text.too_many.clone());
            PageError::with_text(context, StatusCode::CONFLICT, title, message)
        }
        SiteError::Fields(_) => PageError::new(context, StatusCode::UNPROCESSABLE_ENTITY),
        SiteError::Json(_) | SiteError::Db(_) => PageError::internal(context, error),
    }
}
