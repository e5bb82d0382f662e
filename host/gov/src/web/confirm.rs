//! The page between a form and an action that cannot be undone or that affects citizens: it shows the
//! consequences and the same form once more.

use super::html::Html;
use super::page_context::PageContext;
use askama::Template;
use axum::response::{IntoResponse as _, Response};

/// The field of the form that confirms that this page was read.
pub const FIELD: &str = "confirm";
pub const YES: &str = "yes";

#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    pub context: PageContext,
    pub title: String,
    pub consequences: Vec<String>,
    /// What was typed, as names and values for people.
    pub facts: Vec<(String, String)>,
    pub action: String,
    pub fields: Vec<(String, String)>,
    pub button: String,
    pub class: &'static str,
    pub back: String,
    pub cancel: String,
}

impl Confirm {
    pub fn answer(self) -> Response {
        Html(self).into_response()
    }
}
