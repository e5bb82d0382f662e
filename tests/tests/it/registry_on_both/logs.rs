//! The log lines of services.

use aim_gov::clock::{DAY_MS, Timestamp};
use aim_gov::db::{Conn, Db, DbError};
use aim_gov::invocation::ServiceId;
use aim_registry::store;
use aim_runtime::{Asked, Level, LogLine, Source};
use std::sync::Arc;

use super::{NOW, organisation, submission, write};

fn said(number: u32, at: Timestamp) -> LogLine {
    LogLine {
        at,
        request: Arc::new(Asked::new(
            format!("req_{number}"),
            "1.0.0".to_owned(),
            "GET /tariffs",
            number.is_multiple_of(2),
        )),
        level: Level::ALL[usize::try_from(number).unwrap() % Level::ALL.len()],
        source: Source::ALL[usize::try_from(number).unwrap() % Source::ALL.len()],
        context: "tariffs".to_owned(),
        message: format!("Traceback:\n\tline {number} 'Xəzər'"),
    }
}

async fn newest_lines(db: &Db, service: &ServiceId, limit: u32) -> Vec<LogLine> {
    let mut reader = db.reader().await.unwrap();
    store::log::newest(&mut reader, service, limit).await.unwrap()
}

/// What was written comes back in its order, and each service has its own bytes; the oldest lines go.
pub(super) async fn logs_keep_their_order_and_their_bounds(db: &Db) {
    const BYTES_MAX: i64 = 4_096;
    let owner = organisation(db, 70).await;
    let mut services = Vec::new();
    for name in ["log-loud", "log-quiet"] {
        services.push(submission(db, &owner, name, "1.0.0", NOW).await.service().clone());
    }
    let [loud, quiet] = &services[..] else {
        unreachable!("two were made")
    };
    let append = |service: &ServiceId, lines: Vec<LogLine>| {
        let service = service.clone();
        write!(db, |tx| store::log::append(tx, &service, &lines, BYTES_MAX))
    };
    let one_day = NOW.plus_ms(DAY_MS);
    let few: Vec<_> = (0..3).map(|number| said(number, NOW)).collect();
    let kept: Result<(), DbError> = append(quiet, few.clone()).await;
    kept.unwrap();
    assert_eq!(newest_lines(db, quiet, 10).await, few);
    assert_eq!(newest_lines(db, quiet, 2).await, few[1..]);
    for batch in 0..20 {
        let lines = (batch * 10..batch * 10 + 10)
            .map(|number| said(number, one_day))
            .collect();
        let kept: Result<(), DbError> = append(loud, lines).await;
        kept.unwrap();
    }
    let lines = newest_lines(db, loud, 1_000).await;
    assert!(
        (10..40).contains(&lines.len()),
        "{} lines in {BYTES_MAX} bytes",
        lines.len()
    );
    let oldest = 200 - u32::try_from(lines.len()).unwrap();
    assert_eq!(
        lines,
        (oldest..200)
            .map(|number| said(number, one_day))
            .collect::<Vec<_>>()
    );
    assert_eq!(newest_lines(db, quiet, 10).await, few);

    let expired: Result<(), DbError> = write!(db, |tx| store::log::expire(tx, one_day)).await;
    expired.unwrap();
    assert_eq!(newest_lines(db, quiet, 10).await, []);
    assert_eq!(newest_lines(db, loud, 1_000).await, lines);
}
