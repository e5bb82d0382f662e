//! Traces for an OpenTelemetry collector: one for each request, from the front door to the database. Only spans
//! of the platform's own crates are sent, and no events: their fields are named where each span is made, and
//! are never personal data.

use std::time::Duration;

use axum::http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;
use url::Url;

/// The path for traces at a collector (OTLP 1.0, "Default request URL").
const PATH: &str = "v1/traces";
/// Time limit for sending a batch.
const EXPORT_TIME: Duration = Duration::from_secs(5);
/// The most waiting spans, of about 1 KiB each; further ones are dropped and counted in the log.
const QUEUE_SPANS_MAX: usize = 8192;
/// How long the last batch may delay the end of the process.
const FINISH_TIME: Duration = Duration::from_secs(3);
/// The prefix of the targets of the platform's own crates.
const OURS: &str = "aim_";

/// The collector of traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector {
    /// Its address; a path is a prefix of the collector's own.
    pub endpoint: Url,
    /// The percentage of requests that are traced.
    pub percent: u32,
}

/// Why traces cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// The client for the collector cannot be made.
    #[error("the client for the collector of traces cannot be made")]
    Client(#[from] reqwest::Error),
    /// The exporter cannot be made.
    #[error("the traces cannot be set up")]
    Exporter(#[from] ExporterBuildError),
}

/// The traces of this process, which are sent by a separate thread.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Starts sending traces. Call it outside any async runtime: the client blocks.
    ///
    /// # Errors
    /// [`TracesError`]; a collector that does not answer is not an error.
    pub fn open(collector: &Collector) -> Result<Self, TracesError> {
        let client = reqwest::blocking::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(EXPORT_TIME)
            .build()?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!(
                "{}/{PATH}",
                collector.endpoint.as_str().trim_end_matches('/')
            ))
            .build()?;
        let share = f64::from(collector.percent) / 100.0;
        let name = KeyValue::new("service.name", "aimd");
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE_SPANS_MAX)
            .build();
        let processor = BatchSpanProcessor::builder(exporter)
            .with_batch_config(batches)
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))))
            .with_resource(Resource::builder_empty().with_attributes([name, version]).build())
            .build();
        Ok(Self(provider))
    }

    /// The layer that turns spans into traces.
    pub(crate) fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        let ours = filter_fn(is_ours).with_max_level_hint(LevelFilter::DEBUG);
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("aimd"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(ours)
    }

    /// Sends the remaining spans, within some seconds. Call it outside any async runtime.
    pub fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(FINISH_TIME) {
            tracing::warn!(%error, "traces.finish failed: the last spans are lost");
        }
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && *metadata.level() <= Level::DEBUG && metadata.target().starts_with(OURS)
}

/// The trace that a trusted proxy has begun (W3C Trace Context, `traceparent`).
pub(crate) fn begun_by_proxy(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract(&Headers(headers))
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
