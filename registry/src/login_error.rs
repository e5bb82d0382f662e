//! Why somebody of the staff was not let in.

use aim_gov::clock::Timestamp;
use aim_gov::db::DbError;

/// How long attempts count together, from the first: 15 minutes.
pub const LOCK_MS: i64 = 15 * 60 * 1000;

#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No such log-in, or another password or code; an attacker does not learn which.
    #[error("no log-in with this address, password and code")]
    Wrong,
    #[error("too many wrong passwords")]
    Locked { until: Timestamp },
    #[error("too many log-ins at once")]
    Busy,
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    #[error("the database failed")]
    Db(#[from] DbError),
}
