//! From the signers' confirmations to the signed files. The provider is asked outside any transaction; whoever hears its
//! answer records it, and an answer that nobody heard is asked for again under the same order.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::{Decode as _, Encode as _};
use x509_cert::Certificate;

use super::backend::{Order, Signatory};
use super::key::{Hash, is_hash_signed, sha256};
use super::new_signing::SIGNERS_MAX;
use super::prepared::{MakeError, Prepared, prepared};
use super::signing::{Content, Failure, Level, Status, Stored};
use super::status::Standing;
use super::stored_signer::StoredSigner;
use super::{Signatures, status, store, time_stamp};
use crate::audit;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::invocation::CitizenId;
use crate::remote::{self, Fault};
use crate::sql;

/// The decision in the record of a signature that the provider did not make.
pub(super) const FAILED: &str = "provider-failed";
/// The same, while it is asked again.
const SILENT: &str = "provider-silent";

/// What the provider made for one signer.
#[derive(Default)]
pub(super) struct Made {
    /// The signatures that were there before.
    before: usize,
    /// The files with this one.
    outputs: Vec<Content>,
}

impl Signatures {
    /// The signer's certificate and those of its issuers, if the provider says that it is good now.
    pub(super) async fn chain(&self, citizen: &CitizenId) -> Result<Vec<Certificate>, Fault> {
        let unfit = Fault::Unfit;
        let person = self.identity.person(citizen).await?;
        let person = person.ok_or(unfit("the citizen is not in the register"))?;
        let provider = &self.provider;
        let signatory = Signatory {
            fin: person.fin,
            given_name: person.given_name,
            family_name: person.family_name,
        };
        let chain = remote::call(provider.deadline, provider.backend.certificates(&signatory)).await?;
        let chain: Result<Vec<_>, _> = chain.iter().map(|der| Certificate::from_der(der)).collect();
        let chain = chain.map_err(|_| unfit("a certificate cannot be read"))?;
        let request = status::request(&chain).ok_or(unfit("the certificate has no issuer"))?;
        let answer = remote::call(provider.deadline, provider.backend.status(&request)).await?;
        match status::standing(&chain, &answer, self.platform.clock.now()) {
            Some(Standing::Good) => Ok(chain),
            Some(_) => Err(unfit("the certificate is not good")),
            None => Err(unfit("the status is not an answer to its request")),
        }
    }

    /// Has the provider make what signers confirmed, one after the other in the order of their confirmations, and records
    /// it. A failure goes to the log, and the provider is asked again.
    pub(super) async fn make(&self, id: &str) {
        if let Err(error) = self.try_to_make(id).await {
            tracing::warn!(
                object = id,
                error = &error as &dyn std::error::Error,
                "signature.provider gave no signature"
            );
        }
    }

