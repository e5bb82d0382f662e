//! Sending a message: `send` of `wit/notifications.wit`.

use futures::FutureExt as _;

use super::message::{Alert, Message, Status};
use super::new_message::{Attachment, NewMessage, Values};
use super::rendering::Rendered;
use super::store::{self, New};
use super::{COUNTED_DAYS, Notifications, delivery};
use crate::audit::Entry;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::error::{GovError, LimitKind, Problem};
use crate::grant::{Capability, LawfulBasis};
use crate::idempotency::check_key;
use crate::invocation::{Acr, CitizenId, Invocation, Session};
use crate::message_template::{Kind, Template};
use crate::text::Locale;
use crate::usage::Window;
use crate::{consent, sql, subs};

impl Notifications {
    /// Sends a message. The same key and request return the first answer; the same key with another request is
    /// a conflict.
    ///
    /// # Errors
    /// `invalid-request` (`idempotency-key-malformed`, `template-unknown`, `personalisation-missing`, `-unknown`,
    /// `-malformed`, `reference-malformed`, `time-out-of-range`); `not-found` for a `sub` that does not take part;
    /// `access-denied` (`unsubscribed`); those of [`consent::require`] where the template's purpose rests on consent;
    /// `conflict` (`idempotency-key-reused`); `limit-exceeded` (`messages`, `messages-per-citizen`);
    /// `too-many-requests` (`citizen-messages-too-many`); `unavailable` (`system-unavailable`) if the citizen's
    /// language is needed while the register of the population does not answer.
    pub async fn send(
        &self,
        invocation: &Invocation,
        key: &str,
        new: NewMessage,
    ) -> Result<Message, GovError> {
        let entry = Entry::of(invocation, Capability::Notifications, "send");
        subs::learn(&self.platform, &self.identity, &invocation.service.id).await?;
        let order = Order {
            asking: invocation.clone(),
            key: key.to_owned(),
            hash: new.hash(),
            new,
        };
        let language = self.language(&order, &entry).await?;
        let this = self.clone();
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move { this.try_to_send(tx, entry, now, order, language).await }.boxed()
            })
            .await
    }

    async fn try_to_send(
        &self,
        tx: &mut Conn,
        entry: &mut Entry,
        now: Timestamp,
        order: Order,
        language: Locale,
    ) -> Result<Message, GovError> {
        let service = &*order.asking.service;
        let (template, citizen) = match order.judge(tx, entry, now).await? {
            Judged::Sent(message) => return Ok(*message),
            Judged::New { template, citizen } => (template, citizen),
        };
        let new = order.new.clone();
        let values = Values::check(template, new.personalisation)?;
        within_limits(tx, &order.asking, &citizen, template, now).await?;
        let rendered = Rendered::of(template, language, &values);
        let file = values.into_file();
        let send_at = new.send_at.unwrap_or(now).max(now);
        let message = Message {
            id: self.platform.random.id(store::MESSAGE, now),
            service: service.id.clone(),
            consent: entry.consent_id.clone(),
            service_title: service.title.clone(),
            controller: service.controller.clone(),
            citizen,
            sub: new.to,
            template: template.id.clone(),
            template_version: template.version,
            kind: template.kind,
            language,
            subject: rendered.subject.clone(),
            reference: new.reference,
            created: now,
            send_at,
            discard_at: new.discard_at,
            status: Status::Created,
            failure: None,
            completed: None,
            alert: Alert {
                status: None,
                sent: None,
                completed: None,
            },
            read: None,
            confirmed: None,
        };
        entry.object = Some(message.id.clone());
        kept(tx, message, &order, &rendered, file, now).await
    }

    /// The requested language, or the citizen's, if the template has it. The register of the population is
    /// asked for the citizen's only if that matters and the message may be sent.
    async fn language(&self, order: &Order, entry: &Entry) -> Result<Locale, GovError> {
        let Ok(template) = approved(&order.asking, &order.new.template) else {
            return Ok(Locale::default());
        };
        let languages = template.languages();
        let wanted = match order.new.language {
            None if languages.len() > 1 => self.citizens_language(order, entry).await?,
            asked => asked,
        };
        Ok(wanted
            .filter(|locale| languages.contains(locale))
            .unwrap_or_default())
    }

    async fn citizens_language(&self, order: &Order, entry: &Entry) -> Result<Option<Locale>, GovError> {
        let asked = order.clone();
        let addressee = self
            .platform
            .may_ask(&order.asking, entry.clone(), move |tx, entry, now| {
                async move {
                    Ok(match asked.judge(tx, entry, now).await? {
                        Judged::Sent(_) => None,
                        Judged::New { citizen, .. } => Some((citizen, entry.clone())),
                    })
                }
                .boxed()
            })
            .await?;
        let Some((citizen, entry)) = addressee else {
            return Ok(None);
        };
        let person = self.identity.person_for(&citizen, &entry).await?;
        Ok(person.map(|person| person.locale))
    }
}

