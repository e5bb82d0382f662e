//! What services sent to other agencies and nobody knows the outcome of: an officer asks the agency.

use aim_gov::exchange::{self, Operation, Stored};
use aim_gov::web::{Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{StaffText, StaffUser};
use crate::app::App;

#[derive(Template)]
#[template(path = "staff_agencies.html")]
struct AgenciesPage {
    context: PageContext,
    text: &'static StaffText,
    lines: Vec<Line>,
}

struct Line {
    sent: String,
    submission: Stored,
    operation: Option<&'static Operation>,
}

/// `GET /{lang}/staff/agencies`
pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    StaffUser(_): StaffUser,
) -> Result<Response, PageError> {
    let given_up = exchange::given_up(&app.platform.db).await.or_page(&context)?;
    let lines = given_up.into_iter().map(|submission| Line {
        sent: date_time(submission.created),
        operation: Operation::find(&submission.operation),
        submission,
    });
    Ok(Html(AgenciesPage {
        text: StaffText::of(context.lang),
        lines: lines.collect(),
        context,
    })
    .into_response())
}
