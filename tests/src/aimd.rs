//! The real `aimd` binary with a configuration of its own.

use std::net::{SocketAddr, TcpListener};
use std::ops::RangeInclusive;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Output, Stdio};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

use crate::instance::{START_MAX, STOP_MAX};
use crate::paths;

/// The code that citizens log in with.
pub const CODE: &str = "482913";

/// Ports of sandboxes, below those that Linux gives to clients (`ip_local_port_range`).
const PORTS: RangeInclusive<u16> = 20_000..=29_999;

/// A folder with a configuration file and the files that it names.
#[derive(Debug)]
pub struct Desk {
    folder: TempDir,
    variables: Vec<(&'static str, PathBuf)>,
}

impl Desk {
    /// A folder with a file for the citizens' code.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("aimd-").tempdir()?;
        let desk = Self {
            folder,
            variables: Vec::new(),
        };
        desk.write("code", CODE)?;
        Ok(desk)
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// From now on `aimd` has this variable with the path of a file in the folder.
    pub fn set(&mut self, variable: &'static str, file: &str) {
        self.variables.push((variable, self.path(file)));
    }

    /// Writes a file that is its owner's alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        std::fs::write(&path, text)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(())
    }

    /// Writes what every public configuration needs, and `more` in front of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn configure(&self, more: &str) -> Result<()> {
        self.write(
            "aimd.toml",
            &format!(
                "{more}\npublic_url = \"https://aim.localhost\"\nlisten = [\"127.0.0.1:0\"]\noperator_listen = \"127.0.0.1:0\"\ndata_dir = \"data\"\n\
                 citizen_code_file = \"code\"\nlog.format = \"json\"\n"
            ),
        )
    }

    /// Writes the configuration of a development sandbox that serves over plain HTTP, with `more` in front of it; answers its
    /// own address. Its port is outside the range that the system gives to others.
    ///
    /// # Errors
    /// When it cannot be written, or no port is free.
    pub fn configure_sandbox(&self, more: &str) -> Result<String> {
        // Tests are processes, whose ids are apart.
        let skipped = usize::try_from(std::process::id())? % PORTS.len();
        let mut ports = PORTS.skip(skipped).chain(PORTS.take(skipped));
        let port = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
        let port = port.context("no port is free")?;
        let url = format!("http://localhost:{port}");
        self.write(
            "aimd.toml",
            &format!(
                "{more}\nprofile = \"development\"\npublic_url = \"{url}\"\nlisten = [\"127.0.0.1:{port}\"]\n\
                 operator_listen = \"127.0.0.1:0\"\ndata_dir = \"data\"\nlog.format = \"json\"\n"
            ),
        )?;
        Ok(url)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(paths::aimd()?);
        command
            .env_clear()
            // What is not in its configuration does not count.
            .env("http_proxy", "http://127.0.0.1:1")
            .envs(self.variables.iter().map(|(name, path)| (name, path)))
            .arg("--config")
            .arg(self.path("aimd.toml"))
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        Ok(command)
    }

    /// Runs `aimd` with these arguments until it ends by itself.
    ///
    /// # Errors
    /// When it does not start, or takes longer than [`START_MAX`].
    pub async fn run(&self, arguments: &[&str]) -> Result<Output> {
        Ok(timeout(START_MAX, self.command(arguments)?.output()).await??)
    }

    /// Starts it; answers when it serves.
    ///
    /// # Errors
    /// When it ends before, with what it said.
    pub async fn serve(&self) -> Result<Aimd> {
        let mut child = self.command(&[])?.stderr(Stdio::piped()).spawn()?;
        let stderr = child.stderr.take().context("no standard error")?;
        let mut log = BufReader::new(stderr).lines();
        let (mut said, mut operator) = (Vec::new(), None);
        let listens = |line: &str, field: &str| -> Result<SocketAddr> {
            let event: serde_json::Value = serde_json::from_str(line)?;
            let address = event.get(field).and_then(|address| address.as_str());
            Ok(address
                .with_context(|| format!("no `{field}` in {line}"))?
                .parse()?)
        };
        let ready = async {
            while let Some(line) = log.next_line().await? {
                if line.contains("operator.ready") {
                    operator = Some(listens(&line, "operator")?);
                }
                if line.contains("platform.ready") {
                    return listens(&line, "address");
                }
                said.push(line);
            }
            bail!("`aimd` ended")
        };
        let address = timeout(START_MAX, ready).await?;
        let address = address.with_context(|| said.join("\n"))?;
        Ok(Aimd {
            child,
            address,
            operator: operator.context("no port for the operator")?,
            log,
        })
    }
}

/// A running `aimd`. Dropping it kills it.
#[derive(Debug)]
pub struct Aimd {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens for the operator's programs.
    pub operator: SocketAddr,
    log: Lines<BufReader<ChildStderr>>,
}

impl Aimd {
    /// Sends it a signal.
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        kill_process(pid.and_then(Pid::from_raw).context("it is not running")?, signal)?;
        Ok(())
    }

    /// The next line of its log that contains `part`.
    ///
    /// # Errors
    /// When the log ends first.
    pub async fn logged(&mut self, part: &str) -> Result<String> {
        let line = async {
            while let Some(line) = self.log.next_line().await? {
                if line.contains(part) {
                    return Ok(line);
                }
            }
            bail!("the log ended without `{part}`")
        };
        timeout(START_MAX, line).await?
    }

    /// Stops it as a service manager does, and answers how it ended.
    ///
    /// # Errors
    /// When it does not end within [`STOP_MAX`].
    pub async fn stop(mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.logged("stopping").await?;
        Ok(timeout(STOP_MAX, self.child.wait()).await??)
    }
}

/// What a program said on standard error.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
