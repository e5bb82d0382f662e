//! Events among the staff, for the log of the people page.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum StaffEvent {
    /// A director added a person or changed an entry, before such changes were proposals.
    Changed,
    Invited,
    ChangeProposed,
    ResetProposed,
    /// The person chose password and second factor with the link.
    Accepted,
    /// A second director confirmed it.
    Confirmed,
    Waited,
    Stopped,
    /// The director who proposed it is no longer a director.
    Lapsed,
    /// A director reduced rights, which takes effect at once.
    Narrowed,
    PasswordChanged,
    /// The person changed their second factor.
    FactorChanged,
    CodesMade,
    CodeUsed,
}

aim_gov::coded!(StaffEvent);
