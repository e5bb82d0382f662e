//! The list of messages, and the switch for alerts.

use askama::Template;
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use tower_sessions::Session;

use super::{INBOX, Pages};
use crate::notifications::message::Message;
use crate::notifications::words::InboxText;
use crate::text::Locale;
use crate::web::{Banner, Html, OrPage as _, PageContext, PageError, SignedIn, date_time};

#[derive(Template)]
#[template(path = "notifications/inbox.html")]
struct InboxPage {
    context: PageContext,
    text: &'static InboxText,
    messages: Vec<Message>,
    older: Option<String>,
    wants_alerts: bool,
}

impl InboxPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn when(&self, message: &Message) -> String {
        date_time(message.received_at())
    }

    fn state(&self, message: &Message) -> &'static str {
        match (message.waits_for_receipt(), message.read) {
            (true, _) => &self.text.receipt_due,
            (false, _) if message.confirmed.is_some() => &self.text.receipt_confirmed,
            (false, None) => &self.text.unread,
            (false, Some(_)) => &self.text.read,
        }
    }

    fn is_new(&self, message: &Message) -> bool {
        message.read.is_none() || message.waits_for_receipt()
    }
}

/// The page of the list.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Older {
    before: Option<String>,
}

/// `GET /{lang}/my/messages?before=…`.
pub(super) async fn show(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    older: Result<Query<Older>, QueryRejection>,
) -> Result<Response, PageError> {
    let Ok(Query(older)) = older else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let citizen = citizen.citizen;
    let inbox = pages.notifications.inbox(&citizen, older.before.as_deref()).await;
    let (messages, there_are_more) = inbox.or_page(&context)?;
    let wants_alerts = pages.notifications.wants_alerts(&citizen).await;
    let last = messages.last().map(|message| message.id.clone());
    Ok(Html(InboxPage {
        text: InboxText::of(context.lang),
        wants_alerts: wants_alerts.or_page(&context)?,
        older: last.filter(|_| there_are_more),
        messages,
        context,
    })
    .into_response())
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Alerts {
    on: bool,
}

/// `POST /{lang}/my/messages/alerts`.
pub(super) async fn turn_alerts(
    State(pages): State<Pages>,
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    form: Result<Form<Alerts>, FormRejection>,
) -> Result<Redirect, PageError> {
    let context = context.at(INBOX);
    let Ok(Form(Alerts { on })) = form else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let turned = pages.notifications.turn_alerts(&citizen.citizen, on).await;
    turned.or_page(&context)?;
    let text = InboxText::of(context.lang);
    let done = if on { &text.done_on } else { &text.done_off };
    Banner::success(context.lang, done).keep(&session).await;
    Ok(back(context).await)
}

/// `GET /{lang}/my/messages/alerts`, after a log-in that interrupted the form.
pub(super) async fn back(context: PageContext) -> Redirect {
    Redirect::to(&format!("/{}{INBOX}", context.lang))
}
