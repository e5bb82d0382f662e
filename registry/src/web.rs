//! The registry's pages: the portal for citizens and the staff's pages.

pub mod portal;
pub mod staff;
pub mod words;
