//! A first name, as the office takes it.

use aim_sdk::prelude::*;

/// Letters of a name.
const LETTERS_MAX: usize = 50;

/// The name without spaces around it; `None` for what cannot be a name.
pub fn checked(typed: &str) -> Option<String> {
    let name = typed.trim();
    let letters = name.chars().filter(|sign| sign.is_alphabetic()).count();
    let is_name = (2..=LETTERS_MAX).contains(&letters)
        && name
            .chars()
            .all(|sign| sign.is_alphabetic() || matches!(sign, ' ' | '-' | '\''));
    is_name.then(|| name.to_owned())
}

/// What is wrong with it.
pub fn unfit() -> Localised {
    Localised::new(
        "Adı hərflərlə yazın: ən azı 2, ən çoxu 50 hərf.",
        "Write the name in letters: at least 2, at most 50.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_has_letters_and_what_joins_them() {
        for name in ["Nərgiz", " Əli ", "Anna-Mariya", "O'Neil"] {
            assert_eq!(checked(name).as_deref(), Some(name.trim()));
        }
        let long = "ə".repeat(LETTERS_MAX + 1);
        for text in ["", " ", "A", "<b>Ad</b>", "Ad1", "--", &long] {
            assert_eq!(checked(text), None, "{text}");
        }
    }
}
