//! The port, on both loopback addresses: which of them `localhost` is depends on the machine and the program.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use crate::failure::Failure;

/// Free ports that are tried until one is free on both addresses.
const FREE_PORT_TRIES: usize = 16;

/// Takes the port before anything else happens, so that its number is known; 0 takes a free one. On a
/// machine without IPv6 there is one listener, else there are two.
///
/// # Errors
/// When another program listens there on either address.
pub fn bind(port: u16) -> Result<Vec<TcpListener>, Failure> {
    let tries = if port == 0 { FREE_PORT_TRIES } else { 1 };
    let mut bound = bind_both(port);
    for _ in 1..tries {
        if bound.is_ok() {
            break;
        }
        bound = bind_both(port);
    }
    bound.map_err(|(address, error)| {
        let failure = Failure::unexpected(format!("cannot listen on {address}"))(error);
        failure.advise("stop what listens there, or choose another port with `--port`")
    })
}

fn bind_both(port: u16) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let first = listen(Ipv4Addr::LOCALHOST.into(), port)?;
    let port = match first.local_addr() {
        Ok(address) => address.port(),
        Err(error) => return Err(((Ipv4Addr::LOCALHOST, port).into(), error)),
    };
    match listen(Ipv6Addr::LOCALHOST.into(), port) {
        Ok(second) => Ok(vec![first, second]),
        Err((address, error)) if error.kind() == ErrorKind::AddrInUse => Err((address, error)),
        // A machine without IPv6: `localhost` cannot be `::1` there.
        Err(_) => Ok(vec![first]),
    }
}

fn listen(address: IpAddr, port: u16) -> Result<TcpListener, (SocketAddr, io::Error)> {
    let address = SocketAddr::new(address, port);
    TcpListener::bind(address).map_err(|error| (address, error))
}
