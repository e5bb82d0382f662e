//! `aim:gov/notifications`: conversions only; see [`aim_gov::notifications`].

use aim_gov::clock::Timestamp;
use aim_gov::grant::Capability;
use aim_gov::notifications as gov;
use aim_gov::text::Locale;

use super::types::problem;
use super::{CallResult, RequestState};
use crate::arguments::{
    Argument, bytes, case, keyed, list, media_type, number, optional, pairs, path, record, redacted, word,
};
use crate::bindings::aim::gov::notifications as wit;

type Personalisation = Vec<(String, wit::Value)>;

impl wit::Host for RequestState {
    async fn templates(&mut self) -> CallResult<Vec<wit::Template>> {
        let call = self.begin(Capability::Notifications, "templates", || [])?;
        let result = call
            .wait_for(self.apis.notifications.templates(&self.invocation))
            .await;
        Ok(self.end(call, result)?.into_iter().map(Into::into).collect())
    }

    async fn preview(
        &mut self,
        template_id: String,
        personalisation: Personalisation,
        language: wit::Locale,
    ) -> CallResult<wit::Rendering> {
        let call = self.begin(Capability::Notifications, "preview", || {
            [
                ("template-id", word(&template_id)),
                ("personalisation", personal(&personalisation)),
                ("language", word(Locale::from(language).tag())),
            ]
        })?;
        let result = call
            .wait_for(self.apis.notifications.preview(
                &self.invocation,
                &template_id,
                values(personalisation),
                language.into(),
            ))
            .await;
        let gov::Rendering { subject, body, alert } = self.end(call, result)?;
        Ok(wit::Rendering { subject, body, alert })
    }

    async fn send(&mut self, key: String, m: wit::NewMessage) -> CallResult<wit::Message> {
        let call = self.begin(Capability::Notifications, "send", || {
            [("key", keyed(&key)), ("m", asked(&m))]
        })?;
        let result = call
            .wait_for(self.apis.notifications.send(&self.invocation, &key, m.into()))
            .await;
        let message = self.end(call, result)?;
        Ok(self.message(message))
    }

    async fn get(&mut self, id: String) -> CallResult<wit::Message> {
        let call = self.begin(Capability::Notifications, "get", || [("id", word(&id))])?;
        let result = call
            .wait_for(self.apis.notifications.get(&self.invocation, &id))
            .await;
        let message = self.end(call, result)?;
        Ok(self.message(message))
    }

    async fn find(&mut self, key: String) -> CallResult<Option<wit::Message>> {
        let call = self.begin(Capability::Notifications, "find", || [("key", keyed(&key))])?;
        let result = call
            .wait_for(self.apis.notifications.find(&self.invocation, &key))
            .await;
        let message = self.end(call, result)?;
        Ok(message.map(|message| self.message(message)))
    }

    async fn cancel(&mut self, id: String) -> CallResult<wit::Message> {
        let call = self.begin(Capability::Notifications, "cancel", || [("id", word(&id))])?;
        let result = call
            .wait_for(self.apis.notifications.cancel(&self.invocation, &id))
            .await;
        let message = self.end(call, result)?;
        Ok(self.message(message))
    }

    async fn search(&mut self, reference: Option<String>, cursor: Option<String>) -> CallResult<wit::Page> {
        let call = self.begin(Capability::Notifications, "search", || {
            [
                ("reference", optional(reference.as_deref(), word)),
                ("cursor", optional(cursor.as_deref(), redacted)),
            ]
        })?;
        let result = call
            .wait_for(
                self.apis
                    .notifications
                    .search(&self.invocation, reference, cursor),
            )
            .await;
        let page = self.end(call, result)?;
        Ok(wit::Page {
            messages: page
                .messages
                .into_iter()
                .map(|message| self.message(message))
                .collect(),
            cursor: page.cursor,
        })
    }
}

/// The fields of a template by name; of a link, the path.
fn personal(values: &Personalisation) -> Argument {
    pairs(values, |(name, value)| {
        let value = match value {
            wit::Value::Text(text) => case("text", redacted(text)),
            wit::Value::Items(items) => case("items", list(items, |item| redacted(item))),
            wit::Value::Link(to) => case("link", path(to)),
            wit::Value::File(file) => case(
                "file",
                record([
                    ("name", redacted(&file.name)),
                    ("media-type", media_type(&file.media_type)),
                    ("content", bytes(&file.content)),
                    ("keep-days", number(file.keep_days)),
                ]),
            ),
        };
        (name, value)
    })
}

