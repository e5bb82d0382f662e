//! What a place costs.

/// The average monthly income below which the fee is reduced, in manats.
pub const THRESHOLD_MANATS: u32 = 800;
/// The fee for a month, in manats.
const FULL_MANATS: u32 = 60;
/// The reduced fee for a month, in manats.
const REDUCED_MANATS: u32 = 20;

/// The fee for a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fee {
    Full,
    Reduced,
    /// The citizen keeps to themselves whether it could be reduced.
    Undisclosed,
}

impl Fee {
    /// The fee of a family whose income is below [`THRESHOLD_MANATS`] or not, or who does not say so.
    pub fn of(earns_below: Option<bool>) -> Self {
        match earns_below {
            Some(true) => Self::Reduced,
            Some(false) => Self::Full,
            None => Self::Undisclosed,
        }
    }

    pub fn manats(self) -> u32 {
        match self {
            Self::Full | Self::Undisclosed => FULL_MANATS,
            Self::Reduced => REDUCED_MANATS,
        }
    }
}
