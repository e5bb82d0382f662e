//! The database: SQLite for one machine, PostgreSQL for several, with the same SQL text for both.
//!
//! Statements are in `sql/<area>/<intent>.sql` files and use only what both engines support: `$1` placeholders,
//! `TEXT` and `BIGINT` columns, `CAST(SUM(x) AS BIGINT)`. A test prepares each of them on both.
//!
//! Every change is a [`Tx`] of [`Db::begin`]. On SQLite there is one writer, which commits many changes in
//! one transaction ([`writer`]), each in a savepoint of its own. On PostgreSQL each is a transaction.

use std::panic::Location;
use std::path::Path;
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::any::AnyArguments;
use sqlx::migrate::MigrateError;
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::{Any, Connection as _};
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::disk::{DiskReserve, NoRoom};
use crate::sealing::SealingKey;

mod address;
mod migrations;
mod pools;
mod row;
mod statement;
mod tx;
mod writer;

use self::migrations::migrate;
use self::pools::Pools;
use self::writer::{Target, Writer};

pub use self::row::Columns;
pub use self::statement::Statement;
pub use self::tx::Tx;
pub use address::{sqlite_address, sqlite_file};

/// A connection; a [`Tx`] dereferences to its own.
pub type Conn = sqlx::AnyConnection;

/// Reading connections to one SQLite file.
const READERS_MAX: u32 = 8;
/// Connections to PostgreSQL that the threads which serve requests share out; the jobs have as many as one such thread.
const POSTGRES_CONNECTIONS: u32 = 16;
/// Connections to PostgreSQL that one thread has at least, however many threads there are.
const POSTGRES_CONNECTIONS_MIN: u32 = 4;
/// How long a caller waits for a pooled connection or for SQLite's writer, and a statement for a lock.
pub const LOCK_WAIT: Duration = Duration::from_secs(10);
/// The setup of every reading connection to SQLite.
const READER_PRAGMAS: &str = "PRAGMA busy_timeout=10000; PRAGMA query_only=ON;";
/// The setup of every PostgreSQL connection: [`LOCK_WAIT`] for locks, and limits for statements and
/// transactions, so that none that hangs can hold a connection for ever.
const POSTGRES_LIMITS: &str = "SET lock_timeout = '10s'; SET statement_timeout = '30s'; \
     SET idle_in_transaction_session_timeout = '30s'";
/// The number of pairs of digits of an id ([`crate::random::ID_DIGITS`]) that PostgreSQL sorts differently from
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
    Postgres,
}

#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("`{0}` is not a database address: use `sqlite:<file>` or `postgres://user@host/name`")]
    Address(String),
    #[error("SQLite {found} can corrupt a database in WAL mode; {min} or newer is needed", min = version(SQLITE_VERSION_MIN))]
    SqliteVersion {
        /// The answer of `sqlite_version()`.
        found: String,
    },
    #[error("the database could not be opened")]
    Open(#[source] sqlx::Error),
    /// PostgreSQL sorts text by the rules of a language, which would order records wrongly.
    #[error(
        "the database sorts letters by the rules of a language; make one that sorts by bytes: \
         CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    )]
    Collation,
    #[error("the database could not be migrated")]
    Migrate(#[source] MigrateError),
    #[error(
        "the database was changed by another version of this program (schema change {change}, which this version \
         does not have): start that version, or one that is newer"
    )]
    OtherVersion {
        /// The number of the first migration that differs.
        change: i64,
    },
    #[error("a statement failed")]
    Statement(#[source] sqlx::Error),
    /// The commit failed: the change was not saved, unless the connection broke during the commit.
    #[error("the change could not be committed: {0}")]
    Commit(String),
    /// The transaction broke before its commit: the change was not saved.
    #[error("the change was undone: {0}")]
    Undone(String),
    #[error("the database is closed")]
    Closed,
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// Other changes have held the writer for [`LOCK_WAIT`].
    #[error("other changes have kept the database's writer busy for {} s", LOCK_WAIT.as_secs())]
    Busy,
    #[error("table `{table}` holds a row `{id}` that breaks its rules")]
    Corrupt {
        table: &'static str,
        /// The row's key.
        id: String,
    },
}