    async fn try_to_make(&self, id: &str) -> Result<(), MakeError> {
        // Each round makes the signature of one signer, or finds that somebody else did.
        for _ in 0..=SIGNERS_MAX {
            let (stored, contents, before) = {
                let mut reader = self.platform.db.reader().await?;
                let Some(stored) = store::signing(&mut reader, id).await? else {
                    return Ok(());
                };
                if stored.next_to_make().is_none() {
                    return Ok(());
                }
                let contents = store::contents(&mut reader, id).await?;
                let before = store::partials(&mut reader, id).await?;
                (stored, contents, before)
            };
            let Some(next) = stored.next_to_make() else {
                return Ok(());
            };
            let before: Vec<Vec<u8>> = before.into_iter().map(|partial| partial.0).collect();
            match self.with_signature(&stored, next, contents, before).await {
                Ok(outputs) => {
                    let made = Made {
                        before: stored.made(),
                        outputs,
                    };
                    self.record(&stored, next, audit::ALLOWED, made).await?;
                }
                Err(error) => {
                    self.record(&stored, next, SILENT, Made::default()).await?;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Records what came of a signer's confirmation: a signature, that the provider was silent, or that it is given up.
    pub(super) async fn record(
        &self,
        read: &Stored,
        signer: &StoredSigner,
        decision: &str,
        made: Made,
    ) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let stored = store::locked(&mut tx, &read.id).await?;
        let stored = stored.ok_or_else(|| store::vanished(&read.id))?;
        // Somebody else was first, or the signing ended meanwhile.
        if stored.next_to_make() != Some(signer) {
            return Ok(());
        }
        let (true, Some(citizen)) = (
            stored.made() == made.before || decision != audit::ALLOWED,
            &signer.citizen,
        ) else {
            return Ok(());
        };
        match decision {
            audit::ALLOWED => self.keep(&mut tx, &stored, signer, made.outputs, now).await?,
            FAILED => {
                let failure = Some(Failure::ProviderFailed);
                let from = stored.stored_status;
                self.finish(&mut tx, &stored, from, Status::Error, failure, now)
                    .await?;
                self.record_end(&mut tx, &stored, Some(citizen), "end", now)
                    .await?;
            }
            // Recorded once: asking again is not news for the citizen.
            _ if stored.asked != signer.answered => return Ok(()),
            _ => {}
        }
        let entry = self.entry_of(&stored, citizen, "sign", now);
        audit::append(&mut tx, &self.platform.random, now, &entry, decision).await?;
        tx.commit().await
    }

    /// Keeps a signature: as a part until all have signed, and then as the signed files.
    async fn keep(
        &self,
        tx: &mut Conn,
        stored: &Stored,
        signer: &StoredSigner,
        outputs: Vec<Content>,
        now: Timestamp,
    ) -> Result<(), DbError> {
        sql!("signature/made", &stored.id, signer.place).run(tx).await?;
        let is_last = stored.made().saturating_add(1) == stored.signers.len();
        if !is_last {
            for (place, output) in outputs.iter().enumerate() {
                let place = i64::try_from(place).unwrap_or(i64::MAX);
                let content = STANDARD.encode(&output.bytes);
                sql!("signature/keep_partial", &stored.id, place, content)
                    .run(tx)
                    .await?;
            }
            return Ok(());
        }
        let from = stored.stored_status;
        self.finish(tx, stored, from, Status::Success, None, now).await?;
        for output in outputs {
            sql!(
                "signature/insert_output",
                self.platform.random.id(store::OUTPUT, now),
                &stored.id,
                &output.name,
                &output.media_type,
                i64::try_from(output.bytes.len()).unwrap_or(i64::MAX),
                hex::encode(sha256(&output.bytes)),
                STANDARD.encode(&output.bytes)
            )
            .run(tx)
            .await?;
        }
        Ok(())
    }

    /// The files with one more signature, in the order of the files.
    async fn with_signature(
        &self,
        stored: &Stored,
        signer: &StoredSigner,
        contents: Vec<Content>,
        before: Vec<Vec<u8>>,
    ) -> Result<Vec<Content>, MakeError> {
        let nobody = || MakeError::Db(DbError::corrupt("signing_signer", &stored.id));
        let citizen = signer.citizen.as_ref().ok_or_else(nobody)?;
        let chain = self.chain(citizen).await?;
        let at = signer.answered.unwrap_or(stored.created);
        let (format, of) = (stored.format, chain.clone());
        let work = tokio::task::spawn_blocking(move || prepared(format, contents, before, &of, at));
        let prepared = work.await??;
        let hashes = prepared
            .iter()
            .map(Prepared::hash)
            .collect::<Result<Vec<_>, _>>()?;
        // What is signed depends on the signatures before, and an order is for one list of hashes.
        let order = format!("{}-{}-{}", stored.id, signer.place, stored.made());
        let signatures = self.sign(order, &chain, hashes).await?;
        let mut outputs = Vec::new();
        for (prepared, signature) in prepared.into_iter().zip(signatures) {
            let stamp = match stored.level {
                Level::BB => None,
                Level::BT => Some(self.stamp(&prepared.stamped(&signature)?).await?),
            };
            outputs.push(prepared.signed(&signature, stamp.as_deref())?);
        }
        Ok(outputs)
    }

    /// The provider's signatures over exactly these hashes, each of which holds.
    async fn sign(
        &self,
        id: String,
        chain: &[Certificate],
        hashes: Vec<Hash>,
    ) -> Result<Vec<Vec<u8>>, MakeError> {
        let unfit = || MakeError::Provider(Fault::Unfit("a signature does not fit its hash"));
        let signer = chain.first().ok_or_else(unfit)?;
        let order = Order {
            id,
            certificate: signer.to_der()?,
            hashes,
        };
        let provider = &self.provider;
        let signatures = remote::call(provider.deadline, provider.backend.sign(&order)).await?;
        let key = &signer.tbs_certificate.subject_public_key_info;
        let holds = |(hash, numbers): (&Hash, &Vec<u8>)| is_hash_signed(key, hash, numbers);
        match signatures.len() == order.hashes.len() && order.hashes.iter().zip(&signatures).all(holds) {
            true => Ok(signatures),
            false => Err(unfit()),
        }
    }

    /// A time stamp over a hash.
    async fn stamp(&self, hash: &Hash) -> Result<Vec<u8>, MakeError> {
        let request = time_stamp::Request::new(&self.platform.random, hash)?;
        let provider = &self.provider;
        let bytes = request.bytes()?;
        let answer = remote::call(provider.deadline, provider.backend.time_stamp(&bytes)).await?;
        let token = request.token(&answer);
        token.ok_or(MakeError::Provider(Fault::Unfit(
            "the time stamp is not an answer to its request",
        )))
    }
}
