//! What a signer does on the platform's page: an attempt on their device, or a refusal.

use super::signing::{Attempt, Content, Document, Failure, File, Status, Stored};
use super::{ATTEMPT_MS, LOCKED_MS, Signatures, WRONG_MAX, store};
use crate::audit;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::invocation::CitizenId;
use crate::random::{Random, is_id};
use crate::remote::to_the_end;
use crate::sql;

/// Codes that the device shows (Smart-ID RP API 3.1, `confirmationMessageAndVerificationCodeChoice`).
const CHOICES: usize = 3;
/// Codes of four digits.
const CODES: u32 = 10_000;

/// Why a signer does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They do not want to.
    Refused,
    /// They have no means to.
    Unable,
}

/// What came of the wish to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    Attempt(Attempt),
    /// Too many wrong choices.
    Locked(Timestamp),
    /// The provider does not answer, or the certificate is not good.
    NoCertificate,
    /// There is nothing to sign any more.
    Over,
}

/// What came of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Confirmed; the provider was asked.
    Confirmed,
    Wrong,
    /// Wrong too often.
    Locked(Timestamp),
    /// The attempt was over.
    Late,
}

impl Signatures {
    /// The signings of a citizen, newest first.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn of_citizen(&self, citizen: &CitizenId) -> Result<Vec<Stored>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        store::of_citizen(&mut reader, citizen).await
    }

    /// A signing of this citizen, with what is to be signed and what was.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn of_signer(
        &self,
        citizen: &CitizenId,
        id: &str,
    ) -> Result<Option<(Stored, Vec<Document>, Vec<File>)>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let Some(stored) = theirs(&mut reader, citizen, id).await? else {
            return Ok(None);
        };
        let documents = store::documents(&mut reader, id).await?;
        let files = store::outputs(&mut reader, &stored).await?;
        Ok(Some((stored, documents, files)))
    }

    /// A file that this citizen is to sign.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn to_sign(
        &self,
        citizen: &CitizenId,
        id: &str,
        place: i64,
    ) -> Result<Option<Content>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        match theirs(&mut reader, citizen, id).await? {
            Some(stored) => store::document(&mut reader, &stored.id, place).await,
            None => Ok(None),
        }
    }

    /// A file that this citizen signed.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn signed(
        &self,
        citizen: &CitizenId,
        id: &str,
        file: &str,
    ) -> Result<Option<Content>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        if !is_id(store::OUTPUT, file) || theirs(&mut reader, citizen, id).await?.is_none() {
            return Ok(None);
        }
        let output = store::output(&mut reader, file).await?;
        Ok(output
            .filter(|output| output.signing == id)
            .map(|output| output.content))
    }

    /// Begins an attempt: a new code, which the page shows, among others on the device. `None` if this citizen is not to
    /// sign it.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn begin(&self, citizen: &CitizenId, id: &str) -> Result<Option<Begun>, DbError> {
        let open = {
            let mut reader = self.platform.db.reader().await?;
            theirs(&mut reader, citizen, id).await?
        };
        let Some(open) = open else {
            return Ok(None);
        };
        // Before the code, so that nobody confirms what cannot be signed.
        if open.status(self.platform.clock.now()).is_open() && self.chain(citizen).await.is_err() {
            return Ok(Some(Begun::NoCertificate));
        }
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(stored) = theirs(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        let status = stored.status(now);
        if !status.is_open() {
            return Ok(Some(Begun::Over));
        }
        if let Some(until) = stored.locked_until(now) {
            return Ok(Some(Begun::Locked(until)));
        }
        let attempt = attempt(&self.platform.random, now);
        let choices = attempt.choices.join(" ");
        sql!(
            "signature/begin_attempt",
            id,
            &attempt.code,
            choices,
            attempt.until
        )
        .run(&mut tx)
        .await?;
        if status == Status::Created {
            self.tell(&mut tx, &stored, Status::Started, now).await?;
        }
        tx.commit().await?;
        Ok(Some(Begun::Attempt(attempt)))
    }

    /// What the signer chose on their device. The right code confirms, and the provider is asked. `None` if this citizen
    /// is not to sign it.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn choose(
        &self,
        citizen: &CitizenId,
        id: &str,
        choice: &str,
    ) -> Result<Option<Chosen>, DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(stored) = theirs(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        let Some(attempt) = stored.attempt(now) else {
            return Ok(Some(Chosen::Late));
        };
        if choice != attempt.code {
            let wrong = stored.wrong.saturating_add(1);
            let locked = wrong >= WRONG_MAX;
            let until = locked.then(|| now.plus_ms(LOCKED_MS));
            let left = if locked { 0 } else { wrong };
            sql!("signature/end_attempt", id, left, until, &attempt.code)
                .run(&mut tx)
                .await?;
            let entry = self.entry(&stored, "sign", now);
            audit::append(&mut tx, &self.platform.random, now, &entry, "wrong-code").await?;
            tx.commit().await?;
            return Ok(Some(until.map_or(Chosen::Wrong, Chosen::Locked)));
        }
        let confirmed = sql!("signature/confirm", id, now, &attempt.code)
            .run(&mut tx)
            .await?;
        if confirmed != 1 {
            return Ok(Some(Chosen::Late));
        }
        let entry = self.entry(&stored, "confirm", now);
        audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        self.tell(&mut tx, &stored, Status::Submitted, now).await?;
        tx.commit().await?;
        let (this, id) = (self.clone(), id.to_owned());
        to_the_end(async move { this.make(&id).await }).await;
        Ok(Some(Chosen::Confirmed))
    }

    /// The signer refuses. `false` if there is nothing to refuse any more; `None` if this citizen is not to sign it.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn refuse(
        &self,
        citizen: &CitizenId,
        id: &str,
        refusal: Refusal,
    ) -> Result<Option<bool>, DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(stored) = theirs(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        let (failure, operation) = match refusal {
            Refusal::Refused => (Failure::Refused, "refuse"),
            Refusal::Unable => (Failure::SignerUnable, "unable"),
        };
        let status = stored.status(now);
        let to = Status::Failed;
        if !status.is_open()
            || !self
                .finish(&mut tx, &stored, status, to, Some(failure), now)
                .await?
        {
            return Ok(Some(false));
        }
        let entry = self.entry(&stored, operation, now);
        audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        Ok(Some(true))
    }
}

/// A code, and the codes of the device in an order that does not tell which it is.
fn attempt(random: &Random, now: Timestamp) -> Attempt {
    let mut choices: Vec<String> = Vec::new();
    while choices.len() < CHOICES {
        let mut bytes = [0; 4];
        random.fill(&mut bytes);
        let code = format!("{:04}", u32::from_be_bytes(bytes) % CODES);
        if !choices.contains(&code) {
            choices.push(code);
        }
    }
    let mut place = [0; 1];
    random.fill(&mut place);
    let place = usize::from(place[0]) % CHOICES;
    Attempt {
        code: choices.get(place).cloned().unwrap_or_default(),
        choices,
        until: now.plus_ms(ATTEMPT_MS),
    }
}

/// The signing with this id, if this citizen is its signer.
async fn theirs(conn: &mut Conn, citizen: &CitizenId, id: &str) -> Result<Option<Stored>, DbError> {
    if !is_id(store::SIGNING, id) {
        return Ok(None);
    }
    let stored = store::signing(conn, id).await?;
    Ok(stored.filter(|stored| stored.citizen == *citizen))
}
