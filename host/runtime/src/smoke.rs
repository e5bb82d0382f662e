//! A vetting run: a few requests to a component that nobody has approved yet, against throw-away APIs,
//! in the same host and under the same limits as in service. The component cannot tell the difference.

use std::borrow::Cow;
use std::sync::Arc;

use aim_gov::apis::Apis;
use aim_gov::event_type::EventType;
use aim_gov::invocation::{Service, Session};
use aim_gov::life_events::{Attempt, Outcome, Unhandled};
use aim_gov::text::Locale;
use aim_gov::web::header_text;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::BodyExt as _;

use crate::deployment::{Backing, ServiceHistory};
use crate::inspect::Inspected;
use crate::log::{Level, LogLine, Source};
use crate::memory::MemoryBudget;
use crate::meter::{CallTrace, Calls};
use crate::outbound::Outbound;
use crate::runtime::{DeployError, Runtime};
use crate::serve::{self, Ticket};

/// What a browser of today sends with every page that it opens.
const BROWSER: [(&str, &str); 9] = [
    (
        "accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    ),
    ("accept-language", "az,en;q=0.8"),
    ("dnt", "1"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-site", "none"),
    ("sec-fetch-user", "?1"),
    ("upgrade-insecure-requests", "1"),
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    ),
];

/// One request of a vetting run.
#[derive(Clone, Debug)]
pub struct SmokeRequest {
    pub method: Method,
    /// Path and query, beginning with `/`.
    pub path: String,
    pub session: Option<Session>,
    /// The body; empty where there is none.
    pub body: Bytes,
}

impl SmokeRequest {
    /// `GET` of a path.
    pub fn get(path: impl Into<String>, session: Option<Session>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            session,
            body: Bytes::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmokeAnswer {
    pub path: String,
    pub citizen: bool,
    pub status: u16,
    /// Where the component sends the citizen, for a redirect.
    pub location: Option<String>,
    /// What it called, with the outcomes. Calls to other systems reach nobody.
    pub calls: Calls,
    /// What the component and the host about it wrote.
    pub logs: Vec<LogLine>,
}

impl SmokeAnswer {
    /// The code of what went wrong, where the component gave no answer of its own: `trap`, `deadline`,
    /// `memory-limit` and so on.
    pub fn failure(&self) -> Option<&str> {
        let failed = |line: &&LogLine| line.source == Source::Host && line.level == Level::Error;
        self.logs.iter().find(failed).map(|line| line.context.as_str())
    }
}

/// What a component made of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmokeEvent {
    pub event_type: EventType,
    pub outcome: Result<Outcome, Unhandled>,
    pub calls: Calls,
    pub logs: Vec<LogLine>,
}

/// What a vetting run showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmokeReport {
    /// One for each request, in order.
    pub answers: Vec<SmokeAnswer>,
    /// One for each event, in order.
    pub events: Vec<SmokeEvent>,
}

impl Runtime {
    /// Runs a component on `requests` and then on `events`, one after the other, against `apis`, without deploying it.
    ///
    /// # Errors
    /// [`DeployError`], where it could not be deployed either, and [`DeployError::Busy`] when the host
    /// stops.
    pub async fn smoke(
        &self,
        service: Arc<Service>,
        inspected: &Inspected,
        requests: Vec<SmokeRequest>,
        events: Vec<Attempt>,
        apis: Apis,
    ) -> Result<SmokeReport, DeployError> {
        // Of its own: what is vetted must not fail because others use much.
        let memory = MemoryBudget::new(self.shared().memory_bytes);
        let (history, trace) = (Arc::new(ServiceHistory::new(memory)), CallTrace::default());
        let backing = Backing {
            apis: Arc::new(apis),
            outbound: Outbound::Nowhere,
            history: history.clone(),
            trace: Some(trace.clone()),
            rehearsal: None,
        };
        let deployment = Arc::new(self.load(service, inspected, backing).await?);
        let mut answers = Vec::with_capacity(requests.len());
        for SmokeRequest {
            method,
            path,
            session,
            body,
        } in requests
        {
            let mut request = Request::new(Body::from(body));
            *request.method_mut() = method;
            *request.uri_mut() = path.parse().unwrap_or_default();
            *request.headers_mut() = browser();
            let citizen = session.is_some();
            let permits = self.permits(&deployment).await?;
            let locale = session
                .as_ref()
                .map_or(Locale::default(), |session| session.locale);
            let ticket = Ticket::new(&deployment, &request, locale);
            let answering = serve::answer(
                self.shared(),
                deployment.clone(),
                session,
                request,
                ticket,
                permits,
            );
            let (parts, body) = answering.await?.into_parts();
            // Whether it came to its end stands in the log, which is part of the answer.
            drop(body.collect().await);
            // What it does after its answer belongs to this answer, not to the next one.
            self.idle(&deployment).await;
            let location = header_text(&parts.headers, http::header::LOCATION).map(Cow::into_owned);
            answers.push(SmokeAnswer {
                path,
                citizen,
                status: parts.status.as_u16(),
                location,
                calls: trace.take(),
                logs: history.logs.take(),
            });
        }
        let mut handled = Vec::with_capacity(events.len());
        for attempt in events {
            let permits = self.permits(&deployment).await?;
            let outcome = serve::on_event(self.shared(), &deployment, &attempt, permits).await;
            self.idle(&deployment).await;
            handled.push(SmokeEvent {
                event_type: attempt.event.event_type,
                outcome,
                calls: trace.take(),
                logs: history.logs.take(),
            });
        }
        Ok(SmokeReport {
            answers,
            events: handled,
        })
    }
}

fn browser() -> HeaderMap {
    BROWSER
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect()
}
