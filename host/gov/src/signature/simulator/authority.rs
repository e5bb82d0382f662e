//! The authorities: a root that certifies an issuer of people's certificates and a stamper of times.

use x509_cert::Certificate;
use x509_cert::name::Name;

use super::certificates::{Issuing, Role, Subject, authority_name, certify};
use crate::clock::Timestamp;
use crate::identity::{SecretError, secret};
use crate::mac::MacKey;
use crate::platform::Platform;
use crate::signature::key::Key;

/// The secret from which the authorities' keys are made.
const SECRET: &str = "signature-authority";
/// From when on the authorities' certificates are valid: 1 January 2026, in UTC.
const FROM: Timestamp = Timestamp(1_767_225_600_000);
/// Until when: 1 January 2049, the last years of two digits.
const UNTIL: Timestamp = Timestamp(2_493_072_000_000);

/// The keys and certificates of the authorities.
#[derive(Debug)]
pub(super) struct Authority {
    pub(super) root: Certificate,
    pub(super) root_key: Key,
    pub(super) issuer: Certificate,
    pub(super) issuer_key: Key,
    pub(super) stamper: Certificate,
    pub(super) stamper_key: Key,
    /// The platform's public address, without a trailing slash.
    address: String,
}

impl Authority {
    pub(super) async fn open(platform: &Platform, public_url: &str) -> Result<Self, SecretError> {
        let keys = MacKey::new(&secret(platform, SECRET).await?);
        Self::of(&keys, public_url).map_err(SecretError::Key)
    }

    fn of(keys: &MacKey, public_url: &str) -> Result<Self, String> {
        let key = |name: &str| {
            let private = hex::decode(keys.code(name, &[])).map_err(|error| error.to_string())?;
            Key::of(&private).map_err(|error| error.to_string())
        };
        let (root_key, issuer_key, stamper_key) = (key("root")?, key("issuer")?, key("stamper")?);
        let named = |name: &str| authority_name(name).map_err(|error| error.to_string());
        let root_name = named("AIM Sandbox test root")?;
        let status_url = format!("{public_url}{}", super::status::PATH);
        let certificate_url = format!("{public_url}{}", ROOT_PATH);
        let by_root = Issuing {
            name: &root_name,
            key: &root_key,
            status_url: &status_url,
            certificate_url: &certificate_url,
        };
        let certified = |name: Name, key: &Key, role, number: u8| {
            let subject = Subject {
                name,
                key,
                role,
                serial: [number; 16],
                from: FROM,
                until: UNTIL,
            };
            certify(&by_root, subject).map_err(|error| error.to_string())
        };
        Ok(Self {
            root: certified(root_name.clone(), &root_key, Role::Root, 1)?,
            issuer: certified(
                named("AIM Sandbox test signatures")?,
                &issuer_key,
                Role::Issuer,
                2,
            )?,
            stamper: certified(named("AIM Sandbox test time")?, &stamper_key, Role::Stamper, 3)?,
            root_key,
            issuer_key,
            stamper_key,
            address: public_url.to_owned(),
        })
    }

    /// The certificate of a person.
    pub(super) fn certify_person(&self, subject: Subject<'_>) -> der::Result<Certificate> {
        let issuing = Issuing {
            name: &self.issuer.tbs_certificate.subject,
            key: &self.issuer_key,
            status_url: &format!("{}{}", self.address, super::status::PATH),
            certificate_url: &format!("{}{ISSUER_PATH}", self.address),
        };
        certify(&issuing, subject)
    }
}

/// Where the root's certificate is, on the platform.
pub(crate) const ROOT_PATH: &str = "/signatures/root.cer";
/// Where the certificate of people's issuer is.
pub(crate) const ISSUER_PATH: &str = "/signatures/issuer.cer";
