//! The people: a citizen, a startup's developer, an officer of AIM. Each has a browser of their own,
//! and the developer a terminal.

pub mod citizen;
pub mod developer;
pub mod officer;

/// The one-time code of every persona of the sandbox.
pub const CODE: &str = "111111";
/// The password of every member of staff that a new sandbox has.
pub const STAFF_PASSWORD: &str = "sandbox-2026";
/// The one-time code of everybody of the sandbox's staff who has not set up a second factor.
pub const STAFF_CODE: &str = "111111";
