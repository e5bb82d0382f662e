//! Checking signed files: `verify` of `wit/signature.wit`.
//!
//! The report names a signer as the certificate in the file does, and neither by FIN nor by pseudonym: the service has the
//! file, but a platform that said which of its citizens is meant would tell it who they are, without their consent.

use futures::FutureExt as _;
use futures::future::join_all;
use x509_cert::Certificate;

use super::check::judgement::{Report, Standings, asked, report};
use super::check::{Found, NotSigned, jades, pades};
use super::create::staged;
use super::new_signing::DOCUMENTS_MAX;
use super::signing::Content;
use super::{Signatures, status};
use crate::audit::Entry;
use crate::error::GovError;
use crate::grant::Capability;
use crate::invocation::Invocation;
use crate::remote;

impl Signatures {
    /// Checks a staged file that carries signatures, over other staged files.
    ///
    /// # Errors
    /// `not-found`; `invalid-request` (`signature-missing`, `signature-malformed`, `documents-malformed`).
    pub async fn verify(
        &self,
        invocation: &Invocation,
        file: &str,
        over: &[String],
    ) -> Result<Report, GovError> {
        let mut entry = Entry::of(invocation, Capability::Signature, "verify");
        let (service, id, ids) = (invocation.service.id.clone(), file.to_owned(), over.to_vec());
        let (signed, over) = self
            .platform
            .may_read(invocation, entry.clone(), move |conn, _, now| {
                async move {
                    let signed = staged(conn, &service, &id, now).await?;
                    if ids.len() > DOCUMENTS_MAX {
                        return Err(too_many());
                    }
                    if is_pdf(&signed.bytes) && !ids.is_empty() {
                        return Err(malformed(
                            "a PDF carries its own signatures; name no other files for it",
                        ));
                    }
                    let mut over: Vec<Content> = Vec::new();
                    for id in &ids {
                        let file = staged(conn, &service, id, now).await?;
                        if over.iter().any(|other| other.name == file.name) {
                            return Err(malformed("two files have the same name"));
                        }
                        over.push(file);
                    }
                    Ok((signed, over))
                }
                .boxed()
            })
            .await?;
        entry.object = Some(file.to_owned());
        let inspected = self.inspect(signed, over).await;
        self.platform
            .act(invocation, entry, move |_, _, now| {
                async move {
                    match inspected {
                        Ok((found, standings)) => Ok(report(&found, &standings, now)),
                        Err(wrong) => Err(GovError::invalid(wrong.code(), wrong.to_string())),
                    }
                }
                .boxed()
            })
            .await
    }

    /// Checks a file for somebody who has it, over other files, of which no two have the same name. Nothing is kept.
    ///
    /// # Errors
    /// [`NotSigned`].
    pub async fn check(&self, signed: Content, over: Vec<Content>) -> Result<Report, NotSigned> {
        let (found, standings) = self.inspect(signed, over).await?;
        Ok(report(&found, &standings, self.platform.clock.now()))
    }

    /// What a file says of its signatures, and the authority of their certificates.
    async fn inspect(
        &self,
        signed: Content,
        over: Vec<Content>,
    ) -> Result<(Vec<Found>, Standings), NotSigned> {
        let root = self.provider.backend.authorities().root;
        // A file takes as long to read as its author wants; no transaction waits for that, and others go on.
        let room = self.checking.acquire().await;
        let work = tokio::task::spawn_blocking(move || found(&signed, &over, &root));
        let found = work.await.unwrap_or(Err(NotSigned::NotPdf))?;
        drop(room);
        let standings = self.standings(&found).await;
        Ok((found, standings))
    }

    /// What the authority says of the certificates now; what it does not say is missing.
    async fn standings(&self, found: &[Found]) -> Standings {
        let provider = &self.provider;
        let questions = asked(found).into_iter().map(|(hash, pair)| async move {
            let request = status::request(&pair)?;
            let answer = remote::call(provider.deadline, provider.backend.status(&request)).await;
            let answer = answer
                .inspect_err(|fault| {
                    tracing::warn!(error = fault as &dyn std::error::Error, "signature.status failed");
                })
                .ok()?;
            let standing = status::standing(&pair, &answer, self.platform.clock.now())?;
            Some((hash, standing))
        });
        join_all(questions).await.into_iter().flatten().collect()
    }
}

/// Whether this is to be a PDF (ISO 32000-2, section 7.5.2), whatever its type says.
fn is_pdf(content: &[u8]) -> bool {
    content.starts_with(b"%PDF-")
}

fn found(signed: &Content, over: &[Content], root: &[u8]) -> Result<Vec<Found>, NotSigned> {
    let root: Certificate = der::Decode::from_der(root).map_err(|_| NotSigned::NotJws)?;
    if is_pdf(&signed.bytes) {
        return pades::read(&signed.bytes, &root);
    }
    let mut found = jades::read(&signed.bytes, &root)?;
    for one in &mut found {
        jades::compare(one, over);
    }
    Ok(found)
}

impl NotSigned {
    fn code(self) -> &'static str {
        match self {
            Self::NotJws | Self::NotPdf => "signature-malformed",
            Self::Missing => "signature-missing",
        }
    }
}

fn malformed(detail: &str) -> GovError {
    GovError::invalid("documents-malformed", detail)
}

fn too_many() -> GovError {
    malformed(&format!(
        "a signature is checked over at most {DOCUMENTS_MAX} files"
    ))
}
