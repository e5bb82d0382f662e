//! The calls of the services of a test space to the government's interfaces.

use aim_gov::web::{Html, PageContext, PageError, date_time};
use aim_runtime::{CALLS_KEPT_MAX, LoggedCall};
use askama::Template;
use axum::Extension;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};

use super::{organisation, path, refused};
use crate::interfaces::documentation;
use crate::spaces::Spaces;
use crate::web::developers::Developer;
use crate::web::space_text::SpaceText;

/// Calls on the page.
const ROWS_MAX: usize = 100;

#[derive(Template)]
#[template(path = "developers_space_calls.html")]
struct CallsPage {
    context: PageContext,
    text: &'static SpaceText,
    name: String,
    back: String,
    /// Each with its time.
    calls: Vec<(LoggedCall, String)>,
    kept: usize,
}

impl CallsPage {
    /// The address of what is said of the operation, with its errors.
    fn documentation(&self, call: &LoggedCall) -> Option<String> {
        let path = documentation(call.call.interface, call.call.operation)?;
        Some(format!("/{}{path}", self.context.lang))
    }
}

/// `GET /{lang}/developers/spaces/{space}/calls`.
pub(in super::super) async fn calls(
    context: PageContext,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let calls = spaces.calls(&organisation, &name).await;
    let calls = calls.map_err(|error| refused(context.clone(), &error))?;
    let newest = calls.into_iter().take(ROWS_MAX);
    Ok(Html(CallsPage {
        text: SpaceText::of(context.lang),
        back: path(&context, &name),
        name,
        calls: newest
            .map(|call| {
                let at = date_time(call.at);
                (call, at)
            })
            .collect(),
        kept: CALLS_KEPT_MAX,
        context,
    })
    .into_response())
}
