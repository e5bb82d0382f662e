//! The registry: startups publish services, machines vet them, officers approve them, and the host
//! runs exactly what was approved. Also the portal where citizens find them, and the composition of
//! everything that one process serves.

pub mod account;
pub mod api;
pub mod apis;
pub mod app;
pub mod citizen;
pub mod config;
pub mod data_folder;
pub mod deploy;
pub mod domain;
pub mod gateway;
pub mod housekeeping;
mod listeners;
pub mod logs;
pub mod manifest;
pub mod objects;
pub mod organisations;
pub mod people;
pub mod publish;
pub mod rate;
pub mod review;
pub mod router;
pub mod second_factor;
mod server;
pub mod staff_account;
pub mod staff_login;
mod start;
pub mod store;
#[cfg(test)]
mod testing;
pub mod vetting;
pub mod web;

pub use config::{Config, DEVELOPMENT_CODE, DEVELOPMENT_PASSWORD, Seed};
pub use start::{Running, StartError, start};
