//! The transaction of a deployment.

use aim_gov::clock::Timestamp;
use aim_gov::consent;
use aim_gov::db::{Conn, Db};
use aim_gov::invocation::ServiceId;
use aim_gov::sessions;

use crate::domain::SubmissionId;
use crate::domain::staff::Staff;
use crate::domain::submission::{Event, Refused, Submission};
use crate::review::{Attempt, ReviewError, apply, circumstances};
use crate::store;

pub(super) struct DeployAttempt {
    pub random: aim_gov::random::Random,
    pub staff: Staff,
    pub id: SubmissionId,
    pub service: ServiceId,
    pub now: Timestamp,
}

impl DeployAttempt {
    async fn submission(&self, tx: &mut Conn) -> Result<Submission, ReviewError> {
        store::submission::get(tx, &self.id)
            .await?
            .ok_or(ReviewError::NotFound)
    }

    /// The rule that forbids the deployment, if any; the refusal is then recorded.
    pub async fn refusal(&self, tx: &mut Conn) -> Result<Option<Refused>, ReviewError> {
        // No suspension of the name begins or ends until the transaction does.
        store::service::lock(tx, &self.service).await?;
        let submission = self.submission(tx).await?;
        let around = circumstances(tx, &submission).await?;
        let deployed = submission.clone().deploy(&self.staff, &around, self.now);
        let mut refused = deployed.err().map(|refused| (self.id.clone(), refused));
        if refused.is_none()
            && let Some(old) = store::submission::live_of_service(tx, &self.service).await?
        {
            let about = old.id.clone();
            refused = old
                .supersede(&self.staff, &submission, self.now)
                .err()
                .map(|refused| (about, refused));
        }
        let Some((about, refused)) = refused else {
            return Ok(None);
        };
        let attempt = Attempt::by_staff(&self.staff, refused.event, "", self.now);
        let answer = refused.clone();
        apply(tx, &self.random, &about, attempt, move |_| Err(refused))
            .await?
            .err();
        Ok(Some(answer))
    }

    /// Whether the new version may send citizens' input to a system that the old one may not.
    async fn tells_more(&self, tx: &mut Conn, old: &Submission) -> Result<bool, ReviewError> {
        let new = self.submission(tx).await?;
        let (Some(before), Some(after)) = (old.grant(), new.grant()) else {
            return Ok(true);
        };
        Ok(!consent::hosts(&after).is_subset(&consent::hosts(&before)))
    }

    /// Records the deployment, and that the previously running version is replaced.
    pub async fn record(&self, db: &Db) -> Result<Submission, ReviewError> {
        let mut tx = db.begin().await?;
        let deployed = self.deploy(&mut tx).await?;
        tx.commit().await?;
        Ok(deployed?)
    }

    async fn deploy(&self, tx: &mut Conn) -> Result<Result<Submission, Refused>, ReviewError> {
        if let Some(refused) = self.refusal(tx).await? {
            return Ok(Err(refused));
        }
        let new = self.submission(tx).await?;
        if let Some(old) = store::submission::live_of_service(tx, &self.service).await? {
            if self.tells_more(tx, &old).await? {
                // Citizens who are logged in enter through the platform again, and read there what is new.
                sessions::end_all_at_service(tx, &self.service).await?;
            }
            let attempt = Attempt::by_staff(&self.staff, Event::Supersede, "", self.now);
            let superseded = apply(tx, &self.random, &old.id, attempt, |old| {
                old.supersede(&self.staff, &new, self.now)
            });
            if let Err(refused) = superseded.await? {
                return Ok(Err(refused));
            }
        }
        store::service::deployed(tx, &self.service, self.now).await?;
        let around = circumstances(tx, &new).await?;
        let attempt = Attempt::by_staff(&self.staff, Event::Deploy, "", self.now);
        apply(tx, &self.random, &self.id, attempt, |submission| {
            submission.deploy(&self.staff, &around, self.now)
        })
        .await
    }
}
