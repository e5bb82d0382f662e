//! The words of the pages about web sites.

use super::scope::Scope;
use crate::web::Texts;

crate::catalogue! {
    /// The texts of the page that asks for a site, and of a citizen's sites.
    pub struct SiteText from ("../../text/sites.az.toml", "../../text/sites.en.toml") {
        ask_title,
        ask_intro,
        who_label,
        where_label,
        why_label,
        data_label,
        until_label,
        until_text,
        refuse_label,
        refuse_text,
        agree,
        refuse,
        minor_title,
        minor_text,
        full_title,
        full_text,
        mine_title,
        mine_intro,
        mine_none,
        since_label,
        state_label,
        ended,
        in_force,
        stop,
        stop_title,
        stop_text,
        stop_kept,
        stop_back,
        done_stopped,
        scope: Texts<Scope>,
    }
}
