//! What a service may hand over and ask for.

use aim_gov::clock::Timestamp;
use aim_gov::error::{GovError, LimitKind};
use aim_gov::grant::FetchType;
use aim_gov::invocation::Invocation;
use aim_gov::signature::{Answer, Format, Level, Status};
use lopdf::{Dictionary, Document, Object, dictionary};

use super::*;

#[tokio::test]
async fn staged_file_has_one_id_for_the_same_bytes() {
    on_both(|rig| async move {
        let invocation = asking(&rig, |_| ());
        let first = text_file(&rig, &invocation).await;
        assert_eq!(text_file(&rig, &invocation).await, first);
        assert_eq!((first.size, first.name.as_str()), (TEXT.len() as u64, "a.txt"));
        let other = stage(
            &rig,
            &invocation,
            new_file("b.txt", "text/plain", TEXT.as_bytes()),
        )
        .await;
        assert_ne!(other.id, first.id);
        assert_eq!(other.sha256, first.sha256);
        let none = asking(&rig, |service| {
            service.grant.capabilities.remove(&Capability::Signature);
        });
        let refused = rig
            .apis
            .signatures
            .stage(&none, new_file("a.txt", "text/plain", b"a"));
        assert_eq!(refused.await.unwrap_err().code(), "capability-not-granted");
    })
    .await;
}

/// A PDF with one page that has these entries, and a catalogue that has those.
fn pdf(page: Dictionary, catalog: Dictionary) -> Vec<u8> {
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let mut kid = dictionary! { "Type" => "Page", "Parent" => pages };
    kid.extend(&page);
    let kid = document.add_object(kid);
    let kids = vec![Object::Reference(kid)];
    document.set_object(
        pages,
        dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 },
    );
    let mut root = dictionary! { "Type" => "Catalog", "Pages" => pages };
    root.extend(&catalog);
    let root = document.add_object(root);
    document.trailer.set("Root", root);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn file_that_would_show_something_else_is_refused() {
    on_both(|rig| async move {
        let invocation = asking(&rig, |_| ());
        let stage = |new| rig.apis.signatures.stage(&invocation, new);
        let good = pdf(Dictionary::new(), Dictionary::new());
        stage(new_file("a.pdf", "application/pdf", &good)).await.unwrap();
        let script = dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("1") };
        let launch = dictionary! { "S" => "Launch" };
        let layers = dictionary! { "OCGs" => Vec::<Object>::new() };
        for (page, catalog) in [
            (Dictionary::new(), dictionary! { "OpenAction" => script.clone() }),
            (
                dictionary! { "AA" => dictionary! { "O" => script } },
                Dictionary::new(),
            ),
            (Dictionary::new(), dictionary! { "OpenAction" => launch }),
            (Dictionary::new(), dictionary! { "OCProperties" => layers }),
            (
                Dictionary::new(),
                dictionary! { "Names" => dictionary! { "EmbeddedFiles" => Dictionary::new() } },
            ),
        ] {
            let new = new_file("a.pdf", "application/pdf", &pdf(page, catalog));
            assert_eq!(stage(new).await.unwrap_err().code(), "file-unfit");
        }
        let cut = good.get(..good.len() / 2).unwrap();
        for (name, media_type, content, code) in [
            ("a.pdf", "application/pdf", cut, "file-unfit"),
            ("a.pdf", "application/pdf", b"hello".as_slice(), "file-unfit"),
            ("a.txt", "text/plain", "a\u{202e}b".as_bytes(), "file-unfit"),
            ("a.json", "application/json", b"{".as_slice(), "file-unfit"),
            ("a.png", "image", b"a".as_slice(), "media-type-unsupported"),
            ("a", "text/plain", b"a".as_slice(), "file-name-malformed"),
            ("a.txt", "text/plain", &[b'a'; (2 << 20) + 1], "file-too-large"),
        ] {
            let refused = stage(new_file(name, media_type, content)).await.unwrap_err();
            assert_eq!(refused.code(), code, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn staged_files_of_a_service_have_a_limit_and_an_end() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let file = text_file(&rig, &invocation).await;
        for number in 0..31 {
            let content = vec![b'a'; 2 << 20];
            stage(
                &rig,
                &invocation,
                new_file(&format!("{number}.txt"), "text/plain", &content),
            )
            .await;
        }
        let more = new_file("more.txt", "text/plain", &vec![b'a'; 2 << 20]);
        let refused = rig.apis.signatures.stage(&invocation, more.clone()).await;
        assert_eq!(
            refused.unwrap_err(),
            GovError::LimitExceeded(LimitKind::Signatures)
        );
        rig.clock.advance_ms(24 * 60 * MINUTE_MS);
        let gone = refused_now(&rig, &invocation, &file).await;
        assert_eq!(gone, "not-found");
        rig.apis.signatures.sweep().await.unwrap();
        stage(&rig, &invocation, more).await;
    })
    .await;
}

async fn refused_now(rig: &Rig, invocation: &Invocation, file: &File) -> &'static str {
    refused(rig, invocation, "gone", new(Format::Jades, Level::BB, file)).await
}

