//! What a result is made of: times and the status of certificates.

use der::Encode as _;
use der::asn1::BitString;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{
    BasicOcspResponse, CertStatus, OcspGeneralizedTime, OcspResponse, ResponderId, ResponseData, RevokedInfo,
    SingleResponse, Version,
};

use super::judgement::{CertificateStatus, SignatureReport, Standings, asked, report};
use super::lab::{Holder, Lab, NOW, TEXT};
use super::*;
use crate::signature::key::{ecdsa_sha256, generalized};
use crate::signature::signing::{Content, Level};
use crate::signature::status::{SHA1, Standing, certificate_id, standing as standing_of};
use crate::signature_terms::Assurance;

fn found(lab: &Lab, stamped: Option<Timestamp>) -> Found {
    let file = lab.signed(stamped);
    let mut found = jades::read(&file, &lab.root.certificate).unwrap();
    let text = Content {
        name: "a.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: TEXT.to_vec(),
    };
    jades::compare(&mut found[0], &[text]);
    found.remove(0)
}

/// All are good but the certificate of `holder`.
fn but(found: &Found, of: &Certificate, standing: Option<Standing>) -> Standings {
    let all = asked(std::slice::from_ref(found)).into_iter();
    all.filter_map(|(hash, [one, _])| match one == *of {
        true => Some((hash, standing?)),
        false => Some((hash, Standing::Good)),
    })
    .collect()
}

fn one(found: &Found, standings: &Standings, now: Timestamp) -> SignatureReport {
    let mut report = report(std::slice::from_ref(found), standings, now);
    assert_eq!(report.indication, report.signatures[0].indication);
    assert_eq!(report.validated, now);
    report.signatures.remove(0)
}

fn said(found: &Found, standings: &Standings, now: Timestamp) -> (Option<SubIndication>, CertificateStatus) {
    let report = one(found, standings, now);
    (report.sub_indication, report.certificate_status)
}

#[test]
fn signature_with_all_that_is_needed_passes() {
    let lab = Lab::new(7);
    for (stamped, level) in [(None, Level::BB), (Some(NOW.plus_ms(1_000)), Level::BT)] {
        let found = found(&lab, stamped);
        let asked = asked(std::slice::from_ref(&found));
        assert_eq!(asked.len(), 2 + usize::from(stamped.is_some()));
        let all = but(&found, &lab.root.certificate, None);
        let report = one(&found, &all, NOW.plus_days(1));
        assert_eq!(
            report,
            SignatureReport {
                indication: Indication::Passed,
                sub_indication: None,
                name: Some("Ayan Test".to_owned()),
                assurance: Some(Assurance::Advanced),
                level,
                claimed: Some(NOW),
                proved: stamped,
                certificate_status: CertificateStatus::Active,
                covers_all: true,
            }
        );
    }
}

#[test]
fn certificate_counts_at_the_time_that_is_proved() {
    let lab = Lab::new(7);
    let over = NOW.plus_days(731);
    let plain = found(&lab, None);
    let good = but(&plain, &lab.root.certificate, None);
    let bounds = Some(SubIndication::OutOfBoundsNoPoe);
    assert_eq!(said(&plain, &good, over), (bounds, CertificateStatus::Expired));
    let early = NOW.plus_ms(-1_000);
    assert_eq!(said(&plain, &good, early), (bounds, CertificateStatus::Expired));
    let stamped = found(&lab, Some(NOW));
    let good = but(&stamped, &lab.root.certificate, None);
    assert_eq!(said(&stamped, &good, over), (None, CertificateStatus::Active));
    // A stamp that nobody stands by any more proves nothing.
    for standing in [None, Some(Standing::Unknown), Some(Standing::Revoked(NOW))] {
        let without = but(&stamped, &lab.stamper.certificate, standing);
        let report = one(&stamped, &without, over);
        assert_eq!((report.sub_indication, report.proved), (bounds, None));
    }
    // Stamped before there was a certificate, and after it was over.
    let before = found(&lab, Some(early));
    let good = but(&before, &lab.root.certificate, None);
    let report = one(&before, &good, NOW);
    assert_eq!(
        (report.indication, report.sub_indication),
        (Indication::Failed, Some(SubIndication::NotYetValid))
    );
    let late = found(&lab, Some(over));
    let good = but(&late, &lab.root.certificate, None);
    assert_eq!(said(&late, &good, over).0, bounds);
}

#[test]
fn revocation_counts_unless_the_signature_is_proved_to_be_older() {
    let lab = Lab::new(7);
    let now = NOW.plus_days(3);
    let since = Some(Standing::Revoked(NOW.plus_days(2)));
    let own = &lab.person.certificate;
    let no_poe = Some(SubIndication::RevokedNoPoe);
    let plain = found(&lab, None);
    let revoked = but(&plain, own, since);
    assert_eq!(said(&plain, &revoked, now), (no_poe, CertificateStatus::Revoked));
    let before = found(&lab, Some(NOW.plus_days(1)));
    let revoked = but(&before, own, since);
    assert_eq!(said(&before, &revoked, now), (None, CertificateStatus::Active));
    // Of the same second: not proved to be older.
    for days in [2, 3] {
        let after = found(&lab, Some(NOW.plus_days(days)));
        let revoked = but(&after, own, since);
        assert_eq!(said(&after, &revoked, now), (no_poe, CertificateStatus::Revoked));
    }
    let revoked = but(&plain, &lab.issuer.certificate, since);
    assert_eq!(said(&plain, &revoked, now).0, Some(SubIndication::RevokedCaNoPoe));
}

