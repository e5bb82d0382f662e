//! Letter case and alphabetical order, in Azerbaijani and in English.
//!
//! Azerbaijani has two letters where English has one: `i`/`İ` and `ı`/`I`. A text is therefore folded by the
//! rules of its own language, never by Unicode's default.

use std::iter::Peekable;
use std::str::Chars;

/// The language whose letters a text uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    Az,
    /// English; also correct for names of things, addresses and codes.
    En,
}

/// The Azerbaijani alphabet; `w`, which it lacks, comes last (CLDR 47, `az`).
const ALPHABET_AZ: &str = "abcçdeəfgğhxıijkqlmnoöprsştuüvyzw";
const ALPHABET_EN: &str = "abcdefghijklmnopqrstuvwxyz";

/// Position of the alphabet's letters in a sort key: after digits and punctuation, before every other
/// character. The 33 code points from here on are controls, which do not occur in text.
const LETTERS_START: u32 = 0x7f;

/// `text` in lower case.
pub fn fold(text: &str, language: Language) -> String {
    folded(text, language).collect()
}

/// A string whose byte order is the alphabetical order of `text`, without regard to case. The key of a prefix
/// is a prefix of the key.
pub fn sort_key(text: &str, language: Language) -> String {
    let alphabet = match language {
        Language::Az => ALPHABET_AZ,
        Language::En => ALPHABET_EN,
    };
    folded(text, language)
        .map(|letter| {
            if letter.is_ascii() && !letter.is_ascii_alphabetic() {
                return letter;
            }
            let place = alphabet.chars().position(|other| other == letter);
            place
                .and_then(|place| char::from_u32(LETTERS_START + u32::try_from(place).ok()?))
                .unwrap_or(letter)
        })
        .collect()
}

fn folded(text: &str, language: Language) -> Folded<'_> {
    Folded {
        rest: text.chars().peekable(),
        language,
        pending: None,
    }
}

struct Folded<'a> {
    rest: Peekable<Chars<'a>>,
    language: Language,
    /// The rest of the previous letter's lower case, if it has more than one character.
    pending: Option<std::char::ToLowercase>,
}

impl Iterator for Folded<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if let Some(letter) = self.pending.as_mut().and_then(Iterator::next) {
            return Some(letter);
        }
        let letter = self.rest.next()?;
        let letter = match self.rest.peek().and_then(|mark| compose(letter, *mark)) {
            Some(composed) => {
                self.rest.next();
                composed
            }
            None => letter,
        };
        match (letter, self.language) {
            ('I', Language::Az) => Some('ı'),
            ('İ', _) => Some('i'),
            _ => {
                let mut lower = letter.to_lowercase();
                let first = lower.next();
                self.pending = Some(lower);
                first
            }
        }
    }
}

/// The single character for a letter and a combining mark, for the letters of the Azerbaijani alphabet, which
/// some systems type as two characters.
fn compose(letter: char, mark: char) -> Option<char> {
    Some(match (letter, mark) {
        ('I', '\u{307}') => 'İ',
        ('C', '\u{327}') => 'Ç',
        ('c', '\u{327}') => 'ç',
        ('S', '\u{327}') => 'Ş',
        ('s', '\u{327}') => 'ş',
        ('G', '\u{306}') => 'Ğ',
        ('g', '\u{306}') => 'ğ',
        ('O', '\u{308}') => 'Ö',
        ('o', '\u{308}') => 'ö',
        ('U', '\u{308}') => 'Ü',
        ('u', '\u{308}') => 'ü',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_and_dotless_i_stay_two_letters_in_azerbaijani() {
        assert_eq!(fold("İstirahət", Language::Az), "istirahət");
        assert_eq!(fold("ISTI", Language::Az), "ıstı");
        assert_eq!(fold("I\u{307}stirahət", Language::Az), "istirahət");
        assert_eq!(fold("IT", Language::En), "it");
        assert_eq!(fold("İ", Language::En), "i");
        assert_eq!(fold("G\u{306}", Language::Az), "ğ");
    }

    #[test]
    fn words_sort_by_the_azerbaijani_alphabet() {
        let mut words = [
            "Zaqatala",
            "Şəki",
            "Salyan",
            "Əli",
            "Elçin",
            "İmişli",
            "Isıq",
            "Xaçmaz",
            "Hacı",
            "Quba",
            "Lerik",
            "Kürdəmir",
            "2",
            "Çinar",
            "Cəlil",
            "Whisky",
        ];
        words.sort_by_key(|word| sort_key(word, Language::Az));
        assert_eq!(
            words,
            [
                "2",
                "Cəlil",
                "Çinar",
                "Elçin",
                "Əli",
                "Hacı",
                "Xaçmaz",
                "Isıq",
                "İmişli",
                "Kürdəmir",
                "Quba",
                "Lerik",
                "Salyan",
                "Şəki",
                "Zaqatala",
                "Whisky"
            ]
        );
    }

    #[test]
    fn key_of_a_prefix_is_a_prefix_of_the_key() {
        let key = sort_key("İmişli şəhəri", Language::Az);
        assert!(key.starts_with(&sort_key("imiş", Language::Az)));
        assert!(!key.starts_with(&sort_key("Imiş", Language::Az)));
    }
}
