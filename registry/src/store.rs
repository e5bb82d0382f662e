//! The registry's tables. Functions are named by intent, return domain types and hide rows; those
//! that write take the transaction of [`aim_gov::db::Db::begin`].

pub mod decision;
pub mod log;
pub mod organisation;
pub mod report;
pub mod service;
pub mod staff;
pub mod staff_proposal;
pub mod submission;
pub mod suspension;
pub mod token;
pub mod verification;

use aim_gov::db::DbError;

/// A row of `table` that breaks its rules.
pub(crate) fn corrupt(table: &'static str, id: &str) -> DbError {
    DbError::Corrupt {
        table,
        id: id.to_owned(),
    }
}

#[cfg(test)]
mod tests;
