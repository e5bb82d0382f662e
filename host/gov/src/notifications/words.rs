//! The texts of the inbox.

use crate::message_template::Kind;
use crate::web::Texts;

crate::catalogue! {
    /// The texts of the inbox and of alerts.
    pub struct InboxText from ("../../text/notifications.az.toml", "../../text/notifications.en.toml") {
        alert,
        title,
        intro,
        none,
        caption,
        when,
        subject,
        sender,
        state,
        unread,
        read,
        receipt_due,
        receipt_confirmed,
        older,
        alerts_title,
        alerts_on,
        alerts_off,
        turn_off,
        turn_on,
        done_off,
        done_on,
        from_label,
        received_label,
        why_label,
        kind: Texts<Kind>,
        confirm_text,
        confirm,
        confirmed,
        done_confirm,
        unsubscribe_text,
        unsubscribe,
        subscribe,
        done_unsubscribe,
        done_subscribe,
        undo,
        file_label,
        file_gone,
        link_gone,
        back,
        platform_sender,
        platform_controller,
        fin_read_subject,
        fin_read_text,
        fin_read_advice,
    }
}
