//! Digits and codes as people enter them: pasted from a PDF or a message, dictated, or typed on a keyboard with
//! other digits. Each input for digits goes through [`Digits`], each input for a code of letters and digits
//! through [`code`].

use std::fmt;

/// One or more ASCII digits. Its `Debug` output does not show them: they may be a card's.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(String);

/// Why a text is not a sequence of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDigits {
    #[error("nothing was entered")]
    Empty,
    #[error("something that was entered is not a digit")]
    Malformed,
}

impl Digits {
    /// Parses the digits in `typed`. Spaces and invisible marks are skipped anywhere, dashes only after the
    /// first digit: before it, a dash may be a minus sign. Full-width and Arabic-Indic digits count as ASCII
    /// ones.
    pub fn parse(typed: &str) -> Result<Self, NotDigits> {
        let mut digits = String::new();
        for character in typed.chars() {
            match ascii_digit(character) {
                Some(digit) => digits.push(digit),
                None if is_gap(character) => {}
                None if is_dash(character) && !digits.is_empty() => {}
                None => return Err(NotDigits::Malformed),
            }
        }
        if digits.is_empty() {
            Err(NotDigits::Empty)
        } else {
            Ok(Self(digits))
        }
    }

    /// The digits, `0` to `9`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits")
    }
}

/// The typed code in the form that the platform printed: without spaces, dashes and invisible marks, in
/// lower-case ASCII. Whether such a code exists is up to the caller.
pub fn code(typed: &str) -> String {
    typed
        .chars()
        .filter(|character| !is_gap(*character) && !is_dash(*character))
        .map(|character| ascii_digit(character).unwrap_or_else(|| narrow(character).to_ascii_lowercase()))
        .collect()
}

/// The ASCII digit for an ASCII, Arabic-Indic, extended Arabic-Indic or full-width digit.
pub(crate) fn ascii_digit(character: char) -> Option<char> {
    const ZEROS: [char; 4] = ['0', '\u{660}', '\u{6f0}', '\u{ff10}'];
    ZEROS.into_iter().find_map(|zero| {
        let value = u32::from(character).checked_sub(u32::from(zero))?;
        char::from_digit(value, 10)
    })
}

/// The ASCII character for a full-width one (U+FF01 to U+FF5E); any other unchanged.
fn narrow(character: char) -> char {
    const OFFSET: u32 = 0xff01 - 0x21;
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - OFFSET).unwrap_or(character),
        other => other,
    }
}

/// Spaces of every width, and zero-width marks that come with copied text.
pub(crate) fn is_gap(character: char) -> bool {
    character.is_whitespace()
        || matches!(character,
            // Soft hyphen, Arabic letter mark.
            '\u{ad}' | '\u{61c}'
            // Zero-width spaces and joiners, direction marks, embeddings, overrides, isolates.
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Hyphens, dashes and the minus sign.
fn is_dash(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_through_whatever_separates_them() {
        for typed in [
            "111222",
            " 111222\n",
            "111 222",
            "111-222",
            "111\u{a0}222",
            "111\u{2007}222",
            "111\u{2009}222",
            "111\u{202f}222",
            "111\u{3000}222",
            "111\t222",
            "111\u{2013}222",
            "111\u{2011}222",
            "111\u{2212}222",
            "\u{200b}111222",
            "\u{200e}111\u{ad}222\u{feff}",
            "\u{ff11}\u{ff11}\u{ff11}\u{ff0d}\u{ff12}\u{ff12}\u{ff12}",
            "\u{661}\u{661}\u{661}\u{662}\u{662}\u{662}",
            "\u{6f1}\u{6f1}\u{6f1} 222",
        ] {
            let digits = Digits::parse(typed);
            assert_eq!(digits.as_ref().map(Digits::as_str), Ok("111222"), "{typed:?}");
        }
    }

    #[test]
    fn typed_characters_other_than_digits_are_refused() {
        for typed in ["", " ", "\u{200b}", "\u{a0}\t"] {
            assert_eq!(Digits::parse(typed), Err(NotDigits::Empty), "{typed:?}");
        }
        for typed in [
            "-5",
            "\u{2212}5",
            "+5",
            "1.5",
            "1,5",
            "1a",
            "O1",
            "\u{bd}",
            "\u{b2}",
            "\u{2460}",
            "/",
            ":",
        ] {
            assert_eq!(Digits::parse(typed), Err(NotDigits::Malformed), "{typed:?}");
        }
    }

    #[test]
    fn digits_never_show_in_a_log() {
        let digits = Digits::parse("4242").unwrap();
        assert!(!format!("{digits:?}").contains("42"));
    }

    #[test]
    fn code_is_the_printed_one() {
        for typed in [
            "ab12-cd34",
            " AB12 CD34",
            "ab12\u{2013}cd34",
            "\u{ff41}\u{ff42}12\u{a0}cd\u{200b}34",
        ] {
            assert_eq!(code(typed), "ab12cd34", "{typed:?}");
        }
        assert_eq!(code("rcp_01AB"), "rcp_01ab");
        assert_eq!(code("\u{259}"), "\u{259}");
    }
}
