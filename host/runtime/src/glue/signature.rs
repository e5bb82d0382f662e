//! `aim:gov/signature`: conversions only; see [`aim_gov::signature`].

use aim_gov::clock::Timestamp;
use aim_gov::error::Problem;
use aim_gov::grant::Capability;
use aim_gov::signature as gov;

use super::types::{localised, problem};
use super::{CallResult, RequestState};
use crate::arguments::{
    Argument, bytes, case, keyed, list, media_type, number, optional, path, record, redacted, word,
};
use crate::bindings::aim::gov::signature as wit;

impl RequestState {
    fn signing(&self, signing: gov::Signing) -> wit::Signing {
        let failure = signing.failure.map(|failure| {
            let detail = match failure {
                gov::Failure::Refused => "a signer refused",
                gov::Failure::Expired => "not all signers answered in time",
                gov::Failure::SignerUnable => "a signer has no means to sign",
                gov::Failure::ProviderFailed => "the provider of signatures made none within a day",
            };
            problem(Problem::new(failure.code(), detail), &self.invocation.request_id)
        });
        wit::Signing {
            id: signing.id,
            reference: signing.reference,
            finished: signing.status.is_final(),
            status: signing.status.into(),
            failure,
            signers: signing.signers.into_iter().map(Into::into).collect(),
            next_url: signing.next_url,
            created: signing.created.as_wit(),
            expires: signing.expires.as_wit(),
            signed_files: signing.signed_files.into_iter().map(Into::into).collect(),
            files_url: signing.files_url,
            kept_until: signing.kept_until.map(Timestamp::as_wit),
        }
    }
}

