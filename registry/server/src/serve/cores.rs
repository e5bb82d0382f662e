//! The threads that serve connections: one for each processor, each with an async runtime of its own. A connection,
//! its requests and its guests stay on one of them, so that a quick request wakes nobody; on a shared runtime the
//! workers wake each other and steal, which costs more than a small request itself. What requests have in common
//! (the database's writer, jobs) stays on the runtime that the platform was started on.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::BoxFuture;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A connection that is taken over by the thread that calls it.
type Arrival = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// The threads. Clones share them; with the last one they end, and with them what still runs there. The default has
/// none and leaves each connection to the runtime that accepted it.
#[derive(Clone, Debug, Default)]
pub struct Cores(Arc<[Core]>);

#[derive(Debug)]
struct Core {
    /// As many wait as are admitted.
    arrivals: UnboundedSender<Arrival>,
    open: Arc<AtomicUsize>,
}

/// One connection among those of a core, until it is dropped.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn count(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Cores {
    /// Starts a thread for each processor that this process may use.
    ///
    /// # Errors
    /// When the system has no thread or no file left.
    pub fn start() -> io::Result<Self> {
        let count = std::thread::available_parallelism()?.get();
        (0..count)
            .map(|_| Core::start())
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Runs `connection` on the core that has the fewest: they last long, and few of them spread unevenly by chance.
    pub(super) fn run<F>(&self, stream: TcpStream, connection: impl FnOnce(TcpStream) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let fewest = |core: &&Core| core.open.load(Ordering::Relaxed);
        let Some(core) = self.0.iter().min_by_key(fewest) else {
            tokio::spawn(connection(stream));
            return;
        };
        let open = Open::count(&core.open);
        let moved = move |stream: io::Result<std::net::TcpStream>| {
            let connection = stream.and_then(TcpStream::from_std).map(connection);
            async move {
                let _open = open;
                match connection {
                    Ok(connection) => connection.await,
                    Err(error) => tracing::warn!(%error, "server.connection lost"),
                }
            }
        };
        // Readiness is told to the runtime that the socket is registered with.
        let stream = stream.into_std();
        // Refused only where the thread is gone, and nothing can be served any more.
        let _ = core.arrivals.send(Box::new(move || Box::pin(moved(stream))));
    }
}

impl Core {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (sender, arrivals) = unbounded_channel();
        std::thread::Builder::new()
            .name("core".to_owned())
            .spawn(move || work(runtime, arrivals))?;
        Ok(Self {
            arrivals: sender,
            open: Arc::default(),
        })
    }
}

fn work(runtime: Runtime, mut arrivals: UnboundedReceiver<Arrival>) {
    runtime.block_on(async {
        while let Some(arrival) = arrivals.recv().await {
            tokio::spawn(arrival());
        }
    });
    runtime.shutdown_background();
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::thread::{self, ThreadId};

    use tokio::net::TcpListener;
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    #[tokio::test]
    async fn connections_are_spread_over_cores() {
        let cores = Cores::start().unwrap();
        let each = 3;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (sender, mut threads) = mpsc::channel::<(ThreadId, oneshot::Sender<()>)>(each);
        for _ in 0..each * cores.0.len() {
            let address = listener.local_addr().unwrap();
            let (_client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
            let sender = sender.clone();
            cores.run(accepted.unwrap().0, move |_| async move {
                let (end, ended) = oneshot::channel();
                sender.send((thread::current().id(), end)).await.unwrap();
                ended.await.unwrap();
            });
        }
        let mut open = HashMap::<ThreadId, Vec<_>>::new();
        for _ in 0..each * cores.0.len() {
            let (thread, end) = threads.recv().await.unwrap();
            open.entry(thread).or_default().push(end);
        }
        assert_eq!(open.len(), cores.0.len());
        assert!(!open.contains_key(&thread::current().id()));
        assert!(open.values().all(|ends| ends.len() == each), "{open:?}");
    }
}
