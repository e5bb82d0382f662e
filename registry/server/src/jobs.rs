//! Background jobs. A job that fails affects no other: the log names it, and it is restarted.

use std::sync::Arc;
use std::time::Duration;

use aim_gov::apis::Apis;
use aim_gov::directory::Directory;
use aim_registry::app::App;
use aim_registry::citizen::CitizenPages;
use aim_registry::space_host::SpaceHost;
use aim_registry::{deploy, housekeeping, logs, staff_changes, vetting};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Delay before a failed job is restarted, so that one which fails at once does not fill the log.
const RESTART_AFTER: Duration = Duration::from_secs(1);

/// The jobs of one platform, each with a supervisor of its own.
#[derive(Debug)]
pub(crate) struct Jobs {
    stop: CancellationToken,
    pause: Duration,
    supervisors: JoinSet<()>,
    /// The current runs of the jobs, so that a test can end one.
    #[cfg(test)]
    lives: tests::Lives,
}

impl Jobs {
    pub(crate) fn new(stop: CancellationToken) -> Self {
        Self {
            stop,
            pause: RESTART_AFTER,
            supervisors: JoinSet::new(),
            #[cfg(test)]
            lives: Default::default(),
        }
    }

    /// Runs `job` until the platform stops; restarts it if it panics or ends before.
    pub(crate) fn keep<F>(
        &mut self,
        name: &'static str,
        job: impl Fn(CancellationToken) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, pause) = (self.stop.clone(), self.pause);
        #[cfg(test)]
        let lives = self.lives.clone();
        self.supervisors.spawn(async move {
            loop {
                let life = tokio::spawn(job(stop.clone()));
                #[cfg(test)]
                lives.send_modify(|lives| drop(lives.insert(name, life.abort_handle())));
                match life.await {
                    _ if stop.is_cancelled() => return,
                    Ok(()) => tracing::error!(job = name, "job.ended before it was told to"),
                    Err(error) => tracing::error!(job = name, %error, "job.panicked"),
                }
                let pause = tokio::time::sleep(pause);
                if stop.run_until_cancelled(pause).await.is_none() {
                    return;
                }
            }
        });
    }

    /// Starts the jobs that maintain the data.
    pub(crate) fn keep_in_order(&mut self, app: &App, apis: Apis, citizens: CitizenPages, spaces: SpaceHost) {
        self.keep("vetting", of(app, vetting::run));
        self.keep("deploy", of(app, deploy::keep));
        self.keep("logs", of(app, logs::run));
        self.keep("staff", of(app, staff_changes::keep));
        self.keep("housekeeping", of(app, housekeeping::run));
        self.keep("identity provider", move |stop| {
            let citizens = citizens.clone();
            async move {
                stop.run_until_cancelled(citizens.keep_in_order()).await;
            }
        });
        self.keep("test spaces", move |stop| spaces.clone().keep_in_order(stop));
        let runtime = app.runtime.clone();
        self.keep("apis", move |stop| {
            let (apis, runtime) = (apis.clone(), runtime.clone());
            async move {
                // Ends at its next await; its changes are single transactions.
                let handler = Arc::new(runtime.clone());
                let services = Directory::new(move |id| runtime.service(id));
                stop.run_until_cancelled(apis.keep_in_order(services, handler))
                    .await;
            }
        });
    }

    /// Returns when a supervisor has ended, which happens before the platform stops only through a defect.
    pub(crate) async fn died(&mut self) {
        match self.supervisors.join_next().await {
            Some(Err(error)) => tracing::error!(%error, "jobs.supervisor panicked"),
            Some(Ok(())) => {}
            // Without jobs there is nothing that can fail.
            None => std::future::pending().await,
        }
    }

    /// Jobs of a test, which are restarted at once.
    #[cfg(test)]
    pub(crate) fn restarted_at_once(stop: CancellationToken) -> Self {
        Self {
            pause: Duration::ZERO,
            ..Self::new(stop)
        }
    }

    /// Ends the current run of a job and returns once the next has begun.
    #[cfg(test)]
    pub(crate) async fn kill(&self, name: &'static str) {
        let mut lives = self.lives.subscribe();
        let life = lives.wait_for(|lives| lives.contains_key(name)).await.unwrap()[name].clone();
        life.abort();
        lives
            .wait_for(|lives| lives[name].id() != life.id())
            .await
            .unwrap();
    }

    /// Waits until every job has stopped.
    pub(crate) async fn stopped(mut self) {
        while self.supervisors.join_next().await.is_some() {}
    }
}

/// The job with its own handle on the platform in each run.
fn of<F>(app: &App, job: fn(App, CancellationToken) -> F) -> impl Fn(CancellationToken) -> F + Send + use<F> {
    let app = app.clone();
    move |stop| job(app.clone(), stop)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::watch;
    use tokio::task::AbortHandle;

    use super::*;

    /// The current run of each job.
    pub(super) type Lives = watch::Sender<BTreeMap<&'static str, AbortHandle>>;

    /// Starts `job`, which gets the number of its earlier runs; returns their count once all jobs have stopped.
    async fn lives<F>(job: impl Fn(usize, CancellationToken) -> F + Send + 'static) -> usize
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let lives = Arc::new(AtomicUsize::new(0));
        let mut jobs = Jobs::restarted_at_once(CancellationToken::new());
        let count = lives.clone();
        jobs.keep("test", move |stop| {
            job(count.fetch_add(1, Ordering::SeqCst), stop)
        });
        jobs.stopped().await;
        lives.load(Ordering::SeqCst)
    }

    #[tokio::test]
    async fn job_that_dies_starts_again_until_it_is_told_to_stop() {
        let job = |life, stop: CancellationToken| async move {
            match life {
                0 => panic!("a defect"),
                1 => {}
                _ => stop.cancel(),
            }
        };
        assert_eq!(lives(job).await, 3);
    }

    #[tokio::test]
    async fn job_that_panics_while_it_stops_does_not_start_again() {
        let job = |_, stop: CancellationToken| async move {
            stop.cancel();
            panic!("a defect");
        };
        assert_eq!(lives(job).await, 1);
    }

    #[tokio::test]
    async fn death_of_a_supervisor_is_told() {
        let mut jobs = Jobs::new(CancellationToken::new());
        jobs.keep("test", |_| -> std::future::Ready<()> {
            panic!("a defect before the job")
        });
        jobs.died().await;
    }
}
