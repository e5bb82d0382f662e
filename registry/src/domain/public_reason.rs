//! The published reason for a suspension of a service.

use aim_gov::shown::{NotShown, ShownText};

/// The most characters of such a reason.
pub const PUBLIC_REASON_CHARS_MAX: usize = 500;

/// A reason that citizens can read: one line of visible text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicReason(ShownText);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicReasonError {
    /// It has more than [`PUBLIC_REASON_CHARS_MAX`] characters.
    #[error("the reason for the public has more than {PUBLIC_REASON_CHARS_MAX} characters")]
    TooLong,
    /// One of its characters is invisible, or changes the order of the text.
    #[error("the reason for the public has a hidden character (U+{:04X})", u32::from(*.0))]
    Hidden(char),
    #[error("the reason for the public has too many combining marks")]
    Marks,
}

impl PublicReason {
    /// The reason in the typed text; `None` if it is empty. Line breaks and runs of spaces become one space.
    pub fn parse(typed: &str) -> Result<Option<Self>, PublicReasonError> {
        let text = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return Ok(None);
        }
        match ShownText::parse(&text, PUBLIC_REASON_CHARS_MAX) {
            Ok(text) => Ok(Some(Self(text))),
            Err(NotShown::Hidden(hidden)) => Err(PublicReasonError::Hidden(hidden)),
            Err(NotShown::TooLong { .. }) => Err(PublicReasonError::TooLong),
            Err(NotShown::Marks | NotShown::Empty) => Err(PublicReasonError::Marks),
        }
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<String> for PublicReason {
    type Error = PublicReasonError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // An empty reason was never stored.
        Self::parse(&text)?.ok_or(PublicReasonError::Marks)
    }
}

impl From<PublicReason> for String {
    fn from(reason: PublicReason) -> Self {
        reason.0.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_reason_is_one_line_of_visible_text() {
        let parsed = PublicReason::parse(" It showed\r\nwrong  amounts. ").unwrap();
        assert_eq!(parsed.unwrap().as_str(), "It showed wrong amounts.");
        assert_eq!(PublicReason::parse(" \r\n"), Ok(None));
        assert_eq!(
            PublicReason::parse("safe\u{202e}efas"),
            Err(PublicReasonError::Hidden('\u{202e}'))
        );
        let longest = "ə".repeat(PUBLIC_REASON_CHARS_MAX);
        assert!(PublicReason::parse(&longest).unwrap().is_some());
        assert_eq!(
            PublicReason::parse(&format!("{longest}ə")),
            Err(PublicReasonError::TooLong)
        );
    }
}
