//! What a citizen is told of what a service learned, beside the access log.

use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::invocation::{CitizenId, Invocation};

/// Tells citizens, in the transaction of what they are told of.
#[async_trait::async_trait]
pub trait Notice: std::fmt::Debug + Send + Sync {
    /// A service read the citizen's FIN for this purpose of its grant.
    async fn fin_read(
        &self,
        tx: &mut Conn,
        inv: &Invocation,
        citizen: &CitizenId,
        purpose: &str,
        now: Timestamp,
    ) -> Result<(), DbError>;
}
