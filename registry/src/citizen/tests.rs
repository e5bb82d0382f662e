//! Log-in, entry and log-out through the front door, over real connections and a real database file.

mod callback;
mod death;
mod entry;
mod login;
mod world;
