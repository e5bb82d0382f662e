//! Why somebody of the staff was not let in.

use aim_gov::clock::Timestamp;
use aim_gov::db::DbError;

/// How long attempts count together, from the first: 15 minutes.
pub const LOCK_MS: i64 = 15 * 60 * 1000;

/// Why a log-in was refused.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No such log-in, or another password or code; an attacker does not learn which.
    #[error("no log-in with this address, password and code")]
    Wrong,
    /// Too many wrong passwords.
    #[error("too many wrong passwords")]
    Locked {
        /// Until when.
        until: Timestamp,
    },
    /// Too many log-ins at once.
    #[error("too many log-ins at once")]
    Busy,
    /// The hash could not be computed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] DbError),
}
