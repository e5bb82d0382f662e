//! How often a one-time code may be tried for one person. After a few wrong ones each next attempt has to
//! wait, longer each time up to a bound: whoever guesses gets nowhere, and a stranger who does it on purpose
//! keeps the person out for that bound at most (OWASP ASVS 5.0, V6.3.1; NIST SP 800-63B, 5.2.2).

use crate::clock::{DAY_MS, Timestamp};
use crate::db::DbError;
use crate::platform::Platform;
use crate::sql;

/// Wrong codes in a row after which the next attempt waits.
pub const FAILURES_FREE: i64 = 5;
/// The first wait; each further wrong code doubles it.
pub const WAIT_FIRST_MS: i64 = 60 * 1000;
/// The longest wait: 96 guesses a day, of a million codes.
pub const WAIT_MAX_MS: i64 = 15 * 60 * 1000;
/// After this time without an attempt, those of before are forgotten.
const FORGOTTEN_AFTER_MS: i64 = DAY_MS;

/// What came of asking for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// It is counted as a wrong one until [`succeeded`] says otherwise, so that many at once are no way around.
    Counted {
        /// How many may follow at once.
        left: i64,
        /// When the next one may come.
        next: Timestamp,
    },
    /// The person has to wait; no code is looked at.
    Wait { until: Timestamp },
}

/// How long the next attempt waits after this many wrong codes in a row.
fn wait_ms(failures: i64) -> i64 {
    let beyond = failures.saturating_sub(FAILURES_FREE);
    if beyond < 0 {
        return 0;
    }
    let doublings = u32::try_from(beyond).unwrap_or(u32::MAX);
    2_i64
        .saturating_pow(doublings)
        .saturating_mul(WAIT_FIRST_MS)
        .min(WAIT_MAX_MS)
}

/// Counts an attempt to log in as the person of this FIN, where one is allowed now.
pub(super) async fn count(platform: &Platform, fin: &str) -> Result<Attempt, DbError> {
    let now = platform.clock.now();
    let mut tx = platform.db.begin_if_room().await?;
    sql!("identity/attempt_open", fin).run(&mut tx).await?;
    let counted = sql!(
        "identity/attempt_count",
        fin,
        now,
        now.plus_ms(-FORGOTTEN_AFTER_MS)
    )
    .run(&mut tx)
    .await?;
    let (failures, until): (i64, _) = sql!("identity/attempt_load", fin).one(&mut tx).await?;
    if counted == 0 {
        return Ok(Attempt::Wait { until });
    }
    let next = now.plus_ms(wait_ms(failures));
    sql!("identity/attempt_wait", fin, next).run(&mut tx).await?;
    tx.commit().await?;
    Ok(Attempt::Counted {
        left: (FAILURES_FREE - failures).max(0),
        next,
    })
}

/// The code was right: nothing is counted any more.
pub(super) async fn succeeded(platform: &Platform, fin: &str) -> Result<(), DbError> {
    let delete = sql!("identity/attempt_delete", fin);
    delete.run_alone(&platform.db).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_grows_to_a_bound() {
        let minutes: Vec<_> = (0..12).map(|failures| wait_ms(failures) / 60_000).collect();
        assert_eq!(minutes, [0, 0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15]);
        assert_eq!(wait_ms(i64::MAX), WAIT_MAX_MS);
    }
}
