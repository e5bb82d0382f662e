//! The minimum rate of a request's body.

use std::time::Duration;

use tokio::time::Instant;

/// The slowest rate at which a body may arrive.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Time in which any rate is accepted.
    pub grace: Duration,
    /// Afterwards, the least average rate from the beginning on. Not 0.
    pub bytes_per_second_min: u32,
    /// The time limit of the body.
    pub time_max: Duration,
}

impl Pace {
    /// Until when, counted from its beginning, a body with `received` bytes may wait for more.
    pub fn patience(self, received: u64) -> Duration {
        let earned = Duration::from_secs(received) / self.bytes_per_second_min.max(1);
        self.time_max.min(self.grace.saturating_add(earned))
    }
}

/// The body arrives more slowly than its [`Pace`] allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body arrives too slowly")]
pub struct TooSlow;

#[derive(Debug)]
pub struct Paced {
    pace: Pace,
    began: Instant,
    received: u64,
}

impl Paced {
    /// A body that begins now.
    pub fn begin(pace: Pace) -> Self {
        Self {
            pace,
            began: Instant::now(),
            received: 0,
        }
    }

    /// Waits for the next piece of the body as long as the pace allows.
    pub async fn next<T>(&self, piece: impl Future<Output = T>) -> Result<T, TooSlow> {
        let deadline = self.began + self.pace.patience(self.received);
        tokio::time::timeout_at(deadline, piece)
            .await
            .map_err(|_| TooSlow)
    }

    /// Counts bytes that have arrived.
    pub fn received(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.received = self.received.saturating_add(bytes);
    }

    /// Does not count the time that the host, not the sender, needs.
    pub async fn pause<T>(&mut self, ours: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let done = ours.await;
        self.began += began.elapsed();
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        grace: Duration::from_secs(3),
        bytes_per_second_min: 1_000,
        time_max: Duration::from_secs(60),
    };

    #[test]
    fn body_earns_its_time() {
        assert_eq!(PACE.patience(0), Duration::from_secs(3));
        assert_eq!(PACE.patience(2_000), Duration::from_secs(5));
        assert_eq!(PACE.patience(u64::MAX), Duration::from_secs(60));
    }

    #[tokio::test]
    async fn sender_that_stops_is_not_waited_for() {
        let pace = Pace {
            grace: Duration::from_millis(10),
            ..PACE
        };
        let mut paced = Paced::begin(pace);
        assert_eq!(paced.next(std::future::ready(1)).await, Ok(1));
        paced.received(1);
        assert_eq!(paced.next(std::future::pending::<()>()).await, Err(TooSlow));
    }
}