fn asked(new: &wit::NewMessage) -> Argument {
    record([
        ("to", redacted(&new.to)),
        ("template-id", word(&new.template_id)),
        ("personalisation", personal(&new.personalisation)),
        ("reference", optional(new.reference.as_deref(), word)),
        (
            "language",
            optional(new.language, |language| word(Locale::from(language).tag())),
        ),
        ("send-at", optional(new.send_at, number)),
        ("discard-at", optional(new.discard_at, number)),
    ])
}

impl RequestState {
    fn message(&self, message: gov::Message) -> wit::Message {
        let alert = message.alert_at_provider().map(|(status, alert)| wit::Delivery {
            place: wit::Place::Alert,
            status: status.into(),
            sent: alert.sent.map(Timestamp::as_wit),
            completed: alert.completed.map(Timestamp::as_wit),
        });
        let inbox = wit::Delivery {
            place: wit::Place::Inbox,
            status: message.status.into(),
            sent: message.completed.map(Timestamp::as_wit),
            completed: message.completed.map(Timestamp::as_wit),
        };
        wit::Message {
            status: message.status.into(),
            finished: message.is_finished(),
            failure: message
                .failure
                .map(|failure| problem(failure.problem(), &self.invocation.request_id)),
            deliveries: std::iter::once(inbox).chain(alert).collect(),
            id: message.id,
            reference: message.reference,
            to: message.sub,
            template_id: message.template,
            template_version: message.template_version,
            language: message.language.into(),
            created: message.created.as_wit(),
            confirmed: message.confirmed.map(Timestamp::as_wit),
        }
    }
}

fn values(personalisation: Personalisation) -> Vec<(String, gov::Value)> {
    personalisation
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect()
}

/// A time out of the platform's range is later than any that it accepts.
fn time(at: u64) -> Timestamp {
    Timestamp(i64::try_from(at).unwrap_or(i64::MAX))
}

impl From<wit::NewMessage> for gov::NewMessage {
    fn from(new: wit::NewMessage) -> Self {
        Self {
            to: new.to,
            template: new.template_id,
            personalisation: values(new.personalisation),
            reference: new.reference,
            language: new.language.map(Locale::from),
            send_at: new.send_at.map(time),
            discard_at: new.discard_at.map(time),
        }
    }
}

impl From<wit::Value> for gov::Value {
    fn from(value: wit::Value) -> Self {
        match value {
            wit::Value::Text(text) => Self::Text(text),
            wit::Value::Items(items) => Self::Items(items),
            wit::Value::Link(path) => Self::Link(path),
            wit::Value::File(file) => Self::File(gov::Attachment {
                name: file.name,
                media_type: file.media_type,
                content: file.content,
                keep_days: file.keep_days,
            }),
        }
    }
}

impl From<gov::Template> for wit::Template {
    fn from(template: gov::Template) -> Self {
        Self {
            kind: match template.kind {
                gov::Kind::Transactional => wit::Kind::Transactional,
                gov::Kind::Subscription => wit::Kind::Subscription,
                gov::Kind::FormalNotice => wit::Kind::FormalNotice,
            },
            languages: template.languages().into_iter().map(Into::into).collect(),
            fields: template.fields.into_iter().map(Into::into).collect(),
            id: template.id,
            version: template.version,
            name: template.name.into(),
            purpose: template.purpose,
        }
    }
}

impl From<gov::Field> for wit::Field {
    fn from(field: gov::Field) -> Self {
        Self {
            name: field.name,
            kind: match field.kind {
                gov::FieldKind::Text => wit::FieldKind::Text,
                gov::FieldKind::Items => wit::FieldKind::Items,
                gov::FieldKind::Link => wit::FieldKind::Link,
                gov::FieldKind::File => wit::FieldKind::File,
            },
            required: field.required,
        }
    }
}

impl From<gov::Status> for wit::Status {
    fn from(status: gov::Status) -> Self {
        match status {
            gov::Status::Created => Self::Created,
            gov::Status::Sending => Self::Sending,
            gov::Status::Pending => Self::Pending,
            gov::Status::Sent => Self::Sent,
            gov::Status::Delivered => Self::Delivered,
            gov::Status::TemporaryFailure => Self::TemporaryFailure,
            gov::Status::PermanentFailure => Self::PermanentFailure,
            gov::Status::TechnicalFailure => Self::TechnicalFailure,
            gov::Status::Cancelled => Self::Cancelled,
        }
    }
}
