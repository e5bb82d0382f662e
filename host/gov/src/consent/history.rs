//! What was decided about a consent since it was given, as the records of the decisions say.

use std::collections::BTreeMap;

use super::Consent;
use super::record::{EndedBy, Record, State};
use crate::clock::Timestamp;
use crate::db::DbError;
use crate::invocation::CitizenId;
use crate::sql;

/// Changes that one page of consents looks back at, newest first; older ones stay in the access log.
pub const HISTORY_CHANGES_MAX: u32 = 1_000;

/// One change of a consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    pub at: Timestamp,
    /// The operation of interface `consent`: `give`, `pause`, `release` …
    pub operation: String,
}

impl Consent {
    /// The changes of a citizen's consents by the consent's id, oldest first. Changes by time, by leaving the test or
    /// by a withdrawal are in the record itself; see [`Record::since`].
    pub async fn history(&self, citizen: &CitizenId) -> Result<BTreeMap<String, Vec<Happened>>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let changes = sql!("consent/history", citizen, i64::from(HISTORY_CHANGES_MAX));
        let changes: Vec<(String, String, Timestamp)> = changes.all(&mut reader).await?;
        let mut all = BTreeMap::<String, Vec<Happened>>::new();
        for (consent, operation, at) in changes.into_iter().rev() {
            all.entry(consent).or_default().push(Happened { at, operation });
        }
        Ok(all)
    }
}

impl Record {
    /// When the citizen last decided something about it. Time, the service and the end of a test are not
    /// the citizen's decisions.
    pub fn last_decided_at(&self, changes: &[Happened]) -> Timestamp {
        match (self.state, self.ended_by) {
            (State::Active | State::Denied | State::Paused, _)
            | (State::Revoked, Some(EndedBy::Citizen) | None) => self.changed_at,
            (State::Revoked | State::Expired | State::Superseded, _) => changes
                .iter()
                .filter(|change| change.operation != "release")
                .map(|change| change.at)
                .max()
                .unwrap_or(self.decided_at),
        }
    }
}
