//! What happens among the staff, as the log of the people page names it.

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum StaffEvent {
    /// A director added somebody or changed an entry, before such changes were proposals.
    Changed,
    /// A director invited somebody.
    Invited,
    /// A director proposed another entry.
    ChangeProposed,
    /// A director proposed new credentials.
    ResetProposed,
    /// The person chose password and second factor behind the link.
    Accepted,
    /// A second director confirmed it.
    Confirmed,
    /// The waiting time passed.
    Waited,
    /// Somebody stopped it.
    Stopped,
    /// The director who proposed it is not one any more.
    Lapsed,
    /// A director took something away, at once.
    Narrowed,
    /// The person changed their password.
    PasswordChanged,
    /// The person changed their second factor.
    FactorChanged,
    /// The person made new recovery codes.
    CodesMade,
    /// The person used a recovery code.
    CodeUsed,
}

impl StaffEvent {
    /// Every event.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The name in the store.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
