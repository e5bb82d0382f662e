//! The calls of the services of a test space to the government's interfaces.

use aim_gov::usage::LimitUse;
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
    calls: Vec<Row>,
    kept: usize,
}

/// One call.
struct Row {
    call: LoggedCall,
    at: String,
    /// JSON, in lines; empty for a call without arguments.
    arguments: String,
}

impl Row {
    fn new(call: LoggedCall) -> Self {
        let arguments = match call.arguments.is_empty() {
            true => String::new(),
            // A map of strings and numbers always becomes JSON.
            false => serde_json::to_string_pretty(&call.arguments).unwrap_or_default(),
        };
        Self {
            at: date_time(call.at),
            arguments,
            call,
        }
    }
}

impl CallsPage {
    /// What is used of a limit, in words.
    fn used(&self, one: &LimitUse) -> String {
        let words = self.text.limit_used.replace("{used}", &one.used.to_string());
        words
            .replace("{most}", &one.most.to_string())
            .replace("{window}", self.text.window.get(&one.window))
    }

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
        calls: newest.map(Row::new).collect(),
        kept: CALLS_KEPT_MAX,
        context,
    })
    .into_response())
}