impl wit::Host for RequestState {
    async fn stage(&mut self, f: wit::NewFile) -> CallResult<wit::File> {
        let call = self.begin(Capability::Signature, "stage", || [("f", handed_over(&f))])?;
        let new = gov::NewFile {
            name: f.name,
            media_type: f.media_type,
            content: f.content,
        };
        let result = call
            .wait_for(self.apis.signatures.stage(&self.invocation, new))
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn create(&mut self, key: String, s: wit::NewSigning) -> CallResult<wit::Signing> {
        let call = self.begin(Capability::Signature, "create", || {
            [("key", keyed(&key)), ("s", asked(&s))]
        })?;
        let result = call
            .wait_for(self.apis.signatures.create(&self.invocation, &key, s.into()))
            .await;
        let signing = self.end(call, result)?;
        Ok(self.signing(signing))
    }

    async fn get(&mut self, id: String) -> CallResult<wit::Signing> {
        let call = self.begin(Capability::Signature, "get", || [("id", word(&id))])?;
        let result = call
            .wait_for(self.apis.signatures.get(&self.invocation, &id))
            .await;
        let signing = self.end(call, result)?;
        Ok(self.signing(signing))
    }

    async fn find(&mut self, key: String) -> CallResult<Option<wit::Signing>> {
        let call = self.begin(Capability::Signature, "find", || [("key", keyed(&key))])?;
        let result = call
            .wait_for(self.apis.signatures.find(&self.invocation, &key))
            .await;
        let found = self.end(call, result)?;
        Ok(found.map(|signing| self.signing(signing)))
    }

    async fn cancel(&mut self, id: String) -> CallResult<wit::Signing> {
        let call = self.begin(Capability::Signature, "cancel", || [("id", word(&id))])?;
        let result = call
            .wait_for(self.apis.signatures.cancel(&self.invocation, &id))
            .await;
        let signing = self.end(call, result)?;
        Ok(self.signing(signing))
    }

    async fn read(&mut self, file_id: String, offset: u64) -> CallResult<Vec<u8>> {
        let call = self.begin(Capability::Signature, "read", || {
            [("file-id", word(&file_id)), ("offset", number(offset))]
        })?;
        let result = call
            .wait_for(self.apis.signatures.read(&self.invocation, &file_id, offset))
            .await;
        self.end(call, result)
    }

    async fn verify(&mut self, file_id: String, over: Vec<String>) -> CallResult<wit::Report> {
        let call = self.begin(Capability::Signature, "verify", || {
            [("file-id", word(&file_id)), ("over", list(&over, |id| word(id)))]
        })?;
        let result = call
            .wait_for(self.apis.signatures.verify(&self.invocation, &file_id, &over))
            .await;
        Ok(self.end(call, result)?.into())
    }
}

/// A time out of the platform's range is later than any that it accepts.
fn time(ms: u64) -> Timestamp {
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}

fn handed_over(file: &wit::NewFile) -> Argument {
    record([
        ("name", redacted(&file.name)),
        ("media-type", media_type(&file.media_type)),
        ("content", bytes(&file.content)),
    ])
}

fn asked(new: &wit::NewSigning) -> Argument {
    let order = match new.order {
        wit::Order::Any => "any",
        wit::Order::Listed => "listed",
    };
    let assurance = match new.assurance {
        wit::Assurance::Confirmation => "confirmation",
        wit::Assurance::Advanced => "advanced",
        wit::Assurance::Qualified => "qualified",
    };
    let format = match new.format {
        wit::Format::Pades => "pades",
        wit::Format::AsicE => "asic-e",
        wit::Format::Jades => "jades",
        wit::Format::Cades => "cades",
        wit::Format::Xades => "xades",
    };
    let level = match new.level {
        wit::Level::BB => "b-b",
        wit::Level::BT => "b-t",
        wit::Level::BLt => "b-lt",
        wit::Level::BLta => "b-lta",
    };
    record([
        ("signers", list(&new.signers, signer)),
        ("order", word(order)),
        ("documents", list(&new.documents, document)),
        ("assurance", word(assurance)),
        ("format", word(format)),
        ("level", word(level)),
        ("purpose", word(&new.purpose)),
        ("description", localised(&new.description)),
        ("reference", word(&new.reference)),
        ("return-path", path(&new.return_path)),
        ("expires", number(new.expires)),
    ])
}

fn signer(signer: &wit::NewSigner) -> Argument {
    let who = match &signer.who {
        wit::Party::Current => word("current"),
        wit::Party::Citizen(sub) => case("citizen", redacted(sub)),
        wit::Party::NamedByCitizen(label) => case("named-by-citizen", localised(label)),
    };
    record([
        ("who", who),
        ("capacity", optional(signer.capacity.as_deref(), redacted)),
    ])
}

fn document(document: &wit::Document) -> Argument {
    let content = match &document.content {
        wit::Content::File(id) => case("file", word(id)),
        wit::Content::Digest(detached) => case(
            "digest",
            record([
                ("sha256", bytes(&detached.sha256)),
                ("media-type", media_type(&detached.media_type)),
            ]),
        ),
    };
    record([("label", localised(&document.label)), ("content", content)])
}

impl From<wit::NewSigning> for gov::NewSigning {
    fn from(new: wit::NewSigning) -> Self {
        Self {
            signers: new
                .signers
                .into_iter()
                .map(|signer| (signer.who.into(), signer.capacity))
                .collect(),
            order: match new.order {
                wit::Order::Any => gov::SigningOrder::Any,
                wit::Order::Listed => gov::SigningOrder::Listed,
            },
            documents: new.documents.into_iter().map(Into::into).collect(),
            assurance: match new.assurance {
                wit::Assurance::Confirmation => gov::Asked::NotOffered("confirmation"),
                wit::Assurance::Advanced => gov::Asked::Offered(gov::Assurance::Advanced),
                wit::Assurance::Qualified => gov::Asked::NotOffered("qualified"),
            },
            format: match new.format {
                wit::Format::Pades => gov::Asked::Offered(gov::Format::Pades),
                wit::Format::AsicE => gov::Asked::NotOffered("asic-e"),
                wit::Format::Jades => gov::Asked::Offered(gov::Format::Jades),
                wit::Format::Cades => gov::Asked::NotOffered("cades"),
                wit::Format::Xades => gov::Asked::NotOffered("xades"),
            },
            level: match new.level {
                wit::Level::BB => gov::Asked::Offered(gov::Level::BB),
                wit::Level::BT => gov::Asked::Offered(gov::Level::BT),
                wit::Level::BLt => gov::Asked::NotOffered("b-lt"),
                wit::Level::BLta => gov::Asked::NotOffered("b-lta"),
            },
            purpose: new.purpose,
            description: new.description.into(),
            reference: new.reference,
            return_path: new.return_path,
            expires: time(new.expires),
        }
    }
}

impl From<wit::Party> for gov::Party {
    fn from(party: wit::Party) -> Self {
        match party {
            wit::Party::Current => Self::Current,
            wit::Party::Citizen(sub) => Self::Citizen(sub),
            wit::Party::NamedByCitizen(label) => Self::Named(label.into()),
        }
    }
}

impl From<wit::Document> for gov::NewDocument {
    fn from(document: wit::Document) -> Self {
        Self {
            label: document.label.into(),
            content: match document.content {
                wit::Content::File(id) => gov::AskedContent::File(id),
                wit::Content::Digest(_) => gov::AskedContent::Digest,
            },
        }
    }
}

impl From<gov::Signer> for wit::Signer {
    fn from(signer: gov::Signer) -> Self {
        Self {
            who: signer.sub,
            answer: match signer.answer {
                gov::Answer::None => wit::Answer::None,
                gov::Answer::Signed => wit::Answer::Signed,
                gov::Answer::Refused => wit::Answer::Refused,
            },
            answered: signer.answered.map(Timestamp::as_wit),
            next_url: signer.next_url,
        }
    }
}

impl From<gov::File> for wit::File {
    fn from(file: gov::File) -> Self {
        Self {
            id: file.id,
            name: file.name,
            media_type: file.media_type,
            size: file.size,
            sha256: file.sha256.to_vec(),
        }
    }
}

impl From<gov::Status> for wit::Status {
    fn from(status: gov::Status) -> Self {
        match status {
            gov::Status::Created => Self::Created,
            gov::Status::Started => Self::Started,
            gov::Status::PartlySigned => Self::PartlySigned,
            gov::Status::Submitted => Self::Submitted,
            gov::Status::Success => Self::Success,
            gov::Status::Failed => Self::Failed,
            gov::Status::Cancelled => Self::Cancelled,
            gov::Status::Error => Self::Error,
        }
    }
}

impl From<gov::Report> for wit::Report {
    fn from(report: gov::Report) -> Self {
        Self {
            indication: report.indication.into(),
            signatures: report.signatures.into_iter().map(Into::into).collect(),
            validated: report.validated.as_wit(),
        }
    }
}

impl From<gov::SignatureReport> for wit::SignatureReport {
    fn from(report: gov::SignatureReport) -> Self {
        Self {
            indication: report.indication.into(),
            sub_indication: report.sub_indication.map(|why| why.code().to_owned()),
            name: report.name,
            assurance: report.assurance.map(|assurance| match assurance {
                gov::Assurance::Advanced => wit::Assurance::Advanced,
            }),
            level: match report.level {
                gov::Level::BB => wit::Level::BB,
                gov::Level::BT => wit::Level::BT,
            },
            claimed_time: report.claimed.map(Timestamp::as_wit),
            proved_time: report.proved.map(Timestamp::as_wit),
            certificate_status: match report.certificate_status {
                gov::CertificateStatus::Active => wit::CertificateStatus::Active,
                gov::CertificateStatus::Expired => wit::CertificateStatus::Expired,
                gov::CertificateStatus::Suspended => wit::CertificateStatus::Suspended,
                gov::CertificateStatus::Revoked => wit::CertificateStatus::Revoked,
                gov::CertificateStatus::Unknown => wit::CertificateStatus::Unknown,
            },
            covers_all: report.covers_all,
        }
    }
}

impl From<gov::Indication> for wit::Indication {
    fn from(indication: gov::Indication) -> Self {
        match indication {
            gov::Indication::Passed => Self::TotalPassed,
            gov::Indication::Failed => Self::TotalFailed,
            gov::Indication::Indeterminate => Self::Indeterminate,
        }
    }
}
