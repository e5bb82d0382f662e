//! The real `aim` binary, started in a folder of its own on a free port.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::paths;

/// How long a start may take on a slow machine: migrations, seeding, the first keys.
pub const START_MAX: Duration = Duration::from_secs(120);
/// How long a stop may take.
pub const STOP_MAX: Duration = Duration::from_secs(30);
/// Lines that an error quotes from the end of the log.
const QUOTED_LINES: usize = 30;

/// How to start the platform.
#[derive(Debug, Default)]
pub struct Start {
    /// Where its data is; a temporary folder where none is named.
    pub dir: Option<PathBuf>,
    /// Another `aim` than [`paths::aim`].
    pub program: Option<PathBuf>,
    /// More arguments of `aim up`.
    pub args: Vec<String>,
}

/// A running platform. Dropping it kills it.
#[derive(Debug)]
pub struct Instance {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    /// Its own address, without a trailing slash: `http://localhost:PORT`.
    pub url: String,
    /// Its port.
    pub port: u16,
    /// Its data.
    pub dir: PathBuf,
    program: Option<PathBuf>,
    args: Vec<String>,
    temporary: Option<TempDir>,
}

impl Instance {
    /// Starts a platform with an empty folder on a free port.
    ///
    /// # Errors
    /// When it ends, or says nothing for [`START_MAX`], before its `ready` line; with its last words.
    pub async fn start() -> Result<Self> {
        Self::start_with(Start::default()).await
    }

    /// Starts a platform.
    ///
    /// # Errors
    /// As [`Instance::start`].
    pub async fn start_with(start: Start) -> Result<Self> {
        let (dir, temporary) = match start.dir {
            Some(dir) => (dir, None),
            None => {
                let temporary = tempfile::Builder::new().prefix("aim-").tempdir()?;
                (temporary.path().to_path_buf(), Some(temporary))
            }
        };
        let program = start.program.clone().map_or_else(paths::aim, Ok)?;
        let mut child = Command::new(&program)
            .arg("up")
            .arg("--dir")
            .arg(&dir)
            .args(["--port", "0"])
            .args(&start.args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("`{}` does not start", program.display()))?;
        let log = Arc::new(Mutex::new(Vec::new()));
        let (ready, told) = oneshot::channel();
        let stdout = child.stdout.take().context("no standard output")?;
        let stderr = child.stderr.take().context("no standard error")?;
        tokio::spawn(collect(stdout, log.clone(), Some(ready)));
        tokio::spawn(collect(stderr, log.clone(), None));
        let url = match timeout(START_MAX, told).await {
            Ok(Ok(url)) => url,
            Ok(Err(_)) => {
                let status = timeout(STOP_MAX, child.wait()).await;
                bail!("`aim up` ended before it was ready ({status:?}):\n{}", tail(&log));
            }
            Err(_) => bail!("`aim up` was not ready in {START_MAX:?}:\n{}", tail(&log)),
        };
        let url = url.trim_end_matches('/').to_owned();
        let port = url::Url::parse(&url)
            .ok()
            .and_then(|url| url.port_or_known_default())
            .with_context(|| format!("`ready {url}` names no port"))?;
        Ok(Self {
            child,
            log,
            url,
            port,
            dir,
            program: start.program,
            args: start.args,
            temporary,
        })
    }

    /// The origin of a service, without a trailing slash.
    pub fn origin(&self, service: &str) -> String {
        format!("http://{service}.localhost:{}", self.port)
    }

    /// An address of the platform's own.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// What it printed and logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its process, for a look at its memory.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Stops it as a service manager does (SIGTERM) and waits for its end.
    ///
    /// # Errors
    /// When it does not end within [`STOP_MAX`].
    pub async fn stop(self) -> Result<Stopped> {
        self.end(Signal::TERM).await
    }

    /// Stops it as a person at the terminal does (Ctrl-C, SIGINT) and waits for its end.
    ///
    /// # Errors
    /// As [`Instance::stop`].
    pub async fn interrupt(self) -> Result<Stopped> {
        self.end(Signal::INT).await
    }

    /// Kills it without a warning (SIGKILL) and waits until it is gone. What it had written is still with
    /// the operating system, so this says nothing about a power cut.
    ///
    /// # Errors
    /// As [`Instance::stop`].
    pub async fn kill(self) -> Result<Stopped> {
        self.end(Signal::KILL).await
    }

    async fn end(mut self, signal: Signal) -> Result<Stopped> {
        self.signal(signal)?;
        let status = timeout(STOP_MAX, self.child.wait())
            .await
            .map_err(|_| anyhow!("it did not stop in {STOP_MAX:?}:\n{}", tail(&self.log)))??;
        Ok(Stopped {
            status,
            log: self.log(),
            dir: self.dir,
            program: self.program,
            args: self.args,
            temporary: self.temporary,
        })
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self
            .child
            .id()
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(rustix::process::Pid::from_raw)
            .context("it is not running")?;
        rustix::process::kill_process(pid, signal)?;
        Ok(())
    }
}

/// A platform that ended; its data is still there.
#[derive(Debug)]
pub struct Stopped {
    /// How it ended.
    pub status: ExitStatus,
    /// What it had printed and logged.
    pub log: Vec<String>,
    dir: PathBuf,
    program: Option<PathBuf>,
    args: Vec<String>,
    temporary: Option<TempDir>,
}

impl Stopped {
    /// Its data.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Starts it again with the same data, on another free port: others may have taken the old one.
    ///
    /// # Errors
    /// As [`Instance::start`].
    pub async fn start(self) -> Result<Instance> {
        let mut instance = Instance::start_with(Start {
            dir: Some(self.dir),
            program: self.program,
            args: self.args,
        })
        .await?;
        instance.temporary = self.temporary;
        Ok(instance)
    }
}

/// Reads lines until the end, and sends on what follows `ready `.
async fn collect(
    stream: impl AsyncRead + Unpin,
    log: Arc<Mutex<Vec<String>>>,
    mut ready: Option<oneshot::Sender<String>>,
) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(url) = line.strip_prefix("ready ")
            && let Some(ready) = ready.take()
        {
            // Nobody listens any more when the deadline has passed.
            let _ = ready.send(url.trim().to_owned());
        }
        log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

fn tail(log: &Mutex<Vec<String>>) -> String {
    let lines = log.lock().unwrap_or_else(PoisonError::into_inner);
    lines
        .iter()
        .skip(lines.len().saturating_sub(QUOTED_LINES))
        .map(|line| format!("    {line}\n"))
        .collect()
}
