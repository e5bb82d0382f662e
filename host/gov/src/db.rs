//! The database: SQLite for one machine, PostgreSQL for several, one SQL text for both.
//!
//! Statements live in `sql/<area>/<intent>.sql` files and use only what both engines agree on: `$1`
//! placeholders, `TEXT` and `BIGINT` columns, `CAST(SUM(x) AS BIGINT)`. A test prepares each of them
//! on both.
//!
//! Every change goes through [`Db::write`]. On SQLite one writer task runs all of them, many to a
//! transaction (group commit: an fsync costs 10 to 30 ms on an ordinary disk, so one commit for a
//! hundred payments is what makes `synchronous=FULL` affordable), each in a savepoint of its own, and
//! answers only after the commit. On PostgreSQL each runs in a transaction of its own.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Connection as _, Executor as _, SqlSafeStr as _};
use tokio::sync::{mpsc, oneshot};

use crate::disk::{DiskReserve, NoRoom};
use crate::sealing::SealingKey;

mod address;

pub use address::{sqlite_address, sqlite_file};

/// A connection, or the transaction that a [`Db::write`] job runs in.
pub type Conn = sqlx::AnyConnection;

/// Changes that SQLite commits together at most.
pub const GROUP_JOBS_MAX: usize = 128;
/// Changes that wait for SQLite's writer at most; one more waits for a place.
pub const WRITE_QUEUE_MAX: usize = 1024;
/// Reading connections to one database.
pub const READERS_MAX: u32 = 8;
/// How long a caller waits for a pooled connection, and a statement on SQLite for a lock.
pub const LOCK_WAIT: Duration = Duration::from_secs(10);
/// What every PostgreSQL connection begins with: [`LOCK_WAIT`] for locks, and an end for statements and
/// transactions that hang, so that one of them cannot hold every connection for ever.
const POSTGRES_LIMITS: &str = "SET lock_timeout = '10s'; SET statement_timeout = '30s'; \
     SET idle_in_transaction_session_timeout = '30s'";
/// How many pairs of the digits of an id ([`crate::random::ID_DIGITS`]) PostgreSQL sorts otherwise than
/// their bytes. Pairs, because some languages sort two letters as one.
const POSTGRES_UNSORTED: &str = "SELECT COUNT(*) FROM (SELECT ROW_NUMBER() OVER (ORDER BY pair) AS found, \
     ROW_NUMBER() OVER (ORDER BY pair COLLATE \"C\") AS needed FROM (SELECT a.digit || b.digit AS pair \
     FROM regexp_split_to_table($1, '') AS a (digit), regexp_split_to_table($1, '') AS b (digit)) AS pairs) \
     AS places WHERE found <> needed";
/// The oldest SQLite that is safe: earlier ones can corrupt a database when a WAL is reset during a
/// checkpoint (fixed in 3.51.3).
pub const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);

/// Which engine holds the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// For several nodes.
    Postgres,
}

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The address names neither engine.
    #[error("`{0}` is not a database address: use `sqlite:<file>` or `postgres://user@host/name`")]
    Address(String),
    /// SQLite is too old to be trusted with data.
    #[error("SQLite {found} can corrupt a database in WAL mode; {min} or newer is needed", min = version(SQLITE_VERSION_MIN))]
    SqliteVersion {
        /// What `sqlite_version()` answered.
        found: String,
    },
    /// The database could not be opened.
    #[error("the database could not be opened")]
    Open(#[source] sqlx::Error),
    /// PostgreSQL sorts text by the rules of a language, and records would come in a wrong order.
    #[error(
        "the database sorts letters by the rules of a language; make one that sorts by bytes: \
         CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    )]
    Collation,
    /// The schema could not be brought up to date.
    #[error("the database could not be migrated")]
    Migrate(#[source] MigrateError),
    /// Another version of the platform changed the schema, most likely a newer one.
    #[error(
        "the database was changed by another version of this program (schema change {change}, which this version \
         does not have): start that version, or one that is newer"
    )]
    OtherVersion {
        /// The number of the first change that differs.
        change: i64,
    },
    /// A statement failed.
    #[error("a statement failed")]
    Statement(#[from] sqlx::Error),
    /// The commit failed: nothing of the change is there, unless the connection broke during it.
    #[error("the change could not be committed: {0}")]
    Commit(String),
    /// The transaction broke before its commit: nothing of the change is there.
    #[error("the change was undone: {0}")]
    Undone(String),
    /// The database is shutting down.
    #[error("the database is closed")]
    Closed,
    /// The disk's free room is kept for payments and consents.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// A job panicked; its change was rolled back.
    #[error("a database job panicked")]
    Panicked,
    /// A row breaks a rule that the schema or the code promises.
    #[error("table `{table}` holds a row `{id}` that breaks its rules")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key.
        id: String,
    },
}

