//! The words of the consent pages, and which word belongs to which code.

use super::record::{EndedBy, Record, State};
use super::widening::Widening;
use crate::event_type::EventType;
use crate::grant::{Attribute, Capability, DataCategory, FetchType, LawfulBasis};
use crate::service_code::ServiceCode;
use crate::text::Locale;
use crate::web::{Texts, date};

crate::catalogue! {
    /// The texts of the consent screen, of a citizen's consents and of the access log.
    pub struct ConsentText from ("../../text/consent.az.toml", "../../text/consent.en.toml") {
        ask_title,
        ask_intro,
        who_label,
        why_label,
        data_label,
        how_often_label,
        until_label,
        retention_label,
        retention_days,
        recipients_label,
        recipients_none,
        basis_label,
        refuse_label,
        refuse_text,
        test_text,
        test_ends,
        agree,
        refuse,
        refused_title,
        refused_text,
        refused_again,
        back_to_service,
        full_title,
        full_text,
        stopped_title,
        stopped_text,
        minor_title,
        minor_text,
        mine_title,
        mine_intro,
        mine_none,
        mine_history,
        decided_label,
        state_label,
        pause,
        resume,
        revoke,
        receipt,
        receipt_signed,
        older,
        changed_title,
        moved_text,
        log_title,
        log_intro,
        log_none,
        log_caption,
        log_when,
        log_who,
        log_what,
        log_data,
        log_decision,
        log_no_data,
        log_platform,
        log_by_you,
        log_by_somebody,
        tests_title,
        tests_text,
        tests_leave,
        recipients_host,
        news_title,
        news_organisation,
        news_purpose,
        news_basis,
        news_attribute,
        news_bills,
        news_frequency,
        news_retention,
        news_recipient,
        news_host,
        news_capability,
        news_event,
        news_signature,
        sign_text,
        signature_note,
        agree_and_sign,
        signed_link,
        agreement_title,
        agreement_words,
        agreement_days,
        agreement_label,
        agreement_description,
        agreement_digest,
        residence_link,
        family_link,
        events_label,
        before_active,
        before_denied,
        before_paused,
        before_revoked,
        before_service,
        before_left,
        before_withdrawn,
        before_death,
        before_expired,
        before_test,
        resume_continue,
        keep_paused,
        ended_label,
        ended_by_citizen,
        ended_by_service,
        ended_by_left,
        ended_by_withdrawn,
        ended_by_death,
        ended_by_time,
        ended_by_test,
        paused_label,
        state_stopped,
        stopped_link,
        wider_text,
        wider_link,
        optional_label,
        optional_hint,
        optional_mark,
        choose_link,
        choose_save,
        choose_cancel,
        again,
        tests_since,
        tests_until,
        tests_past_title,
        tests_ended_left,
        tests_ended_withdrawn,
        tests_ended_death,
        tests_ended_over,
        tests_page,
        revoke_title,
        revoke_effect,
        revoke_keeps,
        revoke_keeps_none,
        revoke_instead,
        revoke_back,
        leave_title,
        leave_service,
        leave_again,
        leave_back,
        done_pause,
        done_resume,
        done_revoke,
        done_leave,
        undo,
        changes_title,
        attribute: Texts<Attribute>,
        category: Texts<DataCategory>,
        fetch: Texts<FetchType>,
        basis: Texts<LawfulBasis>,
        state: Texts<State>,
        permission: Texts<Capability>,
        event: Texts<EventType>,
    }
}

impl ConsentText {
    /// What a citizen reads about a receiver outside the platform.
    pub fn host(&self, host: &str) -> String {
        self.recipients_host.replace("{host}", host)
    }

    /// The name of a budget account whose bills are read.
    pub fn bills(&self, code: &str, lang: Locale) -> String {
        ServiceCode::find(code).map_or_else(|| code.to_owned(), |known| known.title.get(lang).to_owned())
    }

    /// What is new since the citizen agreed, in one line.
    pub fn news(&self, widening: &Widening, lang: Locale) -> String {
        let (template, what) = match widening {
            Widening::Organisation(name) => (&self.news_organisation, name.clone()),
            Widening::Purpose => return self.news_purpose.clone(),
            Widening::Basis(basis) => (&self.news_basis, self.basis.get(basis).to_owned()),
            Widening::Attribute(attribute) => {
                (&self.news_attribute, self.attribute.get(attribute).to_owned())
            }
            Widening::Bills(code) => (&self.news_bills, self.bills(code, lang)),
            Widening::Frequency(fetch) => (&self.news_frequency, self.fetch.get(fetch).to_owned()),
            Widening::Retention { from, to } => {
                return self
                    .news_retention
                    .replace("{from}", &from.to_string())
                    .replace("{to}", &to.to_string());
            }
            Widening::Recipient(name) => (&self.news_recipient, name.clone()),
            Widening::Host(host) => (&self.news_host, host.clone()),
            Widening::Capability(capability) => {
                (&self.news_capability, self.permission.get(capability).to_owned())
            }
            Widening::Event(event) => (&self.news_event, self.event.get(event).to_owned()),
            Widening::Signature => return self.news_signature.clone(),
        };
        template.replace("{what}", &what)
    }

    /// What became of the citizen's earlier decision, on the screen that asks again.
    pub fn before(&self, record: &Record) -> String {
        let template = match (record.state, record.ended_by) {
            (State::Active | State::Superseded, _) => &self.before_active,
            (State::Denied, _) => &self.before_denied,
            (State::Paused, _) => &self.before_paused,
            (State::Expired, _) if record.ended_with_test() => &self.before_test,
            (State::Expired, _) => &self.before_expired,
            (State::Revoked, Some(EndedBy::Service)) => &self.before_service,
            (State::Revoked, Some(EndedBy::Left)) => &self.before_left,
            (State::Revoked, Some(EndedBy::Withdrawn)) => &self.before_withdrawn,
            (State::Revoked, Some(EndedBy::Death)) => &self.before_death,
            (State::Revoked, Some(EndedBy::Citizen) | None) => &self.before_revoked,
        };
        let since = match record.state {
            State::Active => record.decided_at,
            _ => record.since(),
        };
        template.replace("{date}", &date(since))
    }

    /// Why an agreement ended; `None` if it is in force or a later decision replaced it.
    pub fn ended_by(&self, record: &Record) -> Option<&str> {
        match (record.state, record.ended_by) {
            (State::Active | State::Denied | State::Paused | State::Superseded, _) => None,
            (State::Expired, _) if record.ended_with_test() => Some(&self.ended_by_test),
            (State::Expired, _) => Some(&self.ended_by_time),
            (State::Revoked, Some(EndedBy::Service)) => Some(&self.ended_by_service),
            (State::Revoked, Some(EndedBy::Left)) => Some(&self.ended_by_left),
            (State::Revoked, Some(EndedBy::Withdrawn)) => Some(&self.ended_by_withdrawn),
            (State::Revoked, Some(EndedBy::Death)) => Some(&self.ended_by_death),
            (State::Revoked, Some(EndedBy::Citizen) | None) => Some(&self.ended_by_citizen),
        }
    }
}
