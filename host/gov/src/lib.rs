//! The government APIs of the platform: one module for each WIT interface, with its types, rules, simulator,
//! store and HTTP pages.
//!
//! A plug-in never reaches this crate directly: `aim-runtime` turns its WIT calls into calls here, with an
//! [`invocation::Invocation`] that has the service, its approval and the citizen. Every operation checks the
//! grant, the boundary and the consent, and writes its audit record in the transaction of its effect
//! ([`db::Db::begin`], [`audit::append`]).

pub mod apis;
pub mod audit;
pub mod civil_status;
pub mod clock;
mod coded;
pub mod consent;
pub mod db;
pub mod death;
pub mod described;
pub mod directory;
pub mod disk;
pub mod document_kind;
pub mod documents;
pub mod error;
pub mod event_type;
pub mod exchange;
pub mod grant;
mod idempotency;
pub mod identity;
pub mod invocation;
pub mod key_file;
pub mod life_events;
mod local_path;
pub mod mac;
pub mod message_template;
pub mod notifications;
pub mod open_data;
pub mod outbox;
pub mod payments;
pub mod pension;
pub mod persona_state;
pub mod platform;
pub mod presentation_terms;
pub mod public_address;
pub mod random;
pub mod registry_operation;
pub mod rehearsal;
pub mod remote;
pub mod residence;
pub mod sealing;
pub mod service_code;
pub mod sessions;
pub mod shown;
pub mod signature;
pub mod signature_terms;
mod state_event;
mod statement;
mod subs;
pub mod text;
pub mod typed;
pub mod usage;
pub mod web;

#[cfg(test)]
mod scene;

#[cfg(test)]
mod codes;
