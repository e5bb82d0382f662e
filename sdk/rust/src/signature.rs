//! Electronic signatures by citizens. Capability: `signature`.
//!
//! The service hands over files and asks people to sign them. Each reads them on the platform's own page and signs or
//! refuses there; the service never sees a code, a certificate or a key. What it may ask for is in `aim.toml`:
//!
//! ```toml
//! capabilities = ["identity", "signature"]
//!
//! [signature]
//! formats = ["pades"]            # or "jades"
//! assurances = ["advanced"]
//! named-by-citizen = true        # only if citizens name others, by FIN, who sign with them
//!
//! [[purpose]]
//! code = "lease"
//! text = { az = "Müqaviləni imzalamağınız üçün", en = "For you to sign the lease" }
//! attributes = ["name", "fin"]   # a signed file names its signers
//! fetch = "periodic"             # for signers who are not here, and for an event handler that reads the file
//! ```
//!
//! ```no_run
//! use aim_sdk::signature::{self, NewSigning};
//! use aim_sdk::text::Localised;
//! # fn ask(sub: &str, lease: &[u8], expires: u64) -> Result<(), aim_sdk::error::GovError> {
//! let file = signature::stage("lease.pdf", "application/pdf", lease)?;
//! let title = Localised::new("İcarə müqaviləsi", "Lease");
//! let new = NewSigning::of_current("lease", &title, "lease-7", expires).with_file(&title, &file);
//! let signing = signature::create(&signature::key(&["lease", sub]), &new)?;
//! // Where to send the citizen.
//! let page = signing.next_url;
//! # Ok(())
//! # }
//! ```

pub use crate::bindings::aim::gov::signature::{
    Answer, Assurance, CertificateStatus, Content, Document, File, Format, Indication, Level, NewFile,
    NewSigner, NewSigning, Order, Party, Report, SignatureReport, Signer, Signing, Status,
};
pub use crate::payments::key;

use crate::bindings::aim::gov::signature as host;
use crate::error::GovError;
use crate::text::Localised;

impl NewSigning {
    /// Asks the citizen of this request for an advanced signature inside each PDF, with a time stamp. `expires` is in
    /// milliseconds since 1970, 5 minutes to 30 days ahead; they come back to `/`.
    pub fn of_current(purpose: &str, description: &Localised, reference: &str, expires: u64) -> Self {
        Self {
            signers: vec![NewSigner {
                who: Party::Current,
                capacity: None,
            }],
            order: Order::Any,
            documents: Vec::new(),
            assurance: Assurance::Advanced,
            format: Format::Pades,
            level: Level::BT,
            purpose: purpose.to_owned(),
            description: description.clone(),
            reference: reference.to_owned(),
            return_path: "/".to_owned(),
            expires,
        }
    }

    /// The same for the citizen with this pseudonym at the service alone, who need not be here.
    pub fn by(self, sub: &str) -> Self {
        Self {
            signers: vec![NewSigner {
                who: Party::Citizen(sub.to_owned()),
                capacity: None,
            }],
            ..self
        }
    }

    /// The same with one more signer: the citizen with this pseudonym at the service.
    pub fn and(mut self, sub: &str) -> Self {
        self.signers.push(NewSigner {
            who: Party::Citizen(sub.to_owned()),
            capacity: None,
        });
        self
    }

    /// The same with one more signer, whom the citizen of this request names on the platform's page; `label` says as what.
    pub fn and_named(mut self, label: &Localised) -> Self {
        self.signers.push(NewSigner {
            who: Party::NamedByCitizen(label.clone()),
            capacity: None,
        });
        self
    }

    /// The same with signers who sign one after the other.
    pub fn as_listed(self) -> Self {
        Self {
            order: Order::Listed,
            ..self
        }
    }

    /// The same with one more staged file, which the citizen reads under this label.
    pub fn with_file(mut self, label: &Localised, file: &File) -> Self {
        self.documents.push(Document {
            label: label.clone(),
            content: Content::File(file.id.clone()),
        });
        self
    }

    /// The same in this form and at this level.
    pub fn in_form(self, format: Format, level: Level) -> Self {
        Self {
            format,
            level,
            ..self
        }
    }

    /// The same with this path of the service, to which the signer comes back.
    pub fn return_to(self, path: &str) -> Self {
        Self {
            return_path: path.to_owned(),
            ..self
        }
    }
}

impl Signing {
    /// Whether all have signed.
    pub fn is_signed(&self) -> bool {
        self.status == Status::Success
    }
}

impl Report {
    /// Whether each signature is valid and covers all that was checked.
    pub fn is_good(&self) -> bool {
        let covers_all = self.signatures.iter().all(|signature| signature.covers_all);
        self.indication == Indication::TotalPassed && covers_all
    }
}

/// Hands a file over, of at most 2 MiB: `application/pdf`, `text/plain` or `application/json` to have it signed, any other
/// type to check it. The same name, type and bytes have the same id.
///
/// # Errors
/// `invalid-request` for a file that cannot be shown or signed; `limit-exceeded`.
pub fn stage(name: &str, media_type: &str, content: &[u8]) -> Result<File, GovError> {
    host::stage(&NewFile {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        content: content.to_vec(),
    })
}

/// Asks people to sign. The same key and body return the first answer again, in its current state.
///
/// # Errors
/// `login-required`, the consent errors, `access-denied`, `invalid-request` (also for what the platform does not offer),
/// `not-found`, `conflict`, `too-many-requests`, `limit-exceeded`; `unknown-outcome`: query with [`find`].
pub fn create(key: &str, signing: &NewSigning) -> Result<Signing, GovError> {
    host::create(key, signing)
}

/// A signing of this service.
///
/// # Errors
/// `not-found`.
pub fn get(id: &str) -> Result<Signing, GovError> {
    host::get(id)
}

/// The signing that was made with this key.
///
/// # Errors
/// Those of every call.
pub fn find(key: &str) -> Result<Option<Signing>, GovError> {
    host::find(key)
}

/// Takes a signing back that not all signers have confirmed.
///
/// # Errors
/// `not-found`; `conflict` once it is confirmed or finished.
pub fn cancel(id: &str) -> Result<Signing, GovError> {
    host::cancel(id)
}

/// All bytes of a signed file.
///
/// # Errors
/// `not-found`, also after 30 days; `access-denied` if the purpose does not cover `name` and `fin`; the consent errors.
pub fn read(file: &File) -> Result<Vec<u8>, GovError> {
    let mut bytes: Vec<u8> = Vec::new();
    while (bytes.len() as u64) < file.size {
        let piece = host::read(&file.id, bytes.len() as u64)?;
        if piece.is_empty() {
            break;
        }
        bytes.extend(piece);
    }
    Ok(bytes)
}

/// Checks the signatures of a staged PDF, or a staged signature over the staged files that it names.
///
/// # Errors
/// `not-found`; `invalid-request` for a file without signatures, or one that cannot be read.
pub fn verify(file: &File, over: &[File]) -> Result<Report, GovError> {
    let over: Vec<String> = over.iter().map(|file| file.id.clone()).collect();
    host::verify(&file.id, &over)
}
