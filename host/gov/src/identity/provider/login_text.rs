//! The texts of log-ins.

crate::catalogue! {
    /// The texts of the log-in page, and of pages about log-ins that failed.
    pub struct LoginText from ("../../../text/identity.az.toml", "../../../text/identity.en.toml") {
        title,
        intro,
        fin_label,
        fin_hint,
        fin_missing,
        fin_malformed,
        fin_unknown,
        people_title,
        people_hint,
        code_label,
        code_hint,
        code_label_high,
        code_hint_high,
        code_hint_own,
        code_error,
        code_format_error,
        attempts_left,
        deceased_error,
        other_person_error,
        log_in,
        cancel,
        over_title,
        over_text,
        unknown_text,
        log_in_again,
        attempts_error,
        external_failed_title,
        external_failed_text,
        external_silent_text,
        external_level_text,
        external_unknown_text,
    }
}
