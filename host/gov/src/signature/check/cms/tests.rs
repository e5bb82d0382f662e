use cms::signed_data::{CertificateSet, SignerInfos};
use der::asn1::{BitString, SetOfVec};

use super::super::lab::{Lab, NOW, TEXT, token};
use super::*;
use crate::signature::cms::{DATA, ToSign};
use crate::signature::simulator::certificates::Role;

fn signed(lab: &Lab) -> Vec<u8> {
    let to_sign = ToSign::new(DATA, &sha256(TEXT), lab.chain()).unwrap();
    let value = lab.person.key.sign(&to_sign.bytes().unwrap());
    to_sign.signed(&value, None, None).unwrap()
}

/// The message with another content.
fn with_data(message: &[u8], change: impl FnOnce(&mut SignedData)) -> Vec<u8> {
    let info = ContentInfo::from_der(message).unwrap();
    let mut data: SignedData = info.content.decode_as().unwrap();
    change(&mut data);
    let content = Any::encode_from(&data).unwrap();
    let content_type = info.content_type;
    ContentInfo {
        content_type,
        content,
    }
    .to_der()
    .unwrap()
}

/// The message with other attributes, signed again.
fn with_attributes(lab: &Lab, change: impl FnOnce(&mut Vec<x509_cert::attr::Attribute>)) -> Vec<u8> {
    with_data(&signed(lab), |data| {
        let mut signer = data.signer_infos.0.as_slice()[0].clone();
        let mut attributes = signer.signed_attrs.take().unwrap().into_vec();
        change(&mut attributes);
        let attributes = SetOfVec::try_from(attributes).unwrap();
        let value = lab.person.key.sign(&attributes.to_der().unwrap());
        signer.signature = OctetString::new(value).unwrap();
        signer.signed_attrs = Some(attributes);
        data.signer_infos = SignerInfos(SetOfVec::try_from(vec![signer]).unwrap());
    })
}

fn said(message: &[u8]) -> Option<SubIndication> {
    Message::read(message).unwrap().verified(&sha256(TEXT)).err()
}

#[test]
fn message_that_holds_is_by_its_signer() {
    let lab = Lab::new(7);
    let message = Message::read(&signed(&lab)).unwrap();
    assert_eq!(message.verified(&sha256(TEXT)), Ok(&lab.person.certificate));
    assert_eq!(message.content(), (DATA, None));
    let other = message.verified(&sha256(b"other"));
    assert_eq!(other, Err(SubIndication::HashFailure));
}

#[test]
fn value_by_another_key_does_not_hold() {
    let lab = Lab::new(7);
    let forged = with_data(&signed(&lab), |data| {
        let mut signer = data.signer_infos.0.as_slice()[0].clone();
        let attributes = signer.signed_attrs.as_ref().unwrap().to_der().unwrap();
        signer.signature = OctetString::new(lab.issuer.key.sign(&attributes)).unwrap();
        data.signer_infos = SignerInfos(SetOfVec::try_from(vec![signer]).unwrap());
    });
    assert_eq!(said(&forged), Some(SubIndication::SigCryptoFailure));
}

/// Without the attribute, anybody could exchange the certificate for another one of the same key.
#[test]
fn certificate_is_the_one_that_the_attribute_names() {
    let lab = Lab::new(7);
    // Of the same number and key, for somebody else.
    let mut other = lab.person.certificate.clone();
    other.tbs_certificate.subject = lab.stamper.certificate.tbs_certificate.subject.clone();
    let signature = lab.issuer.key.sign(&other.tbs_certificate.to_der().unwrap());
    other.signature = BitString::from_bytes(&signature).unwrap();
    let exchanged = with_data(&signed(&lab), |data| {
        let all = [&other, &lab.issuer.certificate].map(|one| CertificateChoices::Certificate(one.clone()));
        data.certificates = Some(CertificateSet(SetOfVec::try_from(all.to_vec()).unwrap()));
    });
    assert_eq!(said(&exchanged), Some(SubIndication::NoSigningCertificateFound));
    let gone = with_data(&signed(&lab), |data| {
        let all = vec![CertificateChoices::Certificate(lab.issuer.certificate.clone())];
        data.certificates = Some(CertificateSet(SetOfVec::try_from(all).unwrap()));
    });
    assert_eq!(said(&gone), Some(SubIndication::NoSigningCertificateFound));
}

