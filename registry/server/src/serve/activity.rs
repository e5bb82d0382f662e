//! What the client of one connection does, and for how long it may go on doing it.
//!
//! A connection is *silent* until its first byte, in a *head* until the request is complete, *busy* until
//! the bodies of request and answer are through, and *idle* until the next request. Each of these has a time
//! of its own, except that a busy one is closed only where its client stops reading the answer.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// From the connection to the first byte.
    pub first_byte: Duration,
    /// From the first byte of a request's head to its last.
    pub head: Duration,
    /// From an answer to the first byte of the next request.
    pub idle: Duration,
    /// For a part of an answer that waits to be read.
    pub stalled: Duration,
}

impl Times {
    /// How often a connection is looked at. Its phase changes many times in between, and a timer for each
    /// change would cost more than the request; so a connection is closed at most this much too late.
    fn look(self) -> Duration {
        self.first_byte.min(self.head).min(self.idle).min(self.stalled)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Silent,
    Head,
    /// With so many bodies that are not through.
    Busy(u32),
    Idle,
    /// Given up: no request begins any more.
    Closed,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    since: Instant,
    /// Since when the client reads nothing, although there is something to read.
    stalled: Option<Instant>,
}

/// How readily a connection is given up for a newcomer. The order is from the best candidate on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Idleness {
    /// Nothing is under way.
    Quiet,
    /// A request may be under way.
    InHead,
}

/// The activity on one connection.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    /// Told when the connection is given up.
    given_up: Notify,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                phase: Phase::Silent,
                since: Instant::now(),
                stalled: None,
            }),
            given_up: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes arrived.
    pub(super) fn read(&self) {
        let mut state = self.state();
        if matches!(state.phase, Phase::Silent | Phase::Idle) {
            state.phase = Phase::Head;
            state.since = Instant::now();
        }
    }

    /// Bytes left, or none could, because the client does not read.
    fn wrote(&self, any: bool) {
        let mut state = self.state();
        if !any {
            state.stalled.get_or_insert_with(Instant::now);
            return;
        }
        state.stalled = None;
        // The rest of an answer whose end is in our buffer.
        if state.phase == Phase::Idle {
            state.since = Instant::now();
        }
    }

    /// A request begins; `None` where the connection was given up.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Busy> {
        let mut state = self.state();
        state.phase = match state.phase {
            Phase::Closed => return None,
            Phase::Busy(bodies) => Phase::Busy(bodies.saturating_add(1)),
            Phase::Silent | Phase::Head | Phase::Idle => Phase::Busy(1),
        };
        drop(state);
        Some(Busy(self.clone()))
    }

    fn end(&self) {
        let mut state = self.state();
        if let Phase::Busy(bodies) = state.phase {
            state.phase = match bodies.saturating_sub(1) {
                0 => Phase::Idle,
                left => Phase::Busy(left),
            };
            state.since = Instant::now();
        }
    }

    /// How readily this connection is given up, and since when it is so idle; `None` where it is busy.
    pub(super) fn idleness(&self) -> Option<(Idleness, Instant)> {
        let state = self.state();
        match state.phase {
            Phase::Silent | Phase::Idle => Some((Idleness::Quiet, state.since)),
            Phase::Head => Some((Idleness::InHead, state.since)),
            Phase::Busy(_) | Phase::Closed => None,
        }
    }

    /// Gives the connection up, unless it is busy by now; answers whether it did.
    pub(super) fn give_up(&self) -> bool {
        let mut state = self.state();
        if matches!(state.phase, Phase::Busy(_) | Phase::Closed) {
            return false;
        }
        state.phase = Phase::Closed;
        drop(state);
        self.given_up.notify_one();
        true
    }

    /// Ends when the connection is to be closed, with the reason for the log.
    pub(super) async fn overdue(&self, times: Times) -> &'static str {
        let late = async {
            loop {
                tokio::time::sleep(times.look()).await;
                if let Some(reason) = self.late(times, Instant::now()) {
                    return reason;
                }
            }
        };
        tokio::select! {
            () = self.given_up.notified() => "given up for another client",
            reason = late => reason,
        }
    }

    /// Why the connection is to be closed now, if it is. From then on no request begins.
    fn late(&self, times: Times, now: Instant) -> Option<&'static str> {
        let mut state = self.state();
        let since = |moment: Instant| now.saturating_duration_since(moment);
        let (patience, reason) = match state.phase {
            Phase::Silent => (times.first_byte, "no first byte in time"),
            Phase::Head => (times.head, "no whole head in time"),
            Phase::Idle => (times.idle, "idle"),
            Phase::Closed => return Some("given up"),
            Phase::Busy(_) => {
                let stalled = state.stalled.is_some_and(|moment| since(moment) >= times.stalled);
                return stalled.then_some("the answer is not read");
            }
        };
        if since(state.since) < patience {
            return None;
        }
        state.phase = Phase::Closed;
        Some(reason)
    }
}

