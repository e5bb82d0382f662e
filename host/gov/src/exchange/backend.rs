//! The interface of the exchange: who takes a request to an agency and brings its answer.

use std::fmt::Debug;
use std::time::Duration;

use super::message::{Request, Response};
use crate::remote::Fault;

/// The time limit for an answer, for which a citizen's page waits.
pub const AGENCY_WITHIN: Duration = Duration::from_secs(5);

/// The exchange with the agencies on it. A message that sends something in may arrive more than once, under one id:
/// agencies answer it as the first time, and do nothing twice.
#[async_trait::async_trait]
pub trait Backend: Debug + Send + Sync {
    /// Takes a request to the agency; what the exchange or the agency refuses is an answer too.
    ///
    /// # Errors
    /// [`Fault`] where there is no answer.
    async fn ask(&self, request: &Request) -> Result<Response, Fault>;
}
