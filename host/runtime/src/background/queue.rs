//! The schedule of the background threads: deficit round robin over services (M. Shreedhar and G. Varghese,
//! *Efficient fair queuing using deficit round-robin*, 1996), where the deficit is processor time.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use aim_gov::invocation::ServiceId;

use crate::limits::BACKGROUND_QUANTUM;

/// Nanoseconds of processor time that a service gets in each round.
const QUANTUM: i64 = nanoseconds(BACKGROUND_QUANTUM);

const fn nanoseconds(time: Duration) -> i64 {
    // No slice lasts for years.
    let nanoseconds = time.as_nanos();
    if nanoseconds > i64::MAX as u128 {
        i64::MAX
    } else {
        nanoseconds as i64
    }
}

/// Runnable requests by service. Each service with runnable requests gets the same processor time, regardless
/// of their number.
#[derive(Debug)]
pub(super) struct Queue<J> {
    services: HashMap<ServiceId, Line<J>>,
    /// The order of the round; each key of `services` once.
    round: VecDeque<ServiceId>,
}

/// The requests of one service, oldest first.
#[derive(Debug)]
struct Line<J> {
    jobs: VecDeque<J>,
    /// Processor time that it may still use in this round; negative if a slice took too long.
    credit: i64,
}

impl<J> Default for Queue<J> {
    fn default() -> Self {
        Self {
            services: HashMap::new(),
            round: VecDeque::new(),
        }
    }
}

impl<J> Queue<J> {
    fn line(&mut self, service: &ServiceId) -> &mut Line<J> {
        let round = &mut self.round;
        self.services.entry(service.clone()).or_insert_with(|| {
            round.push_back(service.clone());
            Line {
                jobs: VecDeque::new(),
                credit: 0,
            }
        })
    }

    /// Adds a request that can run.
    pub(super) fn push(&mut self, service: &ServiceId, job: J) {
        self.line(service).jobs.push_back(job);
    }

    /// The next request to run for one slice; [`Queue::charge`] its service afterwards. A quantum is charged in
    /// advance, so that another thread does not take the same service's next request meanwhile.
    pub(super) fn pop(&mut self) -> Option<(ServiceId, J)> {
        while let Some(service) = self.round.pop_front() {
            let Some(line) = self.services.get_mut(&service) else {
                continue;
            };
            line.credit = line.credit.saturating_add(QUANTUM).min(QUANTUM);
            if line.jobs.is_empty() && line.credit == QUANTUM {
                self.services.remove(&service);
                continue;
            }
            // A service that owes time stays in the round without requests: waiting does not clear a debt.
            let job = if line.credit > 0 {
                line.jobs.pop_front()
            } else {
                None
            };
            if job.is_some() {
                line.credit -= QUANTUM;
            }
            self.round.push_back(service.clone());
            if let Some(job) = job {
                return Some((service, job));
            }
        }
        None
    }

    /// Settles the slice of a service that used this much processor time.
    pub(super) fn charge(&mut self, service: &ServiceId, used: Duration) {
        let line = self.line(service);
        line.credit = line
            .credit
            .saturating_add(QUANTUM)
            .saturating_sub(nanoseconds(used));
    }

    /// Removes and returns every request.
    pub(super) fn drain(&mut self) -> Vec<J> {
        self.round.clear();
        self.services.drain().flat_map(|(_, line)| line.jobs).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ServiceId {
        ServiceId(name.to_owned())
    }

    /// The slices of each service among the next `slices`, if a request of `name` uses `used(name)` and is
    /// runnable again at once.
    fn slices(queue: &mut Queue<()>, slices: usize, used: fn(&str) -> Duration) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for _ in 0..slices {
            let (service, ()) = queue.pop().unwrap();
            *counts.entry(service.0.clone()).or_default() += 1;
            queue.charge(&service, used(&service.0));
            queue.push(&service, ());
        }
        counts
    }

    #[test]
    fn services_share_equally_however_many_requests_they_have() {
        let mut queue = Queue::default();
        for _ in 0..16 {
            queue.push(&id("crowd"), ());
        }
        queue.push(&id("one"), ());
        let counts = slices(&mut queue, 100, |_| BACKGROUND_QUANTUM);
        assert_eq!(counts, [("crowd".to_owned(), 50), ("one".to_owned(), 50)].into());
    }

    #[test]
    fn long_slices_are_paid_back() {
        let mut queue = Queue::default();
        queue.push(&id("long"), ());
        queue.push(&id("short"), ());
        let counts = slices(&mut queue, 1_100, |name| match name {
            "long" => BACKGROUND_QUANTUM * 10,
            _ => BACKGROUND_QUANTUM,
        });
        assert_eq!(counts["long"], 100, "{counts:?}");
    }

    #[test]
    fn waiting_does_not_clear_a_debt() {
        let mut queue = Queue::default();
        let mut counts = HashMap::<String, usize>::new();
        queue.push(&id("long"), ());
        queue.push(&id("short"), ());
        for _ in 0..1_100 {
            let (service, ()) = queue.pop().unwrap();
            *counts.entry(service.0.clone()).or_default() += 1;
            let long = service.0 == "long";
            queue.charge(&service, BACKGROUND_QUANTUM * if long { 10 } else { 1 });
            if long {
                // It waits for a moment, so that its line is empty when it would be next.
                let (other, ()) = queue.pop().unwrap();
                assert_eq!(other.0, "short");
                queue.charge(&other, BACKGROUND_QUANTUM);
                queue.push(&other, ());
            }
            queue.push(&service, ());
        }
        assert!(counts["long"] <= 110, "{counts:?}");
    }

    #[test]
    fn two_threads_run_two_services_first() {
        let mut queue = Queue::default();
        queue.push(&id("crowd"), ());
        queue.push(&id("crowd"), ());
        queue.push(&id("one"), ());
        let both = [queue.pop().unwrap().0, queue.pop().unwrap().0];
        assert_eq!(both, [id("crowd"), id("one")]);
    }

    #[test]
    fn idle_queue_holds_no_service() {
        let mut queue = Queue::default();
        queue.push(&id("gone"), ());
        let (service, ()) = queue.pop().unwrap();
        queue.charge(&service, BACKGROUND_QUANTUM * 50);
        assert!(queue.pop().is_none());
        assert!(queue.services.is_empty() && queue.round.is_empty());
    }
}