impl DbError {
    /// Whether the statement failed because another row violates a unique constraint.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(e)) if e.is_unique_violation())
    }
}

/// Refuses an SQLite older than [`SQLITE_VERSION_MIN`], or an unreadable version.
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
    pools: Pools,
    writer: Option<Writer>,
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
    /// Opens the database at `address` (`sqlite:<file>` or `postgres://…`) and migrates its schema. Creates an
    /// SQLite file that does not exist.
    ///
    /// # Errors
    /// [`DbError::Address`], [`DbError::Open`], [`DbError::SqliteVersion`], [`DbError::Collation`],
    /// [`DbError::OtherVersion`], [`DbError::Migrate`].
    pub async fn open(address: &str) -> Result<Self, DbError> {
        sqlx::any::install_default_drivers();
        if address.starts_with("sqlite:") {
            Self::open_sqlite(address, None).await
        } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            Self::open_postgres(address).await
        } else {
            Err(DbError::Address(address.to_owned()))
        }
    }

    /// Opens the SQLite database in `file`, as [`Db::open`] does, which may have at most `bytes_max`: a change that
    /// needs more fails.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open_bounded(file: &Path, bytes_max: u64) -> Result<Self, DbError> {
        sqlx::any::install_default_drivers();
        Self::open_sqlite(&sqlite_address(file), Some(bytes_max)).await
    }

    /// Copies a closed or open SQLite database, as it stands, into the new file `copy`.
    ///
    /// # Errors
    /// [`DbError::Open`] when `file` cannot be read, [`DbError::Statement`] when `copy` exists or cannot be written.
    pub async fn copy(file: &Path, copy: &Path) -> Result<(), DbError> {
        sqlx::any::install_default_drivers();
        let mut conn = Conn::connect(&sqlite_address(file))
            .await
            .map_err(DbError::Open)?;
        let copy = copy
            .to_str()
            .ok_or_else(|| DbError::Address(copy.display().to_string()))?;
        sqlx::query("VACUUM INTO $1")
            .bind(copy)
            .execute(&mut conn)
            .await?;
        conn.close().await.map_err(DbError::Open)
    }

    /// Checks whether a database can be opened at this address. Changes nothing; an SQLite file does not have
    /// to exist.
    ///
    /// # Errors
    /// [`DbError::Address`], [`DbError::Open`], [`DbError::Collation`].
    pub async fn check(address: &str) -> Result<(), DbError> {
        sqlx::any::install_default_drivers();
        match sqlite_file(address) {
            Some(file) if !file.exists() => Ok(()),
            Some(_) => {
                let first = Conn::connect(address).await.map_err(DbError::Open)?;
                first.close().await.map_err(DbError::Open)
            }
            None if address.starts_with("postgres") => {
                let first = Self::connect_postgres(address).await?;
                first.close().await.map_err(DbError::Open)
            }
            None => Err(DbError::Address(address.to_owned())),
        }
    }

    /// A connection to a PostgreSQL database that sorts by bytes.
    async fn connect_postgres(address: &str) -> Result<Conn, DbError> {
        let mut first = Conn::connect(address).await.map_err(DbError::Open)?;
        let unsorted: i64 = sqlx::query_scalar(POSTGRES_UNSORTED)
            .bind(crate::random::ID_DIGITS)
            .fetch_one(&mut first)
            .await
            .map_err(DbError::Open)?;
        if unsorted > 0 {
            return Err(DbError::Collation);
        }
        Ok(first)
    }

    async fn open_postgres(address: &str) -> Result<Self, DbError> {
        // Without the limits, because a migration may take longer.
        let mut first = Self::connect_postgres(address).await?;
        migrate(&mut first).await?;
        first.close().await.map_err(DbError::Open)?;
        Ok(Self {
            engine: Engine::Postgres,
            pools: Pools::postgres(address).await.map_err(DbError::Open)?,
            writer: None,
            sealing: None,
            reserve: DiskReserve::none(),
        })
    }

    async fn open_sqlite(address: &str, bytes_max: Option<u64>) -> Result<Self, DbError> {
        let separator = if address.contains('?') { '&' } else { '?' };
        let address = format!("{address}{separator}mode=rwc");
        // A pool would retry a file that is not a database; a single connection reports it at once.
        let target = Target {
            address: address.clone(),
            bytes_max,
        };
        let mut first = target.connect().await.map_err(DbError::Open)?;
        let found: String = sqlx::query_scalar("SELECT sqlite_version()")
            .fetch_one(&mut first)
            .await
            .map_err(DbError::Open)?;
        check_version(found)?;
        migrate(&mut first).await?;
        Ok(Self {
            engine: Engine::Sqlite,
            pools: Pools::sqlite(&address).await.map_err(DbError::Open)?,
            writer: Some(Writer::start(target, first)),
            sealing: None,
            reserve: DiskReserve::none(),
        })
    }

    /// The database with its secrets sealed under this key. Without a key they are in plain text, which is
    /// acceptable only for a temporary database.
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

    /// The database with a reserve on its disk, which also holds components and compiled code.
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

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbError> {
        let _: i64 = sqlx::query_scalar("SELECT CAST(1 AS BIGINT)")
            .fetch_one(&mut *self.reader().await?)
            .await?;
        Ok(())
    }

    /// Connections that all callers of one runtime may have at once, for reading and, on PostgreSQL, for changes.
    pub fn connections_max(&self) -> u32 {
        self.pools.connections_max()
    }

    /// A connection for reading. On SQLite it refuses to write.
    ///
    /// # Errors
    /// [`DbError::Statement`] when none is free within [`LOCK_WAIT`].
    pub async fn reader(&self) -> Result<PoolConnection<Any>, DbError> {
        Ok(self.pools.here().acquire().await?)
    }

    /// Begins a change. On SQLite it first takes the writer's permit, in the order of the callers. A [`Tx`]
    /// that is dropped without [`Tx::commit`] is rolled back.
    ///
    /// Await nothing but statements while it lives: on SQLite every other change waits for it, and a second
    /// `begin` would wait for the first.
    #[track_caller]
    pub fn begin(&self) -> BoxFuture<'static, Result<Tx, DbError>> {
        let at = Location::caller();
        let (writer, pools) = (self.writer.clone(), self.pools.clone());
        let span = tracing::debug_span!("db.transaction", engine = ?self.engine, committed = Empty);
        let waiting = tracing::debug_span!(parent: &span, "db.begin");
        let begun = async move {
            let tx = match writer {
                Some(writer) => writer.begin(at).await,
                None => Tx::begin_on(pools.here()).await,
            };
            tx.map(|tx| tx.within(span))
        };
        Box::pin(begun.instrument(waiting))
    }

    /// As [`Db::begin`], for changes that are neither a payment nor a consent nor a record of one: they are
    /// refused while the free space of the disk is below the reserve.
    ///
    /// # Errors
    /// [`DbError::NoRoom`] and those of [`Db::begin`].
    #[track_caller]
    pub fn begin_if_room(&self) -> BoxFuture<'static, Result<Tx, DbError>> {
        match self.reserve.check() {
            Ok(()) => self.begin(),
            Err(no_room) => Box::pin(std::future::ready(Err(no_room.into()))),
        }
    }

    /// Runs one statement as a change of its own; returns the number of changed rows.
    ///
    /// # Errors
    /// Those of [`Db::begin`] and [`Tx::commit`].
    pub async fn run(&self, statement: Query<'_, Any, AnyArguments>) -> Result<u64, DbError> {
        let mut tx = self.begin().await?;
        let done = statement.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

#[cfg(test)]
mod tests;
