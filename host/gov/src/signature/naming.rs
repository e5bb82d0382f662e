//! Signers whom a citizen names on the platform's page, and what such a person does before they read what they are to
//! sign. Neither the service nor the one who names learns whether somebody has the number that was typed: a wrong one,
//! one of a child and one of somebody who does not answer look the same.

use std::sync::Arc;

use super::signer::{Mine, theirs, theirs_locked};
use super::stored_signer::{Done, Role, StoredSigner};
use super::{NAMINGS_A_DAY_MAX, NAMINGS_MAX, Signatures};
use crate::audit;
use crate::clock::{DAY_MS, Timestamp};
use crate::consent::Consent;
use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::invocation::{CitizenId, Service};
use crate::notifications::SignatureAsked;
use crate::random::Random;
use crate::sql;
use crate::text::Locale;
use crate::typed::{Digits, code};

/// Pairing codes have six digits.
const CODES: u32 = 1_000_000;

/// What came of naming somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// Whoever has this number, if anybody, has a message.
    Named,
    /// Not the form of a number.
    Malformed,
    /// The citizen's own.
    Yourself,
    /// Named already for the same signing.
    Twice,
    /// Others were named too often.
    TooOften,
    /// Nobody can be named any more.
    Over,
}

/// What came of a pairing code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    Paired,
    Wrong,
    /// Wrong too often: only another naming helps.
    LockedOut,
    Over,
}

