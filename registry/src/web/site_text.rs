//! The texts of the pages about web sites, of developers and of the staff.

use aim_gov::identity::Scope;
use aim_gov::identity::sites::{VERIFIER_KEYS_MAX, VERIFIER_KINDS_MAX};
use aim_gov::web::{Codes, Texts};

use super::words::Tag;
use crate::domain::site::{
    ADDRESSES_MAX, FieldFault, NAME_CHARS_MAX, PURPOSE_CHARS_MAX, SiteField, SiteState, WrongField,
};
use crate::domain::submission::Reason;

aim_gov::catalogue! {
    /// The texts of the pages about web sites.
    pub struct SiteText from ("../../text/sites.az.toml", "../../text/sites.en.toml") {
        title,
        intro,
        none,
        caption,
        column_name,
        column_origin,
        column_state,
        column_sent,
        new_title,
        change_title,
        change_text,
        name_label,
        name_hint,
        purpose_az_label,
        purpose_en_label,
        purpose_hint,
        redirect_label,
        redirect_hint,
        logout_label,
        logout_hint,
        scopes_legend,
        scopes_hint,
        kind_legend,
        kind_confidential,
        kind_public,
        days_label,
        citizens_label,
        limits_hint,
        documents_label,
        documents_hint,
        request_keys_label,
        request_keys_hint,
        holding_only,
        apply_button,
        change_link,
        too_many,
        done_applied,
        client_id,
        issuer,
        kind_label,
        organisation_label,
        digest_label,
        secret_title,
        secret_text,
        secret_have,
        secret_button,
        secret_ask,
        secret_replaces,
        secret_once,
        secret_made,
        secret_made_text,
        withdraw_button,
        withdraw_title,
        withdraw_text,
        withdraw_back,
        done_withdrawn,
        back,
        decided_title,
        staff_title,
        staff_caption,
        staff_none,
        earlier_title,
        approve_title,
        approve_text,
        approve_ask,
        approve_effect,
        reject_button,
        reject_ask,
        reject_effect,
        stop_button,
        stop_ask,
        stop_effect,
        reason_hint,
        done_first,
        done_in_force,
        done_ended,
        fault_scripts,
        fault_number,
        fault_too_many,
        fault_address,
        fault_insecure,
        fault_parts,
        fault_platform,
        fault_other_origin,
        fault_scope,
        fault_range,
        fault_kinds,
        fault_kind,
        fault_keys,
        fault_text,
        scope: Texts<Scope>,
        state: Texts<SiteState>,
        event: Codes,
        rule: Codes,
    }
}

impl SiteText {
    pub fn tag(&self, state: SiteState) -> Tag<'_> {
        let class = match state {
            SiteState::Waiting | SiteState::FirstApproved => "tag warn",
            SiteState::InForce => "tag good",
            SiteState::Superseded | SiteState::Withdrawn => "tag",
            SiteState::Rejected | SiteState::Stopped => "tag bad",
        };
        Tag {
            class,
            word: self.state.get(&state),
        }
    }

    /// Why a decision is refused, and the remedy.
    pub fn reason<'a>(&'a self, reason: &'a Reason) -> &'a str {
        self.rule.get(reason.code())
    }

    /// What is wrong, with the field's label: the summary of a form's errors shows it too.
    pub fn wrong(&self, wrong: &WrongField) -> String {
        let label = match wrong.field {
            SiteField::Name => &self.name_label,
            SiteField::PurposeAz => &self.purpose_az_label,
            SiteField::PurposeEn => &self.purpose_en_label,
            SiteField::RedirectUris => &self.redirect_label,
            SiteField::PostLogoutRedirectUris => &self.logout_label,
            SiteField::Scopes => &self.scopes_legend,
            SiteField::Days => &self.days_label,
            SiteField::Citizens => &self.citizens_label,
            SiteField::Documents => &self.documents_label,
            SiteField::RequestKeys => &self.request_keys_label,
        };
        format!("{label}: {}", self.fault(wrong))
    }

    fn fault(&self, wrong: &WrongField) -> String {
        let named = |text: &str, value: &str| text.replace("{value}", value);
        let most = ADDRESSES_MAX.to_string();
        match &wrong.fault {
            FieldFault::Text(_) => {
                let chars = match wrong.field {
                    SiteField::Name => NAME_CHARS_MAX,
                    _ => PURPOSE_CHARS_MAX,
                };
                named(&self.fault_text, &chars.to_string())
            }
            FieldFault::Scripts => self.fault_scripts.clone(),
            FieldFault::Number => named(&self.fault_number, &most),
            FieldFault::TooMany => named(&self.fault_too_many, &most),
            FieldFault::Address(address) => named(&self.fault_address, address),
            FieldFault::Insecure(address) => named(&self.fault_insecure, address),
            FieldFault::Parts(address) => named(&self.fault_parts, address),
            FieldFault::Platform(address) => named(&self.fault_platform, address),
            FieldFault::OtherOrigin(address) => named(&self.fault_other_origin, address),
            FieldFault::Scope(scope) => named(&self.fault_scope, scope),
            FieldFault::Range(most) => named(&self.fault_range, &most.to_string()),
            FieldFault::Kinds => named(&self.fault_kinds, &VERIFIER_KINDS_MAX.to_string()),
            FieldFault::Kind(line) => named(&self.fault_kind, line),
            FieldFault::Keys => named(&self.fault_keys, &VERIFIER_KEYS_MAX.to_string()),
        }
    }
}
