//! Separates requests that use much processor time from everything else. A request begins on the threads of the
//! platform's pages, host calls and ledger, so that a quick one has no overhead; one that has used
//! [`FOREGROUND_TIME`] moves to threads of lower priority, where services share the time equally.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use aim_gov::invocation::ServiceId;

use crate::limits::BACKGROUND_NICENESS;

mod guest;
mod job;
mod queue;
mod slices;
#[cfg(test)]
mod tests;

pub(crate) use guest::Guest;
use queue::Queue;
pub(crate) use slices::Slices;
use slices::thread_time;

#[cfg(doc)]
use crate::limits::FOREGROUND_TIME;

/// A request on the background threads.
trait Run: Send + Sync {
    /// The service whose processor time it uses.
    fn service(&self) -> &ServiceId;
    fn run(self: Arc<Self>);
    /// Ends it: it will not run on any thread again.
    fn discard(&self);
}

/// The background threads: one for each processor. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Background {
    runnable: Runnable,
    threads: Vec<JoinHandle<()>>,
}

/// Runnable requests. Clones share them.
#[derive(Clone)]
pub(crate) struct Runnable(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    queue: Queue<Arc<dyn Run>>,
    closed: bool,
}

impl std::fmt::Debug for Runnable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runnable").finish_non_exhaustive()
    }
}

impl Background {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn start() -> std::io::Result<Self> {
        let mut background = Self {
            runnable: Runnable::new(),
            threads: Vec::new(),
        };
        for _ in 0..std::thread::available_parallelism()?.get() {
            let runnable = background.runnable.clone();
            let thread = std::thread::Builder::new().name("guests".to_owned());
            background.threads.push(thread.spawn(move || work(&runnable))?);
        }
        Ok(background)
    }

    /// The queue to which requests are moved.
    pub(crate) fn runnable(&self) -> &Runnable {
        &self.runnable
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let left = {
            let mut state = self.runnable.lock();
            state.closed = true;
            state.queue.drain()
        };
        self.runnable.0.changed.notify_all();
        for job in left {
            job.discard();
        }
        for thread in self.threads.drain(..) {
            // A request may hold the last reference to its owner.
            if thread.thread().id() != std::thread::current().id() {
                // Its panic was caught and reported elsewhere.
                let _ = thread.join();
            }
        }
    }
}

fn work(runnable: &Runnable) {
    // On Linux, the priority of "this process" is that of the calling thread (setpriority(2)).
    if let Err(error) = rustix::process::setpriority_process(None, BACKGROUND_NICENESS) {
        tracing::warn!(error = %error, "a background thread keeps its priority");
    }
    while let Some((service, job)) = runnable.next() {
        let before = thread_time();
        // `run` catches a panic of the guest; this catches one of its destructors.
        if catch_unwind(AssertUnwindSafe(|| job.run())).is_err() {
            tracing::error!(service = %service.0, "a request panicked while it was dropped");
        }
        runnable.charge(&service, thread_time().saturating_sub(before));
    }
}

impl Runnable {
    fn new() -> Self {
        Self(Arc::new(Inner {
            state: Mutex::new(State {
                queue: Queue::default(),
                closed: false,
            }),
            changed: Condvar::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Arc<dyn Run>) {
        {
            let mut state = self.lock();
            if !state.closed {
                let service = job.service().clone();
                state.queue.push(&service, job);
                drop(state);
                self.0.changed.notify_one();
                return;
            }
        }
        job.discard();
    }

    /// Waits for the next request to run; `None` at the end.
    fn next(&self) -> Option<(ServiceId, Arc<dyn Run>)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(next) = state.queue.pop() {
                return Some(next);
            }
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn charge(&self, service: &ServiceId, used: Duration) {
        self.lock().queue.charge(service, used);
    }
}
