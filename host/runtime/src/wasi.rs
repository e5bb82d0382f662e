//! The WASI context of one request: it grants nothing. Standard output and error become log lines, randomness
//! is the host's, the wall clock stands at the beginning of the request. The monotonic clock moves in steps,
//! so that who sleeps and then looks whether the time has come goes on. Neither hides how long something
//! takes: a component can count its own work against a timer, and other systems have clocks.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use aim_gov::clock::Timestamp;
use aim_gov::random::Random;
use bytes::Bytes;
use tokio::io::AsyncWrite;
use tokio::time::Instant;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder};

use crate::limits::{CLOCK_STEP, LOG_LINE_BYTES_MAX, RANDOM_BYTES_MAX};
use crate::log::{Level, RequestLog, Source};

/// The context of a request that began at `now`.
pub(crate) fn context(log: &RequestLog, now: Timestamp, random: &Random) -> WasiCtx {
    WasiCtxBuilder::new()
        .stdout(Lines::new(log.clone(), Source::Stdout, Level::Info))
        .stderr(Lines::new(log.clone(), Source::Stderr, Level::Error))
        .wall_clock(Frozen(now))
        .monotonic_clock(Steps {
            began: now,
            since: Instant::now(),
        })
        .secure_random(HostRandom(random.clone()))
        .insecure_random(HostRandom(random.clone()))
        .insecure_random_seed(seed(random))
        .max_random_size(RANDOM_BYTES_MAX)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .build()
}

fn seed(random: &Random) -> u128 {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    u128::from_le_bytes(bytes)
}

/// A clock that stands.
struct Frozen(Timestamp);

impl HostWallClock for Frozen {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.as_wit())
    }
}

/// A clock that moves in steps of [`CLOCK_STEP`].
struct Steps {
    began: Timestamp,
    since: Instant,
}

impl Steps {
    fn step() -> u64 {
        u64::try_from(CLOCK_STEP.as_nanos()).unwrap_or(u64::MAX)
    }
}

impl HostMonotonicClock for Steps {
    fn resolution(&self) -> u64 {
        Self::step()
    }

    fn now(&self) -> u64 {
        let elapsed = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let began = self.began.as_wit().saturating_mul(1_000_000);
        began.saturating_add(elapsed - elapsed % Self::step())
    }
}

/// The host's randomness in the shape that WASI wants.
struct HostRandom(Random);

impl rand::TryRng for HostRandom {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

/// A standard stream: each line that is finished goes to the log, the rest when the request ends.
#[derive(Clone)]
struct Lines(Arc<Buffer>);

struct Buffer {
    log: RequestLog,
    source: Source,
    level: Level,
    /// The line that is not finished. Holds at most [`LOG_LINE_BYTES_MAX`]; more of it is dropped.
    line: Mutex<Vec<u8>>,
}

impl Lines {
    fn new(log: RequestLog, source: Source, level: Level) -> Self {
        Self(Arc::new(Buffer {
            log,
            source,
            level,
            line: Mutex::new(Vec::new()),
        }))
    }
}

impl Buffer {
    fn take(&self, bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LOG_LINE_BYTES_MAX.saturating_sub(line.len());
            line.extend(piece.iter().take(room));
            if piece.ends_with(b"\n") {
                self.flush(&mut line);
            }
        }
    }

    fn flush(&self, line: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(line);
        if !text.trim().is_empty() {
            self.log.plugin(self.source, self.level, "", &text);
        }
        line.clear();
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut line = std::mem::take(self.line.get_mut().unwrap_or_else(PoisonError::into_inner));
        self.flush(&mut line);
    }
}

impl IsTerminal for Lines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Lines {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LOG_LINE_BYTES_MAX)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Lines {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.0.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use aim_gov::clock::Clock;

    use super::*;
    use crate::log::Asked;

    #[test]
    fn monotonic_clock_moves_in_whole_steps() {
        let clock = Steps {
            began: Timestamp(1_000),
            since: Instant::now(),
        };
        for _ in 0..1_000 {
            let elapsed = clock.now().checked_sub(1_000_000_000).unwrap();
            assert_eq!(elapsed % Steps::step(), 0);
        }
    }

    #[test]
    fn line_without_an_end_takes_bounded_memory() {
        let log = RequestLog::new(Arc::default(), Clock::manual(Timestamp(0)), Asked::default());
        let lines = Lines::new(log, Source::Stdout, Level::Info);
        lines.0.take(&[b'x'; LOG_LINE_BYTES_MAX * 2]);
        lines.0.take(b"more");
        assert_eq!(lines.0.line.lock().unwrap().len(), LOG_LINE_BYTES_MAX);
    }
}
