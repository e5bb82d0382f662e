//! Agreements that the platform itself has citizens sign, before a service reads data of a special category. The signing
//! is the platform's own, so that no service sees it; the consent is recorded once the signature is made.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::key::sha256;
use super::signing::{Level, SigningOrder, Status, Stored};
use super::stored_signer::Role;
use super::{GIVE_UP_MS, Signatures, store};
use crate::audit;
use crate::clock::Timestamp;
use crate::consent::{Consent, Signed};
use crate::db::{Conn, DbError};
use crate::directory::Directory;
use crate::error::GovError;
use crate::invocation::{CitizenId, Service, ServiceId};
use crate::signature_terms::Format;
use crate::text::{Locale, Localised};
use crate::{row, sql};

/// How long a citizen has to sign an agreement.
pub const AGREEMENT_MS: i64 = 60 * 60 * 1000;
/// Agreements that one look takes on.
const BATCH: i64 = 100;
/// The name of the file that is signed.
const FILE: &str = "agreement.txt";
const MEDIA_TYPE: &str = "text/plain";

/// An agreement that a citizen is to sign.
pub struct NewAgreement<'a> {
    pub citizen: &'a CitizenId,
    /// Who reads the data.
    pub service: &'a Service,
    /// Why: a purpose of the service.
    pub purpose: &'a str,
    /// The digest of what it is about; see [`crate::consent::agreement_digest`].
    pub agreement: String,
    /// What the citizen reads above the file.
    pub description: Localised,
    /// What the file is called.
    pub label: Localised,
    /// What is signed.
    pub text: String,
    /// The path of the platform, after the language, to which signing leads back.
    pub back: &'a str,
    /// The signing that waits for the agreement of one whom a citizen named.
    pub leads_to: Option<&'a str>,
    pub lang: Locale,
}

/// An agreement that is not recorded as a consent yet.
struct Waiting {
    agreement: String,
    ends: Timestamp,
    leads_to: Option<String>,
}

row!(Waiting, "signing_agreement", "signing", row => Self {
    agreement: row.get("agreement")?,
    ends: row.get("ends_ms")?,
    leads_to: row.get("leads_to")?,
});

impl Stored {
    /// Whether it is an agreement that the platform itself asks for.
    pub fn is_agreement(&self) -> bool {
        self.service.0 == audit::PLATFORM
    }

    /// The service that it is about.
    pub fn about(&self) -> ServiceId {
        match self.is_agreement() {
            true => ServiceId(self.reference.clone()),
            false => self.service.clone(),
        }
    }
}

impl Signatures {
    /// Has a citizen sign an agreement: the id of the signing. The same text gets the signing that is open already.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn ask_agreement(&self, new: NewAgreement<'_>) -> Result<String, DbError> {
        let mut tx = self.platform.db.begin_if_room().await?;
        let now = self.platform.clock.now();
        let hash = hex::encode(sha256(new.text.as_bytes()));
        let open: Option<(String,)> = sql!("signature/agreement_open", new.citizen, &hash, now)
            .optional(&mut tx)
            .await?;
        if let Some((id,)) = open {
            return Ok(id);
        }
        let id = self.platform.random.id(store::SIGNING, now);
        insert(&mut tx, &id, &hash, &new, now).await?;
        let ends = new.service.grant.boundary.ends_at;
        sql!(
            "signature/agreement_insert",
            &id,
            &new.agreement,
            ends,
            new.leads_to
        )
        .run(&mut tx)
        .await?;
        let stored = store::signing(&mut tx, &id).await?;
        let stored = stored.ok_or_else(|| store::vanished(&id))?;
        let entry = self.entry_of(&stored, new.citizen, "agreement", now);
        audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Records the agreements that were signed as consents, and forgets those that were not.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn conclude(&self, consent: &Consent, services: &Directory) -> Result<(), DbError> {
        let due: Vec<(String,)> = {
            let mut reader = self.platform.db.reader().await?;
            sql!("signature/agreements_due", BATCH).all(&mut reader).await?
        };
        for (id,) in due {
            self.conclude_one(consent, services, &id).await?;
        }
        Ok(())
    }

    /// The same for one signing, which may be another one than an agreement.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn conclude_one(
        &self,
        consent: &Consent,
        services: &Directory,
        id: &str,
    ) -> Result<(), DbError> {
        let found = {
            let mut reader = self.platform.db.reader().await?;
            let waiting: Option<Waiting> = sql!("signature/agreement", id).optional(&mut reader).await?;
            waiting.zip(store::signing(&mut reader, id).await?)
        };
        let Some((waiting, stored)) = found.filter(|(_, stored)| stored.stored_status.is_final()) else {
            return Ok(());
        };
        let confirmed = stored.signers.first().and_then(|signer| signer.answered);
        if let (Status::Success, Some(at)) = (stored.stored_status, confirmed) {
            let now = self.platform.clock.now();
            match services.find(&stored.about()) {
                Some(service) => match self
                    .record_consent(consent, &service, &stored, &waiting, at)
                    .await
                {
                    Ok(()) => {}
                    Err(GovError::Unavailable(_)) => return Ok(()),
                    // The refusal is recorded, and the citizen is asked again when they come back.
                    Err(_) => {}
                },
                // It may be loaded soon.
                None if now < at.plus_ms(GIVE_UP_MS) => return Ok(()),
                None => {}
            }
        }
        let mut tx = self.platform.db.begin().await?;
        sql!("signature/agreement_forget", id).run(&mut tx).await?;
        tx.commit().await
    }

    /// Records the consent to what was signed, unless the service asks for something else by now. Who was named by another
    /// signer takes part in that signing from then on.
    async fn record_consent(
        &self,
        consent: &Consent,
        service: &Arc<Service>,
        stored: &Stored,
        waiting: &Waiting,
        at: Timestamp,
    ) -> Result<(), GovError> {
        let signed = Signed {
            signing: stored.id.clone(),
            agreement: waiting.agreement.clone(),
            ends: waiting.ends,
            at,
        };
        let citizen = &stored.citizen;
        consent
            .give_signed(service, citizen, &stored.purpose, signed)
            .await?;
        if let Some(waits) = &waiting.leads_to {
            self.agree(consent, service, citizen, waits).await?;
        }
        Ok(())
    }
}

async fn insert(
    tx: &mut Conn,
    id: &str,
    hash: &str,
    new: &NewAgreement<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    let json = |text: &Localised| serde_json::to_string(text).map_err(|_| DbError::corrupt("signing", id));
    sql!(
        "signature/insert",
        id,
        audit::PLATFORM,
        // The platform asks with no key of its own.
        id,
        hash,
        json(&new.service.title)?,
        &new.service.controller,
        new.purpose,
        json(&new.description)?,
        &new.service.id,
        new.back,
        Format::Jades,
        Level::BT,
        SigningOrder::Any,
        new.lang.tag(),
        Status::Created,
        now,
        now.plus_ms(AGREEMENT_MS),
        new.citizen
    )
    .run(tx)
    .await?;
    let nobody: Option<String> = None;
    sql!(
        "signature/insert_signer",
        id,
        0_i64,
        Role::Current,
        nobody,
        new.citizen
    )
    .run(tx)
    .await?;
    let bytes = new.text.as_bytes();
    sql!(
        "signature/insert_document",
        id,
        0_i64,
        json(&new.label)?,
        FILE,
        MEDIA_TYPE,
        i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        hash,
        STANDARD.encode(bytes)
    )
    .run(tx)
    .await
    .map(drop)
}
