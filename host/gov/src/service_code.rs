//! Budget accounts: what a payment is for, in the terms of the state's budget.
//!
//! A plug-in passes only the service code; the host adds the classification, as the Government
//! Payment Portal does. The table is data (`data/service_codes.toml`).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::text::Localised;

/// One budget account.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceCode {
    /// The code that plug-ins pass: `utilities.water`. A grant of `utilities` covers every code below
    /// `utilities`.
    pub code: String,
    pub title: Localised,
    pub payee: Localised,
    /// Code of the budget's income classification. Simulated.
    pub budget_classification: String,
    /// Code of the organisation that receives the money. Simulated.
    pub organisation_code: String,
    /// Code of the budget level: 1 for the state's budget. Simulated.
    pub level_code: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    service_code: Vec<ServiceCode>,
}

#[allow(
    clippy::expect_used,
    reason = "the table is part of the program, and a test reads it"
)]
static TABLE: LazyLock<Vec<ServiceCode>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("../data/service_codes.toml"))
        .expect("the table of service codes parses")
        .service_code
});

impl ServiceCode {
    /// Every budget account.
    pub fn all() -> &'static [Self] {
        &TABLE
    }

    /// The budget account of this code.
    pub fn find(code: &str) -> Option<&'static Self> {
        TABLE.iter().find(|known| known.code == code)
    }

    /// Whether `umbrella` is this code or a code above it.
    pub fn is_within(&self, umbrella: &str) -> bool {
        within(&self.code, umbrella)
    }

    /// Whether one of the granted codes covers this one.
    pub fn is_granted(&self, granted: &BTreeSet<String>) -> bool {
        granted.iter().any(|umbrella| self.is_within(umbrella))
    }
}

/// Whether `code` is `umbrella` or a code below it.
pub fn within(code: &str, umbrella: &str) -> bool {
    code.strip_prefix(umbrella)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn umbrella_covers_what_is_below_it_and_nothing_beside_it() {
        let water = ServiceCode::find("utilities.water").unwrap();
        assert!(water.is_within("utilities"));
        assert!(water.is_within("utilities.water"));
        assert!(!water.is_within("utilities.gas"));
        assert!(!water.is_within("util"));
        assert!(
            !ServiceCode::find("utilities")
                .unwrap()
                .is_within("utilities.water")
        );
        assert_eq!(ServiceCode::find("utilities.steam"), None);
    }

    /// Stored payments name these codes; a payment whose code is missing could not be read.
    #[test]
    fn published_service_codes_stay() {
        for code in [
            "utilities",
            "utilities.water",
            "utilities.gas",
            "utilities.electricity",
        ] {
            assert!(ServiceCode::find(code).is_some(), "{code}");
        }
    }

    #[test]
    fn every_code_is_there_once_and_in_two_languages() {
        let codes: BTreeSet<_> = ServiceCode::all().iter().map(|known| &known.code).collect();
        assert_eq!(codes.len(), ServiceCode::all().len());
        for known in ServiceCode::all() {
            assert!(
                known.title.en.is_some() && known.payee.en.is_some(),
                "{}",
                known.code
            );
        }
    }
}
