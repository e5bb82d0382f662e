//! Calls of plug-ins to other systems (`wasi:http/outgoing-handler`): only to host names in the approval, only
//! at public addresses, each name resolved once and dialled at that address. Each call is counted, admitted and
//! recorded like a call to the government.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use aim_gov::audit::Entry;
use aim_gov::error::GovError;
use aim_gov::grant::{Capability, Grant};
use aim_gov::invocation::Invocation;
use aim_gov::platform::Platform;
use aim_gov::public_address::{Checked, Names, NotPublic, System};
use futures::FutureExt as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use reqwest::Url;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::arguments::Arguments;
use crate::limits::{
    HEADER_BYTES_MAX, HEADERS_MAX, OUTBOUND_ANSWER_BYTES_MAX, OUTBOUND_ANSWER_TIME, OUTBOUND_CONNECT_TIME,
    REQUEST_BODY_BYTES_MAX, STREAM_CHUNK_BYTES_MAX,
};
use crate::log::{Level, RequestLog};
use crate::meter::Meter;

/// The destination of calls to other systems. Clones share the client.
#[derive(Clone, Debug)]
pub(crate) enum Outbound {
    Real(reqwest::Client),
    /// None: every system is down. A component that is being vetted is not approved, so it must not reach
    /// anybody, and nobody must learn from its call that it is being vetted.
    Nowhere,
}

impl Outbound {
    /// A client that dials public addresses and those in `private`.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub(crate) fn new(private: BTreeSet<IpAddr>) -> Result<Self, reqwest::Error> {
        Self::with(private, System)
    }

    fn with(private: BTreeSet<IpAddr>, names: impl Names) -> Result<Self, reqwest::Error> {
        // Another part of the process may have installed a provider already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // The version for which the time limits were made and tested.
            .http1_only()
            .connect_timeout(OUTBOUND_CONNECT_TIME)
            .read_timeout(OUTBOUND_ANSWER_TIME)
            .dns_resolver(Arc::new(Checked {
                private: Arc::new(private),
                names,
            }))
            .build()?;
        Ok(Self::Real(client))
    }
}

/// The `wasi:http` hooks of one request to a service, whose approval lists the hosts: `name` (then ports 80 and
/// 443) or `name:port`.
#[derive(Clone)]
pub(crate) struct Hooks {
    pub(crate) outbound: Outbound,
    pub(crate) invocation: Invocation,
    pub(crate) meter: Meter,
    pub(crate) platform: Platform,
    pub(crate) log: RequestLog,
}

impl Hooks {
    /// Counts a call and admits it according to the approval, with a record before anything is sent.
    async fn admit(&self, method: &http::Method, uri: &http::Uri) -> Result<Url, Error> {
        const OPERATION: &str = "handle";
        let target = target(method, uri);
        let refused = |refusal: GovError| {
            self.log.refused(&target, &refusal);
            Error::HttpRequestDenied
        };
        let call = self
            .meter
            .begin(Capability::Outbound, OPERATION, Arguments::default())
            .map_err(refused)?;
        let url = permitted(uri, &self.invocation.service.grant);
        let approved = url.is_ok();
        let mut entry = Entry::of(&self.invocation, Capability::Outbound, OPERATION);
        entry.object = Some(target.clone());
        let recorded = self.platform.act(&self.invocation, entry, move |_, _, _| {
            async move {
                match approved {
                    true => Ok(()),
                    false => Err(GovError::denied(
                        "host-not-approved",
                        "this host is not among those that were approved",
                    )),
                }
            }
            .boxed()
        });
        let recorded = call.wait_for(recorded).await;
        self.meter
            .end(call.towards(target.clone()), recorded.as_ref().err());
        recorded.map_err(refused)?;
        url
    }
}

/// The target of a call in log and record, without its path, which may have secrets.
fn target(method: &http::Method, uri: &http::Uri) -> String {
    let host = uri.authority().map_or("", |authority| authority.host());
    format!("{method} {host}")
}

