//! The registry: startups publish services, machines vet them, officers approve them, and the host
//! runs exactly what was approved. Also the portal where citizens find them.

pub mod citizen;
pub mod domain;
pub mod gateway;
pub mod manifest;
pub mod store;
