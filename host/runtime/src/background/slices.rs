//! The shared state of a guest's store and the thread that polls it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wasmtime::UpdateDeadline;

/// The time slices of one request. Written and read by the thread that polls it, and handed over between
/// threads under a lock, so that relaxed atomics suffice.
#[derive(Debug, Default)]
pub(crate) struct Slices {
    /// Epoch ticks that the guest noticed in this poll.
    ticks: AtomicU32,
    in_government_call: AtomicBool,
}

impl Slices {
    pub(super) fn begin(&self) {
        self.ticks.store(0, Ordering::Relaxed);
    }

    /// The action at the end of the guest's epoch deadline. The first tick of a slice may have passed while the
    /// guest waited for the host, and does not end the slice.
    pub(crate) fn tick(&self) -> UpdateDeadline {
        // Guest code is running, so no call is under way, however it ended.
        self.set_in_government_call(false);
        match self.ticks.fetch_add(1, Ordering::Relaxed) {
            0 => UpdateDeadline::Continue(1),
            _ => UpdateDeadline::Yield(1),
        }
    }

    /// Whether the guest noticed a tick in this slice.
    pub(super) fn ticked(&self) -> bool {
        self.ticks.load(Ordering::Relaxed) > 0
    }

    /// Records that a government call begins or ends.
    pub(crate) fn set_in_government_call(&self, in_call: bool) {
        self.in_government_call.store(in_call, Ordering::Relaxed);
    }

    /// Whether a government call is under way. It may hold a database transaction, which must not wait for the
    /// background threads.
    pub(super) fn in_government_call(&self) -> bool {
        self.in_government_call.load(Ordering::Relaxed)
    }
}

/// Processor time of this thread so far.
pub(super) fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
