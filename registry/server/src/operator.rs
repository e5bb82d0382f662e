//! What the operator's own programs ask, on a port of its own: whether the process lives, whether it can serve, and
//! its metrics. Nobody else may reach that port.

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
use tokio_util::sync::CancellationToken;

use crate::metric_names::{CONNECTIONS, REFUSED, REQUEST_SECONDS, REQUESTS};

/// How long database and store have to answer a probe.
const PROBE_WAIT: Duration = Duration::from_secs(5);
/// How often histograms are emptied into their sums.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// Upper bounds of request times, in seconds.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// Why there are no metrics.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The buckets are wrong.
    #[error("the metrics cannot be set up")]
    Build(#[from] BuildError),
    /// Another part of the process has set up metrics.
    #[error("the metrics of this process are set up already")]
    Taken,
}

/// What the operator's port answers from.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    app: App,
    metrics: PrometheusHandle,
    ready: Arc<AtomicBool>,
}

impl Operator {
    /// Begins to count.
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

    /// The deployed services are loaded.
    pub(crate) fn ready(&self) {
        self.ready.store(true, Ordering::Release);
    }

    /// Keeps the memory of histograms bounded until it is told to stop.
    pub(crate) async fn upkeep(self, stop: CancellationToken) {
        let mut every = tokio::time::interval(UPKEEP_EVERY);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            self.metrics.run_upkeep();
        }
    }

    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(readyz))
            .route("/metrics", get(show))
            .with_state(self)
    }

    /// What a request needs, and whether it is there.
    async fn probes(&self) -> [(&'static str, bool); 3] {
        let database = tokio::time::timeout(PROBE_WAIT, self.app.platform.db.ping()).await;
        let store = tokio::time::timeout(PROBE_WAIT, self.app.objects.probe()).await;
        [
            ("services", self.ready.load(Ordering::Acquire)),
            ("database", matches!(database, Ok(Ok(())))),
            ("store", matches!(store, Ok(Ok(())))),
        ]
    }
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