/// A body that is not through: of a request, or of its answer.
#[derive(Debug)]
pub(super) struct Busy(Arc<Activity>);

impl Busy {
    /// One more body of the same request.
    pub(super) fn and(&self) -> Option<Self> {
        self.0.begin()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A body that keeps its connection busy until it is through.
pub(super) struct Counted<B> {
    body: B,
    _busy: Option<Busy>,
}

impl<B> Counted<B> {
    pub(super) fn new(body: B, busy: Option<Busy>) -> Self {
        Self { body, _busy: busy }
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for Counted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose reads and writes count as activity.
pub(super) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }

    fn noted(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Pending => self.activity.wrote(false),
            Poll::Ready(Ok(bytes)) if *bytes > 0 => self.activity.wrote(true),
            Poll::Ready(_) => {}
        }
        written
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.activity.read();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.noted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.noted(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Times = Times {
        first_byte: Duration::from_secs(1),
        head: Duration::from_secs(2),
        idle: Duration::from_secs(3),
        stalled: Duration::from_secs(4),
    };

    fn late_after(activity: &Activity, seconds: u64) -> Option<&'static str> {
        activity.late(TIMES, Instant::now() + Duration::from_secs(seconds))
    }

    #[test]
    fn each_phase_has_its_own_time() {
        let activity = Arc::new(Activity::new());
        assert_eq!(late_after(&activity, 0), None);
        activity.read();
        assert_eq!(late_after(&activity, 1), None, "the head has begun");
        let busy = activity.begin().unwrap();
        assert_eq!(late_after(&activity, 3_600), None, "a request may take long");
        let other_body = busy.and();
        drop(busy);
        assert_eq!(late_after(&activity, 3_600), None, "its body is not through");
        drop(other_body);
        assert_eq!(late_after(&activity, 2), None);
        assert_eq!(late_after(&activity, 3), Some("idle"));
        assert!(activity.begin().is_none(), "it is closed");
    }

    #[test]
    fn silent_and_slow_heads_are_late() {
        let silent = Activity::new();
        assert_eq!(late_after(&silent, 1), Some("no first byte in time"));
        let slow = Activity::new();
        slow.read();
        assert_eq!(late_after(&slow, 2), Some("no whole head in time"));
    }

    /// One byte now and then, as a slow attack sends them.
    #[test]
    fn head_that_trickles_gains_no_time() {
        let slow = Activity::new();
        slow.read();
        slow.state().since -= Duration::from_secs(1);
        slow.read();
        assert_eq!(late_after(&slow, 1), Some("no whole head in time"));
    }

    #[test]
    fn busy_connection_is_late_only_while_its_client_does_not_read() {
        let activity = Arc::new(Activity::new());
        let _busy = activity.begin();
        activity.wrote(false);
        assert_eq!(late_after(&activity, 4), Some("the answer is not read"));
        activity.wrote(true);
        assert_eq!(late_after(&activity, 3_600), None);
        assert!(!activity.give_up(), "busy connections are not given up");
    }
}
