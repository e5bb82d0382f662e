//! From the signer's confirmation to the signed files. The provider is asked outside any transaction; whoever hears its
//! answer records it, and an answer that nobody heard is asked for again under the same order.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::{Decode as _, Encode as _};
use x509_cert::Certificate;

use super::backend::{Order, Signatory};
use super::cms::{DATA, ToSign};
use super::jades::{self, Covered};
use super::key::{Hash, in_der, is_hash_signed, sha256};
use super::signing::{Content, Failure, Level, Status, Stored};
use super::{ASK_AGAIN_MS, GIVE_UP_MS, Signatures, pades, status, store, time_stamp};
use crate::audit;
use crate::clock::Timestamp;
use crate::db::DbError;
use crate::invocation::CitizenId;
use crate::remote::{self, Fault};
use crate::signature_terms::Format;
use crate::sql;

/// Signings that one look takes on.
const SWEEP_BATCH: i64 = 100;
/// The decision in the record of a signature that the provider did not make.
const FAILED: &str = "provider-failed";
/// The same, while it is asked again.
const SILENT: &str = "provider-silent";

/// Why there are no signed files yet.
#[derive(Debug, thiserror::Error)]
enum MakeError {
    #[error("the provider of signatures did not answer, or its answer does not fit")]
    Provider(#[from] Fault),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("a signature cannot be encoded")]
    Der(#[from] der::Error),
    #[error("a signature cannot be placed in its file")]
    Pades(#[from] pades::PadesError),
    #[error("a signature has no JSON form")]
    Json(#[from] serde_json::Error),
    #[error("the work on a file broke off")]
    Work(#[from] tokio::task::JoinError),
}

/// What one signature is made of before it is signed.
enum Prepared {
    Pdf(Box<pades::Prepared>, Box<ToSign>, String),
    Json(jades::Prepared),
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
        match status::is_good(&chain, &answer, self.platform.clock.now()) {
            Some(true) => Ok(chain),
            Some(false) => Err(unfit("the certificate is not good")),
            None => Err(unfit("the status is not an answer to its request")),
        }
    }

    /// Has the provider make what a signer confirmed, and records it. A failure goes to the log, and the provider is asked
    /// again.
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
        let (stored, contents) = {
            let mut reader = self.platform.db.reader().await?;
            let stored = store::signing(&mut reader, id).await?;
            let Some(stored) = stored.filter(|stored| stored.stored_status == Status::Submitted) else {
                return Ok(());
            };
            let contents = store::contents(&mut reader, id).await?;
            (stored, contents)
        };
        let made = self.outputs(&stored, contents).await;
        let outputs = match made {
            Ok(outputs) => outputs,
            Err(error) => {
                self.record(&stored, SILENT, &[]).await?;
                return Err(error);
            }
        };
        Ok(self.record(&stored, audit::ALLOWED, &outputs).await?)
    }

    /// Records what came of a confirmed signing: its files, that the provider was silent, or that it is given up.
    async fn record(&self, stored: &Stored, decision: &str, outputs: &[Content]) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let from = Status::Submitted;
        let moved = match decision {
            audit::ALLOWED => {
                self.finish(&mut tx, stored, from, Status::Success, None, now)
                    .await?
            }
            FAILED => {
                let failure = Some(Failure::ProviderFailed);
                self.finish(&mut tx, stored, from, Status::Error, failure, now)
                    .await?
            }
            // Recorded once: asking again is not news for the citizen.
            _ => stored.asked == stored.confirmed,
        };
        if !moved {
            return Ok(());
        }
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
            .run(&mut tx)
            .await?;
        }
        let entry = self.entry(stored, "sign", now);
        audit::append(&mut tx, &self.platform.random, now, &entry, decision).await?;
        tx.commit().await
    }

    async fn outputs(&self, stored: &Stored, contents: Vec<Content>) -> Result<Vec<Content>, MakeError> {
        let chain = self.chain(&stored.citizen).await?;
        let at = stored.confirmed.unwrap_or(stored.created);
        let format = stored.format;
        let of = chain.clone();
        let prepared = tokio::task::spawn_blocking(move || prepared(format, contents, &of, at)).await??;
        let hashes = prepared
            .iter()
            .map(Prepared::hash)
            .collect::<Result<Vec<_>, _>>()?;
        let signatures = self.sign(stored, &chain, hashes).await?;
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
        stored: &Stored,
        chain: &[Certificate],
        hashes: Vec<Hash>,
    ) -> Result<Vec<Vec<u8>>, MakeError> {
        let unfit = || MakeError::Provider(Fault::Unfit("a signature does not fit its hash"));
        let signer = chain.first().ok_or_else(unfit)?;
        let order = Order {
            id: stored.id.clone(),
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

    /// Ends signings whose time is over, asks the provider again, and deletes staged files that nobody used.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn sweep(&self) -> Result<(), DbError> {
        let now = self.platform.clock.now();
        sql!("signature/forget_staged", now)
            .run_alone(&self.platform.db)
            .await?;
        let (overdue, unanswered): (Vec<(String,)>, Vec<(String,)>) = {
            let mut reader = self.platform.db.reader().await?;
            let since = now.plus_ms(-ASK_AGAIN_MS);
            (
                sql!("signature/overdue", now, SWEEP_BATCH)
                    .all(&mut reader)
                    .await?,
                sql!("signature/unanswered", since, SWEEP_BATCH)
                    .all(&mut reader)
                    .await?,
            )
        };
        for (id,) in overdue {
            self.expire(&id).await?;
        }
        for (id,) in unanswered {
            self.ask_again(&id).await?;
        }
        Ok(())
    }

    async fn expire(&self, id: &str) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(stored) = store::signing(&mut tx, id).await? else {
            return Ok(());
        };
        let from = stored.stored_status;
        let failure = Some(Failure::Expired);
        if !from.is_open()
            || !self
                .finish(&mut tx, &stored, from, Status::Failed, failure, now)
                .await?
        {
            return Ok(());
        }
        let entry = self.entry(&stored, "expire", now);
        audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await
    }

    /// Asks the provider once more, or gives up.
    async fn ask_again(&self, id: &str) -> Result<(), DbError> {
        let stored = {
            let mut reader = self.platform.db.reader().await?;
            store::signing(&mut reader, id).await?
        };
        let Some(stored) = stored.filter(|stored| stored.stored_status == Status::Submitted) else {
            return Ok(());
        };
        let now = self.platform.clock.now();
        let begun = stored.confirmed.unwrap_or(stored.created);
        if now >= begun.plus_ms(GIVE_UP_MS) {
            return self.record(&stored, FAILED, &[]).await;
        }
        // One process asks at a time.
        let taken = sql!("signature/asked", id, now, stored.asked)
            .run_alone(&self.platform.db)
            .await?;
        if taken == 1 {
            self.make(id).await;
        }
        Ok(())
    }
}

/// What is to be signed, in the order of the files; one signature beside all of them for JAdES.
fn prepared(
    format: Format,
    contents: Vec<Content>,
    chain: &[Certificate],
    at: Timestamp,
) -> Result<Vec<Prepared>, MakeError> {
    if format == Format::Jades {
        let covered: Vec<Covered<'_>> = contents
            .iter()
            .map(|file| Covered {
                name: &file.name,
                media_type: &file.media_type,
                content: &file.bytes,
            })
            .collect();
        let chain: Vec<Vec<u8>> = chain.iter().map(|one| one.to_der()).collect::<Result<_, _>>()?;
        return Ok(vec![Prepared::Json(jades::Prepared::new(&covered, &chain, at)?)]);
    }
    let mut all = Vec::new();
    for file in contents {
        let pdf = pades::Prepared::new(file.bytes, at)?;
        let to_sign = ToSign::new(DATA, &pdf.hash(), chain.to_vec())?;
        all.push(Prepared::Pdf(Box::new(pdf), Box::new(to_sign), file.name));
    }
    Ok(all)
}

impl Prepared {
    /// The hash that the signer's key signs.
    fn hash(&self) -> Result<Hash, MakeError> {
        Ok(match self {
            Self::Pdf(_, to_sign, _) => sha256(&to_sign.bytes()?),
            Self::Json(json) => json.hash(),
        })
    }

    /// The hash that a time stamp of this signature covers.
    fn stamped(&self, numbers: &[u8]) -> Result<Hash, MakeError> {
        Ok(match self {
            // The signature's value (RFC 3161, appendix A).
            Self::Pdf(..) => sha256(&der_of(numbers)?),
            Self::Json(_) => jades::stamped(numbers),
        })
    }

    fn signed(self, numbers: &[u8], time_stamp: Option<&[u8]>) -> Result<Content, MakeError> {
        Ok(match self {
            Self::Pdf(pdf, to_sign, name) => {
                let cms = to_sign.signed(&der_of(numbers)?, None, time_stamp)?;
                Content {
                    name,
                    media_type: "application/pdf".to_owned(),
                    bytes: pdf.signed(&cms)?,
                }
            }
            Self::Json(json) => Content {
                name: "signatures.json".to_owned(),
                media_type: "application/jose+json".to_owned(),
                bytes: json.signed(numbers, time_stamp)?,
            },
        })
    }
}

fn der_of(numbers: &[u8]) -> Result<Vec<u8>, MakeError> {
    in_der(numbers).ok_or(MakeError::Provider(Fault::Unfit("a signature cannot be read")))
}
