//! The exchange with agencies: the simulated one, or a security server of X-Road, and the error for an operator about one
//! that cannot be used.

use aim_gov::apis::Apis;
use aim_gov::exchange::backend::AGENCY_WITHIN;
use aim_gov::exchange::client::{Client, ClientError, ProbeError};
use aim_gov::random::Random;
use url::Url;

/// Why a security server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The HTTP client does not start.
    #[error("exchange.url: the client of the security server cannot be set up")]
    Client(#[from] ClientError),
    /// Nobody answers there, or not in time, or not as a security server does.
    #[error("exchange.url: no security server of X-Road answers there; correct the address, or start it")]
    Silent(#[source] ProbeError),
    /// X-Road refuses the platform's member.
    #[error(
        "exchange.url: X-Road refuses the platform; look into the security server, and register the platform's member and the \
         agencies on it"
    )]
    Refused(#[source] ProbeError),
    /// The messages do not arrive as they are sent.
    #[error(
        "exchange.url: the agencies get other headers than the platform sends; take out the proxy before the security server"
    )]
    Changed(#[source] ProbeError),
    /// Agencies do not let the platform call all that services may ask for.
    #[error("exchange.url: agencies do not let the platform call their services; have the rights granted")]
    NotAllowed(#[source] ProbeError),
}

impl From<ProbeError> for ExchangeError {
    fn from(error: ProbeError) -> Self {
        match error {
            ProbeError::Silent(_) => Self::Silent(error),
            ProbeError::Refused { .. } => Self::Refused(error),
            ProbeError::Changed => Self::Changed(error),
            ProbeError::NotAllowed(_) => Self::NotAllowed(error),
        }
    }
}

/// The APIs over the security server, if there is one.
pub(crate) fn connect(apis: Apis, server: Option<&Url>) -> Result<Apis, ExchangeError> {
    Ok(match server {
        None => apis,
        Some(server) => {
            let client = Client::new(server.clone())?;
            apis.with_exchange(std::sync::Arc::new(client), AGENCY_WITHIN)
        }
    })
}

/// Asks a security server whether the platform may use it, and call the agencies behind it.
///
/// # Errors
/// [`ExchangeError`].
pub async fn check(server: Option<&Url>) -> Result<(), ExchangeError> {
    let Some(server) = server else {
        return Ok(());
    };
    let client = Client::new(server.clone())?;
    Ok(client.probe(&Random::system()).await?)
}
