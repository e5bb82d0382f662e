//! What happens among the staff, as the log of the people page names it.

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    pub const ALL: [Self; 14] = [
        Self::Changed,
        Self::Invited,
        Self::ChangeProposed,
        Self::ResetProposed,
        Self::Accepted,
        Self::Confirmed,
        Self::Waited,
        Self::Stopped,
        Self::Lapsed,
        Self::Narrowed,
        Self::PasswordChanged,
        Self::FactorChanged,
        Self::CodesMade,
        Self::CodeUsed,
    ];

    /// The name in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Invited => "invited",
            Self::ChangeProposed => "change-proposed",
            Self::ResetProposed => "reset-proposed",
            Self::Accepted => "accepted",
            Self::Confirmed => "confirmed",
            Self::Waited => "waited",
            Self::Stopped => "stopped",
            Self::Lapsed => "lapsed",
            Self::Narrowed => "narrowed",
            Self::PasswordChanged => "password-changed",
            Self::FactorChanged => "factor-changed",
            Self::CodesMade => "codes-made",
            Self::CodeUsed => "code-used",
        }
    }

    /// The event of this name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.code() == code)
    }
}
