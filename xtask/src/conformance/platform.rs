//! A platform of its own: `aim up` with an empty folder on a free port.

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;
use std::{env, process, thread};

/// How long a start may take on a slow machine.
const START_MAX: Duration = Duration::from_secs(120);
/// Characters from the end of the log that an error quotes.
const QUOTED_CHARS: usize = 4_000;

/// A running platform, which ends when it is dropped.
pub struct Platform {
    pub url: String,
    child: Child,
    /// Its files, which are removed with it.
    pub folder: PathBuf,
}

impl Platform {
    pub fn start(aim: &Path) -> Result<Self> {
        let folder = env::temp_dir().join(format!("aim-conformance-{}", process::id()));
        fs::create_dir(&folder)?;
        let log = folder.join("log");
        let mut child = Command::new(aim)
            .arg("up")
            .arg("--dir")
            .arg(folder.join("data"))
            .args(["--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("cannot start {}", aim.display()))?;
        let stdout = child.stdout.take();
        let mut platform = Self {
            url: String::new(),
            child,
            folder,
        };
        let (ready, told) = mpsc::channel();
        let stdout = stdout.context("`aim up` has no standard output")?;
        thread::spawn(move || watch(stdout, &ready));
        match told.recv_timeout(START_MAX) {
            Ok(url) => url.trim().trim_end_matches('/').clone_into(&mut platform.url),
            Err(_) => {
                let log = fs::read_to_string(&log).unwrap_or_default();
                let skipped = log.chars().count().saturating_sub(QUOTED_CHARS);
                let end: String = log.chars().skip(skipped).collect();
                bail!(
                    "`aim up` was not ready in {} seconds:\n{end}",
                    START_MAX.as_secs()
                );
            }
        }
        Ok(platform)
    }

    /// Ends the platform, and fails if it had ended by itself.
    pub fn stop(mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the platform ended by itself ({status})");
        }
        Ok(())
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // An error would mean that it has ended, which is what is wanted.
        if let Ok(pid) = i32::try_from(self.child.id())
            && matches!(self.child.try_wait(), Ok(None))
        {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            let _ = self.child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Sends on the address of the line `ready URL`, and reads the rest so that the platform never waits for a
/// reader.
fn watch(stdout: impl Read, ready: &Sender<String>) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        if let Some(url) = line.strip_prefix("ready ") {
            // Nobody listens any more after the time limit.
            let _ = ready.send(url.to_owned());
        }
    }
}
