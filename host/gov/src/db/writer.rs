//! SQLite's only writer. It lends its connection to one change after the other and commits the waiting ones
//! together. An fsync takes 10 to 30 ms on an ordinary disk, so `synchronous=FULL` is affordable only with one
//! commit for many payments.
//!
//! `BEGIN`, `SAVEPOINT`, `RELEASE` and `COMMIT` run in the writer's own task, which is never dropped: if a
//! caller is cancelled in the middle, only its own change is undone.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection as _, Executor as _};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{Conn, DbError, LOCK_WAIT, Tx};

/// The most changes that SQLite commits together.
const GROUP_CHANGES_MAX: usize = 128;
/// The most changes that wait for the writer; one more waits for a place in the queue.
const QUEUE_CHANGES_MAX: usize = 1024;
/// A change that holds the writer for longer is logged with the location that began it, because it awaits
/// something other than statements.
const HELD_TIME_MAX: Duration = Duration::from_secs(5);
/// `FULL`, so that a power cut after the answer loses nothing; WAL, so that readers never wait. Deleted data is
/// overwritten where that needs no extra write.
const PRAGMAS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; \
     PRAGMA foreign_keys=ON; PRAGMA secure_delete=FAST;";

/// The size of a page of a new SQLite file.
const SQLITE_PAGE_BYTES: u64 = 4096;

/// The queue of changes. Clones share it; the writer ends with the last one.
#[derive(Clone)]
pub(super) struct Writer {
    requests: mpsc::Sender<Request>,
    pub(super) wait: Duration,
}

/// A caller that waits to change something.
struct Request {
    at: &'static Location<'static>,
    lend: oneshot::Sender<Result<Tx, DbError>>,
}

/// The callers of one commit, who wait for its result.
type Group = Vec<oneshot::Sender<Result<(), DbError>>>;

/// The file that is written.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) address: String,
    /// The most bytes that the file may have; SQLite refuses a change that needs more.
    pub(super) bytes_max: Option<u64>,
}

impl Target {
    /// Opens a connection that may write.
    pub(super) async fn connect(&self) -> Result<Conn, sqlx::Error> {
        let mut conn = Conn::connect(&self.address).await?;
        conn.execute(PRAGMAS).await?;
        if let Some(bytes) = self.bytes_max {
            // A number, so that nothing is inserted into the statement that could change it.
            let pages: u64 = bytes / SQLITE_PAGE_BYTES;
            let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count={pages}"));
            conn.execute(limit).await?;
        }
        Ok(conn)
    }
}

impl Writer {
    /// The writer of `target`, which `conn` is connected to.
    pub(super) fn start(target: Target, conn: Conn) -> Self {
        let (sender, requests) = mpsc::channel(QUEUE_CHANGES_MAX);
        tokio::spawn(run(target, conn, requests));
        Self {
            requests: sender,
            wait: LOCK_WAIT,
        }
    }

    /// Waits for the connection.
    pub(super) async fn begin(&self, at: &'static Location<'static>) -> Result<Tx, DbError> {
        let (lend, lent) = oneshot::channel();
        let waiting = async {
            let queued = self.requests.send(Request { at, lend }).await;
            queued.map_err(|_| DbError::Closed)?;
            lent.await.unwrap_or(Err(DbError::Closed))
        };
        tokio::time::timeout(self.wait, waiting)
            .await
            .unwrap_or(Err(DbError::Busy))
    }
}

/// Commits changes in groups until the last [`Writer`] is dropped.
async fn run(target: Target, conn: Conn, mut requests: mpsc::Receiver<Request>) {
    let mut connected = Some(conn);
    while let Some(first) = requests.recv().await {
        let conn = match connected.take() {
            Some(conn) => Ok(conn),
            None => target.connect().await,
        };
        let conn = match conn {
            Ok(conn) => Arc::new(Mutex::new(conn)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "db.connect failed");
                let _ = first.lend.send(Err(DbError::Open(error)));
                continue;
            }
        };
        let mut group = Group::new();
        let outcome = run_group(&conn, first, &mut requests, &mut group).await;
        match &outcome {
            Ok(()) => connected = Arc::into_inner(conn).map(Mutex::into_inner),
            // On a full disk SQLite ends the transaction by itself, including the savepoints: the next group
            // gets a new connection.
            Err(error) => tracing::error!(
                error = error as &dyn std::error::Error,
                changes = group.len(),
                "db.commit failed"
            ),
        }
        for done in group {
            // A cancelled caller does not need the answer.
            let _ = done.send(match &outcome {
                Ok(()) => Ok(()),
                Err(DbError::Commit(error)) => Err(DbError::Commit(error.clone())),
                Err(error) => Err(DbError::Undone(error.to_string())),
            });
        }
    }
}

/// Lends the connection to `first` and to the callers that wait behind it, and commits their changes.
async fn run_group(
    conn: &Arc<Mutex<Conn>>,
    first: Request,
    requests: &mut mpsc::Receiver<Request>,
    group: &mut Group,
) -> Result<(), DbError> {
    let mut next = Some(first);
    let mut count = 0;
    while let Some(request) = next {
        let begin = if count == 0 {
            "BEGIN IMMEDIATE; SAVEPOINT change"
        } else {
            "SAVEPOINT change"
        };
        count += 1;
        if let Err(error) = conn.lock().await.execute(begin).await {
            let undone = DbError::Undone(error.to_string());
            let _ = request.lend.send(Err(error.into()));
            return Err(undone);
        }
        let kept = lend(conn, request).await;
        let end = match kept {
            Some(_) => "RELEASE change",
            None => "ROLLBACK TO change; RELEASE change",
        };
        // The caller learns the result of its group also if the release fails.
        group.extend(kept);
        conn.lock().await.execute(end).await?;
        next = match count {
            GROUP_CHANGES_MAX => None,
            _ => requests.try_recv().ok(),
        };
    }
    let end = if group.is_empty() { "ROLLBACK" } else { "COMMIT" };
    match conn.lock().await.execute(end).await {
        Ok(_) => Ok(()),
        Err(error) => Err(DbError::Commit(error.to_string())),
    }
}

/// Waits for the end of one change: returns the channel for the result of the commit, or `None` to undo the
/// change.
async fn lend(conn: &Arc<Mutex<Conn>>, request: Request) -> Option<oneshot::Sender<Result<(), DbError>>> {
    let (keep, mut kept) = oneshot::channel();
    let tx = Tx::lent(conn.clone().lock_owned().await, keep);
    // Dropped, and so undone, if the caller no longer waits.
    let _ = request.lend.send(Ok(tx));
    match tokio::time::timeout(HELD_TIME_MAX, &mut kept).await {
        Ok(told) => told.ok(),
        Err(_) => {
            tracing::error!(at = %request.at, "db.change holds the writer");
            kept.await.ok()
        }
    }
}
