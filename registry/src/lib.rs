//! The registry: startups publish services, automated checks vet them, officers approve them, and the host runs
//! exactly what was approved. Also the portal for citizens, and the front door.

pub mod account;
pub mod api;
pub mod app;
pub mod citizen;
pub mod component_store;
pub mod deploy;
pub mod domain;
pub mod gateway;
pub mod housekeeping;
pub mod interfaces;
mod layers;
pub mod login_error;
pub mod logs;
pub mod manifest;
pub mod organisations;
mod portal_login;
pub mod publish;
pub mod publishers;
pub mod rate;
pub mod review;
pub mod router;
pub mod second_factor;
pub mod seed;
pub mod sites;
pub mod space_host;
pub mod spaces;
pub mod staff_account;
pub mod staff_changes;
pub mod staff_login;
pub mod store;
#[cfg(test)]
mod testing;
pub mod uploads;
pub mod vetting;
pub mod vetting_queue;
pub mod web;

pub use seed::{DEVELOPMENT_CODE, DEVELOPMENT_PASSWORD, Seed};

#[cfg(test)]
mod codes;
