use serde_json::json;

use super::super::lab::{Holder, Lab, NOW, TEXT, signed_by, token};
use super::*;
use crate::signature::jades::stamped;
use crate::signature::key::Hash;
use crate::signature::simulator::certificates::Role;

fn one(lab: &Lab, file: &[u8]) -> Found {
    let mut found = read(file, &lab.root.certificate).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[track_caller]
fn wrong(lab: &Lab, file: &[u8]) -> SubIndication {
    one(lab, file).wrong.unwrap()
}

/// The only signature of a file, changed without being signed again.
fn changed(file: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(file).unwrap();
    change(&mut json["signatures"][0]);
    serde_json::to_vec(&json).unwrap()
}

#[test]
fn signature_that_holds_names_files_and_times() {
    let lab = Lab::new(7);
    let found = one(&lab, &lab.signed(Some(NOW.plus_days(1))));
    assert_eq!((found.wrong, found.claimed), (None, Some(NOW)));
    assert_eq!(found.chain, lab.chain());
    assert_eq!(found.covered[0].sha256, sha256(TEXT));
    assert_eq!(found.stamps.len(), 1);
    assert_eq!(found.stamps[0].at, NOW.plus_days(1));
    assert_eq!(found.fin().as_deref(), Some("LAB0001"));
}

#[test]
fn file_that_is_no_jws_is_told_apart() {
    let lab = Lab::new(7);
    let good = String::from_utf8(lab.signed(None)).unwrap();
    let many = {
        let mut json: Value = serde_json::from_str(&good).unwrap();
        let one = json["signatures"][0].clone();
        json["signatures"] = vec![one; SIGNATURES_MAX + 1].into();
        json.to_string()
    };
    for (file, expected) in [
        ("hello", NotSigned::NotJws),
        ("[]", NotSigned::NotJws),
        (r#"{"payload": ""}"#, NotSigned::NotJws),
        (r#"{"signatures": []}"#, NotSigned::NotJws),
        (
            r#"{"payload": "", "payload": "", "signatures": []}"#,
            NotSigned::NotJws,
        ),
        (r#"{"payload": "", "signatures": []}"#, NotSigned::Missing),
        (&many, NotSigned::NotJws),
    ] {
        let found = read(file.as_bytes(), &lab.root.certificate).map(drop);
        assert_eq!(found, Err(expected), "{file}");
    }
}

#[test]
fn header_that_could_be_read_in_two_ways_is_a_format_failure() {
    let lab = Lab::new(7);
    let certificate = STANDARD.encode(lab.person.certificate.to_der().unwrap());
    for change in [
        (|header| header["alg"] = "none".into()) as fn(&mut Value),
        |header| header["alg"] = "HS256".into(),
        |header| header["alg"] = "es256".into(),
        |header| header["crit"] = json!(["b64", "sigD", "exp"]),
        |header| header["crit"] = json!(["sigD"]),
        |header| header["b64"] = true.into(),
        |header| header["sigD"]["mId"] = "http://uri.etsi.org/19182/HttpHeaders".into(),
        |header| header["sigD"]["hashM"] = "S512".into(),
        |header| header["sigD"]["hashV"] = json!([]),
        |header| header["sigD"]["hashV"] = json!(["AAAA"]),
        |header| header["sigD"]["pars"] = json!(["a.txt", "b.txt"]),
        |header| {
            let data = &mut header["sigD"];
            data["pars"] = json!(["a.txt", "a.txt"]);
            data["hashV"] = json!([data["hashV"][0], data["hashV"][0]]);
        },
        |header| header["x5c"] = json!(["AAAA"]),
    ] {
        assert_eq!(
            wrong(&lab, &lab.with_header(change)),
            SubIndication::FormatFailure
        );
    }
    let many = lab.with_header(|header| header["x5c"] = vec![certificate; CERTIFICATES_MAX + 1].into());
    assert_eq!(wrong(&lab, &many), SubIndication::FormatFailure);
    // A payload, names in both headers, one name twice.
    let good = lab.signed(None);
    let mut payload: Value = serde_json::from_slice(&good).unwrap();
    payload["payload"] = "aGVsbG8".into();
    assert_eq!(
        wrong(&lab, payload.to_string().as_bytes()),
        SubIndication::FormatFailure
    );
    for header in [json!({"alg": "ES256"}), json!("alg"), json!({"etsiU": "a"})] {
        let file = changed(&good, |signature| signature["header"] = header.clone());
        assert_eq!(wrong(&lab, &file), SubIndication::FormatFailure, "{header}");
    }
    let twice = changed(&good, |signature| {
        let header = URL_SAFE_NO_PAD
            .decode(signature["protected"].as_str().unwrap())
            .unwrap();
        let header = String::from_utf8(header)
            .unwrap()
            .replacen('{', r#"{"alg":"none","#, 1);
        signature["protected"] = URL_SAFE_NO_PAD.encode(header).into();
    });
    assert_eq!(wrong(&lab, &twice), SubIndication::FormatFailure);
}

#[test]
fn algorithm_that_is_not_verified_is_not_a_failure() {
    let lab = Lab::new(7);
    let file = lab.with_header(|header| header["alg"] = "RS256".into());
    assert_eq!(wrong(&lab, &file), SubIndication::CryptoConstraintsFailure);
}

#[test]
fn value_that_does_not_hold_is_a_failure() {
    let lab = Lab::new(7);
    let good = lab.signed(None);
    let value = |text: &str| changed(&good, |signature| signature["signature"] = text.into());
    let zeros = URL_SAFE_NO_PAD.encode([0; 64]);
    let ones = URL_SAFE_NO_PAD.encode([1; 64]);
    for (text, expected) in [
        (ones.as_str(), SubIndication::SigCryptoFailure),
        (&zeros, SubIndication::SigCryptoFailure),
        ("", SubIndication::SigCryptoFailure),
        ("?", SubIndication::FormatFailure),
    ] {
        let found = one(&lab, &value(text));
        assert_eq!((found.wrong, found.chain.len()), (Some(expected), 0), "{text}");
        assert_eq!(found.fin(), None);
    }
}

#[test]
fn certificate_is_the_one_that_the_signature_names() {
    let lab = Lab::new(7);
    let none = lab.with_header(|header| header["x5c"] = json!([]));
    assert_eq!(wrong(&lab, &none), SubIndication::NoSigningCertificateFound);
    // Another certificate of the same key, under which the value holds as well.
    let mut other = lab.person.certificate.clone();
    other.tbs_certificate.issuer = lab.root.certificate.tbs_certificate.subject.clone();
    let other = STANDARD.encode(other.to_der().unwrap());
    let exchanged = lab.with_header(|header| header["x5c"][0] = other.into());
    assert_eq!(wrong(&lab, &exchanged), SubIndication::NoSigningCertificateFound);
    let unnamed = lab.with_header(|header| header["x5t#S256"] = Value::Null);
    assert_eq!(wrong(&lab, &unnamed), SubIndication::NoSigningCertificateFound);
}

#[test]
fn signer_of_another_authority_is_not_named() {
    let (lab, foreign) = (Lab::new(7), Lab::new(8));
    let found = one(&lab, &foreign.signed(Some(NOW)));
    assert_eq!(found.wrong, Some(SubIndication::NoCertificateChainFound));
    assert!(found.chain.is_empty() && found.stamps.is_empty());
    assert_eq!(found.fin(), None);
    let stamper = [&lab.stamper, &lab.root].map(|one| one.certificate.clone());
    let file = signed_by(&lab.stamper, &stamper, |_| None);
    assert_eq!(wrong(&lab, &file), SubIndication::ChainConstraintsFailure);
}

#[test]
fn stamp_that_does_not_hold_proves_nothing() {
    let (lab, foreign) = (Lab::new(7), Lab::new(8));
    let (stamper, root) = (&lab.stamper, &lab.root);
    let stamps = |stamp: &dyn Fn(&Hash) -> Vec<u8>| {
        let file = signed_by(&lab.person, &lab.chain(), |numbers| {
            Some(stamp(&stamped(numbers)))
        });
        let found = one(&lab, &file);
        assert_eq!(found.wrong, None);
        found.stamps.len()
    };
    assert_eq!(stamps(&|hash| token(stamper, root, hash, NOW)), 1);
    let other = &sha256(b"other");
    assert_eq!(stamps(&|_| token(stamper, root, other, NOW)), 0);
    assert_eq!(
        stamps(&|hash| token(&foreign.stamper, &foreign.root, hash, NOW)),
        0
    );
    assert_eq!(stamps(&|hash| token(&lab.person, &lab.issuer, hash, NOW)), 0);
    let over = NOW.plus_days(4_000);
    assert_eq!(stamps(&|hash| token(stamper, root, hash, over)), 0);
    // Its own signature: by another key under the stamper's certificate.
    let forged = Holder {
        certificate: stamper.certificate.clone(),
        key: lab.holder(None, "forger", Role::Stamper).key,
    };
    assert_eq!(stamps(&|hash| token(&forged, root, hash, NOW)), 0);
    assert_eq!(stamps(&|_| b"hello".to_vec()), 0);
}

#[test]
fn stamps_of_one_signature_have_a_limit() {
    let lab = Lab::new(7);
    let with = |count: usize| {
        changed(&lab.signed(Some(NOW)), |signature| {
            let one = signature["header"]["etsiU"][0].clone();
            signature["header"]["etsiU"] = vec![one; count].into();
        })
    };
    assert_eq!(one(&lab, &with(STAMPS_MAX)).stamps.len(), STAMPS_MAX);
    assert_eq!(wrong(&lab, &with(STAMPS_MAX + 1)), SubIndication::FormatFailure);
}

#[test]
fn files_are_compared_by_name() {
    let lab = Lab::new(7);
    let file = |name: &str, bytes: &[u8]| Content {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: bytes.to_vec(),
    };
    let over = |given: &[Content]| {
        let mut found = one(&lab, &lab.signed(None));
        compare(&mut found, given);
        (found.wrong, found.covers_all)
    };
    assert_eq!(over(&[file("a.txt", TEXT)]), (None, true));
    assert_eq!(over(&[file("a.txt", TEXT), file("b.txt", b"b")]), (None, false));
    let failure = Some(SubIndication::HashFailure);
    assert_eq!(over(&[file("a.txt", b"hellp")]), (failure, true));
    let missing = Some(SubIndication::SignedDataNotFound);
    assert_eq!(over(&[file("b.txt", TEXT)]), (missing, false));
    assert_eq!(over(&[]), (missing, true));
}
