//! Why a command did not do what it was asked, and what to do about it.

use std::fmt;
use std::process::ExitCode;

use anyhow::Error;

/// Whose move it is, which is what the exit code tells a script.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Blame {
    /// Something on this machine.
    Machine,
    /// Whoever typed the command.
    Usage,
    /// The developer's project.
    Project,
    /// The registry cannot be reached, or failed.
    Registry,
    /// The registry refused.
    Refused,
}

/// A failed command.
#[derive(Debug)]
pub struct Failure {
    blame: Blame,
    error: Error,
    advice: Option<String>,
}

impl Failure {
    /// A failure that says `what`, without a final dot.
    pub fn new(blame: Blame, what: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self {
            blame,
            error: Error::msg(what),
            advice: None,
        }
    }

    /// The project must change.
    pub fn project(what: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self::new(Blame::Project, what)
    }

    /// The command was typed wrong.
    pub fn usage(what: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self::new(Blame::Usage, what)
    }

    /// Something on this machine failed.
    pub fn machine(what: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self::new(Blame::Machine, what)
    }

    /// For `map_err`: something on this machine failed while we did `what`.
    pub fn unexpected<E: Into<Error>>(
        what: impl fmt::Display + Send + Sync + 'static,
    ) -> impl FnOnce(E) -> Self {
        move |cause| Self {
            blame: Blame::Machine,
            error: cause.into().context(what),
            advice: None,
        }
    }

    /// For `map_err`, with the cause kept below `what`.
    pub fn caused<E: Into<Error>>(
        blame: Blame,
        what: impl fmt::Display + Send + Sync + 'static,
    ) -> impl FnOnce(E) -> Self {
        move |cause| Self {
            blame,
            error: cause.into().context(what),
            advice: None,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// What to do, where we know.
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// What `aim --help` promises for it.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.blame {
            Blame::Machine => 1,
            Blame::Usage => 2,
            Blame::Project => 3,
            Blame::Registry => 4,
            Blame::Refused => 5,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}
