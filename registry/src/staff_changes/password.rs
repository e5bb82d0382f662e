//! Rules for passwords: long, and not among the first guesses (NIST SP 800-63B, 3.1.1.2; no rules about the
//! kinds of characters).

use std::collections::HashSet;

use secrecy::{ExposeSecret as _, SecretString};

use super::FormError;
use crate::staff_login::PASSWORD_BYTES_MAX;

/// The fewest characters of a password.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// The fewest different characters of a password: fewer form a pattern.
const DIFFERENT_CHARS_MIN: usize = 5;
/// The first guesses among sufficiently long passwords, without surrounding digits and signs.
const COMMON: &str = include_str!("../../data/common-passwords.txt");

/// Whether a person with this e-mail address may have this password.
///
/// # Errors
/// [`FormError::Password`] for its length, [`FormError::PasswordCommon`] for a common one.
pub fn is_good(password: &SecretString, email: &str) -> Result<(), FormError> {
    let password = password.expose_secret();
    if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
        return Err(FormError::Password);
    }
    let folded = password.to_lowercase();
    let different: HashSet<char> = folded.chars().collect();
    let bare = folded.trim_matches(|character: char| !character.is_alphabetic());
    let user = email.split('@').next().unwrap_or(email);
    let common = COMMON.lines().any(|line| line == folded || line == bare)
        || folded == crate::DEVELOPMENT_PASSWORD
        || bare == user
        || folded.contains(email)
        || is_run(&folded);
    if common || different.len() < DIFFERENT_CHARS_MIN {
        return Err(FormError::PasswordCommon);
    }
    Ok(())
}

/// Whether every character follows the one before: `abcdefghijkl`, `123456789012`.
fn is_run(text: &str) -> bool {
    let next = |a: char, b: char| {
        let (a, b) = (u32::from(a), u32::from(b));
        b == a.wrapping_add(1) || a == b.wrapping_add(1) || (a == u32::from('9') && b == u32::from('0'))
    };
    text.chars().zip(text.chars().skip(1)).all(|(a, b)| next(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_long_and_not_the_first_guess() {
        let check = |password: &str| is_good(&password.into(), "leyla@aim.example");
        for good in ["a long enough one", "четыре слова тут", "Su-sayğacı-oxunur"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for short in ["", "elevenchars", &"x".repeat(PASSWORD_BYTES_MAX + 1)] {
            assert_eq!(check(short), Err(FormError::Password), "{short}");
        }
        for common in [
            "123456789012",
            "qwertyuiop123",
            "Password12345",
            "aaaaaaaaaaaa",
            "abababababab",
            "sandbox-2026",
            "leyla@aim.example",
            "leyla1234567",
        ] {
            assert_eq!(check(common), Err(FormError::PasswordCommon), "{common}");
        }
    }
}
