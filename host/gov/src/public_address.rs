//! Calls to other systems leave for public addresses only (IANA's special-purpose registries, RFC 6890 and its
//! successors): a name is resolved once, and dialled at the address that was checked.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Finds the addresses of names.
pub trait Names: Send + Sync + 'static {
    /// The current addresses of a name; their ports are not used.
    fn look_up(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>;
}

/// The system's own resolver.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Names for System {
    fn look_up(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) }.boxed()
    }
}

/// Resolves names and refuses those with an address that is neither public nor in `private`. An address in the place of
/// a name is not resolved: whoever takes one asks [`is_public`].
#[derive(Debug)]
pub struct Checked<N> {
    pub private: Arc<BTreeSet<IpAddr>>,
    pub names: N,
}

#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
pub struct NotPublic;

impl<N: Names> Resolve for Checked<N> {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private.clone();
        let found = self.names.look_up(name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await?;
            // One bad address makes the name invalid: an attacker would mix both.
            let permitted = |address: &SocketAddr| is_public(address.ip()) || private.contains(&address.ip());
            if !found.iter().all(permitted) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether packets to this address go to the public Internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match a {
        0 | 10 | 127 => true,
        100 => (64..128).contains(&b),
        169 => b == 254,
        172 => (16..32).contains(&b),
        192 => b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99),
        198 => (18..20).contains(&b) || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => a >= 224,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Addresses with an embedded IPv4 address lead to that address.
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let tail = || {
        let [[w, x], [y, z]] = [g.to_be_bytes(), h.to_be_bytes()];
        Ipv4Addr::new(w, x, y, z)
    };
    match (a, b) {
        // NAT64, RFC 6052.
        (0x64, 0xff9b) => (c, d, e, f) == (0, 0, 0, 0) && is_public_v4(tail()),
        // 6to4.
        (0x2002, _) => {
            let [[w, x], [y, z]] = [b.to_be_bytes(), c.to_be_bytes()];
            is_public_v4(Ipv4Addr::new(w, x, y, z))
        }
        // Teredo and other IETF protocol assignments, documentation.
        (0x2001, 0..0x200 | 0xdb8) | (0x3fff, 0..0x1000) => false,
        // Global unicast is 2000::/3; everything else is not routed.
        _ => (0x2000..0x4000).contains(&a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_is_not_public_in_any_spelling() {
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
    }

    #[test]
    fn outside_is_public() {
        for outside in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.1.2.3",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }
}
