//! The name of a publisher in addresses, as CKAN has for its organisations.

use super::language::{Language, fold};

/// The longest name (CKAN's own limit).
const NAME_CHARS_MAX: usize = 100;

/// `publisher` in Latin letters without marks, digits and `-`; the same for spellings that differ in other
/// characters only.
pub fn name(publisher: &str) -> String {
    let mut name = String::new();
    for letter in fold(publisher, Language::Az).chars() {
        let letter = match letter {
            'ə' => 'e',
            'ı' => 'i',
            'ç' => 'c',
            'ğ' => 'g',
            'ö' => 'o',
            'ş' => 's',
            'ü' => 'u',
            'a'..='z' | '0'..='9' => letter,
            _ if name.is_empty() || name.ends_with('-') => continue,
            _ => '-',
        };
        if name.len() == NAME_CHARS_MAX {
            break;
        }
        name.push(letter);
    }
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_for_addresses() {
        for (publisher, expected) in [
            ("GeoNames", "geonames"),
            (
                "holidays (Python library) contributors",
                "holidays-python-library-contributors",
            ),
            ("Dövlət Statistika Komitəsi", "dovlet-statistika-komitesi"),
            ("İQTİSADİYYAT NAZİRLİYİ", "iqtisadiyyat-nazirliyi"),
            ("  —  ", ""),
        ] {
            assert_eq!(name(publisher), expected, "{publisher}");
        }
        assert_eq!(name(&"a".repeat(200)).len(), NAME_CHARS_MAX);
    }
}
