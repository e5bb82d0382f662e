//! The platform's tests from the outside, in one program. `cargo xtask test` builds what they need: the `aim`
//! command and the sample services.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test says what went wrong by failing"
)]

mod aimd;
mod approvals;
mod browser;
mod build_ways;
mod ckan;
mod component_store;
mod consent_again;
mod containment;
mod contract;
mod crash;
mod crates;
mod description;
mod documents;
mod events;
mod front_door;
mod hostile;
mod injection;
mod languages;
mod login;
mod logs;
mod money;
mod outbound;
mod payments_on_postgres;
mod publishing;
mod receipts;
mod registers;
mod registry_on_both;
mod samples;
#[allow(dead_code, reason = "the scene also knows how to make an SQLite file")]
#[path = "../../../host/gov/tests/payments/scene.rs"]
mod scene;
mod signatures;
mod space_calls;
mod spaces;
mod sql;
mod stage;
mod submissions;
mod traces;
mod transactions;
mod up;
mod uploads;
mod verifier;
mod walk;