#[tokio::test]
async fn signing_is_the_same_for_the_same_key_and_body() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let first = asked(&rig, &invocation, "k").await;
        assert_eq!(first.status, Status::Created);
        assert_eq!(first.signers[0].answer, Answer::None);
        let page = format!("http://localhost/az/my/signatures/{}", first.id);
        assert_eq!(first.next_url.as_deref(), Some(page.as_str()));
        assert_eq!(first.signers[0].next_url, first.next_url);
        assert_eq!(asked(&rig, &invocation, "k").await, first);
        let signatures = &rig.apis.signatures;
        assert_eq!(
            signatures.find(&invocation, "k").await.unwrap(),
            Some(first.clone())
        );
        assert_eq!(signatures.find(&invocation, "other").await.unwrap(), None);
        let wrong = signatures.find(&invocation, "a b").await.unwrap_err();
        assert_eq!(wrong.code(), "idempotency-key-malformed");
        let file = text_file(&rig, &invocation).await;
        let other = new(Format::Jades, Level::BB, &file);
        assert_eq!(
            refused(&rig, &invocation, "k", other.clone()).await,
            "idempotency-key-reused"
        );
        assert_eq!(
            refused(&rig, &invocation, "a b", other).await,
            "idempotency-key-malformed"
        );
        // Another service knows nothing of it.
        let stranger = asking(&rig, |service| service.id.0 = "other".to_owned());
        assert_eq!(
            signatures.get(&stranger, &first.id).await.unwrap_err(),
            GovError::NotFound
        );
        assert_eq!(signatures.find(&stranger, "k").await.unwrap(), None);
        assert_eq!(rig.decisions("create").await.first().unwrap(), "allowed");
    })
    .await;
}

#[tokio::test]
async fn signing_outside_the_approval_is_refused() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let file = text_file(&rig, &invocation).await;
        let good = || new(Format::Jades, Level::BT, &file);
        let few = |formats: &[Format], assurances: &[Assurance]| {
            asking(&rig, |service| {
                service.grant.signature = SignatureTerms {
                    formats: formats.iter().copied().collect(),
                    assurances: assurances.iter().copied().collect(),
                    named_by_citizen: true,
                };
            })
        };
        let pades = few(&[Format::Pades], &[Assurance::Advanced]);
        assert_eq!(refused(&rig, &pades, "k", good()).await, "format-not-approved");
        let none = few(&[Format::Jades], &[]);
        assert_eq!(refused(&rig, &none, "k", good()).await, "assurance-not-approved");
        for (change, code) in [
            (
                Box::new(|new: &mut NewSigning| new.purpose = "other".to_owned())
                    as Box<dyn Fn(&mut NewSigning)>,
                "purpose-not-approved",
            ),
            (
                Box::new(|new: &mut NewSigning| new.signers = Vec::new()),
                "signers-malformed",
            ),
            (
                Box::new(|new: &mut NewSigning| new.signers.push((Party::Current, None))),
                "signers-malformed",
            ),
            (
                Box::new(|new: &mut NewSigning| {
                    new.signers = vec![(Party::Current, Some("guardian".to_owned()))];
                }),
                "not-offered",
            ),
            (
                Box::new(|new: &mut NewSigning| new.format = Asked::NotOffered("xades")),
                "not-offered",
            ),
            (
                Box::new(|new: &mut NewSigning| new.level = Asked::NotOffered("b-lta")),
                "not-offered",
            ),
            (
                Box::new(|new: &mut NewSigning| new.assurance = Asked::NotOffered("qualified")),
                "not-offered",
            ),
            (
                Box::new(|new: &mut NewSigning| new.documents[0].content = AskedContent::Digest),
                "not-offered",
            ),
            (
                Box::new(|new: &mut NewSigning| new.documents = Vec::new()),
                "documents-malformed",
            ),
            (
                Box::new(|new: &mut NewSigning| new.documents.push(new.documents[0].clone())),
                "documents-malformed",
            ),
            (
                Box::new(|new: &mut NewSigning| new.format = Asked::Offered(Format::Pades)),
                "format-does-not-fit",
            ),
            (
                Box::new(|new: &mut NewSigning| new.expires = NOW.plus_ms(4 * MINUTE_MS)),
                "time-out-of-range",
            ),
            (
                Box::new(|new: &mut NewSigning| new.expires = Timestamp(i64::MAX)),
                "time-out-of-range",
            ),
            (
                Box::new(|new: &mut NewSigning| new.return_path = "//evil.example".to_owned()),
                "return-path-malformed",
            ),
            (
                Box::new(|new: &mut NewSigning| new.description = text("a\u{202e}b")),
                "text-out-of-range",
            ),
            (
                Box::new(|new: &mut NewSigning| new.documents[0].label = text("")),
                "text-out-of-range",
            ),
            (
                Box::new(|new: &mut NewSigning| new.reference = "a".repeat(256)),
                "text-out-of-range",
            ),
            (
                Box::new(|new: &mut NewSigning| {
                    new.documents[0].content = AskedContent::File("sgf_1".to_owned());
                }),
                "not-found",
            ),
            (
                Box::new(|new: &mut NewSigning| {
                    new.signers = vec![(Party::Citizen("nobody".to_owned()), None)];
                }),
                "not-found",
            ),
        ] {
            let mut wrong = good();
            change(&mut wrong);
            assert_eq!(refused(&rig, &invocation, "k", wrong).await, code);
        }
        let unseen = stage(&rig, &invocation, new_file("a.png", "image/png", b"a")).await;
        assert_eq!(
            refused(&rig, &invocation, "k", new(Format::Jades, Level::BT, &unseen)).await,
            "media-type-unsupported"
        );
        let same = stage(&rig, &invocation, new_file("a.txt", "text/plain", b"other")).await;
        let mut twice = good();
        twice.documents.push(document(&same));
        assert_eq!(
            refused(&rig, &invocation, "k", twice).await,
            "documents-malformed"
        );
    })
    .await;
}

