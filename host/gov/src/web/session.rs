//! The log-in at the platform's own pages. Services never see this session or its cookie.

use tower_sessions::Session;

use crate::invocation;

/// Keys of the session's values.
pub mod keys {
    /// [`crate::invocation::Session`] of the citizen.
    pub const CITIZEN: &str = crate::sessions::CITIZEN_KEY;
    /// [`super::Who`], for the page's header.
    pub const WHO: &str = "who";
}

/// The capacity of a log-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A citizen, through the identity provider. Developers of startups log in as citizens too.
    Citizen,
    Staff,
}

/// The name that the page's header shows.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Who {
    pub name: String,
    pub role: Role,
}

/// The citizen's log-in, if there is one.
///
/// # Errors
/// When the session's store does not answer.
pub async fn citizen(
    session: &Session,
) -> Result<Option<invocation::Session>, tower_sessions::session::Error> {
    session.get(keys::CITIZEN).await
}
