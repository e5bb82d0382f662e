//! The runtime by itself, in a process of its own: what a deployment costs that nobody asks for, and how
//! long the first answer of one takes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aim_gov::apis::Apis;
use aim_gov::clock::Clock;
use aim_gov::db::{Db, sqlite_address};
use aim_gov::grant::{Boundary, Capability, Grant};
use aim_gov::invocation::{Service, ServiceId};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::text::Localised;
use aim_runtime::{CompilerCommand, Digest, Limits, Runtime, RuntimeConfig};
use anyhow::{Context as _, Result, ensure};
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use tokio::time::Instant;

use super::memory;
use crate::paths;

/// The argument with which `aim` is the compiling child.
const COMPILE_WORKER: &str = "compile-worker";
/// Deployments after which the memory is looked at.
pub const DEPLOYMENTS: [usize; 3] = [1, 100, 1_000];
/// An answer of a sample is far smaller.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// What a deployment may do beyond answering.
#[derive(Clone, Debug, Default)]
pub struct Set {
    /// Its capabilities.
    pub capabilities: BTreeSet<Capability>,
    /// The hosts that it may call.
    pub outbound_hosts: BTreeSet<String>,
}

/// A runtime on the data in `dir`, with the usual limits.
///
/// # Errors
/// When it does not start.
pub async fn start(dir: &Path) -> Result<Runtime> {
    start_with(dir, Limits::default()).await
}

/// A runtime on the data in `dir`.
///
/// # Errors
/// When it does not start.
pub async fn start_with(dir: &Path, limits: Limits) -> Result<Runtime> {
    let compiler = CompilerCommand {
        program: paths::aim()?,
        args: vec![COMPILE_WORKER.into()],
    };
    let config = RuntimeConfig {
        data_dir: dir.to_path_buf(),
        compiler,
        limits,
    };
    Ok(Runtime::start(config, apis(dir).await?)?)
}

/// The government APIs on the data in `dir`.
///
/// # Errors
/// When they cannot be opened.
pub async fn apis(dir: &Path) -> Result<Apis> {
    let platform = Platform {
        db: Db::open(&sqlite_address(&dir.join("aim.sqlite"))).await?,
        clock: Clock::system(),
        random: Random::system(),
    };
    Ok(Apis::open(platform, "http://localhost").await?)
}

/// Deploys `component` under the name `service-<number>`, without any permission.
///
/// # Errors
/// When the runtime refuses it.
pub async fn deploy(runtime: &Runtime, number: usize, component: Bytes) -> Result<ServiceId> {
    deploy_with(runtime, number, component, Set::default()).await
}

/// Deploys `component` under the name `service-<number>`, with some permissions.
///
/// # Errors
/// When the runtime refuses it.
pub async fn deploy_with(runtime: &Runtime, number: usize, component: Bytes, set: Set) -> Result<ServiceId> {
    let service = service(number, &component, set);
    let id = service.id.clone();
    runtime.deploy(Arc::new(service), component).await?;
    Ok(id)
}

/// The service `service-<number>` that runs `component`, with some permissions.
pub fn service(number: usize, component: &[u8], set: Set) -> Service {
    let id = ServiceId(format!("service-{number}"));
    Service {
        id: id.clone(),
        title: Localised::default(),
        controller: String::new(),
        tax_id: "1234567890".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Digest::of(component).to_string(),
        grant: Grant {
            capabilities: set.capabilities,
            purposes: Vec::new(),
            outbound_hosts: set.outbound_hosts,
            boundary: Boundary {
                ends_at: Clock::system().now().plus_days(1),
                citizens_max: 1,
                calls_per_minute_max: 600,
                ..Boundary::default()
            },
            ..Grant::default()
        },
        origin: format!("http://{}.localhost", id.0),
        platform: "http://localhost".to_owned(),
        stopped: AtomicBool::new(false),
    }
}

/// Asks a deployed service for its first page.
///
/// # Errors
/// When it does not answer well.
pub async fn ask(runtime: &Runtime, id: &ServiceId) -> Result<Bytes> {
    ask_at(runtime, id, "/").await
}

/// Asks a deployed service for the page at `path`.
///
/// # Errors
/// When it does not answer well.
pub async fn ask_at(runtime: &Runtime, id: &ServiceId, path: &str) -> Result<Bytes> {
    let request = http::Request::get(path)
        .header(http::header::HOST, format!("{}.localhost", id.0))
        .body(Body::empty())?;
    let response = runtime.handle(id, None, request).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await?;
    ensure!(
        status.is_success(),
        "{status}: {}",
        String::from_utf8_lossy(&body)
    );
    Ok(body)
}

/// Deploys [`DEPLOYMENTS`] different components and tells what this process held before and after each
/// number of them, in KiB.
///
/// # Errors
/// When one is refused.
pub async fn measure_memory(component: &[u8], mut tell: impl FnMut(usize, f64)) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let runtime = start(dir.path()).await?;
    let held = || memory::held_kib(std::process::id());
    tell(0, held()?);
    let last = DEPLOYMENTS.into_iter().max().unwrap_or_default();
    for number in 1..=last {
        deploy(&runtime, number, variant(component, number)).await?;
        if DEPLOYMENTS.contains(&number) {
            tell(number, held()?);
        }
    }
    Ok(())
}

/// From the wish to deploy to the first byte of an answer: compiled on the spot, and from the artefact of
/// an earlier run.
///
/// # Errors
/// When the component is refused.
pub async fn measure_cold(component: &[u8]) -> Result<(Duration, Duration)> {
    let dir = tempfile::tempdir()?;
    let component = Bytes::copy_from_slice(component);
    let mut times = [Duration::ZERO; 2];
    for time in &mut times {
        let runtime = start(dir.path()).await?;
        let begin = Instant::now();
        let id = deploy(&runtime, 1, component.clone()).await?;
        ask(&runtime, &id).await?;
        *time = begin.elapsed();
        runtime.stop().await;
    }
    let [compiled, cached] = times;
    Ok((compiled, cached))
}

/// The same component with another digest: a custom section at its end says which it is.
pub fn variant(component: &[u8], number: usize) -> Bytes {
    let content = format!("\u{7}variant{number:08}");
    let mut bytes = component.to_vec();
    bytes.push(0);
    bytes.push(u8::try_from(content.len()).unwrap_or(0));
    bytes.extend_from_slice(content.as_bytes());
    bytes.into()
}

/// Reads a component's file.
///
/// # Errors
/// When there is none.
pub fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guests::handler::{Handler, RESPOND, component};

    #[test]
    fn variants_differ_and_are_still_components() {
        let bytes = component(Handler {
            handle: RESPOND,
            ..Handler::default()
        })
        .unwrap();
        let (one, two) = (variant(&bytes, 1), variant(&bytes, 2));
        assert_ne!(Digest::of(&one).to_string(), Digest::of(&two).to_string());
        assert!(aim_runtime::inspect(&two).is_ok());
    }
}
