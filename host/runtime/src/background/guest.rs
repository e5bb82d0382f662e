//! A running guest, on any thread.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aim_gov::invocation::Service;
use futures::future::BoxFuture;
use tracing::Instrument as _;

use super::job::{Job, Progress};
use super::slices::thread_time;
use super::{Runnable, Slices};
use crate::limits::FOREGROUND_TIME;

/// A guest's future that moves to the background threads when it has used [`FOREGROUND_TIME`], and returns
/// while it waits for a government call. Dropping it ends the guest.
pub(crate) struct Guest<T: Send + 'static> {
    place: Location<T>,
    slices: Arc<Slices>,
    service: Arc<Service>,
    runnable: Runnable,
    /// Processor time since the first tick, on the owner's thread.
    used: Duration,
    /// Whether it noticed a tick. Before that, measuring its time is not worthwhile.
    ticked: bool,
}

enum Location<T: Send + 'static> {
    Here(BoxFuture<'static, T>),
    Background(Arc<Job<T>>),
    Ended,
}

impl<T: Send + 'static> Guest<T> {
    /// `guest`, whose store ends its slices with `slices`.
    pub(crate) fn new(
        guest: impl Future<Output = T> + Send + 'static,
        slices: Arc<Slices>,
        service: Arc<Service>,
        runnable: Runnable,
    ) -> Self {
        Self {
            // On any thread, and also after the head of its answer was sent.
            place: Location::Here(Box::pin(guest.instrument(tracing::debug_span!("guest")))),
            slices,
            service,
            runnable,
            used: Duration::ZERO,
            ticked: false,
        }
    }

    fn poll_here(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        let Location::Here(guest) = &mut self.place else {
            return Poll::Pending;
        };
        let before = self.ticked.then(thread_time);
        self.slices.begin();
        let polled = guest.as_mut().poll(cx);
        if polled.is_ready() {
            self.place = Location::Ended;
            return polled;
        }
        if let Some(before) = before {
            self.used += thread_time().saturating_sub(before);
        }
        self.ticked |= self.slices.ticked();
        if self.used >= FOREGROUND_TIME && !self.slices.in_government_call() {
            self.move_to_background(cx);
        }
        Poll::Pending
    }

    fn move_to_background(&mut self, cx: &Context<'_>) {
        if let Location::Here(guest) = std::mem::replace(&mut self.place, Location::Ended) {
            let (slices, service) = (self.slices.clone(), self.service.clone());
            let job = Job::start(guest, slices, service, self.runnable.clone(), cx.waker().clone());
            self.place = Location::Background(job);
        }
    }
}

impl<T: Send + 'static> Future for Guest<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        if let Location::Background(job) = &this.place {
            match job.progress(cx.waker()) {
                Progress::None => return Poll::Pending,
                Progress::Ended(Ok(value)) => {
                    this.place = Location::Ended;
                    return Poll::Ready(value);
                }
                Progress::Ended(Err(panic)) => {
                    this.place = Location::Ended;
                    std::panic::resume_unwind(panic)
                }
                Progress::Back(guest) => this.place = Location::Here(guest),
            }
        }
        this.poll_here(cx)
    }
}

impl<T: Send + 'static> Drop for Guest<T> {
    fn drop(&mut self) {
        if let Location::Background(job) = &self.place {
            job.abandon();
        }
    }
}
