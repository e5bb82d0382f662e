//! The texts of the civil registry office.

crate::catalogue! {
    /// The texts of the page of the simulated civil registry office.
    pub struct CivilStatusText from ("../../text/civil_status.az.toml", "../../text/civil_status.en.toml") {
        title,
        intro,
        marriage,
        married,
        unmarried,
        children,
        no_children,
        unnamed,
        born,
        girl,
        boy,
        form_title,
        form_text,
        gender,
        send,
        not_registered,
        no_mother,
        too_many,
        gender_wrong,
        confirm_title,
        confirm_register,
        confirm_services,
        confirm_back,
        done,
    }
}
