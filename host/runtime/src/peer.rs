//! The network address of a request's client, for limits. Plug-ins never see it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::Extensions;
use http::request::Parts;

/// Bits of an IPv6 address that name the host inside a network. A provider gives each customer a /64 at
/// least (RFC 6177), so limits count the network.
const IPV6_HOST_BITS: u32 = 64;

/// The client at the other end of a connection: an IPv4 address, or an IPv6 network of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// The peer with this address. An IPv4 address inside an IPv6 one counts as the IPv4 address.
    pub fn new(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) if !address.is_loopback() => {
                let network = address.to_bits() >> IPV6_HOST_BITS << IPV6_HOST_BITS;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            address => address,
        })
    }

    /// The peer of a request with these extensions. Without a connection, as in a test, all requests have
    /// the same peer.
    pub fn of(extensions: &Extensions) -> Self {
        let address = extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        Self::new(address)
    }

    /// The network around the address, as a list shows it: `192.0.2.0/24`, `2001:db8::/64`.
    pub fn network(self) -> String {
        match self.0 {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(address) => format!("{address}/{IPV6_HOST_BITS}"),
        }
    }

    /// Whether the client is a program of the operator on this machine, such as a health probe. Other addresses
    /// of 127.0.0.0/8 are ordinary clients.
    pub fn is_operator(self) -> bool {
        self.0 == IpAddr::V4(Ipv4Addr::LOCALHOST) || self.0 == IpAddr::V6(Ipv6Addr::LOCALHOST)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.extensions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::new(address.parse().unwrap())
    }

    #[test]
    fn ipv6_network_is_one_peer() {
        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:1"));
        assert_ne!(peer("2001:db8::1"), peer("2001:db8:0:1::1"));
        assert_eq!(peer("::ffff:192.0.2.1"), peer("192.0.2.1"));
        assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
    }

    #[test]
    fn operator_is_this_machine_alone() {
        assert!(peer("127.0.0.1").is_operator() && peer("::1").is_operator());
        for other in ["127.0.0.2", "0.0.0.0", "192.0.2.1", "2001:db8::1", "::"] {
            assert!(!peer(other).is_operator(), "{other}");
        }
    }
}
