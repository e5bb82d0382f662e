//! The web sites that organisations applied for: the list, one with all data for a decision, the decisions.

mod decide;
mod show;

pub(super) use decide::{approve, reject, stop, verify};
pub(super) use show::{list, show};
