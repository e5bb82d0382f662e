//! The words of the consent pages, and which word belongs to which code.

use crate::consent::State;
use crate::grant::{Attribute, DataCategory, FetchType, LawfulBasis};

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
        changed_text,
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

    /// A lawful basis.
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

    /// A state, as an adjective.
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
}
