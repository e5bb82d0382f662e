//! Answers a citizen's request with a fresh instance of a service, and with a page where that fails.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aim_gov::clock::Timestamp;
use aim_gov::grant::Capability;
use aim_gov::invocation::{Invocation, Service, Session};
use aim_gov::text::Locale;
use aim_gov::web::wish;
use axum::body::Body;
use futures::FutureExt as _;
use http::{HeaderValue, Request, Response};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::{Engine, Store};

use crate::background::{Runnable, Slices};
use crate::deployment::{Busy, Deployment, Entry, PermitPool};
use crate::glue::{Parts, RequestState};
use crate::limiter::Limiter;
use crate::limits::{HANDLES_MAX, HOSTCALL_BYTES_MAX};
use crate::log::{Asked, Level, RequestLog};
use crate::meter::{self, Allowance, Meter, Visitor};
use crate::peer::Peer;

mod body;
mod event;
mod failure;
mod handler;
mod headers;
mod lease;
mod markup;
mod page;
mod proxy;
mod whole;

pub(crate) use body::{Arriving, Refused, take_in};
pub(crate) use event::on_event;
use failure::Failure;
pub use headers::FORGET;
pub use markup::LEAVE_PATH;
pub(crate) use page::{Page, missing, page};

/// What every request of every service shares.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    /// Where requests go on that use much processor time.
    pub(crate) background: Runnable,
    pub(crate) request_time: Duration,
    pub(crate) memory_bytes: usize,
    /// Large answers of all services that are on their way.
    pub(crate) on_their_way: PermitPool,
}

/// The name of the header that carries the request id back to the browser.
const REQUEST_ID: http::HeaderName = http::HeaderName::from_static("x-request-id");

/// The permits that a request holds until its service has nothing left to do: its own service's and
/// everybody's.
pub(crate) type Permits = (OwnedSemaphorePermit, OwnedSemaphorePermit);

/// The store of a request, and the permits that it holds: they are free when the store is gone, on whichever
/// thread that happens. Fields are dropped in this order.
struct Running {
    store: Store<RequestState>,
    _permits: Arc<Permits>,
}

/// The number of a request, and what goes with it from its arrival on.
pub(crate) struct Ticket {
    request_id: String,
    arrived: Timestamp,
    locale: Locale,
    log: RequestLog,
}

impl Ticket {
    /// A number for `request`, which `deployment` is to answer.
    pub(crate) fn new<B>(deployment: &Deployment, request: &Request<B>, locale: Locale) -> Self {
        let platform = &deployment.backing.apis.platform;
        let request_id = platform.random.id("req", platform.clock.now());
        let target = format!("{} {}", request.method(), request.uri().path());
        Self::numbered(deployment, request_id, &target, locale)
    }

    /// The ticket of what already has a number; `target` names it in the log.
    fn numbered(deployment: &Deployment, request_id: String, target: &str, locale: Locale) -> Self {
        let clock = &deployment.backing.apis.platform.clock;
        let log = RequestLog::new(
            deployment.backing.history.logs.clone(),
            clock.clone(),
            Asked::new(
                request_id.clone(),
                deployment.service.version.clone(),
                target,
                deployment.backing.trace.is_some(),
            ),
        );
        Self {
            request_id,
            arrived: clock.now(),
            locale,
            log,
        }
    }

    /// The number.
    pub(crate) fn id(&self) -> &str {
        &self.request_id
    }
}

