//! The codes of closed lists are stored in databases, documents and the WIT: this test fails if a variant is
//! renamed or `strum` spells one differently.

use strum::VariantArray;

use crate::log::{Level, Source};

fn codes<T: VariantArray + Copy + Into<&'static str>>() -> Vec<&'static str> {
    T::VARIANTS.iter().map(|one| (*one).into()).collect()
}

#[test]
fn codes_are_those_that_are_kept() {
    assert_eq!(
        codes::<Level>(),
        ["trace", "debug", "info", "warn", "error", "critical"]
    );
    assert_eq!(codes::<Source>(), ["plugin", "stdout", "stderr", "host"]);
}
