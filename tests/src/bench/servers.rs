//! What the platform is compared with: axum without a platform, and Wasmtime's own server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::http::header;
use axum::routing::get;
use bytes::Bytes;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::paths;

/// How long a server may take to start.
const START_MAX: Duration = Duration::from_secs(60);

/// A server in a process of its own. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    /// Its process.
    pub child: Child,
    /// Its port on the loopback address.
    pub port: u16,
}

/// Serves the page in `file` with axum on a free port until the process ends. `announce` learns the port.
///
/// # Errors
/// When the file cannot be read, or no port can be had.
pub async fn serve_native(file: &Path, announce: impl FnOnce(u16)) -> Result<()> {
    let page = Bytes::from(std::fs::read(file)?);
    let answer = get(move || {
        let page = page.clone();
        async { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page) }
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    announce(listener.local_addr()?.port());
    axum::serve(listener, Router::new().route("/", answer)).await?;
    Ok(())
}

/// Starts `bench native` with the page in `file`.
///
/// # Errors
/// When it does not start.
pub async fn native(file: &Path) -> Result<Server> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("native").arg(file);
    start(command, Output::Standard, |line| {
        line.strip_prefix("ready ")?.parse().ok()
    })
    .await
}

/// Starts `bench native-citizen` on the empty database at `address`.
///
/// # Errors
/// When it does not start.
pub async fn native_citizen(address: &str) -> Result<Server> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("native-citizen").arg(address);
    start(command, Output::Standard, |line| {
        line.strip_prefix("ready ")?.parse().ok()
    })
    .await
}

/// Starts `wasmtime serve -Scli` with a component that exports `wasi:http`.
///
/// # Errors
/// When there is no `wasmtime` on `PATH`, or it does not start.
pub async fn wasmtime_serve(component: &Path) -> Result<Server> {
    let wasmtime = paths::program("wasmtime", &[]).context("no `wasmtime` on PATH")?;
    let mut command = Command::new(wasmtime);
    command
        .args(["serve", "-Scli", "--addr", "127.0.0.1:0"])
        .arg(component);
    start(command, Output::Error, |line| {
        let (_, address) = line.split_once("http://")?;
        let address: SocketAddr = address.trim_end_matches('/').trim().parse().ok()?;
        Some(address.port())
    })
    .await
}

/// Where a server says that it is ready.
#[derive(Clone, Copy)]
enum Output {
    Standard,
    Error,
}

async fn start(
    mut command: Command,
    output: Output,
    port_in: impl Fn(&str) -> Option<u16>,
) -> Result<Server> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command
        .spawn()
        .with_context(|| format!("{command:?} does not start"))?;
    let stdout = child.stdout.take().context("no standard output")?;
    let stderr = child.stderr.take().context("no standard error")?;
    let port = match output {
        Output::Standard => {
            tokio::spawn(drain(stderr));
            timeout(START_MAX, find_port(stdout, port_in)).await
        }
        Output::Error => {
            tokio::spawn(drain(stdout));
            timeout(START_MAX, find_port(stderr, port_in)).await
        }
    };
    Ok(Server {
        port: port.context("a server was not ready in time")??,
        child,
    })
}

async fn find_port(
    stream: impl AsyncRead + Unpin + Send + 'static,
    port_in: impl Fn(&str) -> Option<u16>,
) -> Result<u16> {
    let mut lines = BufReader::new(stream).lines();
    let mut said = String::new();
    while let Some(line) = lines.next_line().await? {
        if let Some(port) = port_in(&line) {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(port);
        }
        said.push_str(&line);
        said.push('\n');
    }
    bail!("a server ended: {said}")
}

async fn drain(stream: impl AsyncRead + Unpin) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(_)) = lines.next_line().await {}
}