impl DbError {
    /// Whether the statement failed because a unique constraint already holds another row.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(e)) if e.is_unique_violation())
    }
}

/// Refuses a version of SQLite that is older than [`SQLITE_VERSION_MIN`], or none.
fn check_version(found: String) -> Result<(), DbError> {
    let mut parts = found.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let parsed = (
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    );
    if parsed < SQLITE_VERSION_MIN {
        return Err(DbError::SqliteVersion { found });
    }
    Ok(())
}

fn version((major, minor, patch): (u32, u32, u32)) -> String {
    format!("{major}.{minor}.{patch}")
}

/// One database. Clones share it.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    pool: AnyPool,
    writer: Option<mpsc::Sender<Job>>,
    sealing: Option<SealingKey>,
    reserve: DiskReserve,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

impl Db {
    /// Opens the database at `address` (`sqlite:<file>` or `postgres://…`), creating an SQLite file
    /// that is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// [`DbError::Address`], [`DbError::Open`], [`DbError::SqliteVersion`], [`DbError::Collation`],
    /// [`DbError::OtherVersion`], [`DbError::Migrate`].
    pub async fn open(address: &str) -> Result<Self, DbError> {
        sqlx::any::install_default_drivers();
        if address.starts_with("sqlite:") {
            Self::open_sqlite(address).await
        } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            Self::open_postgres(address).await
        } else {
            Err(DbError::Address(address.to_owned()))
        }
    }

    async fn open_postgres(address: &str) -> Result<Self, DbError> {
        // Without the limits: a migration may take its time.
        let first = options(1).connect(address).await.map_err(DbError::Open)?;
        let unsorted: i64 = sqlx::query_scalar(POSTGRES_UNSORTED)
            .bind(crate::random::ID_DIGITS)
            .fetch_one(&first)
            .await
            .map_err(DbError::Open)?;
        if unsorted > 0 {
            return Err(DbError::Collation);
        }
        migrate(&first).await?;
        first.close().await;
        let pool = options(READERS_MAX * 2)
            .after_connect(|conn, _| Box::pin(async move { conn.execute(POSTGRES_LIMITS).await.map(|_| ()) }))
            .connect(address)
            .await
            .map_err(DbError::Open)?;
        Ok(Self {
            engine: Engine::Postgres,
            pool,
            writer: None,
            sealing: None,
            reserve: DiskReserve::none(),
        })
    }

    async fn open_sqlite(address: &str) -> Result<Self, DbError> {
        let separator = if address.contains('?') { '&' } else { '?' };
        let address = format!("{address}{separator}mode=rwc");
        let sqlite = |connections: u32, pragmas: &'static str| {
            options(connections).after_connect(move |conn, _| {
                Box::pin(async move { conn.execute(pragmas).await.map(|_| ()) })
            })
        };
        // A pool would try a file that is no database again and again; one connection says so at once.
        let mut probe = Conn::connect(&address).await.map_err(DbError::Open)?;
        probe
            .execute("PRAGMA journal_mode=WAL")
            .await
            .map_err(DbError::Open)?;
        probe.close().await.map_err(DbError::Open)?;
        // FULL, so that a power cut after the answer loses nothing; WAL, so that readers never wait. What is
        // deleted is overwritten where that costs no write of its own.
        let writer = sqlite(
            1,
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA foreign_keys=ON; \
             PRAGMA secure_delete=FAST;",
        )
        .connect(&address)
        .await
        .map_err(DbError::Open)?;
        let found: String = sqlx::query_scalar("SELECT sqlite_version()")
            .fetch_one(&writer)
            .await
            .map_err(DbError::Open)?;
        check_version(found)?;
        migrate(&writer).await?;
        let pool = sqlite(READERS_MAX, "PRAGMA busy_timeout=10000; PRAGMA query_only=ON;")
            .connect(&address)
            .await
            .map_err(DbError::Open)?;
        let (sender, jobs) = mpsc::channel(WRITE_QUEUE_MAX);
        tokio::spawn(run_writer(writer, jobs));
        Ok(Self {
            engine: Engine::Sqlite,
            pool,
            writer: Some(sender),
            sealing: None,
            reserve: DiskReserve::none(),
        })
    }

    /// The database with its secrets sealed under this key. Without one they are in plain text, which is
    /// right only for a database that is thrown away.
    #[must_use]
    pub fn sealed_with(self, key: SealingKey) -> Self {
        Self {
            sealing: Some(key),
            ..self
        }
    }

    /// The key of [`Db::sealed_with`].
    pub fn sealing(&self) -> Option<&SealingKey> {
        self.sealing.as_ref()
    }

    /// The database with a reserve on the disk that it is on, or that components and compiled code are on.
    #[must_use]
    pub fn with_reserve(self, reserve: DiskReserve) -> Self {
        Self { reserve, ..self }
    }

    /// The reserve of [`Db::with_reserve`].
    pub fn reserve(&self) -> &DiskReserve {
        &self.reserve
    }

    /// Which engine holds the data.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// A connection for reading. On SQLite it refuses to write.
    ///
    /// # Errors
    /// [`DbError::Statement`] when none is free within [`LOCK_WAIT`].
    pub async fn reader(&self) -> Result<PoolConnection<Any>, DbError> {
        Ok(self.pool.acquire().await?)
    }

    /// As [`Db::write`], for what is neither a payment nor a consent nor a record of one: it is refused while
    /// the disk's free room is below the reserve.
    ///
    /// # Errors
    /// [`DbError::NoRoom`] and those of [`Db::write`].
    pub async fn write_if_room<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.reserve.check().map_err(DbError::from)?;
        self.write(job).await
    }

    /// Runs `job` in a transaction and answers after its commit. An `Err` rolls the change back.
    ///
    /// A job does nothing but database work: on SQLite everybody else's changes wait for it.
    ///
    /// # Errors
    /// What `job` returned, or a [`DbError`] turned into it.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let Some(writer) = &self.writer else {
            let mut tx = self.pool.begin().await.map_err(DbError::from)?;
            let value = job(&mut tx).await?;
            tx.commit()
                .await
                .map_err(|error| DbError::Commit(error.to_string()))?;
            return Ok(value);
        };
        let slot = Arc::new(Mutex::new(None));
        let (done, committed) = oneshot::channel();
        let run: RunJob = {
            let slot = slot.clone();
            Box::new(move |conn| {
                async move {
                    let result = job(conn).await;
                    let keep = result.is_ok();
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                    keep
                }
                .boxed()
            })
        };
        writer
            .send(Job { run, done })
            .await
            .map_err(|_| DbError::Closed)?;
        let committed = committed.await.unwrap_or(Err(DbError::Closed));
        let result = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (result, committed) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(DbError::Panicked.into()),
        }
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
}

