//! What goes on without a request. A job that dies takes nothing with it: the log names it, and it starts again.

use std::time::Duration;

use aim_gov::payments::Payments;
use aim_registry::app::App;
use aim_registry::{deploy, housekeeping, logs, people, vetting};
use tokio_util::sync::CancellationToken;

/// How long after its end a job that died starts again: one that dies at once does not fill the log.
const RESTART_AFTER: Duration = Duration::from_secs(1);

/// Runs every job until it is told to stop and has stopped.
pub(crate) async fn run(app: App, payments: Payments, stop: CancellationToken) {
    tokio::join!(
        keep("vetting", RESTART_AFTER, &stop, |stop| vetting::run(
            app.clone(),
            stop
        )),
        keep("deploy", RESTART_AFTER, &stop, |stop| deploy::keep(
            app.clone(),
            stop
        )),
        keep("logs", RESTART_AFTER, &stop, |stop| logs::run(app.clone(), stop)),
        keep("staff", RESTART_AFTER, &stop, |stop| people::keep(
            app.clone(),
            stop
        )),
        keep("housekeeping", RESTART_AFTER, &stop, |stop| housekeeping::run(
            app.clone(),
            stop
        )),
        keep("payments", RESTART_AFTER, &stop, |stop| {
            let payments = payments.clone();
            async move {
                // Ends at its next await; what it changes is one transaction each.
                stop.run_until_cancelled(payments.keep_in_order()).await;
            }
        }),
    );
}

/// Runs `job` until `stop`; one that panics or ends before starts again after `pause`.
async fn keep<F>(
    name: &'static str,
    pause: Duration,
    stop: &CancellationToken,
    job: impl Fn(CancellationToken) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        let ended = tokio::spawn(job(stop.clone())).await;
        match ended {
            Ok(()) if stop.is_cancelled() => return,
            Ok(()) => tracing::error!(job = name, "job.ended before it was told to"),
            Err(error) => tracing::error!(job = name, %error, "job.panicked"),
        }
        if stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_none()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn job_that_dies_starts_again_until_it_is_told_to_stop() {
        let lives = AtomicUsize::new(0);
        let stop = CancellationToken::new();
        keep("test", Duration::ZERO, &stop, |stop| {
            let life = lives.fetch_add(1, Ordering::SeqCst);
            async move {
                match life {
                    0 => panic!("a defect"),
                    1 => {}
                    _ => stop.cancel(),
                }
            }
        })
        .await;
        assert_eq!(lives.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn job_that_panics_while_it_stops_does_not_start_again() {
        let lives = AtomicUsize::new(0);
        let stop = CancellationToken::new();
        keep("test", Duration::ZERO, &stop, |stop| {
            lives.fetch_add(1, Ordering::SeqCst);
            async move {
                stop.cancel();
                panic!("a defect");
            }
        })
        .await;
        assert_eq!(lives.load(Ordering::SeqCst), 1);
    }
}
