//! Numbered steps, one line each, and how many failed.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;

/// A run that tells what it does.
#[derive(Debug)]
pub struct Steps {
    name: &'static str,
    done: u32,
    failed: u32,
}

impl Steps {
    /// A run of this name.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            done: 0,
            failed: 0,
        }
    }

    /// Does one step and prints its line. What a step finds out, the next ones need: after a failure
    /// the run is over.
    ///
    /// # Errors
    /// What the step failed with.
    pub async fn step<T>(&mut self, text: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.done += 1;
        let result = work.await;
        let number = self.done;
        match &result {
            Ok(_) => say(format_args!("{number:>3}. {text}")),
            Err(error) => {
                self.failed += 1;
                say(format_args!("{number:>3}. FAILED {text}: {error:#}"));
            }
        }
        result
    }

    /// Prints the last line: `demo: 18 steps, 0 failed`.
    pub fn finish(self) -> ExitCode {
        say(format_args!(
            "{}: {} steps, {} failed",
            self.name, self.done, self.failed
        ));
        if self.failed == 0 && self.done > 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// Prints a line for the person at the terminal.
pub fn say(line: impl std::fmt::Display) {
    // Nobody listens any more when standard output is closed.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
