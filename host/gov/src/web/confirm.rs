//! The page between a form and an act that cannot be taken back or that reaches citizens: what will happen,
//! and the same form once more.

use super::chrome::Chrome;
use super::html::Html;
use askama::Template;
use axum::response::{IntoResponse as _, Response};

/// The form's field that says that this page was read.
pub const FIELD: &str = "confirm";
/// Its value.
pub const YES: &str = "yes";

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    /// The frame, at an address that can be opened.
    pub chrome: Chrome,
    /// The question.
    pub title: String,
    /// What will happen, a sentence each.
    pub consequences: Vec<String>,
    /// What was typed, as names and values for people.
    pub facts: Vec<(String, String)>,
    /// Where the form goes.
    pub action: String,
    /// What the form sends again.
    pub fields: Vec<(String, String)>,
    /// The words of the button.
    pub button: String,
    /// The look of the button.
    pub class: &'static str,
    /// Where somebody goes who changes their mind.
    pub back: String,
    /// The words of that link.
    pub cancel: String,
}

impl Confirm {
    /// The page as an answer.
    pub fn answer(self) -> Response {
        Html(self).into_response()
    }
}
