//! The words for codes: states, events, rules, permissions, limits, checks.

use aim_gov::grant::{Capability, LawfulBasis};
use aim_gov::payments::Money;
use aim_gov::text::Locale;

use crate::domain::change::Change;
use crate::domain::report::{Check, Outcome, Severity};
use crate::domain::submission::{Reason, State};
use crate::manifest::LimitField;

/// What stands for the header in a list of changes.
const AUTHORIZATION: &str = "authorization";

aim_gov::catalogue! {
    /// The words that the pages of staff, developers and citizens share.
    pub struct Words from ("../../text/words.az.toml", "../../text/words.en.toml") {
        state_draft,
        state_vetting,
        state_vetting_failed,
        state_vetted,
        state_first_approved,
        state_approved,
        state_deployed,
        state_superseded,
        state_replaced,
        state_suspended,
        state_withdrawn,
        state_rejected,
        event_receive,
        event_pass,
        event_fail,
        event_approve,
        event_reject,
        event_deploy,
        event_supersede,
        event_suspend,
        event_resume,
        event_withdraw,
        refused,
        refused_wrong_state,
        refused_wrong_role,
        refused_conflict_of_interest,
        refused_same_officer,
        refused_stale_evidence,
        refused_beyond_asked,
        refused_too_small,
        refused_no_reason,
        refused_hidden_text,
        refused_publisher_unverified,
        refused_approval_lapsed,
        refused_name_suspended,
        publisher_unverified,
        name_suspended,
        approval_lapsed,
        record_discrepant,
        not_loaded,
        older,
        lapse_unknown,
        lapse_left,
        lapse_role,
        lapse_tied,
        lapse_repeated,
        discrepancy_report,
        discrepancy_component,
        discrepancy_manifest_text,
        discrepancy_manifest,
        discrepancy_approval,
        discrepancy_not_in_log,
        discrepancy_limits,
        discrepancy_beyond_asked,
        discrepancy_start,
        discrepancy_publisher,
        basis_consent,
        basis_contract,
        basis_legal_obligation,
        basis_public_task,
        basis_vital_interest,
        basis_legitimate_interest,
        capability_identity,
        capability_consent,
        capability_payments,
        capability_open_data,
        capability_logging,
        capability_clock,
        capability_random,
        capability_outbound,
        limit_citizens,
        limit_amount_per_payment,
        limit_amount_per_citizen,
        limit_amount_total,
        limit_days,
        limit_calls_per_minute,
        severity_block,
        severity_warn,
        outcome_passed,
        outcome_failed,
        check_valid_component,
        check_size,
        check_world,
        check_imports_known,
        check_imports_declared,
        check_declared_used,
        check_name,
        check_texts,
        check_service_codes,
        check_authorization,
        check_compiles,
        check_smoke_anonymous,
        check_smoke_citizen,
        check_other,
        change_capability_added,
        change_capability_removed,
        change_purpose_added,
        change_purpose_removed,
        change_purpose_terms,
        change_attribute_added,
        change_attribute_removed,
        change_service_code_added,
        change_service_code_removed,
        change_host_added,
        change_host_removed,
        change_authorization_added,
        change_authorization_removed,
        change_limit_raised,
        change_limit_lowered,
        yes,
        no,
        report_caption,
        report_check,
        report_outcome,
        report_evidence,
        report_policy,
        report_tools,
        report_imports,
        report_exports,
        report_no_imports,
        report_lang,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    pub class: &'static str,
    pub word: &'a str,
}

impl Words {
    pub fn state(&self, state: &State) -> Tag<'_> {
        let (class, word) = match state {
            State::Draft => ("tag", &self.state_draft),
            State::Vetting { .. } => ("tag", &self.state_vetting),
            State::VettingFailed { .. } => ("tag bad", &self.state_vetting_failed),
            State::Vetted { .. } => ("tag warn", &self.state_vetted),
            State::FirstApproved { .. } => ("tag warn", &self.state_first_approved),
            State::Approved { .. } => ("tag good", &self.state_approved),
            State::Deployed { .. } => ("tag good", &self.state_deployed),
            State::Superseded { newer: true, .. } => ("tag", &self.state_superseded),
            State::Superseded { .. } => ("tag", &self.state_replaced),
            State::Suspended { .. } => ("tag bad", &self.state_suspended),
            State::Withdrawn { .. } => ("tag", &self.state_withdrawn),
            State::Rejected { .. } => ("tag bad", &self.state_rejected),
        };
        Tag { class, word }
    }

    /// An event of the decision log, by its code.
    pub fn event<'a>(&'a self, code: &'a str) -> &'a str {
        match code {
            "receive" => &self.event_receive,
            "pass" => &self.event_pass,
            "fail" => &self.event_fail,
            "approve" => &self.event_approve,
            "reject" => &self.event_reject,
            "deploy" => &self.event_deploy,
            "supersede" => &self.event_supersede,
            "suspend" => &self.event_suspend,
            "resume" => &self.event_resume,
            "withdraw" => &self.event_withdraw,
            other => other,
        }
    }

    /// Why something is refused, and what to do.
    pub fn reason(&self, reason: &Reason) -> &str {
        self.reason_of(reason.code())
    }

    /// The same, by the rule's code in the log of decisions.
    pub fn reason_of<'a>(&'a self, code: &'a str) -> &'a str {
        match code {
            "wrong-state" => &self.refused_wrong_state,
            "wrong-role" => &self.refused_wrong_role,
            "conflict-of-interest" => &self.refused_conflict_of_interest,
            "same-officer" => &self.refused_same_officer,
            "stale-evidence" => &self.refused_stale_evidence,
            "beyond-asked" => &self.refused_beyond_asked,
            "too-small" => &self.refused_too_small,
            "no-reason" => &self.refused_no_reason,
            "hidden-text" => &self.refused_hidden_text,
            "publisher-unverified" => &self.refused_publisher_unverified,
            "approval-lapsed" => &self.refused_approval_lapsed,
            "name-suspended" => &self.refused_name_suspended,
            other => other,
        }
    }

    /// What does not agree in a record, by its code.
    pub fn discrepancy<'a>(&'a self, code: &'a str) -> &'a str {
        match code {
            "report" => &self.discrepancy_report,
            "component" => &self.discrepancy_component,
            "manifest-text" => &self.discrepancy_manifest_text,
            "manifest" => &self.discrepancy_manifest,
            "approval" => &self.discrepancy_approval,
            "approval-not-in-log" => &self.discrepancy_not_in_log,
            "approval-limits" => &self.discrepancy_limits,
            "beyond-asked" => &self.discrepancy_beyond_asked,
            "start" => &self.discrepancy_start,
            "publisher" => &self.discrepancy_publisher,
            other => other,
        }
    }

    /// Why data may be used, in words for whoever reads about a service, not for its citizen.
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

    /// A permission in plain words.
    pub fn capability(&self, capability: &Capability) -> &str {
        match capability {
            Capability::Identity => &self.capability_identity,
            Capability::Consent => &self.capability_consent,
            Capability::Payments => &self.capability_payments,
            Capability::OpenData => &self.capability_open_data,
            Capability::Logging => &self.capability_logging,
            Capability::Clock => &self.capability_clock,
            Capability::Random => &self.capability_random,
            Capability::Outbound => &self.capability_outbound,
        }
    }

    pub fn limit(&self, limit: LimitField) -> &str {
        match limit {
            LimitField::Citizens => &self.limit_citizens,
            LimitField::AmountPerPayment => &self.limit_amount_per_payment,
            LimitField::AmountPerCitizen => &self.limit_amount_per_citizen,
            LimitField::AmountTotal => &self.limit_amount_total,
            LimitField::Days => &self.limit_days,
            LimitField::CallsPerMinute => &self.limit_calls_per_minute,
        }
    }

    pub fn check<'a>(&'a self, check: &'a Check) -> &'a str {
        match check.code.as_str() {
            "valid-component" => &self.check_valid_component,
            "size" => &self.check_size,
            "world" => &self.check_world,
            "imports-known" => &self.check_imports_known,
            "imports-declared" => &self.check_imports_declared,
            "declared-used" => &self.check_declared_used,
            "name" => &self.check_name,
            "texts" => &self.check_texts,
            "service-codes" => &self.check_service_codes,
            "authorization" => &self.check_authorization,
            "compiles" => &self.check_compiles,
            "smoke-anonymous" => &self.check_smoke_anonymous,
            "smoke-citizen" => &self.check_smoke_citizen,
            _ => &self.check_other,
        }
    }

    pub fn outcome(&self, check: &Check) -> Tag<'_> {
        match (check.outcome, check.severity) {
            (Outcome::Passed, _) => Tag {
                class: "tag good",
                word: &self.outcome_passed,
            },
            (Outcome::Failed, Severity::Block) => Tag {
                class: "tag bad",
                word: &self.outcome_failed,
            },
            (Outcome::Failed, Severity::Warn) => Tag {
                class: "tag warn",
                word: &self.severity_warn,
            },
        }
    }

    /// What failing a check means.
    pub fn severity(&self, check: &Check) -> &str {
        match check.severity {
            Severity::Block => &self.severity_block,
            Severity::Warn => &self.severity_warn,
        }
    }

    /// A difference between versions: its kind, and what changed.
    pub fn change(&self, change: &Change, lang: Locale) -> (&str, String) {
        let consent = aim_gov::consent::ConsentText::of(lang);
        let limit = |limit: LimitField, from: u64, to: u64| {
            format!(
                "{}: {} → {}",
                self.limit(limit),
                amount(limit, from, lang),
                amount(limit, to, lang)
            )
        };
        match change {
            Change::CapabilityAdded(c) => (&self.change_capability_added, self.capability(c).to_owned()),
            Change::CapabilityRemoved(c) => (&self.change_capability_removed, self.capability(c).to_owned()),
            Change::PurposeAdded(code) => (&self.change_purpose_added, code.clone()),
            Change::PurposeRemoved(code) => (&self.change_purpose_removed, code.clone()),
            Change::PurposeTerms(code) => (&self.change_purpose_terms, code.clone()),
            Change::AttributeAdded { purpose, attribute } => (
                &self.change_attribute_added,
                format!("{} ({purpose})", consent.attribute(attribute)),
            ),
            Change::AttributeRemoved { purpose, attribute } => (
                &self.change_attribute_removed,
                format!("{} ({purpose})", consent.attribute(attribute)),
            ),
            Change::ServiceCodeAdded(code) => (&self.change_service_code_added, code.clone()),
            Change::ServiceCodeRemoved(code) => (&self.change_service_code_removed, code.clone()),
            Change::HostAdded(host) => (&self.change_host_added, host.clone()),
            Change::HostRemoved(host) => (&self.change_host_removed, host.clone()),
            Change::AuthorizationAdded => (&self.change_authorization_added, AUTHORIZATION.to_owned()),
            Change::AuthorizationRemoved => (&self.change_authorization_removed, AUTHORIZATION.to_owned()),
            Change::LimitRaised { limit: l, from, to } => (&self.change_limit_raised, limit(*l, *from, *to)),
            Change::LimitLowered { limit: l, from, to } => {
                (&self.change_limit_lowered, limit(*l, *from, *to))
            }
        }
    }
}

/// A limit's value as people read it: amounts in manat, the rest as it is.
pub fn amount(limit: LimitField, value: u64, lang: Locale) -> String {
    match limit {
        LimitField::AmountPerPayment | LimitField::AmountPerCitizen | LimitField::AmountTotal => {
            Money::limit(value).display(lang).to_string()
        }
        LimitField::Citizens | LimitField::Days | LimitField::CallsPerMinute => value.to_string(),
    }
}
