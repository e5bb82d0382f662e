//! What a citizen can be reminded of.

use aim_sdk::prelude::*;

/// What a citizen can be reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    IdentityCard,
    Insurance,
    Inspection,
}

impl Subject {
    pub const ALL: [Self; 3] = [Self::IdentityCard, Self::Insurance, Self::Inspection];

    /// The name of its timers, and its value in the form.
    pub fn code(self) -> &'static str {
        match self {
            Self::IdentityCard => "identity-card",
            Self::Insurance => "insurance",
            Self::Inspection => "inspection",
        }
    }

    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.code() == code)
    }

    pub fn words(self) -> Localised {
        match self {
            Self::IdentityCard => Localised::new("şəxsiyyət vəsiqəsi", "identity card"),
            Self::Insurance => Localised::new("avtomobil sığortası", "car insurance"),
            Self::Inspection => Localised::new("texniki baxış", "car inspection"),
        }
    }

    /// In Azerbaijani and English: the handler does not know which language the citizen reads.
    pub fn in_both(self) -> String {
        let words = self.words();
        format!("{} ({})", words.get(Locale::Az), words.get(Locale::En))
    }
}
