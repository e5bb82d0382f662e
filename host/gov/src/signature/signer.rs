//! What a signer does on the platform's page: an attempt on their device, or a refusal.

use super::signing::{Content, Document, Failure, File, Status, Stored};
use super::stored_signer::{Attempt, Done, StoredSigner};
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
    /// Others sign before.
    NotYet,
    /// Who was named has not agreed to what the service learns.
    NotAgreed,
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

/// A signing, and the citizen as its signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mine {
    pub signing: Stored,
    pub me: StoredSigner,
}

impl Mine {
    fn of(signing: Stored, citizen: &CitizenId) -> Option<Self> {
        let me = signing.signer(citizen)?.clone();
        Some(Self { signing, me })
    }

    /// Whether there is something to answer.
    pub fn can_answer(&self, now: Timestamp) -> bool {
        self.signing.status(now).is_open() && self.me.done == Done::None
    }

    /// Why no attempt begins at `now`.
    fn refusal(&self, now: Timestamp) -> Option<Begun> {
        if !self.can_answer(now) {
            return Some(Begun::Over);
        }
        if !self.me.takes_part() {
            return Some(Begun::NotAgreed);
        }
        if !self.signing.is_turn(self.me.place) {
            return Some(Begun::NotYet);
        }
        self.me.locked_until(now).map(Begun::Locked)
    }
}

