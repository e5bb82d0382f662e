//! Calls of plug-ins to other systems (`wasi:http/outgoing-handler`): only to host names that the
//! approval lists, only at addresses that are public, each resolved once and dialled as resolved.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aim_gov::grant::{Capability, Grant};
use aim_gov::invocation::Service;
use http_body_util::{BodyExt as _, Limited};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::limits::{HEADER_BYTES_MAX, HEADERS_MAX, REQUEST_BODY_BYTES_MAX, STREAM_CHUNK_BYTES_MAX};

mod address;

/// How long another system may take to accept a connection.
pub const CONNECT_TIME: Duration = Duration::from_secs(2);
/// How long another system may take to begin its answer, and then for each piece of it.
pub const ANSWER_TIME: Duration = Duration::from_secs(2);
/// Another system's answer, in bytes.
pub const ANSWER_BYTES_MAX: usize = 4 << 20;

/// The one client of all services. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Outbound(reqwest::Client);

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
            .connect_timeout(CONNECT_TIME)
            .read_timeout(ANSWER_TIME)
            .dns_resolver(Arc::new(Checked {
                private: Arc::new(private),
            }))
            .build()?;
        Ok(Self(client))
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

/// How `wasi:http` behaves for one service.
pub(crate) struct Hooks {
    pub(crate) client: Outbound,
    /// Whose approval names the hosts: `name` (then ports 80 and 443) or `name:port`.
    pub(crate) service: Arc<Service>,
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
        let client = self.client.clone();
        let service = self.service.clone();
        Box::new(async move {
            let url = permitted(request.uri(), &service.grant)?;
            let response = send(&client.0, url, request, options).await?;
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
        .map_or(ANSWER_TIME, |wanted| wanted.min(ANSWER_TIME));
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
        Limited::new(body, ANSWER_BYTES_MAX)
            .map_err(|_| Error::HttpResponseBodySize(u64::try_from(ANSWER_BYTES_MAX).ok()))
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
    use super::*;
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

    async fn get(port: u16, outbound: Outbound) -> Result<Answer, Error> {
        let host = format!("localhost:{port}");
        let mut hooks = Hooks {
            client: outbound,
            service: Arc::new(service(std::slice::from_ref(&host))),
        };
        let body = http_body_util::Empty::new()
            .map_err(|never| match never {})
            .boxed_unsync();
        let request = http::Request::get(format!("http://{host}/")).body(body).unwrap();
        Box::into_pin(hooks.send_request(request, None, Box::new(async { Ok(()) }))).await
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
