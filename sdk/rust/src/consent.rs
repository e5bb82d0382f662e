//! Agreements between a citizen and this service. Capability: `consent`.
//!
//! Most services need nothing of this module: a read without consent fails with `consent-required`, `-paused`,
//! `-revoked` or `-expired`, and `?` sends the citizen to the platform's screen, which asks or resumes and
//! leads back. Use it to ask for several purposes at once, to show an agreement, or to give one up.

pub use crate::bindings::aim::gov::consent::{ConsentRecord, FetchType, LawfulBasis, State};

use crate::bindings::aim::gov::consent as host;
use crate::error::{Error, GovError};

/// The newest agreement of the current citizen for a purpose of the manifest.
///
/// # Errors
/// `login-required`; `invalid-request` for a purpose that is not in the manifest.
pub fn find(purpose: &str) -> Result<Option<ConsentRecord>, GovError> {
    host::find(purpose)
}

/// Whether the current citizen's agreement for a purpose is active and covers this attribute: look before a call that
/// reads one of its `optional-attributes`, because the call is refused where the citizen left that one out.
///
/// # Errors
/// As [`find`].
pub fn shares(purpose: &str, attribute: &str) -> Result<bool, GovError> {
    let agreed = find(purpose)?.filter(|record| record.state == State::Active);
    Ok(agreed.is_some_and(|record| record.attributes.iter().any(|code| code == attribute)))
}

/// The address of the platform's screen that asks for these purposes, 1 to 16.
///
/// `invalid-request` if there is no purpose, there are too many, or one is not in the manifest.
pub fn request_url(purposes: &[&str]) -> Result<String, GovError> {
    let purposes: Vec<String> = purposes.iter().map(|purpose| (*purpose).to_owned()).collect();
    host::request_url(&purposes)
}

/// An error that sends the citizen to the platform's screen for all of these purposes at once when a service
/// returns it.
pub fn ask(purposes: &[&str]) -> Error {
    match request_url(purposes) {
        Ok(address) => GovError::ConsentRequired(address).into(),
        Err(error) => error.into(),
    }
}

/// Gives an agreement up before it expires.
///
/// # Errors
/// `login-required`; `not-found`; `conflict` if it is no longer in force.
pub fn release(id: &str) -> Result<ConsentRecord, GovError> {
    host::release(id)
}
