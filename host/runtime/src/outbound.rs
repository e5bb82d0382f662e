//! Calls of plug-ins to other systems (`wasi:http/outgoing-handler`): only to host names that the
//! approval lists, only at addresses that are public, each resolved once and dialled as resolved. Each is
//! counted, admitted and recorded like a call to the government.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use aim_gov::audit::Entry;
use aim_gov::error::GovError;
use aim_gov::gate::Platform;
use aim_gov::grant::{Capability, Grant};
use aim_gov::invocation::Invocation;
use futures::FutureExt as _;
use http_body_util::{BodyExt as _, Limited};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::limits::{
    HEADER_BYTES_MAX, HEADERS_MAX, OUTBOUND_ANSWER_BYTES_MAX, OUTBOUND_ANSWER_TIME, OUTBOUND_CONNECT_TIME,
    REQUEST_BODY_BYTES_MAX, STREAM_CHUNK_BYTES_MAX,
};
use crate::meter::Meter;

mod address;

/// Where calls to other systems lead. Clones share the client.
#[derive(Clone, Debug)]
pub(crate) enum Outbound {
    /// To them.
    Real(reqwest::Client),
    /// Nowhere: every system is down. Nobody has approved a component that is being vetted, so it must
    /// reach nobody, and nobody must learn from its call that it is being vetted.
    Nowhere,
}

impl Outbound {
    /// A client that dials public addresses and those in `private`.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub(crate) fn new(private: BTreeSet<IpAddr>) -> Result<Self, reqwest::Error> {
        // Somebody else in the process may have chosen a provider already; theirs is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(OUTBOUND_CONNECT_TIME)
            .read_timeout(OUTBOUND_ANSWER_TIME)
            .dns_resolver(Arc::new(Checked {
                private: Arc::new(private),
            }))
            .build()?;
        Ok(Self::Real(client))
    }
}

/// Resolves names and refuses those that lead anywhere but to permitted addresses.
struct Checked {
    private: Arc<BTreeSet<IpAddr>>,
}

/// The name leads to an address that services may not call.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
struct NotPublic;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One bad address spoils the name: an attacker would mix both.
            let permitted =
                |address: &SocketAddr| address::is_public(address.ip()) || private.contains(&address.ip());
            if !found.iter().all(permitted) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// How `wasi:http` behaves in one request to a service, whose approval names the hosts: `name` (then ports
/// 80 and 443) or `name:port`.
#[derive(Clone)]
pub(crate) struct Hooks {
    pub(crate) outbound: Outbound,
    pub(crate) invocation: Invocation,
    pub(crate) meter: Meter,
    pub(crate) platform: Platform,
}

impl Hooks {
    /// Counts a call and admits it as the approval says, with a record before anything is sent.
    async fn admit(&self, method: &http::Method, uri: &http::Uri) -> Result<Url, Error> {
        const OPERATION: &str = "handle";
        let refused = |_| Error::HttpRequestDenied;
        let call = self
            .meter
            .begin(Capability::Outbound, OPERATION)
            .map_err(refused)?;
        // The path may hold what nobody shall read in a record.
        let host = uri.authority().map_or("", |authority| authority.host());
        let target = format!("{method} {host}");
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
        let recorded = recorded.await;
        self.meter.end(call.towards(target), recorded.as_ref().err());
        recorded.map_err(refused)?;
        url
    }
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
            let url = hooks.admit(request.method(), request.uri()).await?;
            let Outbound::Real(client) = &hooks.outbound else {
                return Err(Error::ConnectionRefused);
            };
            let response = send(client, url, request, options).await?;
            let done: Box<dyn Future<Output = _> + Send> = Box::new(async { Ok(()) });
            Ok((response, done))
        })
    }
}

/// The address to dial, where the approval names its host. Addresses in figures are never names.
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

