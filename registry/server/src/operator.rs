//! The endpoints for the operator's own programs, on a port of their own: liveness, readiness, and metrics.
//! Nobody else may reach that port.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aim_registry::app::App;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use crate::jobs::Jobs;
use crate::listeners::Listeners;
use crate::metric_names::{CONNECTIONS, REFUSED, REQUEST_SECONDS, REQUESTS};
use crate::serve::{self, Transport};

/// Time limit for database and store to answer a probe.
const PROBE_WAIT: Duration = Duration::from_secs(5);
/// Interval at which histograms are emptied into their sums.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// Connections to the operator's port.
const CONNECTIONS_MAX: usize = 64;
/// Upper bounds of request times, in seconds.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// Why metrics cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The buckets are wrong.
    #[error("the metrics cannot be set up")]
    Build(#[from] BuildError),
    /// Another part of the process has set up metrics.
    #[error("the metrics of this process are set up already")]
    Taken,
}

/// The data of the operator's endpoints.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    app: App,
    metrics: PrometheusHandle,
    ready: Arc<AtomicBool>,
}

impl Operator {
    /// Starts counting.
    pub(crate) fn open(app: App) -> Result<Self, MetricsError> {
        let recorder = PrometheusBuilder::new().set_buckets(&SECONDS)?.build_recorder();
        let metrics = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|_| MetricsError::Taken)?;
        metrics::describe_counter!(
            REQUESTS,
            "Requests that were answered, by the first digit of their status."
        );
        metrics::describe_histogram!(
            REQUEST_SECONDS,
            "Seconds from a request's head to that of its answer."
        );
        metrics::describe_gauge!(CONNECTIONS, "Connections that are open.");
        metrics::describe_counter!(REFUSED, "Connections for which there was no room.");
        Ok(Self {
            app,
            metrics,
            ready: Arc::default(),
        })
    }

    /// Marks the deployed services as loaded.
    pub(crate) fn ready(&self) {
        self.ready.store(true, Ordering::Release);
    }

    /// Serves the operator's port and keeps the memory of histograms bounded, as jobs.
    pub(crate) fn begin(&self, listeners: Listeners, jobs: &mut Jobs) {
        answer(listeners, self.clone().router(), jobs);
        keep_bounded(self.metrics.clone(), jobs);
    }

    fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(readyz))
            .route("/metrics", get(show))
            .with_state(self)
    }

    /// The dependencies of a request, and whether each is available.
    async fn probes(&self) -> [(&'static str, bool); 3] {
        let database = probe("operator.database failed", self.app.platform.db.ping());
        let store = probe("operator.store failed", self.app.components.probe());
        let (database, store) = tokio::join!(database, store);
        let services = self.ready.load(Ordering::Acquire);
        [("services", services), ("database", database), ("store", store)]
    }
}

/// Whether this answers in time; otherwise logs why.
async fn probe<E: Error + 'static>(failed: &str, asked: impl Future<Output = Result<(), E>>) -> bool {
    match tokio::time::timeout(PROBE_WAIT, asked).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => tracing::error!(error = &error as &dyn Error, "{failed}"),
        Err(elapsed) => tracing::error!(error = &elapsed as &dyn Error, "{failed}"),
    }
    false
}

/// Serves `router` until the platform stops. The job has a clone of the socket, so that a failure ends only one
/// run of the server.
fn answer(listeners: Listeners, router: Router, jobs: &mut Jobs) {
    let limits = serve::Limits {
        connections: CONNECTIONS_MAX,
        reserved: 0,
        ..serve::Limits::default()
    };
    jobs.keep("operator", move |stop| {
        let (listeners, router) = (listeners.clone(), router.clone());
        let transport = Transport::default();
        let serving = serve::serve(listeners, router, limits, transport, stop.clone());
        async move {
            // A pending probe does not delay the stop.
            stop.run_until_cancelled(serving).await;
        }
    });
}

/// Empties histograms into their sums until the platform stops.
fn keep_bounded(metrics: PrometheusHandle, jobs: &mut Jobs) {
    jobs.keep("metrics", move |stop| {
        let metrics = metrics.clone();
        async move {
            let mut every = tokio::time::interval(UPKEEP_EVERY);
            while stop.run_until_cancelled(every.tick()).await.is_some() {
                metrics.run_upkeep();
            }
        }
    });
}

async fn readyz(State(operator): State<Operator>) -> Response {
    let probes = operator.probes().await;
    let status = match probes.iter().all(|(_, is_there)| *is_there) {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let lines =
        probes.map(|(name, is_there)| format!("{name}: {}\n", if is_there { "ok" } else { "not ready" }));
    (status, lines.concat()).into_response()
}

async fn show(State(operator): State<Operator>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, operator.metrics.render()).into_response()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use tokio_util::sync::CancellationToken;

    use super::*;

    #[tokio::test]
    async fn operators_port_answers_again_after_its_server_died() {
        let stop = CancellationToken::new();
        let mut jobs = Jobs::restarted_at_once(stop.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/healthz", get(|| async { "ok" }));
        answer(listener.into(), router, &mut jobs);
        for _ in 0..2 {
            let mut client = TcpStream::connect(address).await.unwrap();
            let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
            client.write_all(request).await.unwrap();
            let mut answered = String::new();
            client.read_to_string(&mut answered).await.unwrap();
            assert!(answered.starts_with("HTTP/1.1 200 "), "{answered}");
            jobs.kill("operator").await;
        }
        stop.cancel();
        jobs.stopped().await;
    }

    #[tokio::test]
    async fn histograms_are_emptied_again_after_their_upkeep_died() {
        let stop = CancellationToken::new();
        let mut jobs = Jobs::restarted_at_once(stop.clone());
        let recorder = PrometheusBuilder::new().build_recorder();
        keep_bounded(recorder.handle(), &mut jobs);
        jobs.kill("metrics").await;
        stop.cancel();
        jobs.stopped().await;
    }
}
