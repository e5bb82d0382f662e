//! Signed files before the eyes of OpenSSL. The contract's suite has the rest, on both engines.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lopdf::{Document as Pdf, Object};

use super::*;
use crate::apis::Apis;
use crate::clock::Clock;
use crate::db::{Db, sqlite_address};
use crate::grant::{Attribute, Boundary, FetchType, Grant, LawfulBasis, Purpose};
use crate::invocation::{Acr, Invocation, Service, ServiceId, Session};
use crate::random::Random;
use crate::text::{Locale, Localised};

pub(super) const NOW: Timestamp = Timestamp(1_795_248_000_000);

fn text() -> Localised {
    Localised {
        az: "İmza".to_owned(),
        en: None,
        ru: None,
    }
}

/// Apis with a citizen in front of a service that asks for signatures.
async fn rig(folder: &Path) -> (Apis, Invocation) {
    rig_seeded(folder, 7).await
}

/// A text that the citizen of a rig signed beside it, and the authority's root.
pub(super) async fn signed_text(text: &str) -> (Vec<u8>, Vec<u8>) {
    signed_text_seeded(text, 7).await
}

/// The same by the authority of another seed.
pub(super) async fn signed_text_seeded(text: &str, seed: u64) -> (Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let (apis, asking) = rig_seeded(folder.path(), seed).await;
    let file = ("file.txt", "text/plain", text.as_bytes().to_vec());
    let signed = signed(&apis, &asking, Format::Jades, Level::BB, file).await;
    (signed, apis.signatures.backend().authorities().root)
}

async fn rig_seeded(folder: &Path, seed: u64) -> (Apis, Invocation) {
    let platform = Platform {
        db: Db::open(&sqlite_address(&folder.join("aim.db"))).await.unwrap(),
        clock: Clock::manual(NOW),
        random: Random::seeded(seed),
    };
    let apis = Apis::open(platform, "http://localhost").await.unwrap();
    let citizen = apis.identity.citizen("OTEST01").unwrap();
    let attributes = BTreeSet::from([Attribute::Name, Attribute::Fin]);
    let service = Arc::new(Service {
        id: ServiceId("signatures".to_owned()),
        title: text(),
        controller: "İmza MMC".to_owned(),
        tax_id: "1500000070".to_owned(),
        version: "1.0.0".to_owned(),
        digest: format!("sha256:{}", "0".repeat(64)),
        grant: Grant {
            capabilities: BTreeSet::from([Capability::Signature]),
            purposes: vec![Purpose {
                code: "sign".to_owned(),
                text: text(),
                basis: LawfulBasis::Consent,
                attributes: attributes.clone(),
                optional: BTreeSet::new(),
                fetch: FetchType::Periodic,
                valid_days: 1,
                retention_days: 0,
                recipients: Vec::new(),
            }],
            signature: SignatureTerms {
                formats: BTreeSet::from([Format::Pades, Format::Jades]),
                assurances: BTreeSet::from([Assurance::Advanced]),
                named_by_citizen: false,
            },
            boundary: Boundary {
                ends_at: NOW.plus_days(1),
                citizens_max: 1,
                signatures_max: 10,
                calls_per_minute_max: 1_000,
                ..Boundary::default()
            },
            ..Grant::default()
        },
        origin: "http://signatures.localhost".to_owned(),
        platform: "http://localhost".to_owned(),
        stopped: AtomicBool::new(false),
    });
    let given = apis.consent.give(&service, &citizen, "sign", &attributes).await;
    given.unwrap();
    let invocation = Invocation {
        service,
        session: Some(Session {
            citizen,
            acr: Acr::Substantial,
            amr: vec!["otp".to_owned()],
            auth_time: NOW,
            locale: Locale::Az,
        }),
        request_id: "req_1".to_owned(),
        return_path: "/".to_owned(),
        locale: Locale::Az,
        usage: crate::usage::Usage::default(),
    };
    (apis, invocation)
}

