//! The texts of the people page.

use super::StaffText;
use crate::domain::staff::StaffRole;
use crate::domain::staff_event::StaffEvent;
use crate::staff_changes;

pub(super) fn word(text: &StaffText, role: StaffRole) -> &str {
    match role {
        StaffRole::Officer => &text.person_officer,
        StaffRole::Director => &text.person_director,
    }
}

pub(super) fn entry_words(
    text: &StaffText,
    role: StaffRole,
    active: bool,
    organisation: Option<&str>,
) -> String {
    let active = if active {
        &text.person_active
    } else {
        &text.person_left
    };
    let mut words = format!("{} · {active}", word(text, role));
    if let Some(organisation) = organisation {
        words.push_str(&format!(" · {}: {organisation}", text.person_tie));
    }
    words
}

pub(super) fn happened(text: &StaffText, event: StaffEvent) -> &str {
    match event {
        StaffEvent::Changed => &text.event_changed,
        StaffEvent::Invited => &text.event_invited,
        StaffEvent::ChangeProposed => &text.event_change_proposed,
        StaffEvent::ResetProposed => &text.event_reset_proposed,
        StaffEvent::Accepted => &text.event_accepted,
        StaffEvent::Confirmed => &text.event_confirmed,
        StaffEvent::Waited => &text.event_waited,
        StaffEvent::Stopped => &text.event_stopped,
        StaffEvent::Lapsed => &text.event_lapsed,
        StaffEvent::Narrowed => &text.event_narrowed,
        StaffEvent::PasswordChanged => &text.event_password_changed,
        StaffEvent::FactorChanged => &text.event_factor_changed,
        StaffEvent::CodesMade => &text.event_codes_made,
        StaffEvent::CodeUsed => &text.event_code_used,
    }
}

/// The field and the text of an error in a form.
pub(super) fn message(text: &StaffText, error: staff_changes::FormError) -> (&'static str, &str) {
    match error {
        staff_changes::FormError::Name => ("name", &text.person_name_wrong),
        staff_changes::FormError::Email => ("email", &text.person_email_wrong),
        staff_changes::FormError::EmailTaken => ("email", &text.person_email_taken),
        staff_changes::FormError::Password => ("password", &text.person_password_wrong),
        staff_changes::FormError::PasswordCommon => ("password", &text.password_common),
        staff_changes::FormError::Code => ("code", &text.code_wrong),
        staff_changes::FormError::Role => ("role", &text.person_role_wrong),
        staff_changes::FormError::Organisation => ("tax_id", &text.person_tie_wrong),
    }
}
