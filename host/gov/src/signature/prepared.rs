//! What one signer signs: the files as they are, with the signatures that were made before.

use der::Encode as _;
use x509_cert::Certificate;

use super::cms::{DATA, ToSign};
use super::jades::{self, Covered};
use super::key::{Hash, in_der, sha256};
use super::pades;
use super::signing::Content;
use crate::clock::Timestamp;
use crate::db::DbError;
use crate::remote::Fault;
use crate::signature_terms::Format;

/// Why there are no signed files yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum MakeError {
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
pub(super) enum Prepared {
    Pdf(Box<pades::Prepared>, Box<ToSign>, String),
    Json(jades::Prepared),
}

/// What is to be signed, in the order of the files; one signature beside all of them for JAdES. `before` is what the
/// signers before left: PDFs in the order of the files, or one file of signatures.
pub(super) fn prepared(
    format: Format,
    contents: Vec<Content>,
    before: Vec<Vec<u8>>,
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
        let before = before.into_iter().next();
        return Ok(vec![Prepared::Json(jades::Prepared::new(
            &covered, &chain, before, at,
        )?)]);
    }
    let mut before = before.into_iter();
    let mut all = Vec::new();
    for file in contents {
        let pdf = pades::Prepared::new(before.next().unwrap_or(file.bytes), at)?;
        let to_sign = ToSign::new(DATA, &pdf.hash(), chain.to_vec())?;
        all.push(Prepared::Pdf(Box::new(pdf), Box::new(to_sign), file.name));
    }
    Ok(all)
}

impl Prepared {
    /// The hash that the signer's key signs.
    pub(super) fn hash(&self) -> Result<Hash, MakeError> {
        Ok(match self {
            Self::Pdf(_, to_sign, _) => sha256(&to_sign.bytes()?),
            Self::Json(json) => json.hash(),
        })
    }

    /// The hash that a time stamp of this signature covers.
    pub(super) fn stamped(&self, numbers: &[u8]) -> Result<Hash, MakeError> {
        Ok(match self {
            // The signature's value (RFC 3161, appendix A).
            Self::Pdf(..) => sha256(&der_of(numbers)?),
            Self::Json(_) => jades::stamped(numbers),
        })
    }

    pub(super) fn signed(self, numbers: &[u8], time_stamp: Option<&[u8]>) -> Result<Content, MakeError> {
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