#[test]
fn missing_status_leaves_the_result_indeterminate() {
    let lab = Lab::new(7);
    let plain = found(&lab, None);
    let later = Some(SubIndication::TryLater);
    for (standing, status) in [
        (None, CertificateStatus::Unknown),
        (Some(Standing::Unknown), CertificateStatus::Unknown),
        (Some(Standing::Suspended), CertificateStatus::Suspended),
    ] {
        let open = but(&plain, &lab.person.certificate, standing);
        assert_eq!(said(&plain, &open, NOW), (later, status));
        let report = one(&plain, &open, NOW);
        assert_eq!(report.indication, Indication::Indeterminate);
    }
    let open = but(&plain, &lab.issuer.certificate, None);
    assert_eq!(said(&plain, &open, NOW).0, later);
}

#[test]
fn worst_signature_decides() {
    let lab = Lab::new(7);
    let good = found(&lab, None);
    let standings = but(&good, &lab.root.certificate, None);
    let bad = Found::wrong(SubIndication::HashFailure);
    let open = Found::wrong(SubIndication::SignedDataNotFound);
    let worst = |all: &[&Found]| {
        let all: Vec<Found> = all.iter().map(|one| (*one).clone()).collect();
        report(&all, &standings, NOW).indication
    };
    assert_eq!(worst(&[&good, &good]), Indication::Passed);
    assert_eq!(worst(&[&good, &open]), Indication::Indeterminate);
    assert_eq!(worst(&[&bad, &open, &good]), Indication::Failed);
}

#[test]
fn codes_are_those_of_the_standard() {
    for (sub, code) in [
        (SubIndication::SigCryptoFailure, "SIG_CRYPTO_FAILURE"),
        (SubIndication::RevokedCaNoPoe, "REVOKED_CA_NO_POE"),
        (
            SubIndication::NoSigningCertificateFound,
            "NO_SIGNING_CERTIFICATE_FOUND",
        ),
    ] {
        assert_eq!(sub.code(), code);
    }
}

/// The answer about the person's certificate, signed by `by`.
fn answer(lab: &Lab, by: &Holder, status: CertStatus, at: Timestamp) -> Vec<u8> {
    let issuer = &lab.issuer.certificate;
    let serial = &lab.person.certificate.tbs_certificate.serial_number;
    let hash = AlgorithmIdentifierOwned {
        oid: SHA1,
        parameters: None,
    };
    let at = moment(at);
    let data = ResponseData {
        version: Version::V1,
        responder_id: ResponderId::ByName(issuer.tbs_certificate.subject.clone()),
        produced_at: at,
        responses: vec![SingleResponse {
            cert_id: certificate_id(issuer, serial, &hash).unwrap(),
            cert_status: status,
            this_update: at,
            next_update: None,
            single_extensions: None,
        }],
        response_extensions: None,
    };
    let signature = by.key.sign(&data.to_der().unwrap());
    let answer = BasicOcspResponse {
        signature: BitString::from_bytes(&signature).unwrap(),
        tbs_response_data: data,
        signature_algorithm: ecdsa_sha256(),
        certs: None,
    };
    OcspResponse::successful(answer).unwrap().to_der().unwrap()
}

fn moment(at: Timestamp) -> OcspGeneralizedTime {
    OcspGeneralizedTime(generalized(at).unwrap())
}

#[test]
fn authority_says_how_a_certificate_stands() {
    let lab = Lab::new(7);
    let now = NOW.plus_days(1);
    let revoked = |reason| {
        CertStatus::revoked(RevokedInfo {
            revocation_time: moment(NOW),
            revocation_reason: reason,
        })
    };
    let said = |by: &Holder, status, at| {
        let answer = answer(&lab, by, status, at);
        standing_of(&lab.chain(), &answer, now)
    };
    for (status, expected) in [
        (CertStatus::good(), Standing::Good),
        (CertStatus::unknown(), Standing::Unknown),
        (revoked(None), Standing::Revoked(NOW)),
        (revoked(Some(CrlReason::KeyCompromise)), Standing::Revoked(NOW)),
        (revoked(Some(CrlReason::CertificateHold)), Standing::Suspended),
    ] {
        assert_eq!(said(&lab.issuer, status, now), Some(expected));
        // Of an hour ago, and by somebody else: no answer.
        assert_eq!(said(&lab.issuer, status, now.plus_ms(-3_601_000)), None);
        assert_eq!(said(&lab.stamper, status, now), None);
    }
    assert_eq!(standing_of(&lab.chain(), b"hello", now), None);
}
