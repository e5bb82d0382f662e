//! A service that is loaded and ready to answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use aim_gov::apis::Apis;
use aim_gov::invocation::Service;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use crate::bindings::ServicePre;
use crate::bindings::events::EventListenerPre;
use crate::glue::RequestState;
use crate::inspect::{Inspection, Kind};
use crate::limits::{QUEUE_MAX, QUEUE_TIME};
use crate::link;
use crate::log::Logs;
use crate::memory::MemoryBudget;
use crate::meter::{Budget, CallTrace};
use crate::outbound::Outbound;
use crate::reach::Reach;
use crate::rehearsal::Rehearsal;

/// The component, linked and checked; an instance of it is one step away.
pub(crate) enum Entry {
    Handler(ServicePre<RequestState>),
    WasiHttp(ProxyPre<RequestState>),
}

/// The exports of a component that the host calls.
pub(crate) struct Entries {
    pub(crate) requests: Entry,
    /// `None` for a service without a handler of events.
    pub(crate) events: Option<EventListenerPre<RequestState>>,
}

impl Entries {
    /// Links a compiled component.
    ///
    /// # Errors
    /// When an import or an export has another type than the host's.
    pub(crate) fn link(
        engine: &Engine,
        component: &Component,
        inspection: &Inspection,
    ) -> wasmtime::Result<Self> {
        let pre = link::linker(engine, component)?.instantiate_pre(component)?;
        let events = inspection.handles_events.then(|| pre.clone());
        Ok(Self {
            requests: match inspection.kind {
                Kind::Handler => Entry::Handler(ServicePre::new(pre)?),
                Kind::WasiHttp => Entry::WasiHttp(ProxyPre::new(pre)?),
            },
            events: events.map(EventListenerPre::new).transpose()?,
        })
    }
}

/// State that outlives the versions of a service.
#[derive(Debug)]
pub(crate) struct ServiceHistory {
    pub(crate) logs: Arc<Logs>,
    /// Its calls in the last minute.
    pub(crate) budget: Arc<Budget>,
    pub(crate) memory: Arc<MemoryBudget>,
    /// The versions that run: the deployed one, and those that still have requests under way.
    running: Mutex<Vec<Weak<Service>>>,
}

impl ServiceHistory {
    /// The state of a service without earlier versions.
    pub(crate) fn new(memory: MemoryBudget) -> Self {
        Self {
            logs: Arc::default(),
            budget: Arc::default(),
            memory: Arc::new(memory),
            running: Mutex::default(),
        }
    }

    /// Adds a version that [`ServiceHistory::stop`] stops, too.
    pub(crate) fn runs(&self, version: &Arc<Service>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|version| version.strong_count() > 0);
        running.push(Arc::downgrade(version));
    }

    /// Stops every version that still has a request under way.
    pub(crate) fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for version in running.iter().filter_map(Weak::upgrade) {
            version.stop();
        }
    }
}

/// The dependencies of a service: the platform's, or temporary ones in a vetting run.
pub(crate) struct Backing {
    pub(crate) apis: Arc<Apis>,
    pub(crate) outbound: Outbound,
    pub(crate) history: Arc<ServiceHistory>,
    pub(crate) trace: Option<CallTrace>,
    /// For the services of a test space.
    pub(crate) rehearsal: Option<Rehearsal>,
}

/// One version of one service. Running requests hold it, so it lives until the last of them ends.
pub(crate) struct Deployment {
    pub(crate) service: Arc<Service>,
    pub(crate) entry: Entry,
    pub(crate) events: Option<EventListenerPre<RequestState>>,
    pub(crate) backing: Backing,
    /// The addresses to which its answers may lead browsers.
    pub(crate) reach: Arc<Reach>,
    pub(crate) permits: PermitPool,
    pub(crate) arriving: PermitPool,
    pub(crate) on_their_way: PermitPool,
}

/// Concurrency permits with a short queue.
#[derive(Clone)]
pub(crate) struct PermitPool(Arc<Inner>);

struct Inner {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// No permit in time: the citizen is asked to come back later.
#[derive(Debug)]
pub(crate) struct Busy;

impl PermitPool {
    pub(crate) fn new(at_once: usize) -> Self {
        Self(Arc::new(Inner {
            permits: Arc::new(Semaphore::new(at_once)),
            waiting: AtomicUsize::new(0),
        }))
    }

    /// Waits for a permit, at most [`QUEUE_TIME`].
    pub(crate) async fn take(&self) -> Result<OwnedSemaphorePermit, Busy> {
        if let Ok(permit) = self.0.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let _slot = QueueSlot::take(&self.0)?;
        match tokio::time::timeout(QUEUE_TIME, self.0.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }

    /// Waits for a permit without a time limit.
    ///
    /// # Errors
    /// [`Busy`] when permits are no longer given out.
    pub(crate) async fn wait(&self) -> Result<OwnedSemaphorePermit, Busy> {
        let permit = self.0.permits.clone().acquire_owned();
        permit.await.map_err(|_| Busy)
    }

    /// Waits until nobody holds a permit.
    pub(crate) async fn idle(&self, at_once: usize) {
        let all = u32::try_from(at_once).unwrap_or(u32::MAX);
        drop(self.0.permits.acquire_many(all).await);
    }

    /// Waits until all permits are free, at most `time`, and gives none out any more. Returns whether all
    /// requests finished.
    pub(crate) async fn all(&self, at_once: usize, time: Duration) -> bool {
        let all = self
            .0
            .permits
            .acquire_many(u32::try_from(at_once).unwrap_or(u32::MAX));
        let done = tokio::time::timeout(time, all)
            .await
            .is_ok_and(|permits| permits.is_ok());
        self.0.permits.close();
        done
    }
}

/// A slot in the queue, which is returned however the wait ends.
struct QueueSlot<'a>(&'a Inner);

impl<'a> QueueSlot<'a> {
    fn take(inner: &'a Inner) -> Result<Self, Busy> {
        let slot = Self(inner);
        if inner.waiting.fetch_add(1, Ordering::Relaxed) < QUEUE_MAX {
            Ok(slot)
        } else {
            Err(Busy)
        }
    }
}

impl Drop for QueueSlot<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn permit_that_is_late_goes_to_the_next_request() {
        let permits = PermitPool::new(1);
        let first = permits.take().await.unwrap();
        assert!(permits.take().await.is_err());
        let waiting = permits.take();
        drop(first);
        assert!(waiting.await.is_ok());
    }

    #[tokio::test]
    async fn queue_is_bounded() {
        let permits = PermitPool::new(0);
        let mut waiting: Vec<_> = (0..QUEUE_MAX).map(|_| Box::pin(permits.take())).collect();
        for one in &mut waiting {
            assert!(futures::poll!(one).is_pending());
        }
        assert!(futures::FutureExt::now_or_never(permits.take()).is_some_and(|taken| taken.is_err()));
        drop(waiting);
        assert!(futures::FutureExt::now_or_never(permits.take()).is_none());
    }
}
