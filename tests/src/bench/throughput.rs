//! Answers a second: the contestants take turns, so that whatever else the machine does hits all of them.

use anyhow::{Context as _, Result};

use super::load::{self, Load};
use super::platform::Scene;
use super::report::Report;
use super::{PLACES, Turns, servers};
use crate::paths;

struct Contestant {
    name: &'static str,
    port: u16,
    host: String,
    connections: u32,
}

impl Contestant {
    /// A service on the platform.
    fn service(name: &'static str, service: &str, port: u16, connections: u32) -> Self {
        Self {
            name,
            port,
            connections,
            host: format!("{service}.localhost:{port}"),
        }
    }

    /// A server of its own.
    fn server(name: &'static str, port: u16, connections: u32) -> Self {
        Self {
            name,
            port,
            connections,
            host: format!("localhost:{port}"),
        }
    }
}

/// Native axum, Wasmtime's own server, and services in Rust, JavaScript and Python; those in Rust also on the `other`
/// platform.
///
/// # Errors
/// When one does not start or answers with an error. What is not installed is absent from the report.
pub async fn measure(turns: &Turns, scene: &Scene, other: Option<&Scene>, report: &mut Report) -> Result<()> {
    let page = paths::scratch("bench")?.join("page.html");
    std::fs::write(&page, scene.page("hello").await?)?;
    let native = servers::native(&page).await?;
    let platform = scene.platform.port;
    let mut contestants = vec![
        Contestant::server("native", native.port, turns.connections),
        Contestant::service("handler", "hello", platform, turns.connections),
        Contestant::service("wasi_http", "hello-wasi-http", platform, turns.connections),
    ];
    if let Some(port) = other.map(|other| other.platform.port) {
        contestants.extend([
            Contestant::service("handler_other", "hello", port, turns.connections),
            Contestant::service("wasi_http_other", "hello-wasi-http", port, turns.connections),
        ]);
    }
    for (name, service, component) in [
        (
            "javascript",
            "bench-js",
            crate::guests::languages::hello_js().await,
        ),
        ("python", "bench-py", crate::guests::languages::hello_py().await),
    ] {
        match component {
            Ok(component) => {
                scene.publish_interpreter(service, &component).await?;
                contestants.push(Contestant::service(name, service, platform, PLACES));
            }
            Err(error) => report.absent(name, format!("{error:#}")),
        }
    }
    let wasmtime = match servers::wasmtime_serve(&scene.wasi_http).await {
        Ok(server) => Some(server),
        Err(error) => {
            report.absent("wasmtime_serve", format!("{error:#}"));
            None
        }
    };
    if let Some(server) = &wasmtime {
        contestants.push(Contestant::server(
            "wasmtime_serve",
            server.port,
            turns.connections,
        ));
    }
    for _ in 0..turns.rounds {
        for Contestant {
            name,
            port,
            host,
            connections,
        } in &contestants
        {
            let load = Load {
                url: format!("http://127.0.0.1:{port}/"),
                host: host.clone(),
                headers: Vec::new(),
                connections: *connections,
                duration: turns.time(),
            };
            let outcome = load::run(&load).await;
            report.load(name, outcome.with_context(|| format!("load on {name}"))?);
        }
    }
    Ok(())
}
