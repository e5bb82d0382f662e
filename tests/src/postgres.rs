//! A real PostgreSQL, thrown away afterwards: one cluster, as many empty databases as are asked for.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use sqlx::postgres::PgPoolOptions;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;
use tokio::time::timeout;

use crate::paths;

/// How long the first start may take.
const START_MAX: Duration = Duration::from_secs(60);
/// What the server says once it takes connections.
const READY: &str = "database system is ready to accept connections";
/// Users that the server may run as when we are root, which it refuses to be.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// What is left of a committed transaction after a crash of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing, perhaps: what tests write is thrown away.
    None,
    /// All of it, as an operator has it.
    Disk,
}

/// A running cluster. Dropping it kills it and removes its files.
#[derive(Debug)]
pub struct Postgres {
    _server: Child,
    databases: AtomicU32,
    folder: TempDir,
}

/// Who runs the server.
#[derive(Clone, Copy, Debug)]
struct Owner {
    uid: u32,
    gid: u32,
}

impl Postgres {
    /// Makes a cluster and starts its server on a Unix socket in the cluster's own folder, where no other
    /// program can be in the way.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start.
    pub async fn start() -> Result<Self> {
        Self::start_with(Durability::None).await
    }

    /// The same, where transactions are on disk when they are committed.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub async fn start_with(durability: Durability) -> Result<Self> {
        let owner = owner()?;
        let folder = tempfile::Builder::new().prefix("aim-postgres-").tempdir()?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        if let Some(Owner { uid, gid }) = owner {
            for path in [folder.path(), &data] {
                chown(path, Some(uid), Some(gid))?;
            }
        }
        let made = command("initdb", owner)?
            .current_dir(folder.path())
            .arg("--pgdata")
            .arg(&data)
            .args(["--username", "aim", "--auth", "trust", "--encoding", "UTF8"])
            .args(["--locale", "C.UTF-8", "--no-sync", "--no-instructions"])
            .output()?;
        if !made.status.success() {
            bail!("`initdb` failed: {}", String::from_utf8_lossy(&made.stderr));
        }
        let server = serve(folder.path(), &data, owner, durability).await?;
        Ok(Self {
            _server: server,
            databases: AtomicU32::new(0),
            folder,
        })
    }

    /// The address of a new, empty database.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn database(&self) -> Result<String> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect(&self.address("postgres"))
            .await?;
        // A name cannot be a parameter; this one is a number of ours.
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE test_{number}"));
        sqlx::query(create).execute(&pool).await?;
        pool.close().await;
        Ok(self.address(&format!("test_{number}")))
    }

    /// The address of a database of this server, whether it is there or not.
    pub fn address(&self, database: &str) -> String {
        format!(
            "postgres://aim@localhost/{database}?host={}",
            self.folder.path().display()
        )
    }
}

async fn serve(socket: &Path, data: &Path, owner: Option<Owner>, durability: Durability) -> Result<Child> {
    let fsync = match durability {
        Durability::None => "fsync=off",
        Durability::Disk => "fsync=on",
    };
    let mut server = command("postgres", owner)?;
    server
        .current_dir(data)
        .arg("-D")
        .arg(data)
        .args(["-h", "", "-k"])
        .arg(socket)
        .args(["-c", fsync])
        .args(["-c", "shared_buffers=32MB", "-c", "max_connections=200"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut server = tokio::process::Command::from(server)
        .kill_on_drop(true)
        .spawn()
        .context("`postgres` does not start")?;
    let stderr = server.stderr.take().context("no standard error")?;
    let mut lines = BufReader::new(stderr).lines();
    let mut said = String::new();
    let ready = timeout(START_MAX, async {
        while let Some(line) = lines.next_line().await? {
            if line.contains(READY) {
                return Ok::<_, std::io::Error>(true);
            }
            said.push_str(&line);
            said.push('\n');
        }
        Ok(false)
    })
    .await
    .context("`postgres` was not ready in time")??;
    if !ready {
        bail!("`postgres` ended: {said}");
    }
    // Its log must be read to the end, or it would stop when the pipe is full.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok(server)
}

fn command(name: &str, owner: Option<Owner>) -> Result<Command> {
    let program = paths::program(name, &folders())
        .with_context(|| format!("`{name}` is not installed: Debian's package is `postgresql`"))?;
    let mut command = Command::new(program.canonicalize()?);
    if let Some(Owner { uid, gid }) = owner {
        command.uid(uid).gid(gid);
    }
    Ok(command)
}

/// Where Debian keeps each version's programs, newest first.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    folders.sort();
    folders.reverse();
    folders
}

/// The user to run the server as: ourselves, or where we are root one of [`USERS`].
fn owner() -> Result<Option<Owner>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    USERS
        .iter()
        .find_map(|name| {
            let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2);
            Some(Owner {
                uid: fields.next()?.parse().ok()?,
                gid: fields.next()?.parse().ok()?,
            })
        })
        .map(Some)
        .context("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`")
}