/// The request of a service.
#[derive(Clone)]
struct Order {
    asking: Invocation,
    key: String,
    /// The hash of the whole request.
    hash: String,
    new: NewMessage,
}

/// The result of judging a request.
enum Judged<'a> {
    /// The message of the first request with the key.
    Sent(Box<Message>),
    New {
        template: &'a Template,
        citizen: CitizenId,
    },
}

impl Order {
    /// Whether the message may be sent to its addressee, apart from the limits of the boundary. From here to
    /// the end of the transaction, messages of this service are sent one after the other.
    async fn judge(&self, tx: &mut Conn, entry: &mut Entry, now: Timestamp) -> Result<Judged<'_>, GovError> {
        let Self { asking, new, .. } = self;
        let service = &asking.service.id;
        check_key(&self.key)?;
        sql!("notifications/open_count", service).run(tx).await?;
        sql!("notifications/lock_count", service).run(tx).await?;
        if let Some(first) = store::by_key(tx, service, &self.key).await? {
            if first.hash != self.hash {
                return Err(GovError::conflict(
                    "idempotency-key-reused",
                    "this key was used for another message; take a new one for each message",
                ));
            }
            entry.citizen = Some(first.message.citizen.clone());
            entry.object = Some(first.message.id.clone());
            return Ok(Judged::Sent(Box::new(first.message)));
        }
        let template = approved(asking, &new.template)?;
        new.check(now)?;
        let citizen = subs::addressee(tx, service, &new.to)
            .await?
            .ok_or(GovError::NotFound)?;
        entry.citizen = Some(citizen.clone());
        entry.purpose = Some(template.purpose.clone());
        agreed(tx, asking, &citizen, template, entry, now).await?;
        if template.kind == Kind::Subscription && store::is_unsubscribed(tx, &citizen, service).await? {
            return Err(GovError::denied(
                "unsubscribed",
                "the citizen ended the subscription; send no more of it",
            ));
        }
        Ok(Judged::New { template, citizen })
    }
}

/// Stores the message; one that does not have to wait reaches the inbox at once.
async fn kept(
    tx: &mut Conn,
    message: Message,
    order: &Order,
    rendered: &Rendered,
    file: Option<Attachment>,
    now: Timestamp,
) -> Result<Message, GovError> {
    let (message, due) = match file.is_none() && message.send_at <= now {
        true => delivery::delivered(message, now),
        false => {
            let due = message.send_at;
            (message, due)
        }
    };
    let new = New {
        message: &message,
        key: &order.key,
        hash: &order.hash,
        rendered,
        due,
    };
    store::insert(tx, &new, file.as_ref()).await?;
    Ok(message)
}

