//! The command line of `aim`.

use clap::{Parser, Subcommand};

use crate::commands;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  something on this machine failed
  2  the command was typed wrong
  3  the project must change: its manifest, its code, or what the component imports
  4  the registry cannot be reached, or failed
  5  the registry refused";

/// Builds citizen services for AIM Sandbox, publishes them, and runs the platform
///
/// A service is a WebAssembly component and a manifest, `aim.toml`, that lists what it needs.
/// The usual order: `aim new`, `aim build`, `aim login`, `aim publish`, `aim status`.
#[derive(Debug, Parser)]
#[command(name = "aim", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Login(commands::login::LoginArgs),
    Whoami(commands::whoami::WhoamiArgs),
    Logout(commands::logout::LogoutArgs),
    New(commands::new::NewArgs),
    Build(commands::build::BuildArgs),
    Publish(commands::publish::PublishArgs),
    Status(commands::status::StatusArgs),
    Up(commands::up::UpArgs),
    Completions(commands::completions::CompletionsArgs),
}
