//! Why a log-in of the staff was refused.

use aim_gov::clock::Timestamp;
use aim_gov::db::DbError;

/// The time window in which attempts are counted, from the first one: 15 minutes.
pub const LOCK_MS: i64 = 15 * 60 * 1000;

#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// An unknown address, or a wrong password or code; an attacker does not learn which.
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
