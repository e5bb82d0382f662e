//! The texts of the registry office.

crate::catalogue! {
    /// The texts of the page on which a citizen reports a move.
    pub struct ResidenceText from ("../../text/residence.az.toml", "../../text/residence.en.toml") {
        title,
        intro,
        current,
        no_address,
        form_title,
        place,
        street,
        street_hint,
        send,
        street_wrong,
        place_wrong,
        not_registered,
        confirm_title,
        confirm_register,
        confirm_services,
        confirm_back,
        done,
    }
}
