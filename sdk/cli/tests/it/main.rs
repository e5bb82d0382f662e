//! The `aim` command as a person runs it: the real binary, real folders, real compilers.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops there, and says where"
)]

mod build;
mod help;
mod login;
mod new;
mod support;
