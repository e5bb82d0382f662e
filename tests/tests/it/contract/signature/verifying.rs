//! Signed files that services hand in to be checked.

use aim_gov::signature::{CertificateStatus, Indication, Report, SubIndication};

use super::*;

/// A file with a signature of the rig's citizen over the text.
async fn signed(rig: &Rig, invocation: &Invocation, level: Level) -> (Vec<u8>, File) {
    let text = text_file(rig, invocation).await;
    let key = format!("{level:?}");
    let signing = create(rig, invocation, &key, new(Format::Jades, level, &text)).await;
    sign(rig, &signing.id).await;
    let signing = get(rig, invocation, &signing.id).await;
    (read(rig, invocation, &signing).await, text)
}

async fn hand_in(rig: &Rig, invocation: &Invocation, content: &[u8]) -> File {
    let new = new_file("signatures.json", "application/jose+json", content);
    stage(rig, invocation, new).await
}

async fn check(rig: &Rig, invocation: &Invocation, file: &File, over: &[&File]) -> Report {
    let over: Vec<String> = over.iter().map(|file| file.id.clone()).collect();
    let found = rig.apis.signatures.verify(invocation, &file.id, &over).await;
    found.unwrap()
}

/// The code of the refusal.
async fn not_checked(rig: &Rig, invocation: &Invocation, file: &str, over: &[String]) -> &'static str {
    let found = rig.apis.signatures.verify(invocation, file, over).await;
    found.unwrap_err().code()
}

#[tokio::test]
async fn signature_of_the_platform_passes_and_says_no_more_than_the_certificate() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        for (level, proved) in [(Level::BB, None), (Level::BT, Some(NOW))] {
            let (content, text) = signed(&rig, &invocation, level).await;
            let file = hand_in(&rig, &invocation, &content).await;
            let report = check(&rig, &invocation, &file, &[&text]).await;
            assert_eq!((report.indication, report.validated), (Indication::Passed, NOW));
            let [signature] = report.signatures.as_slice() else {
                panic!("{report:?}");
            };
            assert_eq!(signature.sub_indication, None);
            assert_eq!((signature.claimed, signature.proved), (Some(NOW), proved));
            assert_eq!((signature.level, signature.covers_all), (level, true));
            assert_eq!(signature.certificate_status, CertificateStatus::Active);
            assert_eq!(signature.assurance, Some(Assurance::Advanced));
            let name = signature.name.clone().unwrap();
            assert!(!name.is_empty());
            // Neither number nor pseudonym.
            let sub = rig.apis.identity.sub(&invocation.service.id, &rig.citizen);
            let said = format!("{report:?}");
            assert!(!said.contains("OTEST01") && !said.contains(&sub), "{said}");
        }
        assert_eq!(rig.decisions("verify").await, ["allowed", "allowed"]);
    })
    .await;
}

#[tokio::test]
async fn file_is_checked_without_anybody_there() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let (content, text) = signed(&rig, &invocation, Level::BT).await;
        let nobody = Invocation {
            session: None,
            ..invocation.clone()
        };
        let file = hand_in(&rig, &nobody, &content).await;
        let report = check(&rig, &nobody, &file, &[&text]).await;
        assert_eq!(report.indication, Indication::Passed);
    })
    .await;
}

#[tokio::test]
async fn other_file_and_other_authority_are_found() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let (content, text) = signed(&rig, &invocation, Level::BT).await;
        let file = hand_in(&rig, &invocation, &content).await;
        let said = |report: Report| (report.indication, report.signatures[0].sub_indication);
        let changed = TEXT.replace("14", "15");
        let other = stage(
            &rig,
            &invocation,
            new_file("a.txt", "text/plain", changed.as_bytes()),
        )
        .await;
        let report = check(&rig, &invocation, &file, &[&other]).await;
        let expected = (Indication::Failed, Some(SubIndication::HashFailure));
        assert_eq!(said(report), expected);
        let report = check(&rig, &invocation, &file, &[]).await;
        let expected = (Indication::Indeterminate, Some(SubIndication::SignedDataNotFound));
        assert_eq!(said(report), expected);
        let beside = stage(&rig, &invocation, new_file("b.txt", "text/plain", b"b")).await;
        let report = check(&rig, &invocation, &file, &[&text, &beside]).await;
        assert!(!report.signatures[0].covers_all);
        assert_eq!(said(report), (Indication::Passed, None));
        // A platform of its own has other keys.
        let folder = tempfile::tempdir().unwrap();
        let address = aim_gov::db::sqlite_address(&folder.path().join("aim.db"));
        let foreign = Rig::with_seed(&address, 8).await;
        let theirs = agreed(&foreign, |_| ()).await;
        let (content, _) = signed(&foreign, &theirs, Level::BT).await;
        let file = hand_in(&rig, &invocation, &content).await;
        let report = check(&rig, &invocation, &file, &[&text]).await;
        assert_eq!(
            (report.signatures[0].name.clone(), report.signatures[0].proved),
            (None, None)
        );
        let expected = (
            Indication::Indeterminate,
            Some(SubIndication::NoCertificateChainFound),
        );
        assert_eq!(said(report), expected);
    })
    .await;
}

