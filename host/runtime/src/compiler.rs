//! From a component's bytes to compiled code: stored earlier, or compiled now.

use std::collections::BTreeSet;
use std::sync::Arc;

use aim_gov::disk::DiskReserve;
use aim_gov::invocation::ServiceId;
use bytes::Bytes;
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::artefact::{GoodFor, Store};
use crate::compile::{self, CompileError, CompilerCommand, Counts, SMALL_COMPONENT_BYTES_MAX, UnderWay};
use crate::digest::{ComponentBytes, Digest};

/// The result of a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compilation {
    pub digest: Digest,
    /// The number of functions, including the compiler's glue; 0 if it had been compiled before.
    pub functions: u32,
    /// The functions that were reused from the deployed version of the service.
    pub reused: u32,
}

/// The most concurrent compilations on this machine: one for each processor, but at least two, so that a small
/// one never waits for a large one, and not more than memory suffices for.
pub fn compilations_max() -> usize {
    const AT_LEAST: usize = 2;
    const AT_MOST: usize = 4;
    std::thread::available_parallelism()
        .map_or(AT_LEAST, usize::from)
        .clamp(AT_LEAST, AT_MOST)
}

/// Permits for compiling, which is the most expensive work that an upload causes.
struct Permits {
    all: Semaphore,
    /// A component with a language engine inside takes a processor for half a minute, and 400 MiB.
    large: Semaphore,
}

impl Permits {
    fn new() -> Self {
        Self {
            all: Semaphore::new(compilations_max()),
            large: Semaphore::new(1),
        }
    }

    async fn take(&self, component_bytes: usize) -> impl Sized {
        // The permit for large ones first: waiting for it must not hold a permit that small ones need.
        let large = if component_bytes > SMALL_COMPONENT_BYTES_MAX {
            self.large.acquire().await.ok()
        } else {
            None
        };
        (large, self.all.acquire().await.ok())
    }
}

/// Compiles components and stores the results.
pub(crate) struct Compiler {
    engine: Engine,
    store: Arc<Store>,
    command: CompilerCommand,
    permits: Permits,
    under_way: UnderWay,
    reserve: DiskReserve,
}

impl Compiler {
    /// Compiles nothing while the free space of the disk is below `reserve`.
    pub(crate) fn new(engine: Engine, store: Store, command: CompilerCommand, reserve: DiskReserve) -> Self {
        Self {
            engine,
            store: Arc::new(store),
            command,
            permits: Permits::new(),
            under_way: UnderWay::default(),
            reserve,
        }
    }

    /// The code of a component that `service` publishes.
    pub(crate) async fn component(
        &self,
        service: &ServiceId,
        bytes: &ComponentBytes,
    ) -> Result<(Component, Compilation), CompileError> {
        let digest = bytes.digest();
        let compilation = |counts: Counts| Compilation {
            digest,
            functions: counts.done,
            reused: counts.reused,
        };
        if let Some(component) = self.kept(service, digest).await? {
            return Ok((component, compilation(Counts::default())));
        }
        let _permit = self.permits.take(bytes.bytes().len()).await;
        if let Some(component) = self.kept(service, digest).await? {
            return Ok((component, compilation(Counts::default())));
        }
        let counts = self.compile(service, digest, bytes.bytes().clone()).await?;
        let component = self.kept(service, digest).await?.ok_or_else(|| {
            CompileError::Refused("the compiled code does not load; host and compiler differ".to_owned())
        })?;
        Ok((component, compilation(counts)))
    }

    async fn compile(
        &self,
        service: &ServiceId,
        digest: Digest,
        component: Bytes,
    ) -> Result<Counts, CompileError> {
        self.reserve.check()?;
        let shown = self.under_way.begin(digest);
        let before = self
            .in_store(service, move |store, service| store.functions(service, digest))
            .await?;
        let alone = before.is_empty();
        let compiled = compile::run(&self.command, component, before, &shown.progress).await?;
        let saved = self.in_store(service, move |store, service| {
            // Computed by the host, not by the child, which a hostile component may have taken over.
            let good_for = if alone {
                GoodFor::Everybody
            } else {
                GoodFor::One(service)
            };
            store.save(good_for, digest, &compiled.code)?;
            if let Err(error) = store.keep_functions(service, digest, &compiled.functions) {
                tracing::warn!(%error, "artefact.functions not kept: the next version compiles slowly");
            }
            Ok::<_, CompileError>(())
        });
        saved.await??;
        Ok(shown.progress.counts())
    }

    /// The progress of this component's compilation (`sha256:` and 64 digits), 0 to 100, while it runs.
    pub(crate) fn percent(&self, digest: &str) -> Option<u8> {
        self.under_way.of(digest).map(Counts::percent)
    }

    /// The component as it was compiled before.
    async fn kept(&self, service: &ServiceId, digest: Digest) -> Result<Option<Component>, CompileError> {
        let engine = self.engine.clone();
        let loaded = self.in_store(service, move |store, service| {
            store.load(&engine, service, digest)
        });
        loaded
            .await?
            .map_err(|error| CompileError::Refused(format!("{error:#}")))
    }

    /// Removes all files of components that are not in `needed`; returns how many files.
    ///
    /// # Errors
    /// [`CompileError::Store`].
    pub(crate) async fn keep_only(&self, needed: BTreeSet<String>) -> Result<usize, CompileError> {
        let store = self.store.clone();
        Ok(blocking(move || store.keep_only(&needed)).await??)
    }

    /// Marks this version of the service as deployed: its successor is compiled from it.
    pub(crate) fn deployed(&self, service: &ServiceId, digest: &str) {
        self.store.adopt_functions(service, digest);
    }

    /// Marks the service as suspended: its successor is compiled without functions of earlier versions.
    pub(crate) fn suspended(&self, service: &ServiceId) {
        self.store.forget_functions(service);
    }

    /// Reads and writes megabytes off the async threads.
    async fn in_store<T: Send + 'static>(
        &self,
        service: &ServiceId,
        job: impl FnOnce(&Store, &ServiceId) -> T + Send + 'static,
    ) -> Result<T, CompileError> {
        let (store, service) = (self.store.clone(), service.clone());
        blocking(move || job(&store, &service)).await
    }
}

async fn blocking<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, CompileError> {
    tokio::task::spawn_blocking(job).await.map_err(|error| {
        tracing::error!(error = %error, "artefact job panicked");
        CompileError::Interrupted
    })
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn small_component_does_not_wait_for_a_large_one() {
        let permits = Permits::new();
        let large = permits.take(SMALL_COMPONENT_BYTES_MAX + 1).await;
        let another = permits.take(SMALL_COMPONENT_BYTES_MAX + 1).now_or_never();
        assert!(another.is_none(), "two large ones at once");
        let small = permits.take(SMALL_COMPONENT_BYTES_MAX).now_or_never();
        assert!(small.is_some());
        drop((large, small));
        assert!(
            permits
                .take(SMALL_COMPONENT_BYTES_MAX + 1)
                .now_or_never()
                .is_some()
        );
    }
}