type RunJob = Box<dyn for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, bool> + Send>;

struct Job {
    /// Runs the change and says whether to keep it.
    run: RunJob,
    /// Told once the commit is on disk.
    done: oneshot::Sender<Result<(), DbError>>,
}

/// Commits jobs in groups until every [`Db`] is gone.
async fn run_writer(pool: AnyPool, mut jobs: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP_JOBS_MAX);
    while jobs.recv_many(&mut group, GROUP_JOBS_MAX).await > 0 {
        let mut waiting = Vec::with_capacity(group.len());
        let outcome = commit_group(&pool, &mut group, &mut waiting).await;
        if let Err(error) = &outcome {
            tracing::error!(
                error = error as &dyn std::error::Error,
                jobs = waiting.len(),
                "db.commit failed"
            );
        }
        for done in waiting {
            let told = match &outcome {
                Ok(()) => Ok(()),
                Err(DbError::Commit(error)) => Err(DbError::Commit(error.clone())),
                Err(error) => Err(DbError::Undone(error.to_string())),
            };
            // A caller that went away does not need the answer.
            let _ = done.send(told);
        }
    }
}

async fn commit_group(
    pool: &AnyPool,
    group: &mut Vec<Job>,
    waiting: &mut Vec<oneshot::Sender<Result<(), DbError>>>,
) -> Result<(), DbError> {
    let (runs, dones): (Vec<_>, Vec<_>) = group.drain(..).map(|job| (job.run, job.done)).unzip();
    waiting.extend(dones);
    let mut conn = pool.acquire().await?;
    let outcome = run_group(&mut conn, runs).await;
    if outcome.is_err() {
        // On a full disk SQLite ends the transaction by itself, and the connection would count it as
        // open for ever: the next group gets a fresh one.
        conn.close_on_drop();
    }
    outcome
}

