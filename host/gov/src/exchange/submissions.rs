//! What services read of their submissions: `get` and `find` of the WIT `exchange`.

use futures::FutureExt as _;

use super::Exchange;
use super::plan::as_citizen;
use super::submission::{self, SUBMISSION, Stored, Submission};
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::consent;
use crate::db::Conn;
use crate::error::GovError;
use crate::grant::Capability;
use crate::idempotency::check_key;
use crate::invocation::Invocation;
use crate::random::is_id;
use crate::registry_operation::Operation;

impl Exchange {
    /// A submission of this service (WIT `get`).
    ///
    /// # Errors
    /// `not-found`, and those of [`crate::platform::Platform::act`].
    pub async fn get(&self, inv: &Invocation, id: &str) -> Result<Submission, GovError> {
        let entry = Entry::of(inv, Capability::Exchange, "get");
        let (this, asking, id) = (self.clone(), inv.clone(), id.to_owned());
        self.platform
            .act(inv, entry, move |tx, entry, now| {
                async move {
                    if !is_id(SUBMISSION, &id) {
                        return Err(GovError::NotFound);
                    }
                    let stored = submission::by_id(tx, &id).await?;
                    let stored = stored.filter(|stored| stored.service == asking.service.id);
                    let stored = stored.ok_or(GovError::NotFound)?;
                    this.shown(tx, entry, &asking, stored, now).await
                }
                .boxed()
            })
            .await
    }

    /// The submission that this service made with this key (WIT `find`).
    ///
    /// # Errors
    /// `invalid-request` (`idempotency-key-malformed`), and those of [`crate::platform::Platform::act`].
    pub async fn find(&self, inv: &Invocation, key: &str) -> Result<Option<Submission>, GovError> {
        let entry = Entry::of(inv, Capability::Exchange, "find");
        let (this, asking, key) = (self.clone(), inv.clone(), key.to_owned());
        self.platform
            .act(inv, entry, move |tx, entry, now| {
                async move {
                    check_key(&key)?;
                    match submission::by_key(tx, &asking.service.id, &key).await? {
                        Some(stored) => Ok(Some(this.shown(tx, entry, &asking, stored, now).await?)),
                        None => Ok(None),
                    }
                }
                .boxed()
            })
            .await
    }

    /// A submission as its service may see it now: the agency's answer is the citizen's, who has to agree to it still.
    /// Completes the record's entry.
    pub(super) async fn shown(
        &self,
        conn: &mut Conn,
        entry: &mut Entry,
        inv: &Invocation,
        stored: Stored,
        now: Timestamp,
    ) -> Result<Submission, GovError> {
        entry.citizen = Some(stored.citizen.clone());
        entry.object = Some(stored.object());
        entry.purpose = Some(stored.purpose.clone());
        let operation = Operation::find(&stored.operation);
        let attribute = operation.and_then(|operation| operation.attribute);
        let Some(attribute) = attribute else {
            return Ok(stored.bare());
        };
        let theirs = as_citizen(inv, &stored.citizen, now);
        match consent::would_allow(conn, &theirs, &stored.purpose, &[attribute], now).await {
            Ok(consent) => {
                entry.consent_id = Some(consent);
                entry.attributes = vec![attribute];
                Ok(stored.whole(&self.platform)?)
            }
            Err(error @ (GovError::Unavailable(_) | GovError::UnknownOutcome(_))) => Err(error),
            Err(_) => Ok(stored.bare()),
        }
    }

    /// The submission as it is now, to the service that has just made it.
    pub(super) async fn now_shown(&self, inv: &Invocation, id: &str) -> Result<Submission, GovError> {
        let mut reader = self.platform.db.reader().await?;
        let stored = submission::by_id(&mut reader, id).await?;
        let stored = stored.ok_or(GovError::NotFound)?;
        let mut entry = Entry::of(inv, Capability::Exchange, "submit");
        let now = self.platform.clock.now();
        self.shown(&mut reader, &mut entry, inv, stored, now).await
    }
}