#[tokio::test]
async fn certificate_that_is_over_needs_a_proved_time() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |service| {
            service.grant.boundary.ends_at = NOW.plus_days(1_000);
        })
        .await;
        let mut contents = Vec::new();
        for level in [Level::BB, Level::BT] {
            contents.push(signed(&rig, &invocation, level).await.0);
        }
        rig.clock.advance_ms(731 * 24 * 60 * MINUTE_MS);
        let text = text_file(&rig, &invocation).await;
        let over = Some(SubIndication::OutOfBoundsNoPoe);
        for (content, expected, status) in [
            (&contents[0], over, CertificateStatus::Expired),
            (&contents[1], None, CertificateStatus::Active),
        ] {
            let file = hand_in(&rig, &invocation, content).await;
            let report = check(&rig, &invocation, &file, &[&text]).await;
            let [signature] = report.signatures.as_slice() else {
                panic!("{report:?}");
            };
            assert_eq!(
                (signature.sub_indication, signature.certificate_status),
                (expected, status)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_checked_is_refused() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let (content, text) = signed(&rig, &invocation, Level::BB).await;
        let file = hand_in(&rig, &invocation, &content).await;
        let own = |file: &File| vec![file.id.clone()];
        for (content, code) in [
            (b"hello".as_slice(), "signature-malformed"),
            (b"{\"payload\": \"\", \"signatures\": []}", "signature-missing"),
        ] {
            let file = hand_in(&rig, &invocation, content).await;
            assert_eq!(not_checked(&rig, &invocation, &file.id, &own(&text)).await, code);
        }
        let same = stage(&rig, &invocation, new_file("a.txt", "text/plain", b"other")).await;
        let twice = vec![text.id.clone(), same.id];
        let many = vec![text.id.clone(); 21];
        for over in [twice, many] {
            let refused = not_checked(&rig, &invocation, &file.id, &over).await;
            assert_eq!(refused, "documents-malformed");
        }
        assert_eq!(
            not_checked(&rig, &invocation, "sgf_1", &own(&text)).await,
            "not-found"
        );
        let unknown = ["sgf_1".to_owned()];
        assert_eq!(
            not_checked(&rig, &invocation, &file.id, &unknown).await,
            "not-found"
        );
        let stranger = asking(&rig, |service| service.id.0 = "other".to_owned());
        assert_eq!(
            not_checked(&rig, &stranger, &file.id, &own(&text)).await,
            "not-found"
        );
        let none = asking(&rig, |service| {
            service.grant.capabilities.remove(&Capability::Signature);
        });
        let refused = not_checked(&rig, &none, &file.id, &own(&text)).await;
        assert_eq!(refused, "capability-not-granted");
        rig.clock.advance_ms(24 * 60 * MINUTE_MS);
        assert_eq!(
            not_checked(&rig, &invocation, &file.id, &own(&text)).await,
            "not-found"
        );
    })
    .await;
}

#[tokio::test]
async fn each_signature_of_a_pdf_is_checked() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let second = rig.apis.identity.citizen("OTEST04").unwrap();
        agree(&rig, &invocation, &second).await;
        let sub = rig.apis.identity.sub(&invocation.service.id, &second);
        let file = pdf_file(&rig, &invocation).await;
        let both = NewSigning {
            signers: vec![(Party::Current, None), (Party::Citizen(sub), None)],
            ..new(Format::Pades, Level::BT, &file)
        };
        let id = create(&rig, &invocation, "k", both).await.id;
        sign(&rig, &id).await;
        rig.clock.advance_ms(MINUTE_MS);
        sign_as(&rig, &second, &id).await;
        let signing = get(&rig, &invocation, &id).await;
        let content = read(&rig, &invocation, &signing).await;
        let pdf = stage(&rig, &invocation, new_file("b.pdf", "application/pdf", &content)).await;
        let report = check(&rig, &invocation, &pdf, &[]).await;
        assert_eq!(report.indication, Indication::Passed);
        let covers: Vec<bool> = report.signatures.iter().map(|one| one.covers_all).collect();
        assert_eq!(covers, [false, true]);
        let proved: Vec<_> = report.signatures.iter().map(|one| one.proved).collect();
        assert_eq!(proved, [Some(NOW), Some(NOW.plus_ms(MINUTE_MS))]);
        let names: BTreeSet<_> = report.signatures.iter().map(|one| one.name.clone()).collect();
        assert_eq!(names.len(), 2);
        let plain = pdf_file(&rig, &invocation).await;
        assert_eq!(
            not_checked(&rig, &invocation, &plain.id, &[]).await,
            "signature-missing"
        );
        let broken = new_file("c.bin", "application/octet-stream", b"%PDF-1.7\nhello");
        let broken = stage(&rig, &invocation, broken).await;
        assert_eq!(
            not_checked(&rig, &invocation, &broken.id, &[]).await,
            "signature-malformed"
        );
        let over = [plain.id.clone()];
        assert_eq!(
            not_checked(&rig, &invocation, &pdf.id, &over).await,
            "documents-malformed"
        );
    })
    .await;
}
