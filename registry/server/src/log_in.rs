//! The log-in of citizens: the simulated one, or an external OpenID provider, and the error for an operator about one that
//! cannot be used.

use aim_gov::identity::provider::LogIn;
use aim_gov::identity::provider::external::{CallError, External, ProbeError, Settings};
use secrecy::SecretString;

/// Why an external provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// The HTTP client does not start.
    #[error("log_in.issuer: the client of the OpenID provider cannot be set up")]
    Client(#[source] CallError),
    /// No OpenID provider with this issuer answers there.
    #[error(
        "log_in.issuer: no OpenID provider with this issuer answers there; correct the address, or start it"
    )]
    Silent(#[source] ProbeError),
    /// It lacks what the settings name, or what the platform needs.
    #[error("log_in: the OpenID provider is not one for these settings; correct them, or its configuration")]
    Lacks(#[source] ProbeError),
}

/// The log-in of these settings; the simulated one, with this code, without any.
pub(crate) fn connect(settings: Option<&Settings>, one_time_code: SecretString) -> Result<LogIn, LogInError> {
    Ok(match settings {
        None => LogIn::Simulated { one_time_code },
        Some(settings) => LogIn::External(External::new(settings.clone()).map_err(LogInError::Client)?),
    })
}

/// Asks an external provider whether citizens can log in there.
///
/// # Errors
/// [`LogInError`].
pub async fn check(settings: Option<&Settings>) -> Result<(), LogInError> {
    let Some(settings) = settings else {
        return Ok(());
    };
    let external = External::new(settings.clone()).map_err(LogInError::Client)?;
    external.probe().await.map_err(|error| match error {
        ProbeError::Call(_) => LogInError::Silent(error),
        ProbeError::Lacks(_) => LogInError::Lacks(error),
    })
}
