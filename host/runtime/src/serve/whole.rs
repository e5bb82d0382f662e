//! Sends a body that is ready.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::Instant;

use super::Permits;
use super::lease::{BrokenOff, Lease};
use crate::deployment::{Busy, PermitPool};
use crate::limits::{ANSWER_PIECE_BYTES, ANSWER_SEND_TIME};
use crate::log::{Level, RequestLog};

/// The permit pools of large bodies on their way: of one service, and of all.
#[derive(Clone, Copy)]
pub(super) struct OnTheirWay<'a> {
    pub(super) own: &'a PermitPool,
    pub(super) everybodys: &'a PermitPool,
}

/// `bytes` as a body. A large one takes a permit until it has been read, and leaves piece by piece, so that
/// its reader's pace decides how much of it lies in buffers.
///
/// # Errors
/// [`Busy`], where no permit becomes free.
pub(super) async fn body(bytes: Bytes, pools: OnTheirWay<'_>, log: &RequestLog) -> Result<Body, Busy> {
    if bytes.len() <= ANSWER_PIECE_BYTES {
        return Ok(Body::from(bytes));
    }
    let pieces = Pieces {
        left: bytes,
        _permits: (pools.own.take().await?, pools.everybodys.take().await?),
    };
    let log = log.clone();
    let lapsed = move || {
        log.host(
            Level::Info,
            "answer-unread",
            "the browser did not read the answer in time; it broke off",
        );
    };
    Ok(Body::new(Lease::new(
        pieces,
        Instant::now() + ANSWER_SEND_TIME,
        lapsed,
    )))
}

struct Pieces {
    left: Bytes,
    _permits: Permits,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.left.len().min(ANSWER_PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(length)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.left.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aim_gov::clock::{Clock, Timestamp};
    use http_body::Body as _;
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::log::Logs;

    fn log() -> RequestLog {
        let clock = Clock::manual(Timestamp(0));
        RequestLog::new(Arc::new(Logs::default()), clock, crate::log::Asked::default())
    }

    #[tokio::test]
    async fn large_body_keeps_its_place_until_it_is_read_and_a_small_one_needs_none() {
        let (own, everybodys) = (PermitPool::new(1), PermitPool::new(2));
        let pools = OnTheirWay {
            own: &own,
            everybodys: &everybodys,
        };
        let large = Bytes::from(vec![7; 3 * ANSWER_PIECE_BYTES + 1]);
        let first = body(large.clone(), pools, &log()).await.unwrap();
        assert_eq!(first.size_hint().exact(), Some(large.len() as u64));
        assert!(body(large.clone(), pools, &log()).await.is_err());
        assert!(body(Bytes::from_static(b"ok"), pools, &log()).await.is_ok());
        assert_eq!(first.collect().await.unwrap().to_bytes(), large);
        assert!(body(large, pools, &log()).await.is_ok());
    }

    #[tokio::test]
    async fn unread_body_is_taken_back() {
        let pools = PermitPool::new(1);
        let pieces = Pieces {
            left: Bytes::from_static(b"never read"),
            _permits: (pools.take().await.unwrap(), permits_of_all().await),
        };
        let (told, lapsed) = tokio::sync::oneshot::channel();
        let mut lease = Lease::new(pieces, Instant::now(), move || told.send(()).unwrap());
        lapsed.await.unwrap();
        assert!(pools.take().await.is_ok(), "the permit is free again");
        assert!(lease.frame().await.unwrap().is_err(), "it is not taken for whole");
        assert!(lease.frame().await.is_none());
    }

    async fn permits_of_all() -> tokio::sync::OwnedSemaphorePermit {
        PermitPool::new(1).take().await.unwrap()
    }
}
