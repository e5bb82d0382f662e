//! One file for each command, with its arguments and its implementation.

pub mod build;
pub mod completions;
pub mod login;
pub mod logout;
pub mod new;
pub mod publish;
pub mod status;
pub mod up;
pub mod whoami;
