//! The codes of closed lists are kept in databases, documents and the WIT: a variant that is renamed, or a change of
//! how `strum` spells one, shows here.

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
