//! A transaction under way.

use std::ops::{Deref, DerefMut};

use sqlx::{Any, AnyPool};
use tokio::sync::{OwnedMutexGuard, oneshot};
use tracing::{Instrument as _, Span};

use super::{Conn, DbError};

/// Tells SQLite's writer to keep a change, and gives it the channel for the result of its group's commit.
pub(super) type Keep = oneshot::Sender<oneshot::Sender<Result<(), DbError>>>;

/// A transaction under way. It dereferences to its connection and is rolled back when it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Tx {
    of: Of,
    span: Span,
}

#[derive(Debug)]
enum Of {
    /// SQLite's writing connection, on loan.
    Sqlite {
        conn: OwnedMutexGuard<Conn>,
        keep: Keep,
    },
    Postgres(sqlx::Transaction<'static, Any>),
}

impl Tx {
    pub(super) fn lent(conn: OwnedMutexGuard<Conn>, keep: Keep) -> Self {
        Self::new(Of::Sqlite { conn, keep })
    }

    fn new(of: Of) -> Self {
        Self {
            of,
            span: Span::none(),
        }
    }

    /// The transaction with the span that traces it until its end.
    pub(super) fn within(self, span: Span) -> Self {
        Self { span, ..self }
    }

    /// Runs in a task that is not dropped: sqlx 0.9.0 returns a connection to the pool inside an open
    /// transaction when the future of its `begin` is dropped (transact-rs/sqlx#4394).
    pub(super) async fn begin_on(pool: AnyPool) -> Result<Self, DbError> {
        let begun = tokio::spawn(async move { pool.begin().await });
        let tx = begun.await.map_err(|_| DbError::Closed)??;
        Ok(Self::new(Of::Postgres(tx)))
    }

    /// Commits the change; returns once it is on disk.
    ///
    /// # Errors
    /// [`DbError::Commit`] if the commit failed, [`DbError::Undone`] if SQLite ended the transaction before.
    pub async fn commit(self) -> Result<(), DbError> {
        let Self { of, span } = self;
        let committing = tracing::debug_span!(parent: &span, "db.commit");
        let committed = of.commit().instrument(committing).await;
        span.record("committed", committed.is_ok());
        committed
    }
}

impl Of {
    async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Postgres(tx) => tx
                .commit()
                .await
                .map_err(|error| DbError::Commit(error.to_string())),
            Self::Sqlite { conn, keep } => {
                let (done, committed) = oneshot::channel();
                keep.send(done).map_err(|_| DbError::Closed)?;
                drop(conn);
                committed.await.unwrap_or(Err(DbError::Closed))
            }
        }
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match &self.of {
            Of::Sqlite { conn, .. } => conn,
            Of::Postgres(tx) => tx,
        }
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        match &mut self.of {
            Of::Sqlite { conn, .. } => conn,
            Of::Postgres(tx) => tx,
        }
    }
}