async fn run_group(conn: &mut Conn, runs: Vec<RunJob>) -> Result<(), DbError> {
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    for run in runs {
        let mut savepoint = tx.begin().await?;
        match AssertUnwindSafe(run(&mut savepoint)).catch_unwind().await {
            Ok(true) => savepoint.commit().await?,
            Ok(false) => savepoint.rollback().await?,
            Err(_) => {
                tracing::error!("db.job panicked");
                savepoint.rollback().await?;
            }
        }
    }
    tx.commit()
        .await
        .map_err(|error| DbError::Commit(error.to_string()))
}

/// The schema's history, oldest first. Files are embedded, so that the binary needs nothing beside it.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "audit", include_str!("../../../migrations/0001_audit.sql")),
    (
        2,
        "identity",
        include_str!("../../../migrations/0002_identity.sql"),
    ),
    (3, "consent", include_str!("../../../migrations/0003_consent.sql")),
    (
        4,
        "payments",
        include_str!("../../../migrations/0004_payments.sql"),
    ),
    (
        5,
        "open-data",
        include_str!("../../../migrations/0005_open_data.sql"),
    ),
    (
        6,
        "sessions",
        include_str!("../../../migrations/0006_sessions.sql"),
    ),
    (
        7,
        "registry",
        include_str!("../../../migrations/0007_registry.sql"),
    ),
    (
        8,
        "sessions-and-indexes",
        include_str!("../../../migrations/0008_sessions_and_indexes.sql"),
    ),
    (
        9,
        "payments-facts",
        include_str!("../../../migrations/0009_payments.sql"),
    ),
    (
        10,
        "registry-review",
        include_str!("../../../migrations/0010_registry_review.sql"),
    ),
    (
        11,
        "payments-rejections",
        include_str!("../../../migrations/0011_payments.sql"),
    ),
    (
        12,
        "consent-ends",
        include_str!("../../../migrations/0012_consent.sql"),
    ),
    (
        13,
        "identity-attempts",
        include_str!("../../../migrations/0013_identity.sql"),
    ),
    (
        15,
        "staff credentials",
        include_str!("../../../migrations/0015_staff_credentials.sql"),
    ),
    (
        16,
        "decisions",
        include_str!("../../../migrations/0016_decisions.sql"),
    ),
    (
        17,
        "service log",
        include_str!("../../../migrations/0017_service_log.sql"),
    ),
];

fn migrations() -> Vec<Migration> {
    MIGRATIONS
        .iter()
        .map(|(version, name, sql)| {
            Migration::new(
                *version,
                (*name).into(),
                MigrationType::Simple,
                (*sql).into_sql_str(),
                false,
            )
        })
        .collect()
}

async fn migrate(pool: &AnyPool) -> Result<(), DbError> {
    Migrator::with_migrations(migrations())
        .run(pool)
        .await
        .map_err(|error| match error {
            MigrateError::VersionMissing(change) | MigrateError::VersionMismatch(change) => {
                DbError::OtherVersion { change }
            }
            error => DbError::Migrate(error),
        })
}

#[cfg(test)]
mod tests;
