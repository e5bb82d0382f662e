//! A vetting run: a few requests to a component that nobody has approved yet, against throw-away APIs,
//! in the same host and under the same limits as in service. The component cannot tell the difference.

use std::sync::Arc;

use aim_gov::apis::Apis;
use aim_gov::invocation::{Service, Session};
use aim_gov::text::Locale;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::BodyExt as _;

use crate::log::{Level, LogLine, Logs, Source};
use crate::meter::{CallTrace, TracedCall};
use crate::runtime::{DeployError, Runtime};

/// Bytes of an answer that the report keeps.
pub const SMOKE_BODY_BYTES_MAX: usize = 2_048;

/// One request of a vetting run.
#[derive(Clone, Debug)]
pub struct SmokeRequest {
    /// The method.
    pub method: Method,
    /// Path and query, beginning with `/`.
    pub path: String,
    /// The citizen, where one is logged in.
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

/// What became of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmokeAnswer {
    /// The path that was asked for.
    pub path: String,
    /// Whether a citizen was logged in.
    pub citizen: bool,
    /// The status that a browser would get.
    pub status: u16,
    /// Where the component sends the citizen, for a redirect.
    pub location: Option<String>,
    /// The beginning of the body, at most [`SMOKE_BODY_BYTES_MAX`] bytes. Made by the component: escape it.
    pub body: String,
    /// Every government call, in order, with its outcome.
    pub calls: Vec<TracedCall>,
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

/// What a vetting run showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmokeReport {
    /// One for each request, in order.
    pub answers: Vec<SmokeAnswer>,
}

impl Runtime {
    /// Runs `component` on `requests`, one after the other, against `apis`, without deploying it.
    ///
    /// # Errors
    /// [`DeployError`], where it could not be deployed either.
    pub async fn smoke(
        &self,
        service: Arc<Service>,
        component: Bytes,
        requests: Vec<SmokeRequest>,
        apis: Apis,
    ) -> Result<SmokeReport, DeployError> {
        let apis = Arc::new(apis);
        let (logs, trace) = (Arc::new(Logs::default()), CallTrace::default());
        let deployment = self
            .load(service, component, apis, logs.clone(), Some(trace.clone()))
            .await?;
        let deployment = Arc::new(deployment);
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
            let citizen = session.is_some();
            let response = self
                .answer(deployment.clone(), session, request, Locale::default())
                .await;
            let (parts, body) = response.into_parts();
            // A body that breaks off is noted in the log, which is part of the answer.
            let body = body
                .collect()
                .await
                .map(|body| body.to_bytes())
                .unwrap_or_default();
            let begin = body.get(..SMOKE_BODY_BYTES_MAX).unwrap_or(&body);
            let location = parts
                .headers
                .get(http::header::LOCATION)
                .and_then(|value| value.to_str().ok());
            answers.push(SmokeAnswer {
                path,
                citizen,
                status: parts.status.as_u16(),
                location: location.map(str::to_owned),
                body: String::from_utf8_lossy(begin).into_owned(),
                calls: trace.take(),
                logs: logs.take(),
            });
        }
        Ok(SmokeReport { answers })
    }
}
