//! The words of the consent pages, and which word belongs to which code.

use super::record::{EndedBy, Record, State};
use super::widening::Widening;
use crate::grant::{Attribute, Capability, DataCategory, FetchType, LawfulBasis};
use crate::service_code::ServiceCode;
use crate::text::Locale;
use crate::web::date;

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
        attribute_name,
        attribute_given_name,
        attribute_middle_name,
        attribute_family_name,
        attribute_birthdate,
        attribute_gender,
        attribute_nationalities,
        attribute_address,
        attribute_locale,
        attribute_phone,
        attribute_email,
        attribute_fin,
        attribute_utility_bills,
        attribute_age_over,
        attribute_resident_of,
        attribute_citizen,
        category_personal,
        category_employment,
        category_family,
        category_education,
        category_transport,
        category_social_protection,
        category_communications,
        fetch_one_time,
        fetch_periodic,
        basis_consent,
        basis_contract,
        basis_legal_obligation,
        basis_public_task,
        basis_vital_interest,
        basis_legitimate_interest,
        state_active,
        state_denied,
        state_paused,
        state_revoked,
        state_expired,
        state_superseded,
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
        permission_identity,
        permission_consent,
        permission_payments,
        permission_open_data,
        permission_logging,
        permission_clock,
        permission_random,
        permission_outbound,
        before_active,
        before_denied,
        before_paused,
        before_revoked,
        before_service,
        before_left,
        before_withdrawn,
        before_expired,
        before_test,
        resume_continue,
        keep_paused,
        ended_label,
        ended_by_citizen,
        ended_by_service,
        ended_by_left,
        ended_by_withdrawn,
        ended_by_time,
        ended_by_test,
        paused_label,
        state_stopped,
        stopped_link,
        wider_text,
        wider_link,
        again,
        tests_since,
        tests_until,
        tests_past_title,
        tests_ended_left,
        tests_ended_withdrawn,
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
    }
}

impl ConsentText {
    /// The name of a piece of data.
    pub fn attribute(&self, attribute: &Attribute) -> &str {
        match attribute {
            Attribute::Name => &self.attribute_name,
            Attribute::GivenName => &self.attribute_given_name,
            Attribute::MiddleName => &self.attribute_middle_name,
            Attribute::FamilyName => &self.attribute_family_name,
            Attribute::Birthdate => &self.attribute_birthdate,
            Attribute::Gender => &self.attribute_gender,
            Attribute::Nationalities => &self.attribute_nationalities,
            Attribute::Address => &self.attribute_address,
            Attribute::Locale => &self.attribute_locale,
            Attribute::PhoneNumberVerified => &self.attribute_phone,
            Attribute::EmailVerified => &self.attribute_email,
            Attribute::Fin => &self.attribute_fin,
            Attribute::UtilityBills => &self.attribute_utility_bills,
            Attribute::AgeOver => &self.attribute_age_over,
            Attribute::ResidentOf => &self.attribute_resident_of,
            Attribute::Citizen => &self.attribute_citizen,
        }
    }

    /// The name of a category, as MyGov writes it.
    pub fn category(&self, category: &DataCategory) -> &str {
        match category {
            DataCategory::Personal => &self.category_personal,
            DataCategory::Employment => &self.category_employment,
            DataCategory::Family => &self.category_family,
            DataCategory::Education => &self.category_education,
            DataCategory::Transport => &self.category_transport,
            DataCategory::SocialProtection => &self.category_social_protection,
            DataCategory::Communications => &self.category_communications,
        }
    }

    /// How often data is read.
    pub fn fetch(&self, fetch: &FetchType) -> &str {
        match fetch {
            FetchType::OneTime => &self.fetch_one_time,
            FetchType::Periodic => &self.fetch_periodic,
        }
    }

    pub fn basis(&self, basis: &LawfulBasis) -> &str {
        match basis {
            LawfulBasis::Consent => &self.basis_consent,
            LawfulBasis::Contract => &self.basis_contract,
            LawfulBasis::LegalObligation => &self.basis_legal_obligation,
            LawfulBasis::PublicTask => &self.basis_public_task,
            LawfulBasis::VitalInterest => &self.basis_vital_interest,
            LawfulBasis::LegitimateInterest => &self.basis_legitimate_interest,
        }
    }

    pub fn state(&self, state: &State) -> &str {
        match state {
            State::Active => &self.state_active,
            State::Denied => &self.state_denied,
            State::Paused => &self.state_paused,
            State::Revoked => &self.state_revoked,
            State::Expired => &self.state_expired,
            State::Superseded => &self.state_superseded,
        }
    }

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
            Widening::Basis(basis) => (&self.news_basis, self.basis(basis).to_owned()),
            Widening::Attribute(attribute) => (&self.news_attribute, self.attribute(attribute).to_owned()),
            Widening::Bills(code) => (&self.news_bills, self.bills(code, lang)),
            Widening::Frequency(fetch) => (&self.news_frequency, self.fetch(fetch).to_owned()),
            Widening::Retention { from, to } => {
                return self
                    .news_retention
                    .replace("{from}", &from.to_string())
                    .replace("{to}", &to.to_string());
            }
            Widening::Recipient(name) => (&self.news_recipient, name.clone()),
            Widening::Host(host) => (&self.news_host, host.clone()),
            Widening::Capability(capability) => {
                (&self.news_capability, self.permission(*capability).to_owned())
            }
        };
        template.replace("{what}", &what)
    }

    /// What a capability lets a service do.
    fn permission(&self, capability: Capability) -> &str {
        match capability {
            Capability::Identity => &self.permission_identity,
            Capability::Consent => &self.permission_consent,
            Capability::Payments => &self.permission_payments,
            Capability::OpenData => &self.permission_open_data,
            Capability::Logging => &self.permission_logging,
            Capability::Clock => &self.permission_clock,
            Capability::Random => &self.permission_random,
            Capability::Outbound => &self.permission_outbound,
        }
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
            (State::Revoked, Some(EndedBy::Citizen) | None) => &self.before_revoked,
        };
        let since = match record.state {
            State::Active => record.decided_at,
            _ => record.since(),
        };
        template.replace("{date}", &date(since))
    }

    /// By what an agreement ended; `None` for one that has not, or that a later decision replaced.
    pub fn ended_by(&self, record: &Record) -> Option<&str> {
        match (record.state, record.ended_by) {
            (State::Active | State::Denied | State::Paused | State::Superseded, _) => None,
            (State::Expired, _) if record.ended_with_test() => Some(&self.ended_by_test),
            (State::Expired, _) => Some(&self.ended_by_time),
            (State::Revoked, Some(EndedBy::Service)) => Some(&self.ended_by_service),
            (State::Revoked, Some(EndedBy::Left)) => Some(&self.ended_by_left),
            (State::Revoked, Some(EndedBy::Withdrawn)) => Some(&self.ended_by_withdrawn),
            (State::Revoked, Some(EndedBy::Citizen) | None) => Some(&self.ended_by_citizen),
        }
    }
}