impl Signatures {
    /// The signings of a citizen, newest first.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn of_citizen(&self, citizen: &CitizenId) -> Result<Vec<Mine>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let found = store::of_citizen(&mut reader, citizen).await?;
        Ok(found
            .into_iter()
            .filter_map(|one| Mine::of(one, citizen))
            .collect())
    }

    /// A signing of this citizen, who may have been named and not allowed to read it yet.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn mine(&self, citizen: &CitizenId, id: &str) -> Result<Option<Mine>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        theirs(&mut reader, citizen, id).await
    }

    /// A signing of this citizen, with what is to be signed and what was.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn of_signer(
        &self,
        citizen: &CitizenId,
        id: &str,
    ) -> Result<Option<(Mine, Vec<Document>, Vec<File>)>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let Some(mine) = readable(&mut reader, citizen, id).await? else {
            return Ok(None);
        };
        let documents = store::documents(&mut reader, id).await?;
        let files = store::outputs(&mut reader, &mine.signing).await?;
        Ok(Some((mine, documents, files)))
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
        match readable(&mut reader, citizen, id).await? {
            Some(mine) => store::document(&mut reader, &mine.signing.id, place).await,
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
        if !is_id(store::OUTPUT, file) || readable(&mut reader, citizen, id).await?.is_none() {
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
        let found = {
            let mut reader = self.platform.db.reader().await?;
            readable(&mut reader, citizen, id).await?
        };
        let Some(found) = found else {
            return Ok(None);
        };
        if let Some(refusal) = found.refusal(self.platform.clock.now()) {
            return Ok(Some(refusal));
        }
        // Before the code, so that nobody confirms what cannot be signed.
        if self.chain(citizen).await.is_err() {
            return Ok(Some(Begun::NoCertificate));
        }
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(mine) = theirs_locked(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        if let Some(refusal) = mine.refusal(now) {
            return Ok(Some(refusal));
        }
        let attempt = attempt(&self.platform.random, now);
        let choices = attempt.choices.join(" ");
        sql!(
            "signature/begin_attempt",
            id,
            mine.me.place,
            &attempt.code,
            choices,
            attempt.until
        )
        .run(&mut tx)
        .await?;
        if sql!("signature/start", id).run(&mut tx).await? == 1 {
            self.tell(&mut tx, &mine.signing, Status::Started, now).await?;
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
        let Some(mine) = theirs_locked(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        let (stored, me) = (&mine.signing, &mine.me);
        let attempt = me.attempt(now).filter(|_| stored.status(now).is_open());
        let Some(attempt) = attempt else {
            return Ok(Some(Chosen::Late));
        };
        if choice != attempt.code {
            let wrong = me.wrong.saturating_add(1);
            let locked = wrong >= WRONG_MAX;
            let until = locked.then(|| now.plus_ms(LOCKED_MS));
            let left = if locked { 0 } else { wrong };
            sql!("signature/end_attempt", id, me.place, left, until, &attempt.code)
                .run(&mut tx)
                .await?;
            let entry = self.entry_of(stored, citizen, "sign", now);
            audit::append(&mut tx, &self.platform.random, now, &entry, "wrong-code").await?;
            tx.commit().await?;
            return Ok(Some(until.map_or(Chosen::Wrong, Chosen::Locked)));
        }
        let confirmed = sql!("signature/confirm", id, me.place, now, &attempt.code)
            .run(&mut tx)
            .await?;
        if confirmed != 1 {
            return Ok(Some(Chosen::Late));
        }
        self.confirmed(&mut tx, &mine, now).await?;
        let entry = self.entry_of(stored, citizen, "confirm", now);
        audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        let (this, id) = (self.clone(), id.to_owned());
        to_the_end(async move { this.make(&id).await }).await;
        Ok(Some(Chosen::Confirmed))
    }

    /// Moves a signing on that one more signer confirmed, and asks those who sign next.
    async fn confirmed(&self, tx: &mut Conn, mine: &Mine, now: Timestamp) -> Result<(), DbError> {
        let id = &mine.signing.id;
        let stored = store::signing(tx, id).await?.ok_or_else(|| store::vanished(id))?;
        let all = stored.signers.iter().all(|signer| signer.done.is_signed());
        let status = match all {
            true => Status::Submitted,
            false => Status::PartlySigned,
        };
        sql!("signature/advance", id, status, now).run(tx).await?;
        self.tell(tx, &stored, status, now).await?;
        self.ask_next(tx, &stored, now).await
    }

    /// The signer refuses, which ends the signing for all. `false` if there is nothing to refuse any more; `None` if this citizen is not to sign it.
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
        let mine = theirs_locked(&mut tx, citizen, id).await?;
        let Some(mine) = mine.filter(|mine| mine.me.may_read()) else {
            return Ok(None);
        };
        let (failure, done, operation) = match refusal {
            Refusal::Refused => (Failure::Refused, Done::Refused, "refuse"),
            Refusal::Unable => (Failure::SignerUnable, Done::Unable, "unable"),
        };
        let stored = &mine.signing;
        let answered = match mine.can_answer(now) {
            true => {
                sql!("signature/answer", id, mine.me.place, done, now)
                    .run(&mut tx)
                    .await?
            }
            false => 0,
        };
        let from = stored.status(now);
        let to = Status::Failed;
        if answered != 1 || !self.finish(&mut tx, stored, from, to, Some(failure), now).await? {
            return Ok(Some(false));
        }
        let entry = self.entry_of(stored, citizen, operation, now);
        audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        self.record_end(&mut tx, stored, Some(citizen), "end", now)
            .await?;
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

/// The signing with this id, if this citizen is among its signers.
pub(super) async fn theirs(conn: &mut Conn, citizen: &CitizenId, id: &str) -> Result<Option<Mine>, DbError> {
    if !is_id(store::SIGNING, id) {
        return Ok(None);
    }
    let stored = store::signing(conn, id).await?;
    Ok(stored.and_then(|stored| Mine::of(stored, citizen)))
}

/// The same for a change.
pub(super) async fn theirs_locked(
    tx: &mut Conn,
    citizen: &CitizenId,
    id: &str,
) -> Result<Option<Mine>, DbError> {
    if !is_id(store::SIGNING, id) {
        return Ok(None);
    }
    let stored = store::locked(tx, id).await?;
    Ok(stored.and_then(|stored| Mine::of(stored, citizen)))
}

/// The signing with this id, if this citizen may read it.
async fn readable(conn: &mut Conn, citizen: &CitizenId, id: &str) -> Result<Option<Mine>, DbError> {
    let mine = theirs(conn, citizen, id).await?;
    Ok(mine.filter(|mine| mine.me.may_read()))
}
