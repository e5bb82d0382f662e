//! Messages of the platform itself: who read a citizen's FIN, which document is offered to a citizen, what a citizen is
//! asked to sign.

use super::Notifications;
use super::message::Status;
use super::rendering::Block;
use super::store::MESSAGE;
use super::words::InboxText;
use crate::audit::PLATFORM;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::identity::Notice;
use crate::invocation::{CitizenId, Invocation};
use crate::message_template::Kind;
use crate::sql;
use crate::text::{Locale, Localised};
use crate::web::date_time;

/// The template's name of the message about a FIN.
const FIN_READ: &str = "fin-read";
/// The template's name of the message about a document.
const DOCUMENT_OFFERED: &str = "document-offered";
/// The template's name of the message about a signature.
const SIGNATURE_ASKED: &str = "signature-asked";

/// The template's name of the message to somebody whom a citizen named as a signer.
const SIGNER_NAMED: &str = "signer-named";

/// Who asks somebody to sign, and what.
pub(crate) struct SignatureAsked<'a> {
    pub(crate) service: &'a Localised,
    pub(crate) controller: &'a str,
    /// What is to be signed, or what the service calls the signer.
    pub(crate) what: &'a Localised,
    /// A second message of the same kind with the same one is not sent.
    pub(crate) key: &'a str,
    pub(crate) lang: Locale,
}

impl SignatureAsked<'_> {
    fn told(&self, template: &'static str, [subject, text, advice]: [&String; 3]) -> Told {
        let filled = |text: &str| {
            about(text, self.service, self.controller, self.lang).replace("{what}", self.what.get(self.lang))
        };
        Told {
            template,
            key: format!("{template} {}", self.key),
            subject: filled(subject),
            paragraphs: vec![filled(text), filled(advice)],
        }
    }
}

/// A message of the platform.
struct Told {
    template: &'static str,
    /// A second message with the same key is not sent.
    key: String,
    subject: String,
    paragraphs: Vec<String>,
}

#[async_trait::async_trait]
impl Notice for Notifications {
    /// A message once a day for each service and purpose; the access log has each read.
    async fn fin_read(
        &self,
        tx: &mut Conn,
        inv: &Invocation,
        citizen: &CitizenId,
        purpose: &str,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let lang = language(inv);
        let text = InboxText::of(lang.for_page());
        let service = &inv.service;
        let what_for = service.grant.purpose(purpose);
        let what_for = what_for.map_or(purpose, |purpose| purpose.text.get(lang));
        let filled = |text: &str| {
            about_service(text, inv, lang)
                .replace("{purpose}", what_for)
                .replace("{when}", &date_time(now))
        };
        let day = now
            .in_baku()
            .map(|now| now.date().to_string())
            .unwrap_or_default();
        let told = Told {
            template: FIN_READ,
            key: format!("{FIN_READ} {} {purpose} {} {day}", service.id.0, citizen.0),
            subject: filled(&text.fin_read_subject),
            paragraphs: [&text.fin_read_text, &text.fin_read_advice]
                .map(|text| filled(text))
                .into(),
        };
        self.send_notice(tx, citizen, told, lang, now).await
    }
}

impl Notifications {
    /// Tells a citizen, who need not be here, that a service offers them this document.
    pub(crate) async fn document_offered(
        &self,
        tx: &mut Conn,
        inv: &Invocation,
        citizen: &CitizenId,
        title: &Localised,
        id: &str,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let lang = language(inv);
        let text = InboxText::of(lang.for_page());
        let filled = |text: &str| about_service(text, inv, lang).replace("{document}", title.get(lang));
        let told = Told {
            template: DOCUMENT_OFFERED,
            key: format!("{DOCUMENT_OFFERED} {id}"),
            subject: filled(&text.document_offered_subject),
            paragraphs: [&text.document_offered_text, &text.document_offered_advice]
                .map(|text| filled(text))
                .into(),
        };
        self.send_notice(tx, citizen, told, lang, now).await
    }

    /// Tells a citizen, who need not be here, that a service asks them to sign.
    pub(crate) async fn signature_asked(
        &self,
        tx: &mut Conn,
        citizen: &CitizenId,
        asked: SignatureAsked<'_>,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let text = InboxText::of(asked.lang.for_page());
        let texts = [
            &text.signature_asked_subject,
            &text.signature_asked_text,
            &text.signature_asked_advice,
        ];
        let told = asked.told(SIGNATURE_ASKED, texts);
        self.send_notice(tx, citizen, told, asked.lang, now).await
    }

    /// Tells somebody, whom perhaps nobody is, that another citizen named them as a signer.
    pub(crate) async fn signer_named(
        &self,
        tx: &mut Conn,
        citizen: &CitizenId,
        asked: SignatureAsked<'_>,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let text = InboxText::of(asked.lang.for_page());
        let texts = [
            &text.signer_named_subject,
            &text.signer_named_text,
            &text.signer_named_advice,
        ];
        let told = asked.told(SIGNER_NAMED, texts);
        self.send_notice(tx, citizen, told, asked.lang, now).await
    }

    async fn send_notice(
        &self,
        tx: &mut Conn,
        citizen: &CitizenId,
        told: Told,
        lang: Locale,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let id = self.platform.random.id(MESSAGE, now);
        let corrupt = |_| DbError::corrupt("message", &id);
        let blocks: Vec<Block> = told.paragraphs.into_iter().map(Block::Text).collect();
        let from = Localised {
            az: InboxText::of(Locale::Az).platform_sender.clone(),
            en: Some(InboxText::of(Locale::En).platform_sender.clone()),
            ru: None,
        };
        sql!(
            "notifications/insert_notice",
            &id,
            PLATFORM,
            serde_json::to_string(&from).map_err(corrupt)?,
            &InboxText::of(lang.for_page()).platform_controller,
            citizen,
            told.key,
            told.template,
            Kind::Transactional,
            lang.for_page().tag(),
            told.subject,
            serde_json::to_string(&blocks).map_err(corrupt)?,
            now,
            Status::Delivered
        )
        .run(tx)
        .await
        .map(drop)
    }
}

/// The language of the citizen who is here, or of the visit.
fn language(inv: &Invocation) -> Locale {
    inv.session.as_ref().map_or(inv.locale, |session| session.locale)
}

fn about_service(text: &str, inv: &Invocation, lang: Locale) -> String {
    about(text, &inv.service.title, &inv.service.controller, lang)
}

fn about(text: &str, service: &Localised, controller: &str, lang: Locale) -> String {
    text.replace("{service}", service.get(lang))
        .replace("{organisation}", controller)
}
