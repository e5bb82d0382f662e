//! `aim up`

mod announce;
mod port;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use aim_server::logging::{self, LogFormat};
use aim_server::{Config, Sockets, Stop, data_folder};
use clap::Args;
use tokio::process::Command;
use url::Url;

use crate::failure::Failure;
use crate::ui;

/// Environment variable with the platform's address, for the program of `--before-ready`.
const URL_VARIABLE: &str = "AIM_URL";
/// Environment variable with the path of this `aim`, for the program of `--before-ready`.
const PROGRAM_VARIABLE: &str = "AIM_BIN";
/// The log filter, in the syntax of `tracing`.
const LOG_VARIABLE: &str = "AIM_LOG";

/// Start the platform: portal, registry, host and simulated state
///
/// Prints `ready URL` when the portal answers, followed by the people to log in as. Ctrl-C finishes the running
/// requests and stops. The data stays for the next start.
#[derive(Args, Debug)]
pub struct UpArgs {
    /// The data folder [default: aim-sandbox under XDG_DATA_HOME or ~/.local/share]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The port of the platform and of every service on it; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The database, `sqlite:FILE` or `postgres://USER@HOST/NAME` [default: SQLite in the data folder]
    #[arg(long, env = "AIM_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Run this program once the portal answers and before `ready` is printed; it gets the address in AIM_URL
    /// and the path of this program in AIM_BIN
    #[arg(long, value_name = "PROGRAM")]
    before_ready: Option<PathBuf>,
    /// The format of the log, which goes to standard error
    #[arg(long, value_enum, default_value_t = LogFormat::Auto)]
    log_format: LogFormat,
}

/// Runs the platform until it is told to stop.
///
/// # Errors
/// When the folder, the port or the database cannot be used, or the program of `--before-ready`
/// fails.
pub async fn run(arguments: UpArgs) -> Result<(), Failure> {
    start_log(arguments.log_format)?;
    let mut stop = Stop::listen().map_err(Failure::unexpected("cannot listen for signals"))?;
    let dir = data_dir(arguments.dir)?;
    let _lock = data_folder::lock(&dir)
        .map_err(Failure::unexpected("the data folder cannot be used"))
        .map_err(|failure| failure.advise("name another folder with `--dir`"))?;
    let listeners = port::bind(arguments.port)?;
    let config = config(&dir, arguments.database, &listeners)?;
    let staff = config.seed.staff.clone();
    let sockets = Sockets {
        public: listeners,
        operator: None,
    };
    let url = config.public_url.as_str().trim_end_matches('/').to_owned();
    let mut running = aim_server::start(config, sockets)
        .await
        .map_err(Failure::unexpected("the platform does not start"))?;
    let prepared = match &arguments.before_ready {
        Some(program) => prepare(program, &url, &mut stop).await,
        None => Ok(true),
    };
    if let Ok(true) = prepared {
        announce::ready(&url, &staff);
        tokio::select! {
            () = stop.wait() => {}
            () = running.died() => return Err(Failure::machine("the server ended by itself; its log says why")),
        }
    }
    ui::progress("stopping: finishing the requests that run");
    running.stop().await;
    prepared.map(|_| ())
}

/// Starts the log with the filter of `AIM_LOG`.
fn start_log(format: LogFormat) -> Result<(), Failure> {
    let text = std::env::var(LOG_VARIABLE).ok().filter(|text| !text.is_empty());
    let filter = logging::filter(text.as_deref())
        .map_err(Failure::unexpected(format!(
            "`{LOG_VARIABLE}` is not a log filter"
        )))
        .map_err(|failure| failure.advise("write it like `info` or `warn,aim_runtime=debug`"))?;
    logging::start(format, filter, None);
    Ok(())
}

/// The data folder, created if it does not exist.
fn data_dir(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let dir = match named {
        Some(dir) => dir,
        None => {
            let base = std::env::var_os("XDG_DATA_HOME")
                .filter(|folder| !folder.is_empty())
                .map(PathBuf::from);
            let base =
                base.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share")));
            base.ok_or_else(|| {
                Failure::machine("neither `XDG_DATA_HOME` nor `HOME` is set").advise("use `--dir`")
            })?
            .join("aim-sandbox")
        }
    };
    data_folder::open(&dir).map_err(Failure::unexpected("the data folder cannot be used"))?;
    dir.canonicalize().map_err(Failure::unexpected(format!(
        "cannot use the folder `{}`",
        dir.display()
    )))
}

/// The configuration of a sandbox: one node, the well-known people, and SQLite unless a database is named.
fn config(dir: &Path, database: Option<String>, listeners: &[TcpListener]) -> Result<Config, Failure> {
    let address = listeners
        .first()
        .ok_or_else(|| Failure::machine("the platform has no port"))?
        .local_addr()
        .map_err(Failure::unexpected("the port has no address"))?;
    let public_url = Url::parse(&format!("http://localhost:{}", address.port()))
        .map_err(Failure::unexpected("invalid public URL"))?;
    let config = Config::development(dir, public_url);
    Ok(match database {
        Some(database) => Config {
            database: database.into(),
            ..config
        },
        None => config,
    })
}

fn this_program() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(Failure::unexpected("this program does not know its own path"))
}

/// Runs the program of `--before-ready`; `false` if a signal to stop came meanwhile.
async fn prepare(program: &Path, url: &str, stop: &mut Stop) -> Result<bool, Failure> {
    let mut command = Command::new(program);
    command
        .env(URL_VARIABLE, url)
        .env(PROGRAM_VARIABLE, this_program()?)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let running = async { command.status().await };
    let status = tokio::select! {
        status = running => status.map_err(Failure::unexpected(format!("cannot run `{}`", program.display())))?,
        () = stop.wait() => return Ok(false),
    };
    if status.success() {
        return Ok(true);
    }
    Err(Failure::machine(format!(
        "`{}` failed ({status}); its messages above say why",
        program.display()
    )))
}
