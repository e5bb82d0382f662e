//! The access log in plain words: which sentence belongs to which operation and which refusal.

use crate::audit;

crate::catalogue! {
    /// What can be done about a citizen, and what can come of it.
    pub struct LogText from ("../../text/consent_log.az.toml", "../../text/consent_log.en.toml") {
        current,
        claims,
        check,
        require_acr,
        fin,
        consent_find,
        consent_request,
        consent_release,
        consent_give,
        consent_refuse,
        consent_pause,
        consent_resume,
        consent_revoke,
        consent_enrol,
        consent_leave,
        userinfo,
        log_in,
        log_out,
        payment_create,
        payment_read,
        payment_capture,
        payment_cancel,
        payment_refund,
        payment_bills,
        payment_pay,
        payment_look,
        payment_turn_back,
        payment_expire,
        payment_check,
        open_data,
        outbound,
        other,
        allowed,
        login_required,
        step_up_required,
        consent_required,
        consent_paused,
        consent_revoked,
        consent_expired,
        not_approved,
        suspended,
        limit,
        not_paid,
        unanswered,
        refused,
    }
}

impl LogText {
    /// What an operation does, as a sentence about the citizen.
    pub fn operation(&self, interface: &str, operation: &str) -> &str {
        match (interface, operation) {
            ("identity", "current") => &self.current,
            ("identity", "claims") => &self.claims,
            ("identity", "check") => &self.check,
            ("identity", "require-acr") => &self.require_acr,
            ("identity", "fin") => &self.fin,
            ("identity", "userinfo") => &self.userinfo,
            ("identity", "log-in") => &self.log_in,
            ("identity", "log-out") => &self.log_out,
            ("consent", "find") => &self.consent_find,
            ("consent", "request-url") => &self.consent_request,
            ("consent", "release") => &self.consent_release,
            ("consent", "give") => &self.consent_give,
            ("consent", "refuse") => &self.consent_refuse,
            ("consent", "pause") => &self.consent_pause,
            ("consent", "resume") => &self.consent_resume,
            ("consent", "revoke") => &self.consent_revoke,
            ("consent", "enrol") => &self.consent_enrol,
            ("consent", "leave") => &self.consent_leave,
            ("payments", "create") => &self.payment_create,
            ("payments", "get" | "find") => &self.payment_read,
            ("payments", "capture") => &self.payment_capture,
            ("payments", "cancel") => &self.payment_cancel,
            ("payments", "refund-payment") => &self.payment_refund,
            ("payments", "bills" | "bill-history") => &self.payment_bills,
            ("payments", "pay" | "answer-bank") => &self.payment_pay,
            ("payments", "start" | "outcome" | "receipt" | "my-payments") => &self.payment_look,
            ("payments", "turn-back") => &self.payment_turn_back,
            ("payments", "expire") => &self.payment_expire,
            ("payments", "check-receipt") => &self.payment_check,
            ("open-data", _) => &self.open_data,
            ("outbound", _) => &self.outbound,
            _ => &self.other,
        }
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
            | "service-code-not-granted"
            | "host-not-approved" => &self.not_approved,
            "provider-silent" => &self.unanswered,
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
            | "events" => &self.limit,
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
