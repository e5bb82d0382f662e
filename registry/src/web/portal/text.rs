//! The texts of these pages.

aim_gov::catalogue! {
    /// The texts of the portal.
    pub struct PortalText from ("../../../text/portal.az.toml", "../../../text/portal.en.toml") {
        catalogue_title,
        catalogue_intro,
        catalogue_none,
        search_label,
        search_button,
        search_none,
        open_button,
        closed,
        test_title,
        test_text,
        responsible_label,
        tax_id_label,
        supervisor_label,
        supervisor,
        contact_label,
        ends_label,
        version_label,
        data_title,
        data_intro,
        data_none,
        permissions_title,
        leave_title,
        leave_text,
        leave_link,
        column_service,
    }
}
