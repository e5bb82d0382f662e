//! Values of tables on pages.

use crate::open_data::Value;
use crate::shown::hidden_character;

/// Characters of a value on the page.
const VALUE_CHARS_MAX: usize = 200;

/// A value as people are shown it.
pub(super) fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    };
    shown_text(&text)
}

/// A text of others as people are shown it: what they cannot see is a replacement character.
pub fn shown_text(text: &str) -> String {
    let is_hidden = |letter: char| hidden_character(letter.encode_utf8(&mut [0; 4])).is_some();
    let visible = text.chars().map(|letter| {
        if is_hidden(letter) {
            char::REPLACEMENT_CHARACTER
        } else {
            letter
        }
    });
    let mut shown: String = visible.take(VALUE_CHARS_MAX).collect();
    if text.chars().nth(VALUE_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}
