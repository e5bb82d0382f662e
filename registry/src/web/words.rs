//! The texts for codes: states, events, rules, permissions, limits, checks.

use aim_gov::documents::{ClaimKind, Presenter};
use aim_gov::event_type::EventType;
use aim_gov::exchange::Operation;
use aim_gov::grant::{Capability, LawfulBasis};
use aim_gov::payments::Money;
use aim_gov::signature::{Assurance, Format};
use aim_gov::text::Locale;
use aim_gov::web::{Codes, Texts};

use crate::domain::change::Change;
use crate::domain::report::{Check, Outcome, Severity};
use crate::domain::submission::{Reason, State};
use crate::manifest::LimitField;

/// The item of a list of changes that stands for the header.
const AUTHORIZATION: &str = "authorization";

aim_gov::catalogue! {
    /// The texts that the pages of staff, developers and citizens share.
    pub struct Words from ("../../text/words.az.toml", "../../text/words.en.toml") {
        refused,
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
        severity_block,
        severity_warn,
        outcome_passed,
        outcome_failed,
        change_capability_added,
        change_capability_removed,
        change_purpose_added,
        change_purpose_removed,
        change_purpose_terms,
        change_attribute_added,
        change_attribute_removed,
        change_service_code_added,
        change_service_code_removed,
        change_template_added,
        change_template_removed,
        change_template_changed,
        change_document_added,
        change_document_removed,
        change_document_changed,
        change_presentation_added,
        change_presentation_removed,
        change_presentation_changed,
        change_signature_format_added,
        change_signature_format_removed,
        change_assurance_added,
        change_assurance_removed,
        change_naming_added,
        change_naming_removed,
        change_event_added,
        change_event_removed,
        change_operation_added,
        change_operation_removed,
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
        state: Codes,
        event: Codes,
        rule: Codes,
        discrepancy: Codes,
        basis: Texts<LawfulBasis>,
        capability: Texts<Capability>,
        limit: Texts<LimitField>,
        events: Texts<EventType>,
        claim_kind: Texts<ClaimKind>,
        presenter: Texts<Presenter>,
        signature_format: Texts<Format>,
        assurance: Texts<Assurance>,
        check: Codes,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    pub class: &'static str,
    pub word: &'a str,
}

impl Words {
    pub fn state(&self, state: &State) -> Tag<'_> {
        let class = match state {
            State::Draft | State::Vetting { .. } | State::Superseded { .. } | State::Withdrawn { .. } => {
                "tag"
            }
            State::VettingFailed { .. } | State::Suspended { .. } | State::Rejected { .. } => "tag bad",
            State::Vetted { .. } | State::FirstApproved { .. } => "tag warn",
            State::Approved { .. } | State::Deployed { .. } => "tag good",
        };
        let code = match state {
            State::Superseded { newer: false, .. } => "replaced",
            other => other.code(),
        };
        let word = self.state.get(code);
        Tag { class, word }
    }

    /// Why an action is refused, and the remedy.
    pub fn reason(&self, reason: &Reason) -> &str {
        self.rule.get(reason.code())
    }

    pub fn check(&self, check: &Check) -> &str {
        self.check.find(&check.code).unwrap_or(self.check.get("other"))
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

    /// The consequence of failing a check.
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
                self.limit.get(&limit),
                amount(limit, from, lang),
                amount(limit, to, lang)
            )
        };
        match change {
            Change::CapabilityAdded(c) => (&self.change_capability_added, self.capability.get(c).to_owned()),
            Change::CapabilityRemoved(c) => {
                (&self.change_capability_removed, self.capability.get(c).to_owned())
            }
            Change::PurposeAdded(code) => (&self.change_purpose_added, code.clone()),
            Change::PurposeRemoved(code) => (&self.change_purpose_removed, code.clone()),
            Change::PurposeTerms(code) => (&self.change_purpose_terms, code.clone()),
            Change::AttributeAdded { purpose, attribute } => (
                &self.change_attribute_added,
                format!("{} ({purpose})", consent.attribute.get(attribute)),
            ),
            Change::AttributeRemoved { purpose, attribute } => (
                &self.change_attribute_removed,
                format!("{} ({purpose})", consent.attribute.get(attribute)),
            ),
            Change::ServiceCodeAdded(code) => (&self.change_service_code_added, code.clone()),
            Change::ServiceCodeRemoved(code) => (&self.change_service_code_removed, code.clone()),
            Change::TemplateAdded(id) => (&self.change_template_added, id.clone()),
            Change::TemplateRemoved(id) => (&self.change_template_removed, id.clone()),
            Change::TemplateChanged(id) => (&self.change_template_changed, id.clone()),
            Change::DocumentAdded(code) => (&self.change_document_added, code.clone()),
            Change::DocumentRemoved(code) => (&self.change_document_removed, code.clone()),
            Change::DocumentChanged(code) => (&self.change_document_changed, code.clone()),
            Change::PresentationAdded(code) => (&self.change_presentation_added, code.clone()),
            Change::PresentationRemoved(code) => (&self.change_presentation_removed, code.clone()),
            Change::PresentationChanged(code) => (&self.change_presentation_changed, code.clone()),
            Change::SignatureFormatAdded(format) => (
                &self.change_signature_format_added,
                self.signature_format.get(format).to_owned(),
            ),
            Change::SignatureFormatRemoved(format) => (
                &self.change_signature_format_removed,
                self.signature_format.get(format).to_owned(),
            ),
            Change::AssuranceAdded(assurance) => (
                &self.change_assurance_added,
                self.assurance.get(assurance).to_owned(),
            ),
            Change::AssuranceRemoved(assurance) => (
                &self.change_assurance_removed,
                self.assurance.get(assurance).to_owned(),
            ),
            Change::NamingAdded => (&self.change_naming_added, String::new()),
            Change::NamingRemoved => (&self.change_naming_removed, String::new()),
            Change::EventAdded(event) => (&self.change_event_added, self.events.get(event).to_owned()),
            Change::EventRemoved(event) => (&self.change_event_removed, self.events.get(event).to_owned()),
            Change::OperationAdded(code) => (&self.change_operation_added, operation(code, lang)),
            Change::OperationRemoved(code) => (&self.change_operation_removed, operation(code, lang)),
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

/// An operation of a registry for people, with its code.
fn operation(code: &str, lang: Locale) -> String {
    match Operation::find(code) {
        Some(operation) => format!("{} ({code})", operation.title.get(lang)),
        None => code.to_owned(),
    }
}

/// A limit's value for people: amounts in manats, other values unchanged.
pub fn amount(limit: LimitField, value: u64, lang: Locale) -> String {
    match limit.is_money() {
        true => Money::limit(value).display(lang).to_string(),
        false => value.to_string(),
    }
}
