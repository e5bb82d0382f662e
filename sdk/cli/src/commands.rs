//! One file for each command: its arguments and what it does.

pub mod build;
pub mod login;
pub mod new;
pub mod publish;
pub mod status;
pub mod up;
