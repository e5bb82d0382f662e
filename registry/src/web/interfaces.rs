//! The documentation of the government's interfaces, for everybody.

use aim_gov::text::Locale;
use aim_gov::web::{Html, PageContext, PageError};
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::interfaces::{self, About, Interface};
use crate::web::developers::DeveloperText;

/// The pages.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/{lang}/interfaces", get(list))
        .route("/{lang}/interfaces/{interface}", get(show))
}

#[derive(Template)]
#[template(path = "interfaces.html")]
struct ListPage {
    context: PageContext,
    text: &'static DeveloperText,
    interfaces: &'static [Interface],
}

#[derive(Template)]
#[template(path = "interface.html")]
struct InterfacePage {
    context: PageContext,
    text: &'static DeveloperText,
    interface: &'static Interface,
}

impl ListPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }
}

impl InterfacePage {
    fn lang(&self) -> Locale {
        self.context.lang
    }
}

/// What is said of something, as it is shown.
#[derive(Template)]
#[template(path = "interface_about.html")]
struct AboutPart<'a> {
    text: &'static DeveloperText,
    about: &'a About,
}

impl InterfacePage {
    fn said<'a>(&self, about: &'a About) -> AboutPart<'a> {
        AboutPart {
            text: self.text,
            about,
        }
    }
}

/// `GET /{lang}/interfaces`.
async fn list(context: PageContext) -> Response {
    Html(ListPage {
        text: DeveloperText::of(context.lang),
        interfaces: interfaces::all(),
        context,
    })
    .into_response()
}

/// `GET /{lang}/interfaces/{interface}`.
async fn show(context: PageContext, Path((_, name)): Path<(String, String)>) -> Result<Response, PageError> {
    let Some(interface) = interfaces::find(&name) else {
        return Err(PageError::new(context, StatusCode::NOT_FOUND));
    };
    Ok(Html(InterfacePage {
        text: DeveloperText::of(context.lang),
        interface,
        context,
    })
    .into_response())
}
