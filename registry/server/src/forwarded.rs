//! The address of the client behind a reverse proxy. `X-Forwarded-For` is accepted only from the proxies that
//! the operator trusts, and read from the right while the hop that wrote an entry is one of them. The other
//! headers of this kind are removed from every request: a proxy that sets one of them passes on what a client
//! wrote into another.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::{FORWARDED, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
const PREFIX: &str = "x-forwarded-";
/// The most proxies in a row. Further entries are not read.
const HOPS_MAX: usize = 16;
/// The address of a client for which a proxy on this machine gave none. With the proxy's own address, every
/// client behind it would count as a program of the operator ([`aim_runtime::Peer::is_operator`]).
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The networks of the trusted proxies.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Trusts proxies in these networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether this address is trusted. An IPv4 address inside an IPv6 one counts as the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The origin of a request that arrived from `peer`; removes the headers with it. An entry that is not the
    /// address of another machine ends the walk at the proxy that passed it on.
    pub fn client(&self, peer: SocketAddr, headers: &mut HeaderMap) -> SocketAddr {
        let client = self.walk(peer, headers);
        let of_proxies: Vec<HeaderName> = headers
            .keys()
            .filter(|name| name.as_str().starts_with(PREFIX) || **name == FORWARDED || **name == X_REAL_IP)
            .cloned()
            .collect();
        for name in of_proxies {
            headers.remove(name);
        }
        client
    }

    /// Whether a trusted proxy says that the client uses HTTPS.
    pub fn say_https(&self, peer: SocketAddr, headers: &HeaderMap) -> bool {
        let mut said = headers.get_all(X_FORWARDED_PROTO).iter();
        self.contains(peer.ip())
            && said.next().is_some_and(|scheme| scheme == "https")
            && said.next().is_none()
    }

    fn walk(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        if !self.contains(peer.ip()) {
            return peer;
        }
        let lines: Vec<_> = headers.get_all(X_FORWARDED_FOR).iter().collect();
        let entries = lines
            .iter()
            .rev()
            .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        let mut client = SocketAddr::new(peer_of_proxy(peer.ip()), peer.port());
        for entry in entries.take(HOPS_MAX) {
            let Some(next) = address(entry) else { break };
            client = next;
            if !self.contains(client.ip()) {
                break;
            }
        }
        client
    }
}

/// The address under which connections of a trusted proxy are counted, and requests for which it gives no
/// client.
pub fn peer_of_proxy(proxy: IpAddr) -> IpAddr {
    match proxy.to_canonical() {
        address if address.is_loopback() => UNKNOWN,
        address => address,
    }
}

/// Parses `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`, unless it is an address of this
/// machine. Without a port, the port is 0.
fn address(entry: &[u8]) -> Option<SocketAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim();
    let bare = |text: &str| Some(SocketAddr::new(text.parse::<IpAddr>().ok()?, 0));
    let bracketed = |text: &str| bare(text.strip_prefix('[')?.strip_suffix(']')?);
    let found = bare(entry)
        .or_else(|| entry.parse().ok())
        .or_else(|| bracketed(entry))?;
    let ip = found.ip().to_canonical();
    (!ip.is_loopback()).then_some(SocketAddr::new(ip, found.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn client(peer: &str, lines: &[&str]) -> String {
        let proxies = TrustedProxies::new(vec![
            "10.0.0.0/8".parse().unwrap(),
            "2001:db8:1::/48".parse().unwrap(),
            "127.0.0.0/8".parse().unwrap(),
            "::1/128".parse().unwrap(),
        ]);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, line.parse().unwrap());
        }
        for name in ["forwarded", "x-real-ip", "x-forwarded-host"] {
            headers.insert(name, "for=192.0.2.99".parse().unwrap());
        }
        headers.insert("accept", "text/html".parse().unwrap());
        let peer = SocketAddr::new(peer.parse().unwrap(), 1);
        let found = proxies.client(peer, &mut headers).ip().to_string();
        assert_eq!(headers.keys().collect::<Vec<_>>(), ["accept"]);
        found
    }

    #[test]
    fn forwarded_address_of_a_stranger_is_not_believed() {
        assert_eq!(client("192.0.2.1", &["192.0.2.7"]), "192.0.2.1");
    }

    #[test]
    fn forwarded_address_of_a_proxy_is_the_last_that_it_did_not_get_from_another() {
        for (lines, expected) in [
            (&[][..], PROXY),
            (&["192.0.2.1"], "192.0.2.1"),
            (&["127.0.0.1, 192.0.2.1"], "192.0.2.1"),
            (&["127.0.0.1", "192.0.2.1, 10.9.9.9"], "192.0.2.1"),
            (&["192.0.2.1:4711"], "192.0.2.1"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["192.0.2.1, 2001:db8:1::7"], "192.0.2.1"),
            (&["::ffff:192.0.2.1"], "192.0.2.1"),
            (&["192.0.2.1, unknown"], PROXY),
            (&["192.0.2.1, _hidden, 10.0.0.2"], "10.0.0.2"),
            (&["192.0.2.1,"], PROXY),
            (&["192.0.2.1, 127.0.0.1"], PROXY),
            (&["192.0.2.1, ::1"], PROXY),
            (&["[::1]:80"], PROXY),
            (&["::ffff:127.0.0.1"], PROXY),
        ] {
            assert_eq!(client(PROXY, lines), expected, "{lines:?}");
        }
        assert_eq!(client("::ffff:10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
    }

    #[test]
    fn client_behind_a_proxy_on_this_machine_is_never_the_operator() {
        for proxy in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            for lines in [&[][..], &["127.0.0.1"], &["192.0.2.1, 127.0.0.1"], &["nonsense"]] {
                assert_eq!(client(proxy, lines), "0.0.0.0", "{proxy} {lines:?}");
            }
            assert_eq!(client(proxy, &["192.0.2.1"]), "192.0.2.1");
        }
    }

    #[test]
    fn forwarded_addresses_are_read_up_to_a_bound() {
        let line = format!("192.0.2.1{}", ", 10.0.0.2".repeat(HOPS_MAX));
        assert_eq!(client(PROXY, &[&line]), "10.0.0.2");
    }
}