#[test]
fn attributes_are_there_once() {
    let lab = Lab::new(7);
    for oid in [CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE] {
        let without = with_attributes(&lab, |all| all.retain(|one| one.oid != oid));
        assert_eq!(said(&without), Some(SubIndication::FormatFailure), "{oid}");
        let twice = with_attributes(&lab, |all| {
            let mut again = all.iter().find(|one| one.oid == oid).unwrap().clone();
            again
                .values
                .insert(Any::encode_from(&der::asn1::Null).unwrap())
                .unwrap();
            all.retain(|one| one.oid != oid);
            all.push(again);
        });
        assert_eq!(said(&twice), Some(SubIndication::FormatFailure), "{oid}");
    }
    let other = with_attributes(&lab, |all| {
        let own = all.iter_mut().find(|one| one.oid == CONTENT_TYPE).unwrap();
        own.values = SetOfVec::try_from(vec![Any::encode_from(&SIGNED_DATA).unwrap()]).unwrap();
    });
    assert_eq!(said(&other), Some(SubIndication::FormatFailure));
}

#[test]
fn algorithm_that_is_not_verified_is_not_a_failure() {
    let lab = Lab::new(7);
    let other = with_data(&signed(&lab), |data| {
        let mut signer = data.signer_infos.0.as_slice()[0].clone();
        signer.signature_algorithm.oid = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
        data.signer_infos = SignerInfos(SetOfVec::try_from(vec![signer]).unwrap());
    });
    assert_eq!(said(&other), Some(SubIndication::CryptoConstraintsFailure));
}

#[test]
fn what_is_no_message_with_one_signature_is_refused() {
    let lab = Lab::new(7);
    let good = signed(&lab);
    let nobody = with_data(&good, |data| data.signer_infos = SignerInfos(SetOfVec::new()));
    let two = with_data(&good, |data| {
        let one = data.signer_infos.0.as_slice()[0].clone();
        let mut other = one.clone();
        other.signature = OctetString::new(vec![1]).unwrap();
        data.signer_infos = SignerInfos(SetOfVec::try_from(vec![one, other]).unwrap());
    });
    let many = with_data(&good, |data| {
        let others = (0..=CERTIFICATES_MAX).map(|_| lab.holder(None, "a", Role::Issuer).certificate);
        let others = others.map(CertificateChoices::Certificate).collect::<Vec<_>>();
        data.certificates = Some(CertificateSet(SetOfVec::try_from(others).unwrap()));
    });
    let cut = good[..good.len() - 1].to_vec();
    for (message, what) in [
        (b"hello".to_vec(), "text"),
        (cut, "cut"),
        (nobody, "nobody"),
        (two, "two"),
        (many, "many certificates"),
        (lab.person.certificate.to_der().unwrap(), "certificate"),
    ] {
        assert!(Message::read(&message).is_none(), "{what}");
    }
}

#[test]
fn stamps_of_one_message_have_a_limit() {
    let lab = Lab::new(7);
    let with = |count: usize| {
        let message = with_data(&signed(&lab), |data| {
            let mut signer = data.signer_infos.0.as_slice()[0].clone();
            let hash = sha256(signer.signature.as_bytes());
            let tokens = (0..count).map(|second| {
                let at = NOW.plus_ms(1_000 * i64::try_from(second).unwrap());
                Any::from_der(&token(&lab.stamper, &lab.root, &hash, at)).unwrap()
            });
            let attribute = x509_cert::attr::Attribute {
                oid: TIME_STAMP_TOKEN,
                values: SetOfVec::try_from(tokens.collect::<Vec<_>>()).unwrap(),
            };
            signer.unsigned_attrs = Some(SetOfVec::try_from(vec![attribute]).unwrap());
            data.signer_infos = SignerInfos(SetOfVec::try_from(vec![signer]).unwrap());
        });
        Message::read(&message)
            .unwrap()
            .stamps()
            .map(|stamps| stamps.len())
    };
    assert_eq!((with(STAMPS_MAX), with(STAMPS_MAX + 1)), (Some(STAMPS_MAX), None));
}
