//! A citizen's actions on messages.

use super::Notifications;
use super::message::{Message, Status};
use super::rendering::Block;
use super::send::vanished;
use super::store::{self, InboxFile};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::DbError;
use crate::event_type::EventType;
use crate::grant::Capability;
use crate::invocation::{CitizenId, ServiceId};
use crate::message_template::Kind;
use crate::sql;

/// Messages on one page of the inbox.
pub(super) const PAGE_MESSAGES_MAX: usize = 50;

/// A message opened by a citizen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub message: Message,
    pub blocks: Vec<Block>,
    /// Whether its file can still be downloaded.
    pub has_file: bool,
    /// Whether the citizen unsubscribed from the service's news.
    pub unsubscribed: bool,
}

/// A decision of a citizen about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Choice {
    /// Receipt of a formal notice is confirmed.
    Confirm,
    /// The service sends no more news.
    Unsubscribe,
    /// The service may send news again.
    Subscribe,
}

crate::coded!(Choice);

impl Notifications {
    /// The inbox, newest first: the page after the message `before`, or the first one; and whether there are
    /// more.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn inbox(
        &self,
        citizen: &CitizenId,
        before: Option<&str>,
    ) -> Result<(Vec<Message>, bool), DbError> {
        let mut reader = self.platform.db.reader().await?;
        let more = i64::try_from(PAGE_MESSAGES_MAX)
            .unwrap_or(i64::MAX)
            .saturating_add(1);
        let mut messages: Vec<Message> = sql!("notifications/inbox", citizen, before, more)
            .all(&mut reader)
            .await?;
        let there_are_more = messages.len() > PAGE_MESSAGES_MAX;
        messages.truncate(PAGE_MESSAGES_MAX);
        Ok((messages, there_are_more))
    }

    /// The number of messages that the citizen has not opened.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn unread(&self, citizen: &CitizenId) -> Result<i64, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let (unread,) = sql!("notifications/unread", citizen).one(&mut reader).await?;
        Ok(unread)
    }

    /// Opens a message of the citizen. That it was read is stored for the citizen; no service learns it.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn open(&self, citizen: &CitizenId, id: &str) -> Result<Option<Open>, DbError> {
        let (letter, has_file, unsubscribed) = {
            let mut reader = self.platform.db.reader().await?;
            let letter = store::letter(&mut reader, id).await?;
            let Some(letter) = letter.filter(|letter| is_in_inbox(&letter.message, citizen)) else {
                return Ok(None);
            };
            let file: Option<(Timestamp,)> =
                sql!("notifications/file_until", id).optional(&mut reader).await?;
            let service = &letter.message.service;
            let unsubscribed = store::is_unsubscribed(&mut reader, citizen, service).await?;
            (
                letter,
                file.is_some_and(|(until,)| self.is_kept(until)),
                unsubscribed,
            )
        };
        if letter.message.read.is_none() {
            let now = self.platform.clock.now();
            sql!("notifications/mark_read", id, now)
                .run_alone(&self.platform.db)
                .await?;
        }
        Ok(Some(Open {
            message: letter.message,
            blocks: letter.blocks,
            has_file,
            unsubscribed,
        }))
    }

    fn is_kept(&self, until: Timestamp) -> bool {
        self.platform.clock.now() < until
    }

    /// The file of a message of the citizen, while it is kept.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn file(&self, citizen: &CitizenId, id: &str) -> Result<Option<InboxFile>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let message = store::message(&mut reader, id).await?;
        if !message.is_some_and(|message| is_in_inbox(&message, citizen)) {
            return Ok(None);
        }
        let file: Option<InboxFile> = sql!("notifications/file", id).optional(&mut reader).await?;
        Ok(file.filter(|file| self.is_kept(file.keep_until)))
    }

    /// Applies the citizen's decision about a message and returns the changed message. `None` if the citizen
    /// has no such message or it does not allow the decision. Repeating a decision changes nothing and is
    /// recorded once.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn choose(
        &self,
        citizen: &CitizenId,
        id: &str,
        choice: Choice,
    ) -> Result<Option<Message>, DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let wanted = match choice {
            Choice::Confirm => Kind::FormalNotice,
            Choice::Unsubscribe | Choice::Subscribe => Kind::Subscription,
        };
        let message = store::message(&mut tx, id).await?;
        let Some(message) = message.filter(|message| is_in_inbox(message, citizen) && message.kind == wanted)
        else {
            return Ok(None);
        };
        let service = &message.service;
        let changed = match choice {
            Choice::Confirm => sql!("notifications/confirm", id, now).run(&mut tx).await?,
            Choice::Unsubscribe => {
                sql!("notifications/unsubscribe", citizen, service, now)
                    .run(&mut tx)
                    .await?
            }
            Choice::Subscribe => {
                sql!("notifications/subscribe", citizen, service)
                    .run(&mut tx)
                    .await?
            }
        };
        if changed == 1 {
            let entry = self.entry(citizen, service.clone(), choice.code(), Some(id));
            audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        }
        let message = store::message(&mut tx, id).await?.ok_or_else(|| vanished(id))?;
        if changed == 1 && choice == Choice::Confirm {
            self.tell(&mut tx, EventType::MessageConfirmed, &message, now)
                .await?;
        }
        tx.commit().await?;
        Ok(Some(message))
    }

    /// Whether the citizen wants alerts outside the platform.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn wants_alerts(&self, citizen: &CitizenId) -> Result<bool, DbError> {
        store::wants_alerts(&mut *self.platform.db.reader().await?, citizen).await
    }

    /// Switches alerts on or off. An alert that a provider already has is not recalled.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn turn_alerts(&self, citizen: &CitizenId, on: bool) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let (changed, operation) = match on {
            true => (
                sql!("notifications/turn_alerts_on", citizen).run(&mut tx).await?,
                "alerts-on",
            ),
            false => (
                sql!("notifications/turn_alerts_off", citizen, now)
                    .run(&mut tx)
                    .await?,
                "alerts-off",
            ),
        };
        if changed == 1 {
            let platform = ServiceId(audit::PLATFORM.to_owned());
            let entry = self.entry(citizen, platform, operation, None);
            audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        }
        tx.commit().await
    }

    /// The audit entry of a citizen's action on the platform's own pages.
    fn entry(
        &self,
        citizen: &CitizenId,
        service: ServiceId,
        operation: &'static str,
        object: Option<&str>,
    ) -> Entry {
        Entry {
            request_id: self.platform.random.id("req", self.platform.clock.now()),
            service,
            digest: String::new(),
            citizen: Some(citizen.clone()),
            interface: Capability::Notifications,
            operation,
            purpose: None,
            consent_id: None,
            attributes: Vec::new(),
            object: object.map(str::to_owned),
            awaits_answer: false,
        }
    }
}

fn is_in_inbox(message: &Message, citizen: &CitizenId) -> bool {
    message.citizen == *citizen && message.status == Status::Delivered
}