async fn send(
    client: &reqwest::Client,
    url: Url,
    request: http::Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<http::Response<WasiBody>, Error> {
    let (parts, body) = request.into_parts();
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
    Ok(http::Response::from(response).map(|body| {
        Limited::new(body, OUTBOUND_ANSWER_BYTES_MAX)
            .map_err(|_| Error::HttpResponseBodySize(u64::try_from(OUTBOUND_ANSWER_BYTES_MAX).ok()))
            .boxed_unsync()
    }))
}

/// The code of `wasi:http` that says what went wrong.
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use aim_gov::clock::Timestamp;
    use aim_gov::invocation::Service;

    use super::*;
    use crate::meter::CallTrace;
    use crate::testing;

    fn service(hosts: &[String]) -> Service {
        let mut service = testing::service("caller");
        service.grant.capabilities.insert(Capability::Outbound);
        service.grant.outbound_hosts.extend(hosts.iter().cloned());
        service
    }

    #[test]
    fn only_listed_names_at_their_ports() {
        let service = service(&["api.example.az".to_owned(), "test.example.az:8443".to_owned()]);
        let check = |uri: &str| permitted(&uri.parse().unwrap(), &service.grant).is_ok();
        assert!(check("https://api.example.az/x?y"));
        assert!(check("http://API.example.az/"));
        assert!(check("https://test.example.az:8443/"));
        for refused in [
            "https://api.example.az:8080/",
            "https://test.example.az/",
            "https://other.example.az/",
            "https://api.example.az.evil.com/",
            "https://user@api.example.az/",
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://[::1]/",
            "http://0x7f.1/",
        ] {
            assert!(!check(refused), "{refused}");
        }
    }

    #[test]
    fn nothing_is_called_without_the_capability() {
        let mut service = service(&["api.example.az".to_owned()]);
        service.grant.capabilities.remove(&Capability::Outbound);
        assert!(permitted(&"https://api.example.az/".parse().unwrap(), &service.grant).is_err());
    }

    /// The hooks of one request to a service that may call `host`, and what a vetting run would note.
    fn hooks(platform: &Platform, outbound: Outbound, host: &str) -> (Hooks, CallTrace) {
        let trace = CallTrace::default();
        let meter = Meter::new(Arc::default(), 600, platform.clock.clone(), Some(trace.clone()));
        let hooks = Hooks {
            outbound,
            invocation: testing::invocation(service(&[host.to_owned()])),
            meter,
            platform: platform.clone(),
        };
        (hooks, trace)
    }

    async fn call(hooks: &mut Hooks, url: &str) -> Result<Answer, Error> {
        let body = http_body_util::Empty::new()
            .map_err(|never| match never {})
            .boxed_unsync();
        let request = http::Request::get(url).body(body).unwrap();
        Box::into_pin(hooks.send_request(request, None, Box::new(async { Ok(()) }))).await
    }

    async fn get(port: u16, outbound: Outbound) -> Result<Answer, Error> {
        let folder = tempfile::tempdir().unwrap();
        let platform = testing::platform(folder.path()).await;
        let host = format!("localhost:{port}");
        let (mut hooks, _) = hooks(&platform, outbound, &host);
        call(&mut hooks, &format!("http://{host}/")).await
    }

    async fn decisions(platform: &Platform) -> Vec<(String, Option<String>)> {
        let citizen = testing::citizen();
        let records = aim_gov::audit::of_citizen(&platform.db, &citizen, None, 100)
            .await
            .unwrap();
        // They are of the same millisecond, so their ids do not tell which came first.
        let mut decisions: Vec<_> = records
            .into_iter()
            .map(|record| (record.decision, record.object))
            .collect();
        decisions.sort_unstable();
        decisions
    }

    #[tokio::test]
    async fn each_call_is_counted_traced_and_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let platform = testing::platform(folder.path()).await;
        let (mut hooks, trace) = hooks(&platform, Outbound::Nowhere, "api.example.az");
        let gone = call(&mut hooks, "https://api.example.az/citizens?fin=1").await;
        assert!(matches!(gone, Err(Error::ConnectionRefused)), "{:?}", gone.err());
        let refused = call(&mut hooks, "https://evil.example/").await;
        assert!(
            matches!(refused, Err(Error::HttpRequestDenied)),
            "{:?}",
            refused.err()
        );
        let expected = [
            ("allowed", "GET api.example.az"),
            ("host-not-approved", "GET evil.example"),
        ];
        let recorded: Vec<_> = expected
            .iter()
            .map(|(decision, target)| ((*decision).to_owned(), Some((*target).to_owned())))
            .collect();
        assert_eq!(decisions(&platform).await, recorded);
        let traced: Vec<_> = trace.take().first;
        let traced: Vec<_> = traced
            .iter()
            .map(|call| (call.outcome, call.target.as_deref().unwrap()))
            .collect();
        assert_eq!(traced, expected);
    }

    #[tokio::test]
    async fn nothing_is_sent_after_a_suspension_the_end_of_the_test_or_the_last_call() {
        let folder = tempfile::tempdir().unwrap();
        let platform = testing::platform(folder.path()).await;
        let url = "https://api.example.az/";
        let (mut stopped, trace) = hooks(&platform, Outbound::Nowhere, "api.example.az");
        stopped.invocation.service.stopped.store(true, Ordering::SeqCst);
        assert!(matches!(
            call(&mut stopped, url).await,
            Err(Error::HttpRequestDenied)
        ));
        assert_eq!(trace.take().first[0].outcome, "suspended");

        let mut ended = service(&["api.example.az".to_owned()]);
        ended.grant.boundary.ends_at = Timestamp(0);
        let (mut ended_hooks, trace) = hooks(&platform, Outbound::Nowhere, "api.example.az");
        ended_hooks.invocation.service = Arc::new(ended);
        assert!(matches!(
            call(&mut ended_hooks, url).await,
            Err(Error::HttpRequestDenied)
        ));
        assert_eq!(trace.take().first[0].outcome, "end-date");

        let (mut many, trace) = hooks(&platform, Outbound::Nowhere, "api.example.az");
        many.meter = Meter::new(Arc::default(), 1, platform.clock.clone(), Some(trace.clone()));
        assert!(matches!(
            call(&mut many, url).await,
            Err(Error::ConnectionRefused)
        ));
        assert!(matches!(
            call(&mut many, url).await,
            Err(Error::HttpRequestDenied)
        ));
        assert_eq!(trace.take().first[1].outcome, "calls-per-minute");
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_dialled() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let refused = get(port, Outbound::new(BTreeSet::new()).unwrap()).await;
        assert!(
            matches!(refused, Err(Error::DestinationIpProhibited)),
            "{:?}",
            refused.err()
        );
        // The same call with the address opened by the operator is dialled: the control is what refused.
        let open = ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()].into();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            // An answer before the request is no answer to it.
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                assert_ne!(
                    tokio::io::AsyncReadExt::read_buf(&mut stream, &mut request)
                        .await
                        .unwrap(),
                    0
                );
            }
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 204 No Content\r\n\r\n")
                .await
                .unwrap();
            stream
        };
        let (answer, _stream) = tokio::join!(get(port, Outbound::new(open).unwrap()), serve);
        assert_eq!(answer.ok().unwrap().0.status(), 204);
    }
}
