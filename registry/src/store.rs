//! The registry's tables. Functions are named by intent, return domain types and hide rows; those that write
//! take the transaction of [`aim_gov::db::Db::begin`]. All fail with `DbError::Statement` and, if they read,
//! `DbError::Corrupt`.

use aim_gov::column;

use crate::domain::proposal::ProposalKind;
use crate::domain::site::SiteState;
use crate::domain::space::SpaceName;
use crate::domain::staff::StaffRole;
use crate::domain::staff_event::StaffEvent;
use crate::domain::{ApplicationId, OrganisationId, ProposalId, StaffId, SubmissionId, TokenId};

pub mod decision;
pub mod log;
pub mod organisation;
pub mod report;
pub mod service;
pub mod site;
pub mod space;
pub mod staff;
pub mod staff_proposal;
pub mod submission;
pub mod suspension;
pub mod token;
pub mod verification;

column!(
    ApplicationId(String),
    OrganisationId(String),
    ProposalId(String),
    SpaceName(String),
    StaffId(String),
    SubmissionId(String),
    TokenId(String)
);
column!(code: decision::ActorKind, ProposalKind, SiteState, StaffEvent, StaffRole);

#[cfg(test)]
mod tests;
