//! Why a card was refused.

/// Attempts, with one or several cards, after which a payment fails. They limit the guesses at the data of a
/// card.
pub const REJECTIONS_MAX: i64 = 5;

/// Why a card was refused. The citizen may try another one while the payment is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The bank that issued the card declined it.
    Declined,
    /// The bank considers the card expired.
    ExpiredCard,
    /// The bank considers the security code wrong.
    WrongCvc,
    /// The citizen told the bank that the payment is not theirs.
    RefusedAtBank,
}

impl Rejection {
    /// Every rejection.
    pub const ALL: [Self; 4] = [
        Self::Declined,
        Self::ExpiredCard,
        Self::WrongCvc,
        Self::RefusedAtBank,
    ];

    /// The column, also the decision in the audit log.
    pub fn code(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::ExpiredCard => "expired-card",
            Self::WrongCvc => "wrong-cvc",
            Self::RefusedAtBank => "refused-at-bank",
        }
    }

    /// The rejection of this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rejection| rejection.code() == code)
    }
}
