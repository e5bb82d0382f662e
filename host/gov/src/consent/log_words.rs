//! The access log in plain words: which sentence belongs to which operation and which refusal.

use std::collections::BTreeMap;

use crate::audit;
use crate::web::Codes;

/// Any other operation of an interface.
const ANY: &str = "*";

crate::catalogue! {
    /// What can be done about a citizen, and what can come of it.
    pub struct LogText from ("../../text/consent_log.az.toml", "../../text/consent_log.en.toml") {
        other,
        allowed,
        login_required,
        step_up_required,
        consent_required,
        consent_paused,
        consent_revoked,
        consent_expired,
        not_approved,
        unsubscribed,
        suspended,
        limit,
        not_paid,
        unanswered,
        unanswered_agency,
        agency_refused,
        outcome_unknown,
        refused,
        operation: BTreeMap<String, Codes>,
    }
}

impl LogText {
    /// What an operation does, as a sentence about the citizen.
    pub fn operation(&self, interface: &str, operation: &str) -> &str {
        let texts = self.operation.get(interface);
        texts
            .and_then(|texts| texts.find(operation).or_else(|| texts.find(ANY)))
            .unwrap_or(&self.other)
    }

    pub fn decision(&self, decision: &str) -> &str {
        match decision {
            audit::ALLOWED => &self.allowed,
            "login-required" => &self.login_required,
            "step-up-required" => &self.step_up_required,
            "consent-required" => &self.consent_required,
            "consent-paused" => &self.consent_paused,
            "consent-revoked" => &self.consent_revoked,
            "consent-expired" => &self.consent_expired,
            "capability-not-granted"
            | "purpose-not-approved"
            | "attribute-not-approved"
            | "questions-too-many"
            | "operation-not-approved"
            | "field-not-approved"
            | "purpose-not-periodic"
            | "service-code-not-granted"
            | "host-not-approved"
            | "document-kind-not-approved"
            | "claims-not-approved"
            | "presenter-not-approved"
            | "format-not-approved"
            | "assurance-not-approved"
            | "naming-not-approved"
            | "file-names-signer" => &self.not_approved,
            "provider-silent" => &self.unanswered,
            "agency-silent" => &self.unanswered_agency,
            "agency-refused" => &self.agency_refused,
            "outcome-unknown" => &self.outcome_unknown,
            "suspended" => &self.suspended,
            "citizens"
            | "amount-per-payment"
            | "amount-per-citizen"
            | "amount-total"
            | "transactions"
            | "end-date"
            | "limit-exceeded"
            | "data-category"
            | "region"
            | "messages"
            | "calls-per-minute"
            | "messages-per-citizen"
            | "signatures"
            | "registry-calls"
            | "presentations"
            | "documents"
            | "events"
            | "citizen-messages-too-many"
            | "citizen-requests-too-many"
            | "service-requests-too-many" => &self.limit,
            "unsubscribed" => &self.unsubscribed,
            "payment-method-rejected"
            | "declined"
            | "expired-card"
            | "wrong-cvc"
            | "refused-at-bank"
            | "expired"
            | "cancelled-by-service"
            | "provider-error"
            | "not-carried-out" => &self.not_paid,
            _ => &self.refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Locale;

    #[test]
    fn operations_have_a_sentence_in_both_languages() {
        let [az, en] = [Locale::Az, Locale::En].map(LogText::of);
        let operations = |text: &LogText| -> Vec<(String, Vec<String>)> {
            let tables = text.operation.iter();
            tables
                .map(|(interface, texts)| (interface.clone(), texts.codes().map(str::to_owned).collect()))
                .collect()
        };
        assert_eq!(operations(az), operations(en));
        assert_eq!(en.operation("payments", "pay"), "You paid");
        assert_eq!(en.operation("open-data", "query"), en.operation("open-data", "*"));
        assert_eq!(en.operation("payments", "unheard-of"), en.other);
    }
}
