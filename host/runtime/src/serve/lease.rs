//! A body that the host takes back after a while, whether somebody reads it or not. A body is asked for
//! its next piece only when its reader takes one; who reads nothing would keep what it holds for ever.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// The response broke off; what went wrong is in the developer's log.
#[derive(Debug, thiserror::Error)]
#[error("the response broke off")]
pub(super) struct BrokenOff;

/// A body until a deadline.
pub(super) struct Lease<B> {
    held: Arc<Mutex<Held<B>>>,
    ends: Instant,
    /// Takes the body back from a reader who does not read.
    watchdog: AbortHandle,
}

struct Held<B> {
    /// Gone when it came to its end or was taken back.
    body: Option<B>,
    /// What is still to be done when it is taken back.
    lapsed: Option<Box<dyn FnOnce() + Send>>,
    taken_back: bool,
    reader: Option<Waker>,
}

impl<B> Held<B> {
    fn take_back(&mut self) {
        if let Some(body) = self.body.take() {
            self.taken_back = true;
            // Before anybody can see that the body's places are free.
            if let Some(lapsed) = self.lapsed.take() {
                lapsed();
            }
            drop(body);
        }
    }
}

fn lock<B>(held: &Mutex<Held<B>>) -> MutexGuard<'_, Held<B>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<B: Body<Data = Bytes, Error = BrokenOff> + Send + Unpin + 'static> Lease<B> {
    /// `body` until the moment `ends`; if it is taken back then, `lapsed` is called.
    pub(super) fn new(body: B, ends: Instant, lapsed: impl FnOnce() + Send + 'static) -> Self {
        let held = Arc::new(Mutex::new(Held {
            body: Some(body),
            lapsed: Some(Box::new(lapsed)),
            taken_back: false,
            reader: None,
        }));
        let watched = held.clone();
        let watchdog = tokio::spawn(async move {
            tokio::time::sleep_until(ends).await;
            let reader = {
                let mut held = lock(&watched);
                held.take_back();
                held.reader.take()
            };
            if let Some(reader) = reader {
                reader.wake();
            }
        });
        Self {
            held,
            ends,
            watchdog: watchdog.abort_handle(),
        }
    }
}

impl<B: Body<Data = Bytes, Error = BrokenOff> + Unpin> Body for Lease<B> {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let mut held = lock(&self.held);
        // A reader who asks again and again may keep the watchdog from the lock.
        if Instant::now() >= self.ends {
            held.take_back();
        }
        let Some(body) = &mut held.body else {
            let taken_back = std::mem::take(&mut held.taken_back);
            return Poll::Ready(taken_back.then_some(Err(BrokenOff)));
        };
        let polled = Pin::new(body).poll_frame(cx);
        match &polled {
            Poll::Pending => held.reader = Some(cx.waker().clone()),
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(None | Some(Err(_))) => held.body = None,
        }
        polled
    }

    fn size_hint(&self) -> SizeHint {
        lock(&self.held)
            .body
            .as_ref()
            .map_or_else(SizeHint::new, Body::size_hint)
    }
}

impl<B> Drop for Lease<B> {
    fn drop(&mut self) {
        self.watchdog.abort();
        // The watchdog may live a moment longer.
        lock(&self.held).body = None;
    }
}