impl Signatures {
    /// The citizen of a request names by FIN who signs at this place. `None` if this citizen names nobody there.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn name(
        &self,
        citizen: &CitizenId,
        id: &str,
        place: i64,
        fin: &str,
        lang: Locale,
    ) -> Result<Option<Naming>, DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(mine) = theirs_locked(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        let stored = &mine.signing;
        let target = stored.signers.iter().find(|signer| signer.place == place);
        let Some(target) = target.filter(|target| mine.me.may_name() && target.role == Role::Named) else {
            return Ok(None);
        };
        let fin = code(fin).to_ascii_uppercase();
        let Some(person) = self.identity.citizen(&fin) else {
            return Ok(Some(Naming::Malformed));
        };
        if let Some(refusal) = self.may_name(&mut tx, &mine, target, &person, now).await? {
            return Ok(Some(refusal));
        }
        let pairing = pairing_code(&self.platform.random);
        let named = sql!("signature/name", id, place, &person, now, &pairing)
            .run(&mut tx)
            .await?;
        if named != 1 {
            return Ok(Some(Naming::Over));
        }
        // Somebody who signs anyway is not asked twice; nobody is told that they do.
        let known =
            |signer: &StoredSigner| signer.role != Role::Named && signer.citizen.as_ref() == Some(&person);
        if !stored.signers.iter().any(known) {
            let what = target.label.as_ref().unwrap_or(&stored.description);
            let asked = SignatureAsked {
                service: &stored.service_title,
                controller: &stored.controller,
                what,
                key: &format!("{id} {place} {}", target.namings),
                lang,
            };
            self.notifications
                .signer_named(&mut tx, &person, asked, now)
                .await?;
            let entry = self.entry_of(stored, &person, "named", now);
            audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        }
        let entry = self.entry_of(stored, citizen, "name", now);
        audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        Ok(Some(Naming::Named))
    }

    /// Why this person cannot be named: never because of who they are, but for the citizen themselves.
    async fn may_name(
        &self,
        tx: &mut Conn,
        mine: &Mine,
        target: &StoredSigner,
        person: &CitizenId,
        now: Timestamp,
    ) -> Result<Option<Naming>, DbError> {
        let stored = &mine.signing;
        if !stored.status(now).is_open() || target.takes_part() || target.done != Done::None {
            return Ok(Some(Naming::Over));
        }
        if mine.me.citizen.as_ref() == Some(person) {
            return Ok(Some(Naming::Yourself));
        }
        let mut named = stored.signers.iter().filter(|other| other.role == Role::Named);
        if named.any(|other| other.place != target.place && other.citizen.as_ref() == Some(person)) {
            return Ok(Some(Naming::Twice));
        }
        let since = now.plus_ms(-DAY_MS);
        let (today,): (i64,) = sql!("signature/namings", &mine.me.citizen, since).one(tx).await?;
        let too_often = target.namings >= NAMINGS_MAX || today >= NAMINGS_A_DAY_MAX;
        Ok(too_often.then_some(Naming::TooOften))
    }

    /// Somebody who was named enters the code that the other one told them. `None` if nobody named them.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn pair(&self, citizen: &CitizenId, id: &str, typed: &str) -> Result<Option<Pairing>, DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(mine) = theirs_locked(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        if mine.me.may_read() {
            return Ok(Some(Pairing::Paired));
        }
        let Some(pairing) = mine
            .me
            .pairing
            .as_ref()
            .filter(|_| mine.signing.status(now).is_open())
        else {
            return Ok(Some(Pairing::Over));
        };
        if mine.me.is_locked_out() {
            return Ok(Some(Pairing::LockedOut));
        }
        let place = mine.me.place;
        let right = Digits::parse(typed).is_ok_and(|typed| typed.as_str() == pairing);
        let (paired, decision) = match right {
            true => {
                sql!("signature/pair", id, place, now).run(&mut tx).await?;
                (Pairing::Paired, audit::ALLOWED)
            }
            false => {
                sql!("signature/pairing_wrong", id, place).run(&mut tx).await?;
                let wrong = mine.me.pairing_wrong.saturating_add(1);
                let locked = wrong >= super::PAIRING_WRONG_MAX;
                let wrong = if locked {
                    Pairing::LockedOut
                } else {
                    Pairing::Wrong
                };
                (wrong, "wrong-code")
            }
        };
        let entry = self.entry_of(&mine.signing, citizen, "pair", now);
        audit::append(&mut tx, &self.platform.random, now, &entry, decision).await?;
        tx.commit().await?;
        Ok(Some(paired))
    }

    /// Somebody who was named agrees to what the service learns, and so takes part in it. `false` if there is nothing to
    /// agree to any more; `None` if this citizen was not named, or has not entered the code.
    ///
    /// # Errors
    /// As [`Consent::give`].
    pub async fn agree(
        &self,
        consent: &Consent,
        service: &Arc<Service>,
        citizen: &CitizenId,
        id: &str,
    ) -> Result<Option<bool>, GovError> {
        let found = {
            let mut reader = self.platform.db.reader().await?;
            theirs(&mut reader, citizen, id).await?
        };
        let named = found.filter(|mine| mine.me.role == Role::Named && mine.me.may_read());
        let Some(mine) = named.filter(|mine| mine.signing.service == service.id) else {
            return Ok(None);
        };
        let open = mine.signing.status(self.platform.clock.now()).is_open();
        if !open || mine.me.takes_part() {
            return Ok(Some(mine.me.takes_part()));
        }
        let purpose = &mine.signing.purpose;
        let Some(granted) = service.grant.purpose(purpose) else {
            return Ok(Some(false));
        };
        if consent.agreed(service, citizen, granted).await?.is_none() {
            consent
                .give(service, citizen, purpose, &granted.required())
                .await?;
        }
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let agreed = sql!("signature/agree", id, mine.me.place, now, citizen)
            .run(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(Some(agreed == 1))
    }

    /// Tells those who can sign from now on and whom nobody led here. Nobody gets the same message twice.
    pub(super) async fn ask_next(
        &self,
        tx: &mut Conn,
        stored: &super::Stored,
        now: Timestamp,
    ) -> Result<(), DbError> {
        for (signer, citizen) in stored.parties() {
            let waits = signer.done == Done::None && stored.is_turn(signer.place);
            // Who was named has a message already, and is told once more when those before have signed.
            let is_told = match signer.role {
                Role::Current => false,
                Role::Citizen => true,
                Role::Named => stored.order == super::SigningOrder::Listed,
            };
            if !waits || !is_told {
                continue;
            }
            let asked = SignatureAsked {
                service: &stored.service_title,
                controller: &stored.controller,
                what: &stored.description,
                key: &format!("{} {}", stored.id, signer.place),
                lang: stored.lang,
            };
            self.notifications
                .signature_asked(tx, citizen, asked, now)
                .await?;
        }
        Ok(())
    }
}

/// Six digits.
fn pairing_code(random: &Random) -> String {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    // Of 2^64 numbers, so that no code is likelier than another by more than 1 in 10^13.
    format!("{:06}", u64::from_be_bytes(bytes) % u64::from(CODES))
}
