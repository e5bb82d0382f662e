//! `aimd`: the platform for operators.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;

use aim_gov::db::Db;
use aim_registry::staff_changes::{self, StaffChangeError};
use aim_server::settings::{self, Resolved};
use aim_server::{COMPILE_WORKER, Sockets, Stop, Tls, Traces, data_folder, logging};
use aim_server::{exchange, log_in, sources};
use clap::{Parser, Subcommand};
use secrecy::ExposeSecret as _;
use tokio::signal::unix::{SignalKind, signal};

/// The AIM Sandbox server
///
/// Without a command it serves until SIGTERM or Ctrl-C, finishes the running requests, and ends.
#[derive(Debug, Parser)]
#[command(name = "aimd", version)]
struct Cli {
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
    /// Print an example of the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Report all faults of the configuration and of what it names; changes no data
    Check,
    /// Manage AIM's staff
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Migrate the database and end; serving does it, too
    Migrate,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print a configuration with every key, its meaning and its default
    Example,
}

#[derive(Debug, Subcommand)]
enum StaffCommand {
    /// Add the first director and print the one-time link where they choose password and second factor
    ///
    /// The director invites everybody else. Run it again if the link was lost before it was used.
    Add {
        /// The log-in name, an e-mail address
        email: String,
        /// The name on pages
        name: String,
    },
}

/// A failure with its causes, for `?`.
type Failed = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    // The compiler child restricts itself; no thread may be started before it does.
    if std::env::args_os().skip(1).eq([COMPILE_WORKER]) {
        return aim_runtime::compile_worker_main();
    }
    let arguments = Cli::parse();
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
            complain(format_args!("aimd: {}", with_causes(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

/// The error, and each cause that adds to it.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        source = cause.source();
    }
    said
}

/// Prints a result. A closed pipe is not an error.
fn say(line: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn complain(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// The configuration; its faults go to standard error.
fn resolve(arguments: &Cli) -> Option<Resolved> {
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

/// Reads the certificate again.
fn reload(tls: Option<&Tls>) {
    match tls.map(Tls::reload) {
        None => tracing::info!("tls.reload ignored: no certificate is configured"),
        Some(Ok(())) => tracing::info!("tls.reloaded"),
        Some(Err(error)) => {
            tracing::error!(
                error = &error as &dyn Error,
                "tls.reload failed: the old certificate serves on"
            );
        }
    }
}

fn bind(address: &SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))
}

fn run(command: Option<&Command>, resolved: Resolved) -> Result<(), Failed> {
    // A second call finds an installed provider, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new()?;
    match command {
        None => {
            let traces = resolved.traces.as_ref().map(Traces::open).transpose()?;
            logging::start(resolved.log_format, resolved.log_filter, traces.as_ref());
            let _lock = data_folder::lock(&resolved.config.data_dir)?;
            let sockets = Sockets {
                public: resolved.listen.iter().map(bind).collect::<Result<_, _>>()?,
                operator: resolved.operator_listen.as_ref().map(bind).transpose()?,
            };
            let served = runtime.block_on(async {
                let mut stop = Stop::listen()?;
                let mut hangup = signal(SignalKind::hangup())?;
                let tls = resolved.config.tls.clone();
                let mut running = aim_server::start(resolved.config, sockets).await?;
                loop {
                    tokio::select! {
                        () = stop.wait() => break,
                        Some(()) = hangup.recv() => reload(tls.as_ref()),
                        // The service manager restarts the process.
                        () = running.died() => return Err(Failed::from("the server ended by itself")),
                    }
                }
                tracing::info!("stopping: finishing the requests that run");
                running.stop().await;
                Ok(())
            });
            if let Some(traces) = traces {
                traces.finish();
            }
            served
        }
        Some(Command::Check) => {
            let database = resolved.config.database.expose_secret();
            let config = &resolved.config;
            let (database, components, exchange, log_in) = runtime.block_on(async {
                tokio::join!(
                    Db::check(database),
                    config.components.check(),
                    exchange::check(config.exchange.as_ref()),
                    log_in::check(config.log_in.as_ref())
                )
            });
            let sources = sources::read(&config.data_dir);
            let faults = [
                database.err().map(Failed::from),
                components.err().map(Failed::from),
                exchange.err().map(Failed::from),
                log_in.err().map(Failed::from),
                sources.err().map(Failed::from),
            ];
            let mut faults: Vec<Failed> = faults.into_iter().flatten().collect();
            let Some(last) = faults.pop() else {
                say("the configuration is good");
                return Ok(());
            };
            for fault in &faults {
                complain(format_args!("aimd: {}", with_causes(fault.as_ref())));
            }
            Err(last)
        }
        Some(Command::Migrate) => {
            let _lock = data_folder::lock(&resolved.config.data_dir)?;
            runtime.block_on(aim_server::open_platform(&resolved.config))?;
            say("the database is up to date");
            Ok(())
        }
        Some(Command::Staff(StaffCommand::Add { email, name })) => {
            let _lock = data_folder::lock(&resolved.config.data_dir)?;
            let link = runtime.block_on(async {
                let platform = aim_server::open_platform(&resolved.config).await?;
                staff_changes::first_director(&platform, name, email)
                    .await
                    .map_err(|error| match error {
                        StaffChangeError::Form(wrong) => {
                            Failed::from(format!("cannot use the name or the e-mail address: {wrong:?}"))
                        }
                        error => error.into(),
                    })
            })?;
            let url = resolved.config.public_url;
            say(format_args!("{url}en/staff/invitation/{}", link.expose_secret()));
            Ok(())
        }
        Some(Command::Config(ConfigCommand::Example)) => Ok(()),
    }
}
