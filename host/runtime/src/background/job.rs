//! A guest on the background threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use aim_gov::invocation::{Service, ServiceId};
use futures::future::BoxFuture;
use tokio::runtime::Handle;

use super::{Run, Runnable, Slices};

/// A guest that the background threads poll.
pub(super) struct Job<T> {
    state: Mutex<State<T>>,
    slices: Arc<Slices>,
    service: Arc<Service>,
    runnable: Runnable,
    /// The owner's runtime: timers and tasks that the guest starts belong to it.
    tokio: Handle,
}

struct State<T> {
    phase: Phase,
    /// `None` while it is polled, and after its end.
    guest: Option<BoxFuture<'static, T>>,
    ended: Option<std::thread::Result<T>>,
    owner: Waker,
    /// The owner no longer waits for it.
    abandoned: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Queued,
    Running,
    /// Running, and to be queued again afterwards.
    Woken,
    Waiting,
    /// In a government call, and so to be polled by its owner.
    Back,
    Ended,
}

/// The progress of a job, for its owner.
pub(super) enum Progress<T> {
    /// No change; the owner will be woken.
    None,
    Ended(std::thread::Result<T>),
    /// The owner has to poll it again.
    Back(BoxFuture<'static, T>),
}

impl<T: Send + 'static> Job<T> {
    /// Queues a guest; `owner` is woken when there is [`Progress`]. Called within a Tokio runtime.
    pub(super) fn start(
        guest: BoxFuture<'static, T>,
        slices: Arc<Slices>,
        service: Arc<Service>,
        runnable: Runnable,
        owner: Waker,
    ) -> Arc<Self> {
        let job = Arc::new(Self {
            state: Mutex::new(State {
                phase: Phase::Queued,
                guest: Some(guest),
                ended: None,
                owner,
                abandoned: false,
            }),
            slices,
            service,
            runnable,
            tokio: Handle::current(),
        });
        job.runnable.push(job.clone());
        job
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The progress of the guest; `owner` is woken at the next change.
    pub(super) fn progress(&self, owner: &Waker) -> Progress<T> {
        let mut state = self.lock();
        if let Some(ended) = state.ended.take() {
            return Progress::Ended(ended);
        }
        if state.phase == Phase::Back
            && let Some(guest) = state.guest.take()
        {
            state.phase = Phase::Ended;
            return Progress::Back(guest);
        }
        state.owner.clone_from(owner);
        Progress::None
    }

    /// The owner no longer waits for the guest. A background thread drops it, because returning its memory
    /// takes time.
    pub(super) fn abandon(self: &Arc<Self>) {
        let mut state = self.lock();
        state.abandoned = true;
        if matches!(state.phase, Phase::Waiting | Phase::Back) {
            state.phase = Phase::Queued;
            drop(state);
            self.runnable.push(self.clone());
        }
    }

    /// Stores the guest after a poll that did not end it.
    fn put_back(self: &Arc<Self>, guest: BoxFuture<'static, T>) {
        let mut state = self.lock();
        if state.abandoned {
            state.phase = Phase::Ended;
            drop(state);
            return drop(guest);
        }
        state.guest = Some(guest);
        if self.slices.in_government_call() {
            state.phase = Phase::Back;
            let owner = state.owner.clone();
            drop(state);
            // Without the lock: a runtime that shuts down may drop the owner in here.
            owner.wake();
        } else if state.phase == Phase::Woken {
            state.phase = Phase::Queued;
            drop(state);
            self.runnable.push(self.clone());
        } else {
            state.phase = Phase::Waiting;
        }
    }

    fn end(&self, ended: std::thread::Result<T>) {
        let owner = {
            let mut state = self.lock();
            state.phase = Phase::Ended;
            state.ended = Some(ended);
            state.owner.clone()
        };
        owner.wake();
    }
}

impl<T: Send + 'static> Run for Job<T> {
    fn service(&self) -> &ServiceId {
        &self.service.id
    }

    fn run(self: Arc<Self>) {
        let mut guest = {
            let mut state = self.lock();
            let Some(guest) = state.guest.take() else { return };
            if state.abandoned {
                state.phase = Phase::Ended;
                drop(state);
                let _entered = self.tokio.enter();
                return drop(guest);
            }
            state.phase = Phase::Running;
            guest
        };
        let _entered = self.tokio.enter();
        let waker = Waker::from(self.clone());
        self.slices.begin();
        let polled = catch_unwind(AssertUnwindSafe(|| {
            guest.as_mut().poll(&mut Context::from_waker(&waker))
        }));
        match polled {
            Ok(Poll::Pending) => self.put_back(guest),
            Ok(Poll::Ready(value)) => {
                // Before the end is visible, because it holds the request's permits.
                drop(guest);
                self.end(Ok(value));
            }
            Err(panic) => {
                drop(guest);
                self.end(Err(panic));
            }
        }
    }

    fn discard(&self) {
        let guest = {
            let mut state = self.lock();
            state.phase = Phase::Ended;
            state.guest.take()
        };
        drop(guest);
    }
}

impl<T: Send + 'static> Wake for Job<T> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.lock();
        match state.phase {
            Phase::Waiting => {
                state.phase = Phase::Queued;
                drop(state);
                self.runnable.push(self.clone());
            }
            Phase::Running => state.phase = Phase::Woken,
            Phase::Queued | Phase::Woken | Phase::Back | Phase::Ended => {}
        }
    }
}
