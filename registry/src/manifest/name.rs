//! Rules for the names of services. A name becomes a host name that citizens trust, so it must be easy to read
//! and must not pass for a name of the state or of the platform.

mod look_alike;

pub use look_alike::{mixes_scripts, skeleton};

use look_alike::Resemblance;

/// The fewest characters of a name.
pub const NAME_CHARS_MIN: usize = 3;
/// The most characters of a name.
pub const NAME_CHARS_MAX: usize = 40;

/// Names that the platform uses, or that citizens could mistake for the platform.
const RESERVED: &[&str] = &[
    "admin",
    "aim",
    "api",
    "assets",
    "auth",
    "consent",
    "dev",
    "developers",
    "egov",
    "ftp",
    "gov",
    "help",
    "host",
    "hosting",
    "id",
    "identity",
    "localhost",
    "login",
    "mail",
    "my",
    "mygov",
    "oauth",
    "openid",
    "pay",
    "payments",
    "platform",
    "portal",
    "receipts",
    "registry",
    "root",
    "security",
    "services",
    "sima",
    "space",
    "staff",
    "status",
    "support",
    "system",
    "test",
    "www",
];

/// Whether `name` has the form of a service's name, regardless of reserved names.
pub fn is_service_name(name: &str) -> bool {
    (NAME_CHARS_MIN..=NAME_CHARS_MAX).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !name.ends_with('-')
        && !name.contains("--")
}

/// Whether a new service may be called `name`.
///
/// # Errors
/// The code and the text of the refusal.
pub fn check(name: &str) -> Result<(), (&'static str, String)> {
    if !is_service_name(name) {
        return Err((
            "not-a-name",
            format!(
                "`{}` cannot be a name: use {NAME_CHARS_MIN} to {NAME_CHARS_MAX} of `a` to `z`, `0` to `9` and single hyphens, beginning with a letter, as in `water-meter`",
                name.escape_debug()
            ),
        ));
    }
    if RESERVED.contains(&name) {
        return Err((
            "reserved-name",
            format!("`{name}` is reserved for the platform; choose another name"),
        ));
    }
    match look_alike::of_the_state(name) {
        Some(Resemblance::Contains(word)) => {
            return Err((
                "reserved-name",
                format!("`{name}` contains `{word}`, a name of the state; choose a name without it"),
            ));
        }
        Some(Resemblance::LooksLike(word)) => {
            return Err((
                "look-alike-name",
                format!("`{name}` looks like `{word}`, a name of the state; choose another name"),
            ));
        }
        None => {}
    }
    let whole = skeleton(name);
    match RESERVED.iter().find(|word| skeleton(word) == whole) {
        Some(word) => Err((
            "look-alike-name",
            format!("`{name}` looks like `{word}`; choose another name"),
        )),
        None => Ok(()),
    }
}
