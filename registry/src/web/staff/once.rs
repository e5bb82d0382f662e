//! Secrets that are shown once: the link of an invitation, recovery codes. The session keeps them until a page
//! has shown them, so that reloading the page neither creates nor shows others.

use aim_gov::web::{Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use tower_sessions::Session;

use super::StaffText;
use crate::app::App;

/// The session's key of an [`Once`].
const ONCE_KEY: &str = "staff-once";

/// A secret that is shown once.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) enum Once {
    /// The secret of a one-time link, its person, and its expiry.
    Link {
        secret: String,
        name: String,
        ends_at: aim_gov::clock::Timestamp,
    },
    /// Recovery codes; `waits` if their owner cannot log in yet.
    Codes { codes: Vec<String>, waits: bool },
}

#[derive(Template)]
#[template(path = "staff_once_link.html")]
struct LinkPage {
    context: PageContext,
    text: &'static StaffText,
    name: String,
    address: String,
    ends: String,
}

#[derive(Template)]
#[template(path = "staff_once_codes.html")]
struct CodesPage {
    context: PageContext,
    text: &'static StaffText,
    codes: Vec<String>,
    waits: bool,
}

/// Stores it and redirects to the page that shows it.
pub(super) async fn lead(context: PageContext, session: &Session, once: Once) -> Result<Response, PageError> {
    session.insert(ONCE_KEY, once).await.or_page(&context)?;
    Ok(Redirect::to(&format!("/{}/staff/once", context.lang)).into_response())
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    session: Session,
) -> Result<Response, PageError> {
    let text = StaffText::of(context.lang);
    match session.remove::<Once>(ONCE_KEY).await.or_page(&context)? {
        Some(Once::Link {
            secret,
            name,
            ends_at,
        }) => {
            let address = format!(
                "{}/{}/staff/invitation/{secret}",
                app.platform_origin(),
                context.lang
            );
            Ok(Html(LinkPage {
                context,
                text,
                name,
                address,
                ends: date_time(ends_at),
            })
            .into_response())
        }
        Some(Once::Codes { codes, waits }) => Ok(Html(CodesPage {
            context,
            text,
            codes,
            waits,
        })
        .into_response()),
        None => Ok(Redirect::to(&format!("/{}/staff", context.lang)).into_response()),
    }
}
