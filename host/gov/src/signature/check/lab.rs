//! Authorities, people and signatures of tests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use der::asn1::{Int, ObjectIdentifier, OctetString};
use der::{Any, Encode as _};
use serde_json::Value;
use x509_cert::Certificate;
use x509_tsp::{MessageImprint, TspVersion, TstInfo};

use crate::clock::Timestamp;
use crate::random::Random;
use crate::signature::cms::{DATA, TST_INFO, ToSign};
use crate::signature::jades;
use crate::signature::key::{Key, generalized, sha256, sha256_identifier};
use crate::signature::simulator::certificates::{
    Issuing, Role, Subject, authority_name, certify, person_name,
};

pub(super) use super::super::tests::NOW;

/// What is signed.
pub(super) const TEXT: &[u8] = b"hello";

/// A key and its certificate.
pub(super) struct Holder {
    pub(super) certificate: Certificate,
    pub(super) key: Key,
}

/// A root with an issuer of people's certificates and a stamper of times, valid for ten years, and a person whose
/// certificate is valid for 730 days from now.
pub(super) struct Lab {
    random: Random,
    pub(super) root: Holder,
    pub(super) issuer: Holder,
    pub(super) stamper: Holder,
    pub(super) person: Holder,
}

impl Lab {
    pub(super) fn new(seed: u64) -> Self {
        let random = Random::seeded(seed);
        let long = (NOW.plus_ms(-1_000), NOW.plus_days(3_650));
        let root = holder(&random, None, "root", Role::Root, long);
        let issuer = holder(&random, Some(&root), "issuer", Role::Issuer, long);
        let stamper = holder(&random, Some(&root), "stamper", Role::Stamper, long);
        let person = holder(
            &random,
            Some(&issuer),
            "Ayan",
            Role::Person,
            (NOW, NOW.plus_days(730)),
        );
        Self {
            random,
            root,
            issuer,
            stamper,
            person,
        }
    }

    /// Another one, certified by `by`, or by itself.
    pub(super) fn holder(&self, by: Option<&Holder>, name: &str, role: Role) -> Holder {
        let long = (NOW, NOW.plus_days(730));
        holder(&self.random, by, name, role, long)
    }

    pub(super) fn chain(&self) -> Vec<Certificate> {
        [&self.person, &self.issuer, &self.root]
            .map(|holder| holder.certificate.clone())
            .to_vec()
    }

    /// A file with a signature of the person over [`TEXT`], with a time stamp of this moment.
    pub(super) fn signed(&self, stamped: Option<Timestamp>) -> Vec<u8> {
        let stamp = |numbers: &[u8]| {
            let hash = jades::stamped(numbers);
            stamped.map(|at| token(&self.stamper, &self.root, &hash, at))
        };
        signed_by(&self.person, &self.chain(), stamp)
    }

    /// The same file with another header, signed again by the person.
    pub(super) fn with_header(&self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut file: Value = serde_json::from_slice(&self.signed(None)).unwrap();
        let signature = &mut file["signatures"][0];
        let header = URL_SAFE_NO_PAD.decode(signature["protected"].as_str().unwrap());
        let mut header: Value = serde_json::from_slice(&header.unwrap()).unwrap();
        change(&mut header);
        let protected = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).unwrap());
        let hash = sha256(format!("{protected}.").as_bytes());
        let numbers = self.person.key.sign_hash(&hash).unwrap();
        signature["signature"] = URL_SAFE_NO_PAD.encode(numbers).into();
        signature["protected"] = protected.into();
        serde_json::to_vec(&file).unwrap()
    }
}

fn holder(
    random: &Random,
    by: Option<&Holder>,
    name: &str,
    role: Role,
    (from, until): (Timestamp, Timestamp),
) -> Holder {
    let (key, _) = Key::new(random).unwrap();
    let mut serial = [0; 16];
    random.fill(&mut serial);
    let own = match role {
        Role::Person => person_name(name, "Test", "LAB0001"),
        Role::Root | Role::Issuer | Role::Stamper => authority_name(name),
    };
    let own = own.unwrap();
    let issuing = Issuing {
        name: by.map_or(&own, |by| &by.certificate.tbs_certificate.subject),
        key: by.map_or(&key, |by| &by.key),
        status_url: "http://localhost/ocsp",
        certificate_url: "http://localhost/cer",
    };
    let subject = Subject {
        name: own.clone(),
        key: &key,
        role,
        serial,
        from,
        until,
    };
    let certificate = certify(&issuing, subject).unwrap();
    Holder { certificate, key }
}

/// A file with a signature of this signer over [`TEXT`], and what stamps its numbers.
pub(super) fn signed_by(
    signer: &Holder,
    chain: &[Certificate],
    stamp: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Vec<u8> {
    let covered = jades::Covered {
        name: "a.txt",
        media_type: "text/plain",
        content: TEXT,
    };
    let chain: Vec<Vec<u8>> = chain.iter().map(|one| one.to_der().unwrap()).collect();
    let prepared = jades::Prepared::new(&[covered], &chain, None, NOW).unwrap();
    let numbers = signer.key.sign_hash(&prepared.hash()).unwrap();
    let stamp = stamp(&numbers);
    prepared.signed(&numbers, stamp.as_deref()).unwrap()
}

/// A PDF with one more signature of this signer, and what stamps its value.
pub(super) fn signed_pdf(
    signer: &Holder,
    chain: &[Certificate],
    file: Vec<u8>,
    stamp: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Vec<u8> {
    let pdf = crate::signature::pades::Prepared::new(file, NOW).unwrap();
    let to_sign = ToSign::new(DATA, &pdf.hash(), chain.to_vec()).unwrap();
    let value = signer.key.sign(&to_sign.bytes().unwrap());
    let stamp = stamp(&value);
    let message = to_sign.signed(&value, None, stamp.as_deref()).unwrap();
    pdf.signed(&message).unwrap()
}

/// A time stamp of something with this hash.
pub(super) fn token(stamper: &Holder, root: &Holder, hash: &[u8; 32], at: Timestamp) -> Vec<u8> {
    let info = TstInfo {
        version: TspVersion::V1,
        policy: ObjectIdentifier::new_unwrap("0.4.0.2023.1.1"),
        message_imprint: MessageImprint {
            hash_algorithm: sha256_identifier(),
            hashed_message: OctetString::new(hash.as_slice()).unwrap(),
        },
        serial_number: Int::new(&[1]).unwrap(),
        gen_time: generalized(at).unwrap(),
        accuracy: None,
        ordering: false,
        nonce: None,
        tsa: None,
        extensions: None,
    };
    let content = info.to_der().unwrap();
    let chain = vec![stamper.certificate.clone(), root.certificate.clone()];
    let to_sign = ToSign::new(TST_INFO, &sha256(&content), chain).unwrap();
    let signature = stamper.key.sign(&to_sign.bytes().unwrap());
    let content = Any::encode_from(&OctetString::new(content).unwrap()).unwrap();
    to_sign.signed(&signature, Some(content), None).unwrap()
}