type Answer = (
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

impl WasiHttpHooks for Hooks {
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        STREAM_CHUNK_BYTES_MAX
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Answer, Error>> + Send> {
        let hooks = self.clone();
        Box::new(async move {
            let target = target(request.method(), request.uri());
            let url = hooks.admit(request.method(), request.uri()).await?;
            let answered = match &hooks.outbound {
                Outbound::Real(client) => send(client, url, request, options).await,
                Outbound::Nowhere => Err(Error::ConnectionRefused),
            };
            // Plug-ins often drop the reason.
            let failed = move |error: &Error| {
                let message = format!("{target}: {error}");
                hooks.log.host(Level::Warn, "outbound-failed", &message);
            };
            let response = answered.inspect_err(&failed)?.map(|body| {
                let body = Limited::new(body, OUTBOUND_ANSWER_BYTES_MAX);
                body.map_err(move |error| {
                    let error = broken_off(&*error);
                    failed(&error);
                    error
                })
                .boxed_unsync()
            });
            let done: Box<dyn Future<Output = _> + Send> = Box::new(async { Ok(()) });
            Ok((response, done))
        })
    }
}

/// The address to dial, if the approval lists its host. IP addresses are never names.
fn permitted(uri: &http::Uri, grant: &Grant) -> Result<Url, Error> {
    if !grant.capabilities.contains(&Capability::Outbound) {
        return Err(Error::HttpRequestDenied);
    }
    let allowed = &grant.outbound_hosts;
    let url = Url::parse(&uri.to_string()).map_err(|_| Error::HttpRequestUriInvalid)?;
    let (Some(url::Host::Domain(name)), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err(Error::HttpRequestDenied);
    };
    let usual = matches!(port, 80 | 443) && allowed.contains(name);
    let plain = url.username().is_empty() && url.password().is_none();
    if plain && (usual || allowed.contains(&format!("{name}:{port}"))) {
        Ok(url)
    } else {
        Err(Error::HttpRequestDenied)
    }
}

/// Headers about where a request ends or which host answers it. The host writes them itself: two contradicting
/// values allow request smuggling (RFC 9112 §11.2). `wasmtime-wasi-http` already refuses most of them when the
/// plug-in sets them; plug-ins do set a length, and the host counts the body anyway.
const FRAMING: [http::HeaderName; 9] = [
    http::header::CONNECTION,
    http::header::CONTENT_LENGTH,
    http::header::EXPECT,
    http::header::HOST,
    http::header::PROXY_AUTHORIZATION,
    http::header::TE,
    http::header::TRAILER,
    http::header::TRANSFER_ENCODING,
    http::header::UPGRADE,
];

async fn send(
    client: &reqwest::Client,
    url: Url,
    request: http::Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<http::Response<reqwest::Body>, Error> {
    let (mut parts, body) = request.into_parts();
    for name in FRAMING {
        parts.headers.remove(name);
    }
    let bytes = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    if parts.headers.len() > HEADERS_MAX || bytes.sum::<usize>() > HEADER_BYTES_MAX {
        return Err(Error::HttpRequestHeaderSectionSize(
            u32::try_from(HEADER_BYTES_MAX).ok(),
        ));
    }
    let body = Limited::new(body, REQUEST_BODY_BYTES_MAX)
        .collect()
        .await
        .map_err(|_| Error::HttpRequestBodySize(None))?
        .to_bytes();
    let first_byte = options
        .and_then(|options| options.first_byte_timeout)
        .map_or(OUTBOUND_ANSWER_TIME, |wanted| wanted.min(OUTBOUND_ANSWER_TIME));
    let sending = client
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body)
        .send();
    let response = tokio::time::timeout(first_byte, sending)
        .await
        .map_err(|_| Error::HttpResponseTimeout)?
        .map_err(|error| cause(&error))?;
    Ok(http::Response::from(response))
}

/// The `wasi:http` error code of this error.
fn cause(error: &reqwest::Error) -> Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = source {
        if inner.is::<NotPublic>() {
            return Error::DestinationIpProhibited;
        }
        source = inner.source();
    }
    if error.is_timeout() {
        Error::ConnectionTimeout
    } else if error.is_connect() {
        Error::ConnectionRefused
    } else {
        Error::HttpProtocolError
    }
}

/// The error code of an answer that broke off.
fn broken_off(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Error {
    if error.is::<LengthLimitError>() {
        return Error::HttpResponseBodySize(u64::try_from(OUTBOUND_ANSWER_BYTES_MAX).ok());
    }
    match error.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_timeout() => Error::HttpResponseTimeout,
        _ => Error::HttpResponseIncomplete,
    }
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod faulty;
#[cfg(test)]
mod tests;
