//! The texts of the layout and of the pages that say what went wrong.

crate::catalogue! {
    /// What stands on every page.
    pub struct LayoutText from ("../../text/layout.az.toml", "../../text/layout.en.toml") {
        platform_name,
        skip_to_content,
        phase_tag,
        phase_text,
        nav_label,
        nav_services,
        nav_my_consents,
        nav_my_log,
        nav_my_payments,
        nav_staff,
        nav_developers,
        language_label,
        log_in,
        log_out,
        error_prefix,
        error_summary_title,
        banner_title,
        footer_text,
        not_found_title,
        not_found_text,
        forbidden_title,
        forbidden_text,
        bad_request_title,
        bad_request_text,
        server_error_title,
        server_error_text,
        unavailable_title,
        unavailable_text,
        too_many_title,
        too_many_text,
        back_home,
        request_id,
    }
}
