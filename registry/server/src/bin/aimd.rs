//! `aimd`: the platform as an operator runs it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;

use aim_gov::db::Db;
use aim_server::settings::{self, Resolved};
use aim_server::{COMPILE_WORKER, Stop, data_folder, logging};
use clap::{Parser, Subcommand};
use secrecy::ExposeSecret as _;

/// The AIM Sandbox server
///
/// Without a command it serves until SIGTERM or Ctrl-C, finishes the requests that run, and ends.
#[derive(Debug, Parser)]
#[command(name = "aimd", version)]
struct Arguments {
    /// The configuration, as `aimd config example` prints it
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "AIMD_CONFIG",
        default_value = "/etc/aimd/aimd.toml"
    )]
    config: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// About the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Say all that is wrong with the configuration and what it names; changes no data
    Check,
    /// Bring the database up to date and end; serving does it, too
    Migrate,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print a configuration with every key, its meaning and its default
    Example,
}

/// A failure with its causes, for `?`.
type Failed = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    // The compiler child locks itself down; nothing may be started before it does.
    if std::env::args_os().skip(1).eq([COMPILE_WORKER]) {
        return aim_runtime::compile_worker_main();
    }
    let arguments = Arguments::parse();
    if let Some(Command::Config(ConfigCommand::Example)) = arguments.command {
        say(settings::example().trim_end());
        return ExitCode::SUCCESS;
    }
    let Some(resolved) = resolve(&arguments) else {
        return ExitCode::FAILURE;
    };
    match run(arguments.command.as_ref(), resolved) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut said = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                said = format!("{said}: {cause}");
                source = cause.source();
            }
            complain(format_args!("aimd: {said}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints a result. A reader that went away is not an error.
fn say(line: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn complain(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// The configuration, or what is wrong with it on standard error.
fn resolve(arguments: &Arguments) -> Option<Resolved> {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name != "AIMD_CONFIG")
        .collect();
    match settings::read(&arguments.config, &variables) {
        Ok(resolved) => Some(resolved),
        Err(findings) => {
            for finding in findings {
                complain(finding);
            }
            None
        }
    }
}

fn run(command: Option<&Command>, resolved: Resolved) -> Result<(), Failed> {
    // A second call finds a provider already there, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new()?;
    match command {
        None => {
            logging::start(resolved.log_format, resolved.log_filter);
            let _lock = data_folder::lock(&resolved.config.data_dir)?;
            let listeners = resolved
                .listen
                .iter()
                .map(|address| {
                    TcpListener::bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))
                })
                .collect::<Result<Vec<_>, _>>()?;
            runtime.block_on(async {
                let mut stop = Stop::listen()?;
                let running = aim_server::start(resolved.config, listeners).await?;
                stop.wait().await;
                tracing::info!("stopping: finishing the requests that run");
                running.stop().await;
                Ok(())
            })
        }
        Some(Command::Check) => {
            runtime.block_on(Db::check(resolved.config.database.expose_secret()))?;
            say("the configuration is good");
            Ok(())
        }
        Some(Command::Migrate) => {
            let _lock = data_folder::lock(&resolved.config.data_dir)?;
            runtime.block_on(aim_server::open_platform(&resolved.config))?;
            say("the database is up to date");
            Ok(())
        }
        Some(Command::Config(ConfigCommand::Example)) => Ok(()),
    }
}
