//! One file for each command: its arguments and what it does.

pub mod build;
pub mod completions;
pub mod login;
pub mod logout;
pub mod new;
pub mod publish;
pub mod status;
pub mod up;
pub mod whoami;
