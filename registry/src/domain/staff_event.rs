//! What happens among the staff, as the log of the people page names it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum StaffEvent {
    /// A director added somebody or changed an entry, before such changes were proposals.
    Changed,
    Invited,
    ChangeProposed,
    ResetProposed,
    /// The person chose password and second factor behind the link.
    Accepted,
    /// A second director confirmed it.
    Confirmed,
    Waited,
    Stopped,
    /// The director who proposed it is not one any more.
    Lapsed,
    /// A director took something away, at once.
    Narrowed,
    PasswordChanged,
    /// The person changed their second factor.
    FactorChanged,
    CodesMade,
    CodeUsed,
}

aim_gov::coded!(StaffEvent);
