//! The operations of `wit/notifications.wit` other than `send`.

use futures::FutureExt as _;

use super::message::{Message, Status};
use super::new_message::{Value, Values};
use super::rendering::Rendered;
use super::send::{approved, vanished};
use super::store;
use super::{Notifications, VISIBLE_DAYS};
use crate::audit::Entry;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::Conn;
use crate::error::GovError;
use crate::grant::Capability;
use crate::idempotency::check_key;
use crate::invocation::{Invocation, ServiceId};
use crate::message_template::Template;
use crate::random::is_id;
use crate::sql;
use crate::text::Locale;

/// Messages on one page of [`Notifications::search`].
const PAGE_MESSAGES_MAX: usize = 100;

/// One page of messages, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub messages: Vec<Message>,
    /// For the next page; `None` on the last one.
    pub cursor: Option<String>,
}

/// A message as the citizen would read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    pub subject: String,
    pub body: String,
    pub alert: String,
}

impl Notifications {
    /// The templates of the approved manifest.
    ///
    /// # Errors
    /// Those of [`crate::platform::Platform::act`].
    pub async fn templates(&self, invocation: &Invocation) -> Result<Vec<Template>, GovError> {
        let entry = Entry::of(invocation, Capability::Notifications, "templates");
        let templates = invocation.service.grant.templates.clone();
        self.platform
            .act(invocation, entry, move |_, _, _| {
                async move { Ok(templates) }.boxed()
            })
            .await
    }

    /// Fills in a template without sending a message.
    ///
    /// # Errors
    /// `invalid-request`, as [`Self::send`].
    pub async fn preview(
        &self,
        invocation: &Invocation,
        template: &str,
        personalisation: Vec<(String, Value)>,
        language: Locale,
    ) -> Result<Rendering, GovError> {
        let entry = Entry::of(invocation, Capability::Notifications, "preview");
        let (asking, id) = (invocation.clone(), template.to_owned());
        self.platform
            .act(invocation, entry, move |_, _, _| {
                async move {
                    let template = approved(&asking, &id)?;
                    let values = Values::check(template, personalisation)?;
                    let language = match template.languages().contains(&language) {
                        true => language,
                        false => Locale::default(),
                    };
                    let rendered = Rendered::of(template, language, &values);
                    Ok(Rendering {
                        body: rendered.plain(&asking.service.origin),
                        subject: rendered.subject,
                        alert: super::delivery::alert_text(&asking.service.title, language),
                    })
                }
                .boxed()
            })
            .await
    }

    /// A message of this service, readable for [`VISIBLE_DAYS`].
    ///
    /// # Errors
    /// `not-found`.
    pub async fn get(&self, invocation: &Invocation, id: &str) -> Result<Message, GovError> {
        let entry = Entry::of(invocation, Capability::Notifications, "get");
        let (service, id) = (invocation.service.id.clone(), id.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move { own(tx, entry, &service, &id, now).await }.boxed()
            })
            .await
    }

    /// The message that this service sent with this key, in its current state.
    ///
    /// # Errors
    /// `invalid-request` (`idempotency-key-malformed`).
    pub async fn find(&self, invocation: &Invocation, key: &str) -> Result<Option<Message>, GovError> {
        let entry = Entry::of(invocation, Capability::Notifications, "find");
        let (service, key) = (invocation.service.id.clone(), key.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    check_key(&key)?;
                    let found = store::by_key(tx, &service, &key).await?;
                    let message = found
                        .map(|found| found.message)
                        .filter(|message| is_visible(message, now));
                    if let Some(message) = &message {
                        entry.citizen = Some(message.citizen.clone());
                        entry.object = Some(message.id.clone());
                    }
                    Ok(message)
                }
                .boxed()
            })
            .await
    }

    /// Cancels a message that has not been delivered.
    ///
    /// # Errors
    /// `not-found`; `conflict` (`message-state`).
    pub async fn cancel(&self, invocation: &Invocation, id: &str) -> Result<Message, GovError> {
        let entry = Entry::of(invocation, Capability::Notifications, "cancel");
        let (service, id, this) = (invocation.service.id.clone(), id.to_owned(), self.clone());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    let message = own(tx, entry, &service, &id, now).await?;
                    let cancelled = Message {
                        status: Status::Cancelled,
                        completed: Some(now),
                        ..message.clone()
                    };
                    if message.status == Status::Created
                        && this.advance(tx, &message, &cancelled, None, now).await?
                    {
                        return Ok(cancelled);
                    }
                    let message = store::message(tx, &id).await?.ok_or_else(|| vanished(&id))?;
                    Err(GovError::conflict(
                        "message-state",
                        format!(
                            "the message is `{}`; it can be cancelled while it is `created`",
                            message.status.code()
                        ),
                    ))
                }
                .boxed()
            })
            .await
    }

    /// Messages of this service, newest first: all, or those with a reference.
    ///
    /// # Errors
    /// `invalid-request` (`cursor-malformed`).
    pub async fn search(
        &self,
        invocation: &Invocation,
        reference: Option<String>,
        cursor: Option<String>,
    ) -> Result<Page, GovError> {
        let entry = Entry::of(invocation, Capability::Notifications, "search");
        let service = invocation.service.id.clone();
        self.platform
            .act(invocation, entry, move |tx, _, now| {
                async move {
                    if cursor
                        .as_ref()
                        .is_some_and(|cursor| !is_id(store::MESSAGE, cursor))
                    {
                        return Err(GovError::invalid(
                            "cursor-malformed",
                            "`cursor` has to come from the previous page",
                        ));
                    }
                    let before = cursor.as_deref().unwrap_or(store::AFTER_ALL);
                    let more = i64::try_from(PAGE_MESSAGES_MAX)
                        .unwrap_or(i64::MAX)
                        .saturating_add(1);
                    let mut messages: Vec<Message> = sql!(
                        "notifications/page",
                        service,
                        before,
                        visible_since(now),
                        reference,
                        more
                    )
                    .all(tx)
                    .await?;
                    let cursor = (messages.len() > PAGE_MESSAGES_MAX).then(|| {
                        messages.truncate(PAGE_MESSAGES_MAX);
                        messages.last().map(|last| last.id.clone())
                    });
                    Ok(Page {
                        messages,
                        cursor: cursor.flatten(),
                    })
                }
                .boxed()
            })
            .await
    }
}

fn visible_since(now: Timestamp) -> Timestamp {
    now.plus_ms(-VISIBLE_DAYS * DAY_MS)
}

fn is_visible(message: &Message, now: Timestamp) -> bool {
    message.created >= visible_since(now)
}

/// The message with this id, if it belongs to this service; the audit record names the addressee.
async fn own(
    tx: &mut Conn,
    entry: &mut Entry,
    service: &ServiceId,
    id: &str,
    now: Timestamp,
) -> Result<Message, GovError> {
    let message = store::message(tx, id)
        .await?
        .filter(|message| message.service == *service && is_visible(message, now))
        .ok_or(GovError::NotFound)?;
    entry.object = Some(message.id.clone());
    entry.citizen = Some(message.citizen.clone());
    Ok(message)
}
