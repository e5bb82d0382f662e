//! The operations of `wit/signature.wit` other than `stage` and `create`.

use futures::FutureExt as _;

use super::create::{NAMED, as_citizen, consented};
use super::signing::{Signing, Status, Stored};
use super::{READ_BYTES_MAX, Signatures, store};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::GovError;
use crate::grant::Capability;
use crate::idempotency::check_key;
use crate::invocation::{Invocation, ServiceId};
use crate::random::is_id;
use crate::{consent, sql};

impl Signatures {
    /// A signing of this service.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn get(&self, invocation: &Invocation, id: &str) -> Result<Signing, GovError> {
        let entry = Entry::of(invocation, Capability::Signature, "get");
        let (this, asking, id) = (self.clone(), invocation.clone(), id.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    let stored = own(tx, entry, &asking.service.id, &id).await?;
                    this.record_others(tx, entry, &stored, now).await?;
                    this.shown(tx, &asking, stored, now).await
                }
                .boxed()
            })
            .await
    }

    /// The signing that this service made with this key.
    ///
    /// # Errors
    /// `invalid-request` (`idempotency-key-malformed`).
    pub async fn find(&self, invocation: &Invocation, key: &str) -> Result<Option<Signing>, GovError> {
        let entry = Entry::of(invocation, Capability::Signature, "find");
        let (this, asking, key) = (self.clone(), invocation.clone(), key.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    check_key(&key)?;
                    let Some(stored) = store::by_key(tx, &asking.service.id, &key).await? else {
                        return Ok(None);
                    };
                    named(entry, &stored);
                    this.record_others(tx, entry, &stored, now).await?;
                    Ok(Some(this.shown(tx, &asking, stored, now).await?))
                }
                .boxed()
            })
            .await
    }

    /// Takes a signing back that not all signers have confirmed; the signatures that were made are destroyed.
    ///
    /// # Errors
    /// `not-found`; `conflict` (`signing-state`).
    pub async fn cancel(&self, invocation: &Invocation, id: &str) -> Result<Signing, GovError> {
        let entry = Entry::of(invocation, Capability::Signature, "cancel");
        let (this, asking, id) = (self.clone(), invocation.clone(), id.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    sql!("signature/lock", &id).run(tx).await?;
                    let stored = own(tx, entry, &asking.service.id, &id).await?;
                    let status = stored.status(now);
                    let to = Status::Cancelled;
                    if !status.is_open() || !this.finish(tx, &stored, status, to, None, now).await? {
                        return Err(wrong_state("it is finished, or all signers have confirmed it"));
                    }
                    let stored = own(tx, entry, &asking.service.id, &id).await?;
                    this.record_others(tx, entry, &stored, now).await?;
                    this.shown(tx, &asking, stored, now).await
                }
                .boxed()
            })
            .await
    }

    /// Bytes of a signed file from `offset` on; none after its end. The file names its signers, who must agree.
    ///
    /// # Errors
    /// `not-found`; `conflict` (`signing-state`); `access-denied` (`file-names-signer`); the consent errors.
    pub async fn read(&self, invocation: &Invocation, file: &str, offset: u64) -> Result<Vec<u8>, GovError> {
        let entry = Entry::of(invocation, Capability::Signature, "read");
        let (this, asking, file) = (self.clone(), invocation.clone(), file.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    if !is_id(store::OUTPUT, &file) {
                        return Err(GovError::NotFound);
                    }
                    let output = store::output(tx, &file).await?.ok_or(GovError::NotFound)?;
                    let stored = own(tx, entry, &asking.service.id, &output.signing).await?;
                    if stored.kept_until().is_none_or(|until| now >= until) {
                        return Err(GovError::NotFound);
                    }
                    this.may_read_names(tx, entry, &asking, &stored, now).await?;
                    let bytes = output.content.bytes;
                    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                    let end = start.saturating_add(READ_BYTES_MAX).min(bytes.len());
                    Ok(bytes.get(start..end).unwrap_or_default().to_vec())
                }
                .boxed()
            })
            .await
    }

    /// Whether the purpose of the signing covers who signed, and each signer still agrees to it. They are told that their
    /// number was read.
    async fn may_read_names(
        &self,
        tx: &mut Conn,
        entry: &mut Entry,
        asking: &Invocation,
        stored: &Stored,
        now: Timestamp,
    ) -> Result<(), GovError> {
        entry.purpose = Some(stored.purpose.clone());
        entry.attributes = NAMED.to_vec();
        let granted = consent::approved(asking, &stored.purpose)?;
        if !NAMED.iter().all(|named| granted.attributes.contains(named)) {
            return Err(GovError::denied(
                "file-names-signer",
                format!(
                    "the file has the signers' names and FINs; purpose `{}` has to cover `name` and `fin`",
                    stored.purpose
                ),
            ));
        }
        let mut entries = Vec::new();
        for citizen in stored.signers.iter().filter_map(|signer| signer.citizen.as_ref()) {
            entry.citizen = Some(citizen.clone());
            let consent = consented(tx, asking, &stored.purpose, &NAMED, citizen, now).await?;
            entry.consent_id = Some(consent);
            let theirs = as_citizen(asking, citizen, now);
            self.identity
                .tell_fin_read(tx, &theirs, citizen, &stored.purpose, now)
                .await?;
            entries.push(entry.clone());
        }
        for other in entries {
            if other.citizen.as_ref() == Some(&stored.citizen) {
                *entry = other;
            } else {
                audit::append(tx, &self.platform.random, now, &other, audit::ALLOWED).await?;
            }
        }
        Ok(())
    }

    /// Records an allowed call in the log of each other citizen who takes part in the signing.
    pub(super) async fn record_others(
        &self,
        tx: &mut Conn,
        entry: &Entry,
        stored: &Stored,
        now: Timestamp,
    ) -> Result<(), GovError> {
        let others = stored.signers.iter().filter(|signer| signer.takes_part());
        let others = others.filter_map(|signer| signer.citizen.as_ref());
        for citizen in others.filter(|citizen| **citizen != stored.citizen) {
            let other = Entry {
                citizen: Some(citizen.clone()),
                ..entry.clone()
            };
            audit::append(tx, &self.platform.random, now, &other, audit::ALLOWED).await?;
        }
        Ok(())
    }
}

fn wrong_state(detail: &str) -> GovError {
    GovError::conflict("signing-state", detail)
}

fn named(entry: &mut Entry, stored: &Stored) {
    entry.citizen = Some(stored.citizen.clone());
    entry.object = Some(stored.id.clone());
}

/// The signing with this id, if it belongs to this service.
async fn own(tx: &mut Conn, entry: &mut Entry, service: &ServiceId, id: &str) -> Result<Stored, GovError> {
    if !is_id(store::SIGNING, id) {
        return Err(GovError::NotFound);
    }
    let stored = store::signing(tx, id)
        .await?
        .filter(|stored| stored.service == *service)
        .ok_or(GovError::NotFound)?;
    named(entry, &stored);
    Ok(stored)
}
