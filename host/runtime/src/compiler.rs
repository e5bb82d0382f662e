//! From a component's bytes to code that runs: kept from an earlier time, or compiled now.

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

/// How a component was compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compilation {
    pub digest: Digest,
    /// Its functions, the compiler's glue among them; 0 where it had been compiled before.
    pub functions: u32,
    /// Those that were taken over from the version of the service that is deployed.
    pub reused: u32,
}

/// Compilations at once on this machine: one for each processor, but two at least, so that a small one never
/// waits for a large one, and no more than memory is sure to suffice for.
pub fn compilations_max() -> usize {
    const AT_LEAST: usize = 2;
    const AT_MOST: usize = 4;
    std::thread::available_parallelism()
        .map_or(AT_LEAST, usize::from)
        .clamp(AT_LEAST, AT_MOST)
}

/// Who may compile: it is the most expensive thing that an upload can make us do.
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
        // The large one's own first: whoever waits for that must not hold what small ones need.
        let large = if component_bytes > SMALL_COMPONENT_BYTES_MAX {
            self.large.acquire().await.ok()
        } else {
            None
        };
        (large, self.all.acquire().await.ok())
    }
}

/// Compiles components and keeps the results.
pub(crate) struct Compiler {
    engine: Engine,
    store: Arc<Store>,
    command: CompilerCommand,
    permits: Permits,
    under_way: UnderWay,
    reserve: DiskReserve,
}

impl Compiler {
    /// Compiles nothing while the disk's free room is below `reserve`.
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
            // Asked of us, not of the child: a hostile component may have taken that over.
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

    /// How far the compilation of this component (`sha256:` and so on) is, 0 to 100, while one is under
    /// way.
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

    /// Removes everything of components that are not among `needed`; answers how many files that were.
    ///
    /// # Errors
    /// [`CompileError::Store`].
    pub(crate) async fn keep_only(&self, needed: BTreeSet<String>) -> Result<usize, CompileError> {
        let store = self.store.clone();
        Ok(blocking(move || store.keep_only(&needed)).await??)
    }

    /// This version of the service is what citizens use: its successor is compiled from it.
    pub(crate) fn deployed(&self, service: &ServiceId, digest: &str) {
        self.store.adopt_functions(service, digest);
    }

    /// The service did harm: its successor is compiled from nothing.
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
