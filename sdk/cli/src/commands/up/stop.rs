//! Being told to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// Ctrl-C on a terminal, or the signal of a service manager.
#[derive(Debug)]
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Takes over the signals; from now on they no longer end the process by themselves.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn listen() -> Result<Self, Failure> {
        let problem = "cannot listen for signals";
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(Failure::unexpected(problem))?,
            terminate: signal(SignalKind::terminate()).map_err(Failure::unexpected(problem))?,
        })
    }

    /// Waits until we are told to stop.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