/// Answers one request.
///
/// # Errors
/// [`Busy`], where too many large answers are on their way.
pub(crate) async fn answer(
    shared: &Shared,
    deployment: Arc<Deployment>,
    session: Option<Session>,
    request: Request<Body>,
    ticket: Ticket,
    permits: Permits,
) -> Result<Response<Body>, Busy> {
    let visitor = Visitor::new(session.as_ref(), Peer::of(request.extensions()));
    let meter = meter_of(&deployment, visitor, &ticket);
    let invocation = Invocation {
        service: deployment.service.clone(),
        session,
        request_id: ticket.request_id.clone(),
        return_path: path(&request).to_owned(),
        locale: ticket.locale,
        usage: meter.usage().clone(),
    };
    let answered = run(shared, &deployment, invocation, meter, request, &ticket, permits);
    // A panic of a host function ends this request and no other.
    let answered = match AssertUnwindSafe(answered).catch_unwind().await {
        Ok(answered) => answered?,
        Err(_) => Err(Failure::Host),
    };
    let mut response = answered.unwrap_or_else(|failure| failed(&deployment.service, &failure, &ticket));
    if let Ok(id) = HeaderValue::from_str(&ticket.request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    Ok(response)
}

/// Counts the government calls of one request of `visitor`.
fn meter_of(deployment: &Deployment, visitor: Visitor, ticket: &Ticket) -> Meter {
    let backing = &deployment.backing;
    let grant = &deployment.service.grant;
    Meter::new(meter::Parts {
        budget: backing.history.budget.clone(),
        allowance: Allowance {
            per_minute: grant.boundary.calls_per_minute_max,
            has_citizens: grant.capabilities.iter().any(|capability| {
                matches!(
                    capability,
                    Capability::Identity | Capability::Consent | Capability::Payments
                )
            }),
        },
        visitor,
        clock: backing.apis.platform.clock.clone(),
        log: ticket.log.clone(),
        trace: backing.trace.clone(),
        rehearsal: backing
            .rehearsal
            .clone()
            .map(|rehearsal| (deployment.service.id.clone(), rehearsal)),
    })
}

/// The page for the citizen, after the line for the developer.
pub(crate) fn failed(service: &Service, failure: &Failure, ticket: &Ticket) -> Response<Body> {
    failure.log(&ticket.log);
    page(
        service,
        ticket.locale,
        Page::Failed(failure),
        Some(&ticket.request_id),
    )
}

async fn run(
    shared: &Shared,
    deployment: &Deployment,
    invocation: Invocation,
    meter: Meter,
    request: Request<Body>,
    ticket: &Ticket,
    permits: Permits,
) -> Result<Result<Response<Body>, Failure>, Busy> {
    let (request_id, log) = (&ticket.request_id, &ticket.log);
    let permits = Arc::new(permits);
    let running = Running {
        store: store(shared, deployment, invocation, meter, ticket),
        _permits: permits.clone(),
    };
    let deadline = tokio::time::Instant::now() + shared.request_time;
    match &deployment.entry {
        Entry::Handler(pre) => {
            drop(permits);
            let background = shared.background.clone();
            let answered = handler::answer(
                pre.clone(),
                running,
                background,
                request,
                request_id,
                &deployment.reach,
                log,
            );
            let response = match tokio::time::timeout_at(deadline, answered).await {
                Ok(Ok(response)) => response,
                Ok(Err(failure)) => return Ok(Err(failure)),
                Err(_) => return Ok(Err(Failure::Time)),
            };
            let (parts, bytes) = response.into_parts();
            let places = whole::OnTheirWay {
                own: &deployment.on_their_way,
                everybodys: &shared.on_their_way,
            };
            let body = whole::body(bytes, places, log).await?;
            Ok(Ok(Response::from_parts(parts, body)))
        }
        Entry::WasiHttp(pre) => {
            let background = shared.background.clone();
            let limits = proxy::Limits { deadline, permits };
            let reach = &deployment.reach;
            Ok(proxy::answer(pre.clone(), running, background, request, limits, reach, log).await)
        }
    }
}

/// A fresh store with every limit set.
fn store(
    shared: &Shared,
    deployment: &Deployment,
    invocation: Invocation,
    meter: Meter,
    ticket: &Ticket,
) -> Store<RequestState> {
    let backing = &deployment.backing;
    let slices = Arc::new(Slices::default());
    let state = RequestState::new(Parts {
        invocation,
        apis: backing.apis.clone(),
        log: ticket.log.clone(),
        meter,
        limiter: Limiter::new(shared.memory_bytes, backing.history.memory.clone()),
        slices: slices.clone(),
        began: ticket.arrived,
        outbound: backing.outbound.clone(),
    });
    let mut store = Store::new(&shared.engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(HOSTCALL_BYTES_MAX);
    store.set_max_component_handles(HANDLES_MAX);
    // A deadline that is not set traps at the first check.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| Ok(slices.tick()));
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
    wish(request.headers())
}

/// One line for the developer about what the host did to a response.
fn note(log: &RequestLog, code: &'static str, message: &str) {
    log.host(Level::Warn, code, message);
}
