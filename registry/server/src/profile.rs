//! Whom a platform is for, and what it must not have then.

use serde::Deserialize;

/// Who may reach the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// One developer's machine: everybody knows the passwords.
    Development,
    /// Everybody else's: nothing that is well known lets anybody in.
    Public,
}

/// What everybody knows and a public platform must not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WellKnown {
    /// The one-time code of a development sandbox.
    #[error(
        "the code {} is well known; write another six digits into the file, or set `profile = \"development\"` on your \
         own machine",
        aim_registry::DEVELOPMENT_CODE
    )]
    Code,
    /// The seeded staff of a development sandbox.
    #[error(
        "the seed makes staff with a well-known password; remove `seed`, or set `profile = \"development\"` on your own \
         machine"
    )]
    Seed,
    /// Somebody of the staff has the password of a development sandbox.
    #[error(
        "the database comes from a development sandbox: {} can log in with the well-known password `{}`; use another \
         database",
        emails.join(", "),
        aim_registry::DEVELOPMENT_PASSWORD
    )]
    Password {
        /// Whose log-ins.
        emails: Vec<String>,
    },
}
