//! Text by others that is shown to people. An invisible character makes two texts look alike, an empty one look
//! filled in, or a line read in another order, so it is refused (Unicode Technical Report 36; the "Trojan
//! Source" reorderings, CVE-2021-42574).

use icu_properties::props::{
    BinaryProperty as _, DefaultIgnorableCodePoint, EnumeratedProperty as _, GeneralCategory,
};

/// Combining marks in a row. Written languages need two or three on a letter; more would cover the lines
/// around.
pub const MARKS_MAX: usize = 4;
/// Braille without a dot: a symbol by its category, but blank.
const BLANK_SYMBOL: char = '\u{2800}';

/// A text with visible and without invisible characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownText(String);

/// Why a text must not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    /// A reader would not see this character, or would read the text in another order.
    #[error("holds the character U+{:04X}, which readers cannot see; remove it", u32::from(*.0))]
    Hidden(char),
    #[error("is empty; write a text")]
    Empty,
    /// Over [`MARKS_MAX`].
    #[error("has more than {MARKS_MAX} combining marks in a row; remove some")]
    Marks,
    #[error("has {chars} characters; at most {chars_max} are allowed")]
    TooLong {
        chars: usize,
        /// The allowed number of characters.
        chars_max: usize,
    },
}

impl ShownText {
    /// The text unchanged, if it has one to `chars_max` characters that people can see.
    pub fn parse(text: &str, chars_max: usize) -> Result<Self, NotShown> {
        if let Some(hidden) = hidden_character(text) {
            return Err(NotShown::Hidden(hidden));
        }
        if text
            .chars()
            .all(|letter| letter.is_whitespace() || is_mark(letter))
        {
            return Err(NotShown::Empty);
        }
        let mut marks = 0;
        for letter in text.chars() {
            marks = if is_mark(letter) { marks + 1 } else { 0 };
            if marks > MARKS_MAX {
                return Err(NotShown::Marks);
            }
        }
        let chars = text.chars().count();
        if chars > chars_max {
            return Err(NotShown::TooLong { chars, chars_max });
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// The first character of `text` that is a control, breaks the line, changes the direction of writing, is
/// invisible, or has an appearance defined by a private font.
pub fn hidden_character(text: &str) -> Option<char> {
    text.chars().find(|letter| is_hidden(*letter))
}

fn is_hidden(letter: char) -> bool {
    let category = matches!(
        GeneralCategory::for_char(letter),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
    );
    category || DefaultIgnorableCodePoint::for_char(letter) || letter == BLANK_SYMBOL
}

fn is_mark(letter: char) -> bool {
    matches!(
        GeneralCategory::for_char(letter),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_character_is_refused_wherever_it_stands() {
        for hidden in [
            '\0',
            '\t',
            '\n',
            '\r',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{180e}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2064}',
            '\u{2066}',
            '\u{2069}',
            '\u{206f}',
            '\u{2800}',
            '\u{3164}',
            '\u{e000}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{ffff}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{10ffff}',
        ] {
            for text in [
                hidden.to_string(),
                format!("{hidden}Su"),
                format!("Su {hidden}100 AZN"),
                format!("Su{hidden}"),
            ] {
                assert_eq!(
                    ShownText::parse(&text, 255),
                    Err(NotShown::Hidden(hidden)),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn text_that_people_write_is_shown_as_it_is() {
        for text in [
            "Şəhər, ğ ı ö ç ü – 1 «№»",
            "Su pulu, oktyabr\u{a0}2026: 12,50 ₼",
            "I\u{307}stilik",
            "Вода и тепло",
            "ماء ١٢",
            "Vie\u{302}\u{323}t",
            "水道料金 🚰",
        ] {
            assert_eq!(ShownText::parse(text, 255).unwrap().as_str(), text);
        }
    }

    #[test]
    fn text_without_anything_to_see_is_empty() {
        for text in ["", " ", "\u{a0}\u{3000}", "\u{301}", " \u{301} "] {
            assert_eq!(ShownText::parse(text, 255), Err(NotShown::Empty), "{text:?}");
        }
    }

    #[test]
    fn text_has_bounds() {
        let marks = |count| format!("S{}", "\u{301}".repeat(count));
        assert!(ShownText::parse(&marks(MARKS_MAX), 255).is_ok());
        assert_eq!(ShownText::parse(&marks(MARKS_MAX + 1), 255), Err(NotShown::Marks));
        let text = "\u{259}".repeat(5);
        assert!(ShownText::parse(&text, 5).is_ok());
        let long = NotShown::TooLong {
            chars: 5,
            chars_max: 4,
        };
        assert_eq!(ShownText::parse(&text, 4), Err(long));
    }
}
