//! The profiles of a platform, and what a public one must not have.

use serde::Deserialize;

/// Who may reach the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// A developer's machine, with well-known passwords.
    Development,
    /// A public platform, without any well-known credentials.
    Public,
}

/// Well-known credentials that a public platform must not have.
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
    /// A member of the staff has the password of a development sandbox.
    #[error(
        "the database comes from a development sandbox: {} can log in with the well-known password `{}`; use another \
         database",
        emails.join(", "),
        aim_registry::DEVELOPMENT_PASSWORD
    )]
    Password {
        /// The e-mail addresses of these accounts.
        emails: Vec<String>,
    },
}
