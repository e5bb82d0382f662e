//! Why a command failed, and what to do about it.

use std::fmt;
use std::process::ExitCode;

use anyhow::Error;

/// Who has to act, which the exit code tells a script.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Blame {
    /// Something on this machine.
    Machine,
    /// The command line.
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
    /// A failure with the message `what`, without a final dot.
    pub fn new(blame: Blame, what: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self {
            blame,
            error: Error::msg(what),
            advice: None,
        }
    }

    /// The project has to change.
    pub fn project(what: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self::new(Blame::Project, what)
    }

    /// The command line is wrong.
    pub fn usage(what: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self::new(Blame::Usage, what)
    }

    /// Something on this machine failed.
    pub fn machine(what: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self::new(Blame::Machine, what)
    }

    /// For `map_err`: a failure of this machine during `what`.
    pub fn unexpected<E: Into<Error>>(
        what: impl fmt::Display + Send + Sync + 'static,
    ) -> impl FnOnce(E) -> Self {
        move |cause| Self {
            blame: Blame::Machine,
            error: cause.into().context(what),
            advice: None,
        }
    }

    /// For `map_err`: a failure with its cause below `what`.
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

    /// The advice, if there is any.
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// The exit code that `aim --help` documents.
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
