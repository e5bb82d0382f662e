//! The listening sockets of the platform.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;

use tokio::net::{TcpListener, TcpStream};

/// Sockets that are served together: one port on several addresses. They stay open until the last clone is
/// dropped.
#[derive(Clone, Debug)]
pub struct Listeners(Arc<[TcpListener]>);

impl Listeners {
    /// Registers them with the current async runtime.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn from_std(listeners: Vec<std::net::TcpListener>) -> io::Result<Self> {
        listeners
            .into_iter()
            .map(|listener| {
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener)
            })
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// The address of the first one.
    ///
    /// # Errors
    /// When there is none.
    pub fn address(&self) -> io::Result<SocketAddr> {
        let first = self.0.first().ok_or(io::ErrorKind::NotFound)?;
        first.local_addr()
    }

    /// The next connection to any of them.
    ///
    /// # Errors
    /// When the system refuses one.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        std::future::poll_fn(|context| {
            self.0
                .iter()
                .map(|listener| listener.poll_accept(context))
                .find(Poll::is_ready)
                .unwrap_or(Poll::Pending)
        })
        .await
    }
}

impl From<TcpListener> for Listeners {
    fn from(listener: TcpListener) -> Self {
        Self(Arc::new([listener]))
    }
}