/// The template with this id in the approval.
pub(super) fn approved<'a>(invocation: &'a Invocation, id: &str) -> Result<&'a Template, GovError> {
    let templates = &invocation.service.grant.templates;
    templates.iter().find(|template| template.id == id).ok_or_else(|| {
        GovError::invalid(
            "template-unknown",
            format!(
                "`{}` is not a template of the approved manifest; declare it as a `[[template]]` in `aim.toml`",
                id.escape_default()
            ),
        )
    })
}

/// Whether the addressee agreed to the template's purpose, if that rests on consent.
async fn agreed(
    tx: &mut Conn,
    asking: &Invocation,
    citizen: &CitizenId,
    template: &Template,
    entry: &mut Entry,
    now: Timestamp,
) -> Result<(), GovError> {
    let rests_on_consent = asking
        .service
        .grant
        .purpose(&template.purpose)
        .is_none_or(|purpose| purpose.basis == LawfulBasis::Consent);
    if !rests_on_consent {
        return Ok(());
    }
    // The agreement must be the addressee's, regardless of whose request this is.
    let addressee = Invocation {
        session: Some(Session {
            citizen: citizen.clone(),
            acr: Acr::Low,
            amr: Vec::new(),
            auth_time: now,
            locale: asking.locale,
        }),
        ..asking.clone()
    };
    entry.consent_id = Some(consent::require(tx, &addressee, &template.purpose, &[], now).await?);
    Ok(())
}

/// Checks that the boundary allows one more message, and counts it. Formal notices count, but are also sent to
/// a citizen who has reached the limit of [`COUNTED_DAYS`].
async fn within_limits(
    tx: &mut Conn,
    asking: &Invocation,
    citizen: &CitizenId,
    template: &Template,
    now: Timestamp,
) -> Result<(), GovError> {
    let service = &asking.service.id;
    let boundary = &asking.service.grant.boundary;
    if template.kind != Kind::FormalNotice {
        let window = COUNTED_DAYS * DAY_MS;
        let Some(last) = i64::from(boundary.messages_per_citizen_max)
            .checked_sub(1)
            .filter(|last| *last >= 0)
        else {
            return Err(GovError::LimitExceeded(LimitKind::MessagesPerCitizen));
        };
        let full: Option<(Timestamp,)> = sql!(
            "notifications/recent",
            service,
            citizen,
            now.plus_ms(-window),
            last
        )
        .optional(tx)
        .await?;
        if asking.usage.is_kept() {
            let since = now.plus_ms(-window);
            let recent = sql!("notifications/counted_recent", service, citizen, since);
            let (sent,): (i64,) = recent.one(tx).await?;
            // This one comes to them if it is sent.
            let used = sent + i64::from(full.is_none());
            let most = i64::from(boundary.messages_per_citizen_max);
            asking
                .usage
                .count(LimitKind::MessagesPerCitizen.code(), Window::Week, used, most);
        }
        if let Some((oldest,)) = full {
            let wait = oldest.plus_ms(window).0.saturating_sub(now.0);
            return Err(GovError::TooManyRequests(Problem {
                code: "citizen-messages-too-many",
                detail: format!(
                    "the approval allows {} messages to one citizen in {COUNTED_DAYS} days",
                    boundary.messages_per_citizen_max
                ),
                retry_after_ms: Some(u32::try_from(wait).unwrap_or(u32::MAX)),
            }));
        }
    }
    let most = i64::from(boundary.messages_max);
    let counted = sql!("notifications/count", service, most).run(tx).await?;
    if asking.usage.is_kept() {
        let (used,) = sql!("notifications/counted", service).one(tx).await?;
        asking
            .usage
            .count(LimitKind::Messages.code(), Window::Test, used, most);
    }
    match counted {
        1 => Ok(()),
        _ => Err(GovError::LimitExceeded(LimitKind::Messages)),
    }
}

/// The error if a row is missing that this transaction read.
pub(super) fn vanished(id: &str) -> DbError {
    DbError::corrupt("message", id)
}
