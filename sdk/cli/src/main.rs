//! The `aim` command: startups build and publish services with it, and developers start the platform. `aim
//! --help` is its manual.

mod api;
mod arguments;
mod commands;
mod component;
mod failure;
mod login_file;
mod project;
mod ui;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::arguments::{Cli, Command};
use crate::failure::Failure;
use aim_server::COMPILE_WORKER;

fn main() -> ExitCode {
    // The compiler child restricts itself; no thread may be started before it does.
    if std::env::args_os().skip(1).eq([COMPILE_WORKER]) {
        return aim_runtime::compile_worker_main();
    }
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            ui::error(&failure);
            failure.exit_code()
        }
    }
}

fn run(arguments: Cli) -> Result<(), Failure> {
    // A second call finds an installed provider, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime =
        tokio::runtime::Runtime::new().map_err(Failure::unexpected("the async runtime does not start"))?;
    match arguments.command {
        Command::Login(arguments) => runtime.block_on(commands::login::run(&arguments)),
        Command::Whoami(arguments) => runtime.block_on(commands::whoami::run(&arguments)),
        Command::Logout(arguments) => runtime.block_on(commands::logout::run(&arguments)),
        Command::New(arguments) => commands::new::run(&arguments),
        Command::Build(arguments) => commands::build::run(&arguments),
        Command::Publish(arguments) => runtime.block_on(commands::publish::run(&arguments)),
        Command::Status(arguments) => runtime.block_on(commands::status::run(&arguments)),
        Command::Up(arguments) => runtime.block_on(commands::up::run(arguments)),
        Command::Completions(arguments) => commands::completions::run(&arguments, Cli::command()),
    }
}
