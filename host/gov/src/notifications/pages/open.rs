//! One message: its text, its file, and the citizen's decisions about it.

use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use tower_sessions::Session;

use super::{INBOX, Pages, download};
use crate::message_template::Kind;
use crate::notifications::inbox::{Choice, Open};
use crate::notifications::rendering::Block;
use crate::notifications::words::InboxText;
use crate::text::Locale;
use crate::web::banner::Undo;
use crate::web::{Banner, Html, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, date_time};

#[derive(Template)]
#[template(path = "notifications/message.html")]
struct MessagePage {
    context: PageContext,
    text: &'static InboxText,
    open: Open,
    /// The origin of the service, while it is open.
    origin: Option<String>,
}

impl MessagePage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn received(&self) -> String {
        date_time(self.open.message.received_at())
    }

    fn confirmed(&self) -> Option<String> {
        self.open.message.confirmed.map(date_time)
    }

    fn is_news(&self) -> bool {
        self.open.message.kind == Kind::Subscription
    }
}

/// `GET /{lang}/my/messages/{id}`.
pub(super) async fn show(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let open = pages.notifications.open(&citizen.citizen, &id).await;
    let open = open.or_page(&context)?.or_missing(&context)?;
    let service = pages.services.find(&open.message.service);
    Ok(Html(MessagePage {
        text: InboxText::of(context.lang),
        origin: service
            .filter(|service| !service.is_stopped())
            .map(|service| service.origin.clone()),
        open,
        context,
    })
    .into_response())
}

/// `GET /{lang}/my/messages/{id}/file`.
pub(super) async fn file(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let file = pages.notifications.file(&citizen.citizen, &id).await;
    Ok(download(file.or_page(&context)?.or_missing(&context)?))
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Chosen {
    choice: String,
}

/// `POST /{lang}/my/messages/{id}`.
pub(super) async fn choose(
    State(pages): State<Pages>,
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
    form: Result<Form<Chosen>, FormRejection>,
) -> Result<Redirect, PageError> {
    let chosen = form.ok().and_then(|Form(chosen)| chosen.choice.parse().ok());
    let Some(choice) = chosen else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let message = pages.notifications.choose(&citizen.citizen, &id, choice).await;
    let message = message.or_page(&context)?.or_missing(&context)?;
    let here = format!("/{}{INBOX}/{}", context.lang, message.id);
    let text = InboxText::of(context.lang);
    let done = match choice {
        Choice::Confirm => &text.done_confirm,
        Choice::Unsubscribe => &text.done_unsubscribe,
        Choice::Subscribe => &text.done_subscribe,
    };
    let banner = Banner::success(context.lang, done);
    let banner = match choice {
        Choice::Unsubscribe => banner.with_undo(Undo {
            action: here.clone(),
            name: "choice".to_owned(),
            value: Choice::Subscribe.code().to_owned(),
            label: text.undo.clone(),
        }),
        Choice::Confirm | Choice::Subscribe => banner,
    };
    banner.keep(&session).await;
    Ok(Redirect::to(&here))
}