async fn signed(
    apis: &Apis,
    asking: &Invocation,
    format: Format,
    level: Level,
    (name, media_type, content): (&str, &str, Vec<u8>),
) -> Vec<u8> {
    let signatures = &apis.signatures;
    let new = NewFile {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        content,
    };
    let file = signatures.stage(asking, new).await.unwrap();
    let new = NewSigning {
        signers: vec![(Party::Current, None)],
        order: SigningOrder::Any,
        documents: vec![NewDocument {
            label: text(),
            content: AskedContent::File(file.id),
        }],
        assurance: Asked::Offered(Assurance::Advanced),
        format: Asked::Offered(format),
        level: Asked::Offered(level),
        purpose: "sign".to_owned(),
        description: text(),
        reference: "1".to_owned(),
        return_path: "/".to_owned(),
        expires: NOW.plus_days(1),
    };
    let key = format!("{}-{}", format.code(), level.code());
    let signing = signatures.create(asking, &key, new).await.unwrap();
    let citizen = &asking.session.as_ref().unwrap().citizen;
    let begun = signatures.begin(citizen, &signing.id).await.unwrap();
    let Some(Begun::Attempt(attempt)) = begun else {
        panic!("{begun:?}");
    };
    signatures
        .choose(citizen, &signing.id, &attempt.code)
        .await
        .unwrap();
    let done = signatures.get(asking, &signing.id).await.unwrap();
    assert_eq!(done.status, Status::Success);
    signatures
        .read(asking, &done.signed_files[0].id, 0)
        .await
        .unwrap()
}

/// The signature of a PDF, and what it covers.
fn parts(pdf: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let document = Pdf::load_mem(pdf).unwrap();
    let found = document.objects.values().find_map(|object| {
        let dictionary = object.as_dict().ok()?;
        dictionary.has(b"ByteRange").then_some(dictionary)
    });
    let found = found.unwrap();
    let range = found.get(b"ByteRange").and_then(Object::as_array).unwrap();
    let range: Vec<usize> = range
        .iter()
        .map(|place| usize::try_from(place.as_i64().unwrap()).unwrap())
        .collect();
    let contents = found.get(b"Contents").and_then(Object::as_str).unwrap();
    let length = (usize::from(contents[2]) << 8 | usize::from(contents[3])) + 4;
    let covered = [&pdf[..range[1]], &pdf[range[2]..]].concat();
    assert_eq!(range[2] + range[3], pdf.len());
    (contents[..length].to_vec(), covered)
}

fn openssl(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[tokio::test]
async fn openssl_verifies_a_pdf_of_each_level() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (apis, asking) = rig(folder).await;
    let root = STANDARD.encode(apis.signatures.backend().authorities().root);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{root}\n-----END CERTIFICATE-----\n");
    std::fs::write(folder.join("root.pem"), pem).unwrap();
    let at = NOW.seconds().to_string();
    for level in [Level::BB, Level::BT] {
        let file = ("a.pdf", "application/pdf", blank_pdf().unwrap());
        let pdf = signed(&apis, &asking, Format::Pades, level, file).await;
        let (signature, mut covered) = parts(&pdf);
        std::fs::write(folder.join("signature.der"), signature).unwrap();
        std::fs::write(folder.join("covered"), &covered).unwrap();
        let verify = [
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "signature.der",
            "-content",
            "covered",
            "-CAfile",
            "root.pem",
            "-purpose",
            "any",
            "-attime",
            &at,
            "-cades",
            "-out",
            "out",
        ];
        let (good, said) = openssl(folder, &verify);
        assert!(good, "{said}");
        covered[20] ^= 1;
        std::fs::write(folder.join("covered"), covered).unwrap();
        assert!(!openssl(folder, &verify).0);
    }
}

#[tokio::test]
async fn signed_pdf_is_checked_and_so_is_one_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (apis, asking) = rig(folder.path()).await;
    let pdf = ("a.pdf", "application/pdf", blank_pdf().unwrap());
    let signed = signed(&apis, &asking, Format::Pades, Level::BT, pdf).await;
    let mut flipped = signed.clone();
    let width = flipped.windows(3).position(|window| window == b"595").unwrap();
    flipped[width] = b'6';
    let later = [signed.as_slice(), b"\n%later\n"].concat();
    for (content, indication, why, covers_all) in [
        (signed, Indication::Passed, None, true),
        (later, Indication::Passed, None, false),
        (
            flipped,
            Indication::Failed,
            Some(SubIndication::HashFailure),
            false,
        ),
    ] {
        let new = NewFile {
            name: "a.bin".to_owned(),
            media_type: "application/octet-stream".to_owned(),
            content,
        };
        let file = apis.signatures.stage(&asking, new).await.unwrap();
        let report = apis.signatures.verify(&asking, &file.id, &[]).await.unwrap();
        let [signature] = report.signatures.as_slice() else {
            panic!("{report:?}");
        };
        assert_eq!((report.indication, signature.sub_indication), (indication, why));
        assert_eq!(signature.covers_all, covers_all);
        let beside = apis
            .signatures
            .verify(&asking, &file.id, std::slice::from_ref(&file.id))
            .await;
        assert_eq!(beside.unwrap_err().code(), "documents-malformed");
    }
}
