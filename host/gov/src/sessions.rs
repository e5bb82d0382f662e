//! Log-ins and their cookies: one at the platform's own pages, one at the origin of each service.
//!
//! The two are separate: the portal's cookie stays at the platform's host name, and a citizen is handed over to
//! a service by a one-time ticket that is bound to the browser. The store has only hashes of the cookies. A
//! log-out at the platform ends the log-ins at services that originate from it.

pub mod cookies;
mod portal;
mod service;

pub use cookies::Secure;
pub(crate) use portal::end_all_of;
pub use portal::{CITIZEN_KEY, PORTAL_SESSION_MS, PortalStore, layer};
pub(crate) use service::end_at_service;
pub use service::{SERVICE_SESSION_MS, ServiceSessions, TICKET_MS, end_all_at_service};

use sha2::{Digest as _, Sha256};

/// The stored form of a cookie, a ticket, a code or a token: SHA-256 in hexadecimal. The values have 128 random
/// bits or more, so that a plain hash cannot be reversed by guessing.
pub fn hashed(value: &str) -> String {
    hex::encode(Sha256::digest(value.as_bytes()))
}

#[cfg(test)]
mod tests;
