//! Answers a citizen's request with a fresh instance of a service, and with a page where that fails.

use std::sync::Arc;
use std::time::Duration;

use aim_gov::clock::Timestamp;
use aim_gov::invocation::{Invocation, Session};
use aim_gov::text::Locale;
use axum::body::Body;
use http::header::ACCEPT_LANGUAGE;
use http::{HeaderValue, Request, Response};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::{Engine, Store};

use crate::deployment::{Deployment, Entry};
use crate::glue::{Parts, RequestState};
use crate::limits::{HANDLES_MAX, HOSTCALL_BYTES_MAX};
use crate::log::{Level, RequestLog};
use crate::meter::Meter;
use crate::outbound::Outbound;

mod body;
mod failure;
mod handler;
mod headers;
mod page;
mod proxy;

pub(crate) use body::{Refused, take_in};
use failure::Failure;
pub(crate) use page::{Page, missing, page};

/// What every request of every service shares.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) outbound: Outbound,
    pub(crate) request_time: Duration,
    pub(crate) memory_bytes: usize,
}

/// The name of the header that carries the request id back to the browser.
const REQUEST_ID: http::HeaderName = http::HeaderName::from_static("x-request-id");

/// The turns that a request holds until the last byte of its answer.
pub(crate) type Permits = (OwnedSemaphorePermit, OwnedSemaphorePermit);

/// Answers one request; never fails.
pub(crate) async fn answer(
    shared: &Shared,
    deployment: Arc<Deployment>,
    session: Option<Session>,
    request: Request<Body>,
    permits: Permits,
) -> Response<Body> {
    let platform = &deployment.apis.platform;
    let now = platform.clock.now();
    let locale = locale(session.as_ref(), &request);
    let request_id = platform.random.id("req", now);
    let log = RequestLog::new(
        deployment.logs.clone(),
        platform.clock.clone(),
        request_id.clone(),
    );
    let invocation = Invocation {
        service: deployment.service.clone(),
        session,
        request_id: request_id.clone(),
        return_path: path(&request).to_owned(),
        locale,
    };
    let store = store(shared, &deployment, invocation, log.clone(), now);
    let deadline = tokio::time::Instant::now() + shared.request_time;
    let result = match &deployment.entry {
        Entry::Handler(pre) => {
            let answered = handler::answer(pre, store, request, &request_id, &log);
            match tokio::time::timeout_at(deadline, answered).await {
                Ok(result) => result,
                Err(_) => Err(Failure::Time),
            }
        }
        Entry::WasiHttp(pre) => proxy::answer(pre.clone(), store, request, deadline, permits, &log).await,
    };
    let mut response = result.unwrap_or_else(|failure| {
        failure.log(&log);
        page(
            &deployment.service,
            locale,
            Page::Failed(&failure),
            Some(&request_id),
        )
    });
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A fresh store with every limit set.
fn store(
    shared: &Shared,
    deployment: &Deployment,
    invocation: Invocation,
    log: RequestLog,
    now: Timestamp,
) -> Store<RequestState> {
    let state = RequestState::new(Parts {
        invocation,
        apis: deployment.apis.clone(),
        log,
        meter: Meter::new(deployment.rate.clone(), deployment.trace.clone()),
        memory_bytes: shared.memory_bytes,
        began: now,
        outbound: shared.outbound.clone(),
    });
    let mut store = Store::new(&shared.engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(HOSTCALL_BYTES_MAX);
    store.set_max_component_handles(HANDLES_MAX);
    // A deadline that is not set traps at the first check.
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    store
}

/// The path and query that the citizen asked for.
fn path(request: &Request<Body>) -> &str {
    request.uri().path_and_query().map_or("/", |path| path.as_str())
}

/// The citizen's language: the log-in's, or the browser's first that we know.
pub(crate) fn locale(session: Option<&Session>, request: &Request<Body>) -> Locale {
    if let Some(session) = session {
        return session.locale;
    }
    let wanted = request
        .headers()
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    wanted
        .into_iter()
        .flat_map(|list| list.split(','))
        .filter_map(|range| range.trim().get(..2)?.to_ascii_lowercase().parse().ok())
        .next()
        .unwrap_or_default()
}

/// One line for the developer about what the host did to a response.
fn note(log: &RequestLog, code: &'static str, message: &str) {
    log.host(Level::Warn, code, message);
}
