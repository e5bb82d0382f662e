//! Why a card did not pay.

/// Cards, or tries of one, that a payment takes before it fails: whoever guesses the data of a card gets
/// this many guesses.
pub const REJECTIONS_MAX: i64 = 5;

/// Why a card did not pay. The citizen may try another one while the payment lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The bank that issued the card declined it.
    Declined,
    /// To the bank the card has expired.
    ExpiredCard,
    /// To the bank the security code is wrong.
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
