//! The connections of a database.
//!
//! A connection to PostgreSQL is a socket whose readiness is told to the runtime that opened it. Each thread that
//! serves requests has a runtime of its own, which looks at its sockets between two guests: on a connection of
//! another thread a statement would wait for that thread's guests. So each runtime has a pool of its own. A connection
//! to SQLite is a thread, which wakes whoever asked it.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, Connection as _, Executor as _};
use tokio::runtime::{Handle, Id};

use super::{
    LOCK_WAIT, POSTGRES_CONNECTIONS, POSTGRES_CONNECTIONS_MIN, POSTGRES_LIMITS, READER_PRAGMAS, READERS_MAX,
};

/// After a rest of this length a connection is asked whether it still answers, before somebody gets it. Each is
/// asked when it is given back, so that asking sooner would cost every statement a second round trip.
const TRUSTED_TIME: Duration = Duration::from_secs(1);

/// Clones share the connections.
#[derive(Clone)]
pub(super) enum Pools {
    /// One for everybody.
    One(AnyPool),
    /// One for each runtime that asked.
    Own(Arc<Own>),
}

pub(super) struct Own {
    address: AnyConnectOptions,
    connections: u32,
    /// Those of runtimes that ended stay, and nobody asks for them any more.
    pools: Mutex<Vec<(Option<Id>, AnyPool)>>,
}

impl Pools {
    /// Reading connections to the SQLite file at `address`.
    pub(super) async fn sqlite(address: &str) -> Result<Self, sqlx::Error> {
        let pool = options(READERS_MAX)
            .after_connect(|conn, _| Box::pin(async move { conn.execute(READER_PRAGMAS).await.map(|_| ()) }))
            .connect(address)
            .await?;
        Ok(Self::One(pool))
    }

    /// Connections to the PostgreSQL at `address`, the first of which is opened.
    pub(super) async fn postgres(address: &str) -> Result<Self, sqlx::Error> {
        let cores = available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX));
        let pools = Self::Own(Arc::new(Own {
            address: address.parse()?,
            connections: (POSTGRES_CONNECTIONS / cores).max(POSTGRES_CONNECTIONS_MIN),
            pools: Mutex::default(),
        }));
        drop(pools.here().acquire().await?);
        Ok(pools)
    }

    /// Connections of one pool.
    pub(super) fn connections_max(&self) -> u32 {
        match self {
            Self::One(_) => READERS_MAX,
            Self::Own(own) => own.connections,
        }
    }

    /// The pool of the runtime that runs the caller.
    pub(super) fn here(&self) -> AnyPool {
        let own = match self {
            Self::One(pool) => return pool.clone(),
            Self::Own(own) => own,
        };
        let id = Handle::try_current().ok().map(|runtime| runtime.id());
        let mut pools = own.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pool)) = pools.iter().find(|(owner, _)| *owner == id) {
            return pool.clone();
        }
        let pool = options(own.connections)
            .after_connect(|conn, _| Box::pin(async move { conn.execute(POSTGRES_LIMITS).await.map(|_| ()) }))
            .connect_lazy_with(own.address.clone());
        pools.push((id, pool.clone()));
        pool
    }
}

/// Connections live as long as the pool. With a limit to their age or idleness sqlx 0.9 looks after them in a
/// task that counts idle connections in a number which may be below zero for a moment: read then, it is the
/// largest there is, and the task counts on and takes a processor for ever.
fn options(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(LOCK_WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .before_acquire(|conn, rest| {
            Box::pin(async move {
                if rest.idle_for > TRUSTED_TIME {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
}
