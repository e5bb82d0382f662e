//! Stores the log lines of services, and of the host about them. The runtime holds the newest lines in memory,
//! so that no request waits for the database; a job writes them to the database in batches. Whatever visitors
//! make a service log, it uses a bounded part of the disk and of the writer's time.

use std::time::Duration;

use aim_gov::clock::DAY_MS;
use aim_gov::db::DbError;
use aim_gov::invocation::ServiceId;
use aim_runtime::LogLine;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::store;

/// Interval at which lines are written to the database. Later lines are lost when the process is killed.
const EVERY: Duration = Duration::from_secs(1);
/// Bytes of log that are kept for one service: 1 MiB. The oldest lines are removed first.
pub const LOG_BYTES_KEPT_MAX: i64 = 1 << 20;
/// How long a line is kept: 30 days.
pub const LOG_KEPT_MS: i64 = 30 * DAY_MS;

/// Stores lines until it is stopped. [`keep`] then stores the lines of the last requests.
pub async fn run(app: App, stop: CancellationToken) {
    let step = async {
        loop {
            tokio::time::sleep(EVERY).await;
            keep(&app).await;
        }
    };
    stop.run_until_cancelled(step).await;
}

/// Writes the waiting lines to the database. When it returns, every earlier line is stored, or lost because the
/// database failed or the disk's reserve is reached, which the operator's log says: lines that cannot be
/// written must not be retried for ever.
pub async fn keep(app: &App) {
    // A second caller finds its lines in the database, too.
    let _writing = app.keeping_logs.lock().await;
    for (service, lines) in app.runtime.take_logs() {
        // One transaction for each service, so that no other change waits for more than one batch.
        if let Err(error) = append(app, &service, &lines).await {
            tracing::error!(
                service = service.0,
                lines = lines.len(),
                error = &error as &dyn std::error::Error,
                "logs.keep failed"
            );
        }
    }
}

async fn append(app: &App, service: &ServiceId, lines: &[LogLine]) -> Result<(), DbError> {
    let mut tx = app.platform.db.begin_if_room().await?;
    store::log::append(&mut tx, service, lines, LOG_BYTES_KEPT_MAX).await?;
    tx.commit().await
}

/// Removes lines that are older than [`LOG_KEPT_MS`].
pub async fn expire(app: &App) -> Result<(), DbError> {
    let before = app.platform.clock.now().plus_ms(-LOG_KEPT_MS);
    let mut tx = app.platform.db.begin().await?;
    store::log::expire(&mut tx, before).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aim_gov::invocation::ServiceId;
    use aim_runtime::{Asked, Level, LogLine, Source};

    use super::*;
    use crate::testing::{NOW, Stage, manifest};

    fn line(message: &str) -> LogLine {
        LogLine {
            at: NOW,
            request: Arc::new(Asked::default()),
            level: Level::Info,
            source: Source::Stdout,
            context: String::new(),
            message: message.to_owned(),
        }
    }

    async fn kept(stage: &Stage, service: &ServiceId) -> Vec<String> {
        let mut reader = stage.app.platform.db.reader().await.unwrap();
        let lines = store::log::newest(&mut reader, service, 1_000).await.unwrap();
        lines.into_iter().map(|line| line.message).collect()
    }

    #[tokio::test]
    async fn lines_that_cannot_be_kept_do_not_keep_others_from_it_and_do_not_come_back() {
        let stage = Stage::new().await;
        let known = stage.submitted(&manifest("water-meter", "1.0.0")).await;
        let nobodys = ServiceId("nobodys".to_owned());
        stage.app.runtime.add_to_log(&nobodys, [line("lost")]);
        stage
            .app
            .runtime
            .add_to_log(known.service(), [line("one"), line("two")]);
        keep(&stage.app).await;
        assert_eq!(kept(&stage, known.service()).await, ["one", "two"]);
        assert_eq!(kept(&stage, &nobodys).await, [""; 0]);
        assert_eq!(stage.app.runtime.take_logs(), []);
    }

    #[tokio::test]
    async fn log_that_grows_loses_its_oldest_lines() {
        const BATCH: usize = 400;
        let stage = Stage::new().await;
        let known = stage.submitted(&manifest("water-meter", "1.0.0")).await;
        let filler = "x".repeat(2_000);
        for batch in 0..2 {
            let lines = (0..BATCH).map(|number| line(&format!("{:04} {filler}", batch * BATCH + number)));
            stage.app.runtime.add_to_log(known.service(), lines);
            keep(&stage.app).await;
        }
        let kept = kept(&stage, known.service()).await;
        let bytes: usize = kept.iter().map(String::len).sum();
        assert!(i64::try_from(bytes).unwrap() <= LOG_BYTES_KEPT_MAX, "{bytes}");
        let newest = kept.last().and_then(|message| message.get(..4));
        assert_eq!((newest, kept[0].starts_with("0000")), (Some("0799"), false));
    }

    #[tokio::test]
    async fn old_lines_go() {
        let stage = Stage::new().await;
        let known = stage.submitted(&manifest("water-meter", "1.0.0")).await;
        stage.app.runtime.add_to_log(known.service(), [line("old")]);
        keep(&stage.app).await;
        stage.app.platform.clock.advance_ms(LOG_KEPT_MS);
        expire(&stage.app).await.unwrap();
        assert_eq!(kept(&stage, known.service()).await, ["old"]);
        stage.app.platform.clock.advance_ms(1);
        expire(&stage.app).await.unwrap();
        assert_eq!(kept(&stage, known.service()).await, [""; 0]);
    }
}