#[tokio::test]
async fn signing_needs_the_citizen_and_their_agreement() {
    on_both(|rig| async move {
        let invocation = asking(&rig, |_| ());
        let file = text_file(&rig, &invocation).await;
        let good = || new(Format::Jades, Level::BT, &file);
        assert_eq!(refused(&rig, &invocation, "k", good()).await, "consent-required");
        let nobody = Invocation {
            session: None,
            ..invocation.clone()
        };
        assert_eq!(refused(&rig, &nobody, "k", good()).await, "login-required");
        // Without anybody in front of it the service names a citizen who agreed, and who gets a message.
        agreed(&rig, |_| ()).await;
        let sub = rig.apis.identity.sub(&invocation.service.id, &rig.citizen);
        let absent = NewSigning {
            signers: vec![(Party::Citizen(sub.clone()), None)],
            ..good()
        };
        let signing = create(&rig, &nobody, "k", absent.clone()).await;
        assert_eq!(
            (signing.signers[0].sub.clone(), signing.next_url),
            (Some(sub), None)
        );
        assert!(signing.signers[0].next_url.is_some());
        let (inbox, _) = rig.apis.notifications.inbox(&rig.citizen, None).await.unwrap();
        assert!(
            inbox
                .iter()
                .any(|message| message.subject.contains("Ərizəni imzalayın"))
        );
        let once = asking(&rig, |service| {
            for purpose in &mut service.grant.purposes {
                purpose.fetch = FetchType::OneTime;
            }
        });
        assert_eq!(
            refused(&rig, &once, "other", absent).await,
            "purpose-not-periodic"
        );
    })
    .await;
}

#[tokio::test]
async fn signings_have_a_limit_for_the_test_and_for_a_citizen() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |service| service.grant.boundary.signatures_max = 6).await;
        let mut ids = Vec::new();
        for number in 0..5 {
            ids.push(asked(&rig, &invocation, &format!("k{number}")).await.id);
        }
        let file = text_file(&rig, &invocation).await;
        let good = || new(Format::Jades, Level::BB, &file);
        let refusal = refused(&rig, &invocation, "k5", good()).await;
        assert_eq!(refusal, "citizen-requests-too-many");
        for id in &ids {
            let cancelled = rig.apis.signatures.cancel(&invocation, id).await.unwrap();
            assert_eq!((cancelled.status, cancelled.next_url), (Status::Cancelled, None));
        }
        let again = rig.apis.signatures.cancel(&invocation, &ids[0]).await;
        assert_eq!(again.unwrap_err().code(), "signing-state");
        asked(&rig, &invocation, "k5").await;
        assert_eq!(refused(&rig, &invocation, "k6", good()).await, "signatures");
        let unknown = rig.apis.signatures.cancel(&invocation, "sgn_1").await;
        assert_eq!(unknown.unwrap_err(), GovError::NotFound);
    })
    .await;
}
