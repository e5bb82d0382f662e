//! An organisation's open data: admission, upload, the reading, publication, versions.

mod about;
mod draft;
mod list;
mod set;
mod upload;

pub(super) use about::describe;
pub(super) use draft::{ask_discard, ask_publish, correct, discard, publish, show as show_draft};
pub(super) use list::{ask, list};
pub(super) use set::{ask_withdraw, show as show_set, withdraw};
pub(super) use upload::receive;

use aim_gov::open_data::OpenData;
use aim_gov::open_data::published::{PublishError, Publisher};
use aim_gov::web::{Banner, Confirm, PageContext, PageError};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::Developer;
use crate::app::App;
use crate::publishers;
use crate::web::publishing_text::PublishingText;

/// The path of the list after the language.
const OPEN_DATA: &str = "/developers/open-data";

/// Who acts for which organisation, with what an answer needs.
pub(super) struct Desk {
    context: PageContext,
    open_data: OpenData,
    publisher: Publisher,
    session: Session,
}

impl FromRequestParts<App> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let developer = Developer::from_request_parts(parts, app).await?;
        let Ok(context) = PageContext::from_request_parts(parts, app).await;
        let session = Session::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        // Somebody without an organisation is not among those who publish.
        let Some(organisation) = developer.organisation else {
            return Err(PageError::new(context, StatusCode::FORBIDDEN).into());
        };
        let open_data = parts.extensions.get::<OpenData>().cloned();
        let Some(open_data) = open_data else {
            return Err(PageError::new(context, StatusCode::NOT_FOUND).into());
        };
        Ok(Self {
            publisher: publishers::on_pages(&organisation, &developer.citizen.0, context.name()),
            context,
            open_data,
            session,
        })
    }
}

impl Desk {
    fn text(&self) -> &'static PublishingText {
        PublishingText::of(self.context.lang)
    }

    fn at(&self, path: &str) -> String {
        format!("/{}{OPEN_DATA}{path}", self.context.lang)
    }

    /// The page for an error that no field explains.
    fn refused(self, error: &PublishError) -> PageError {
        let text = self.text();
        let status = match error {
            PublishError::NotFound => return PageError::new(self.context, StatusCode::NOT_FOUND),
            PublishError::Db(_) => return PageError::internal(self.context, error),
            PublishError::NotPublisher => StatusCode::FORBIDDEN,
            PublishError::Fields(_)
            | PublishError::Unread(_)
            | PublishError::BadRows(_)
            | PublishError::Broken => StatusCode::UNPROCESSABLE_ENTITY,
            PublishError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            PublishError::Taken(_) | PublishError::TooMany { .. } | PublishError::Moved => {
                StatusCode::CONFLICT
            }
            PublishError::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        };
        PageError::with_text(self.context, status, text.title.clone(), text.error(error))
    }

    async fn done(self, message: &str, path: &str) -> Redirect {
        let banner = Banner::success(self.context.lang, message).at(self.open_data.platform().clock.now());
        banner.keep(&self.session).await;
        Redirect::to(&self.at(path))
    }

    fn confirm(
        self,
        (title, consequences, button, class): (&str, Vec<String>, &str, &'static str),
        facts: Vec<(String, String)>,
        (action, back): (&str, &str),
    ) -> Response {
        let text = self.text();
        Confirm {
            title: title.to_owned(),
            consequences,
            facts,
            action: self.at(action),
            fields: Vec::new(),
            button: button.to_owned(),
            class,
            back: self.at(back),
            cancel: text.publish_back.clone(),
            context: self.context,
        }
        .answer()
    }
}
