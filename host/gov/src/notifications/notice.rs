//! Messages of the platform itself: who read a citizen's FIN.

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

/// The template's name of this message.
const FIN_READ: &str = "fin-read";

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
        let lang = inv.session.as_ref().map_or(inv.locale, |session| session.locale);
        let text = InboxText::of(lang.for_page());
        let service = &inv.service;
        let what_for = service.grant.purpose(purpose);
        let what_for = what_for.map_or(purpose, |purpose| purpose.text.get(lang));
        let filled = |text: &str| {
            text.replace("{service}", service.title.get(lang))
                .replace("{organisation}", &service.controller)
                .replace("{purpose}", what_for)
                .replace("{when}", &date_time(now))
        };
        let day = now
            .in_baku()
            .map(|now| now.date().to_string())
            .unwrap_or_default();
        let id = self.platform.random.id(MESSAGE, now);
        let blocks = [&text.fin_read_text, &text.fin_read_advice].map(|text| Block::Text(filled(text)));
        let corrupt = |_| DbError::corrupt("message", &id);
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
            &text.platform_controller,
            citizen,
            format!("{FIN_READ} {} {purpose} {} {day}", service.id.0, citizen.0),
            FIN_READ,
            Kind::Transactional,
            lang.for_page().tag(),
            filled(&text.fin_read_subject),
            serde_json::to_string(&blocks).map_err(corrupt)?,
            now,
            Status::Delivered
        )
        .run(tx)
        .await
        .map(drop)
    }
}
