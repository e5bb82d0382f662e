//! The cost of a long run: one line for each phase, and one for the total.

use anyhow::{Context as _, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};
use std::time::{Duration, Instant};

/// Measures a run that consists of phases.
pub struct Phases {
    started: Reading,
}

impl Phases {
    /// Begins the run.
    pub fn begin() -> Result<Self> {
        Ok(Self {
            started: Reading::take()?,
        })
    }

    /// Does the work of one phase and prints its cost, even if it fails.
    pub fn run<T>(&self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let before = Reading::take()?;
        let outcome = work();
        println!("{}", line(name, Reading::take()?.since(&before)));
        outcome
    }

    /// Prints the cost of the run.
    pub fn end(self) -> Result<()> {
        println!("{}", line("total", Reading::take()?.since(&self.started)));
        Ok(())
    }
}

/// Wall-clock time, and processor time of the child processes that have ended, and of theirs. A server that a
/// test starts in the background may be missing.
struct Reading {
    wall: Instant,
    processor: Duration,
}

#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    processor: Duration,
}

impl Reading {
    #[allow(
        clippy::disallowed_methods,
        reason = "this measures the machine; nothing of the platform runs here"
    )]
    fn take() -> Result<Self> {
        let usage =
            getrusage(UsageWho::RUSAGE_CHILDREN).context("the system does not say what programs used")?;
        Ok(Self {
            wall: Instant::now(),
            processor: duration(usage.user_time()) + duration(usage.system_time()),
        })
    }

    fn since(&self, earlier: &Self) -> Cost {
        Cost {
            wall: self.wall.saturating_duration_since(earlier.wall),
            processor: self.processor.saturating_sub(earlier.processor),
        }
    }
}

fn duration(time: TimeVal) -> Duration {
    Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or_default())
}

fn line(phase: &str, cost: Cost) -> String {
    let (wall, processor) = (cost.wall.as_secs_f64(), cost.processor.as_secs_f64());
    format!("<== {phase}: {wall:.1} s, processor {processor:.1} s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run;
    use std::process::Command;

    #[test]
    fn cost_is_what_lies_between_two_readings() {
        let later = |earlier: &Reading| Reading {
            wall: earlier.wall + Duration::from_millis(61_260),
            processor: earlier.processor + Duration::from_millis(90_010),
        };
        let earlier = Reading::take().unwrap();
        let cost = later(&earlier).since(&earlier);
        assert_eq!(line("lints", cost), "<== lints: 61.3 s, processor 90.0 s");
    }

    #[test]
    fn processor_time_is_that_of_the_programs_started() {
        let before = Reading::take().unwrap();
        let counts = "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done";
        assert!(run::succeeds(Command::new("sh").args(["-c", counts])));
        let cost = Reading::take().unwrap().since(&before);
        assert!(cost.processor > Duration::ZERO, "{:?}", cost.processor);
    }

    #[test]
    fn outcome_of_a_phase_is_passed_on() {
        let phases = Phases::begin().unwrap();
        assert_eq!(phases.run("lints", || Ok(7)).unwrap(), 7);
        let failed = phases.run("lints", || -> Result<()> { anyhow::bail!("a warning") });
        assert_eq!(failed.unwrap_err().to_string(), "a warning");
        phases.end().unwrap();
    }
}
