//! People's keys and certificates. A key is made when its person first signs, and stays here, sealed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::{Decode as _, Encode as _};
use secrecy::ExposeSecret as _;
use x509_cert::Certificate;

use super::certificates::{Role, Subject, person_name};
use super::{Simulator, SimulatorError};
use crate::clock::Timestamp;
use crate::db::DbError;
use crate::idempotency::hash_fields;
use crate::signature::backend::{Order, Signatory};
use crate::signature::key::{Key, sha256};
use crate::sql;

/// How long a person's certificate is valid, in days.
const VALID_DAYS: u32 = 730;
/// A certificate with less time left is not used any more, in days.
const LEFT_DAYS: u32 = 30;

/// The name under which a person's key is sealed.
fn sealed_as(serial: &str) -> String {
    format!("signing-key {serial}")
}

fn encoded(certificate: &Certificate) -> Result<String, SimulatorError> {
    Ok(STANDARD.encode(certificate.to_der()?))
}

impl Simulator {
    /// The person's certificate and its issuers.
    pub(super) async fn chain_of(&self, person: &Signatory) -> Result<Vec<Vec<u8>>, SimulatorError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        // Names are part of the certificate: who has another name gets another one.
        let holder = hash_fields(&[&person.fin, &person.given_name, &person.family_name]);
        let left = now.plus_days(LEFT_DAYS);
        let kept: Option<(String,)> = sql!("signature/sim_certificate", &holder, left)
            .optional(&mut tx)
            .await?;
        let certificate = match kept {
            Some((kept,)) => decoded(&holder, &kept)?,
            None => {
                let (key, private) = Key::new(&self.platform.random)?;
                let certificate = self.certified(person, &key, now)?;
                let serial = hex::encode(certificate.tbs_certificate.serial_number.as_bytes());
                let until = now.plus_days(VALID_DAYS);
                sql!(
                    "signature/sim_certificate_insert",
                    &serial,
                    &holder,
                    self.sealed(&serial, &private)?,
                    encoded(&certificate)?,
                    until
                )
                .run(&mut tx)
                .await?;
                certificate
            }
        };
        tx.commit().await?;
        let authority = &self.authority;
        [&certificate, &authority.issuer, &authority.root]
            .into_iter()
            .map(|certificate| Ok(certificate.to_der()?))
            .collect()
    }

    fn certified(
        &self,
        person: &Signatory,
        key: &Key,
        now: Timestamp,
    ) -> Result<Certificate, SimulatorError> {
        let mut serial = [0; 16];
        self.platform.random.fill(&mut serial);
        let subject = Subject {
            name: person_name(&person.given_name, &person.family_name, &person.fin)?,
            key,
            role: Role::Person,
            serial,
            from: now,
            until: now.plus_days(VALID_DAYS),
        };
        Ok(self.authority.certify_person(subject)?)
    }

    fn sealed(&self, serial: &str, private: &[u8]) -> Result<String, SimulatorError> {
        let private = hex::encode(private);
        Ok(match self.platform.db.sealing() {
            Some(key) => key.seal(&self.platform.random, &sealed_as(serial), &private)?,
            // The temporary database of a vetting run.
            None => private,
        })
    }

    /// The signatures that an order asks for; `None` for a certificate that is unknown, or an order that was given for other
    /// hashes.
    pub(super) async fn carry_out(&self, order: &Order) -> Result<Option<Vec<Vec<u8>>>, SimulatorError> {
        let Ok(certificate) = Certificate::from_der(&order.certificate) else {
            return Ok(None);
        };
        let serial = hex::encode(certificate.tbs_certificate.serial_number.as_bytes());
        let all: Vec<u8> = order.hashes.iter().flatten().copied().collect();
        let hashes = hex::encode(sha256(&all));
        let mut tx = self.platform.db.begin().await?;
        let kept: Option<(String,)> = sql!("signature/sim_key", &serial).optional(&mut tx).await?;
        let Some((sealed,)) = kept else {
            return Ok(None);
        };
        sql!("signature/sim_order_insert", &order.id, &serial, &hashes)
            .run(&mut tx)
            .await?;
        let (of, ordered): (String, String) = sql!("signature/sim_order", &order.id).one(&mut tx).await?;
        if of != serial || ordered != hashes {
            return Ok(None);
        }
        let private = match self.platform.db.sealing() {
            Some(key) => key
                .unseal(&sealed_as(&serial), &sealed)?
                .expose_secret()
                .to_owned(),
            None => sealed,
        };
        let key = Key::of(&hex::decode(private)?)?;
        let signatures = order.hashes.iter().map(|hash| key.sign_hash(hash));
        let signatures = signatures.collect::<Result<_, _>>()?;
        tx.commit().await?;
        Ok(Some(signatures))
    }
}

fn decoded(holder: &str, kept: &str) -> Result<Certificate, SimulatorError> {
    let corrupt = || DbError::corrupt("sim_certificate", holder);
    let der = STANDARD.decode(kept).map_err(|_| corrupt())?;
    Certificate::from_der(&der).map_err(|_| corrupt().into())
}
