//! Signers whom a citizen names, and the code that the two tell each other.

use aim_gov::error::GovError;
use aim_gov::grant::FetchType;
use aim_gov::signature::{Answer, Failure, Naming, Pairing, Refusal, Status};
use aim_gov::text::Locale;

use super::*;

/// An adult.
const OTHER: &str = "OTEST04";
/// A child, somebody who is dead, and nobody.
const CHILD: &str = "OTEST03";
const DEAD: &str = "OTEST06";
const NOBODY: &str = "5ZZZZZZ";

/// The citizen, and somebody whom they name.
fn with_other(new: NewSigning) -> NewSigning {
    NewSigning {
        signers: vec![(Party::Current, None), (Party::Named(text("o biri tərəf")), None)],
        ..new
    }
}

async fn asked_for_two(rig: &Rig, invocation: &Invocation, key: &str) -> String {
    let file = text_file(rig, invocation).await;
    let new = with_other(new(Format::Jades, Level::BT, &file));
    create(rig, invocation, key, new).await.id
}

async fn name(rig: &Rig, id: &str, fin: &str) -> Option<Naming> {
    let signatures = &rig.apis.signatures;
    let named = signatures.name(&rig.citizen, id, 1, fin, Locale::Az).await;
    named.unwrap()
}

/// The code that the page shows to the one who named somebody.
async fn pairing_code(rig: &Rig, id: &str) -> String {
    let mine = rig.apis.signatures.mine(&rig.citizen, id).await.unwrap();
    mine.unwrap().signing.signers[1].pairing.clone().unwrap()
}

async fn pair(rig: &Rig, citizen: &CitizenId, id: &str, code: &str) -> Option<Pairing> {
    rig.apis.signatures.pair(citizen, id, code).await.unwrap()
}

async fn agree_on_page(rig: &Rig, invocation: &Invocation, citizen: &CitizenId, id: &str) -> Option<bool> {
    let signatures = &rig.apis.signatures;
    let agreed = signatures
        .agree(&rig.apis.consent, &invocation.service, citizen, id)
        .await;
    agreed.unwrap()
}

async fn subjects(rig: &Rig, citizen: &CitizenId) -> Vec<String> {
    let (inbox, _) = rig.apis.notifications.inbox(citizen, None).await.unwrap();
    inbox.into_iter().map(|message| message.subject).collect()
}

#[tokio::test]
async fn named_person_pairs_agrees_and_signs() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let other = rig.apis.identity.citizen(OTHER).unwrap();
        let signatures = &rig.apis.signatures;
        let id = asked_for_two(&rig, &invocation, "k").await;
        let before = get(&rig, &invocation, &id).await;
        assert_eq!(before.signers[1].next_url, None);
        assert_eq!(name(&rig, &id, " otest-04 ").await, Some(Naming::Named));
        let named = subjects(&rig, &other).await;
        assert_eq!(named, ["Sizi imzalayan kimi göstəriblər: o biri tərəf"]);
        // Before the code, this person sees that somebody named them, and nothing else.
        let mine = signatures.mine(&other, &id).await.unwrap().unwrap();
        assert!(!mine.me.may_read());
        assert!(signatures.of_signer(&other, &id).await.unwrap().is_none());
        assert!(signatures.to_sign(&other, &id, 0).await.unwrap().is_none());
        assert_eq!(signatures.begin(&other, &id).await.unwrap(), None);
        let refused = signatures.refuse(&other, &id, Refusal::Refused).await.unwrap();
        assert_eq!(refused, None);
        assert_eq!(agree_on_page(&rig, &invocation, &other, &id).await, None);
        assert_eq!(get(&rig, &invocation, &id).await, before);

        sign(&rig, &id).await;
        let partly = get(&rig, &invocation, &id).await;
        assert_eq!(partly.status, Status::PartlySigned);
        assert_eq!(partly.signers[0].answer, Answer::Signed);
        let code = pairing_code(&rig, &id).await;
        assert_eq!(code.len(), 6);
        let (first, last) = code.split_at(3);
        let typed = format!(" {first} {last} ");
        assert_eq!(pair(&rig, &other, &id, &typed).await, Some(Pairing::Paired));
        let content = signatures.to_sign(&other, &id, 0).await.unwrap().unwrap();
        assert_eq!(content.bytes, TEXT.as_bytes());
        assert_eq!(
            signatures.begin(&other, &id).await.unwrap(),
            Some(Begun::NotAgreed)
        );
        // The service does not know them yet.
        assert_eq!(get(&rig, &invocation, &id).await, partly);
        let service = &invocation.service.id;
        assert_eq!(rig.apis.consent.takes_part(service, &other).await.unwrap(), None);

        assert_eq!(agree_on_page(&rig, &invocation, &other, &id).await, Some(true));
        let agreed = get(&rig, &invocation, &id).await;
        let sub = rig.apis.identity.sub(service, &other);
        assert_eq!(agreed.signers[1].sub, Some(sub));
        assert_eq!(agreed.signers[1].answer, Answer::None);
        assert!(
            rig.apis
                .consent
                .takes_part(service, &other)
                .await
                .unwrap()
                .is_some()
        );
        // Nobody else takes this place any more.
        assert_eq!(name(&rig, &id, "OTEST05").await, Some(Naming::Over));
        sign_as(&rig, &other, &id).await;
        let done = get(&rig, &invocation, &id).await;
        assert_eq!(done.status, Status::Success);
        assert_eq!(done.signers[1].answer, Answer::Signed);
        // An event handler, in front of which is nobody, reads the file of both.
        let handler = Invocation {
            session: None,
            ..invocation.clone()
        };
        let json = read(&rig, &handler, &done).await;
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["signatures"].as_array().unwrap().len(), 2);
        assert_eq!(
            told_of(&rig, &invocation, &id).await,
            ["partly-signed", "started", "submitted", "success"]
        );
        let line = |operation: &str| (operation.to_owned(), "allowed".to_owned());
        // Some have the same moment.
        let mut theirs = log_of(&rig, &other).await;
        theirs.sort();
        let expected = ["confirm", "get", "get", "named", "pair", "read", "sign"];
        assert_eq!(theirs, expected.map(line));
        let own = log_of(&rig, &rig.citizen).await;
        for operation in ["create", "name", "confirm", "sign", "read"] {
            let count = own.iter().filter(|one| **one == line(operation)).count();
            assert_eq!(count, 1, "{operation}: {own:?}");
        }
        assert!(!own.contains(&line("pair")));
    })
    .await;
}

#[tokio::test]
async fn nobody_learns_whether_the_named_person_exists() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let signatures = &rig.apis.signatures;
        let mut seen = Vec::new();
        for (number, fin) in [OTHER, CHILD, DEAD, NOBODY].into_iter().enumerate() {
            let id = asked_for_two(&rig, &invocation, &format!("k{number}")).await;
            assert_eq!(name(&rig, &id, fin).await, Some(Naming::Named), "{fin}");
            let mine = signatures.mine(&rig.citizen, &id).await.unwrap().unwrap();
            assert!(mine.signing.signers[1].pairing.is_some());
            let mut signing = get(&rig, &invocation, &id).await;
            assert_eq!(signing.signers[1].sub, None);
            signing.id = String::new();
            for address in [&mut signing.next_url, &mut signing.signers[0].next_url] {
                *address = address.take().map(|address| address.replace(&id, ""));
            }
            seen.push(signing);
            rig.clock.advance_ms(0);
            let lines = log_of(&rig, &rig.citizen).await;
            assert_eq!(
                lines.iter().filter(|(operation, _)| operation == "name").count(),
                number + 1
            );
        }
        assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
        rig.clock.advance_ms(8 * 24 * 60 * MINUTE_MS);
        signatures.sweep().await.unwrap();
        let over = signatures.find(&invocation, "k3").await.unwrap().unwrap();
        assert_eq!(
            (over.status, over.failure),
            (Status::Failed, Some(Failure::Expired))
        );
        assert_eq!(name(&rig, &over.id, OTHER).await, Some(Naming::Over));
    })
    .await;
}

#[tokio::test]
async fn wrong_namings_are_refused() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let id = asked_for_two(&rig, &invocation, "k").await;
        for fin in ["", "OTEST0", "OTEST041", "ƏƏƏƏƏƏƏ"] {
            assert_eq!(name(&rig, &id, fin).await, Some(Naming::Malformed), "{fin}");
        }
        assert_eq!(name(&rig, &id, "OTEST01").await, Some(Naming::Yourself));
        let signatures = &rig.apis.signatures;
        // Only the citizen of the request names, and only where the service asks for it.
        let own_place = signatures.name(&rig.citizen, &id, 0, OTHER, Locale::Az).await;
        assert_eq!(own_place.unwrap(), None);
        let other = rig.apis.identity.citizen(OTHER).unwrap();
        let stranger = signatures.name(&other, &id, 1, "OTEST05", Locale::Az).await;
        assert_eq!(stranger.unwrap(), None);
        assert_eq!(name(&rig, "sgn_1", OTHER).await, None);
        for _ in 0..3 {
            assert_eq!(name(&rig, &id, OTHER).await, Some(Naming::Named));
        }
        assert_eq!(name(&rig, &id, OTHER).await, Some(Naming::TooOften));
        // Three messages, each about a code of its own.
        assert_eq!(subjects(&rig, &other).await.len(), 3);
        for number in 0..3 {
            let id = asked_for_two(&rig, &invocation, &format!("k{number}")).await;
            for _ in 0..3 {
                assert_eq!(name(&rig, &id, OTHER).await, Some(Naming::Named));
            }
        }
        let id = asked_for_two(&rig, &invocation, "k4").await;
        assert_eq!(name(&rig, &id, OTHER).await, Some(Naming::TooOften));
        rig.clock.advance_ms(24 * 60 * MINUTE_MS);
        assert_eq!(name(&rig, &id, OTHER).await, Some(Naming::Named));
    })
    .await;
}

#[tokio::test]
async fn pairing_codes_can_be_tried_five_times() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let other = rig.apis.identity.citizen(OTHER).unwrap();
        let id = asked_for_two(&rig, &invocation, "k").await;
        assert_eq!(pair(&rig, &other, &id, "123456").await, None);
        name(&rig, &id, OTHER).await;
        let first = pairing_code(&rig, &id).await;
        for wrong in ["", "12345", "letter", "1234567"] {
            assert_eq!(
                pair(&rig, &other, &id, wrong).await,
                Some(Pairing::Wrong),
                "{wrong}"
            );
        }
        assert_eq!(pair(&rig, &other, &id, "x").await, Some(Pairing::LockedOut));
        // The right one does not count any more, whenever it comes.
        rig.clock.advance_ms(24 * 60 * MINUTE_MS);
        assert_eq!(pair(&rig, &other, &id, &first).await, Some(Pairing::LockedOut));
        // Another naming has another code.
        name(&rig, &id, OTHER).await;
        let second = pairing_code(&rig, &id).await;
        assert_ne!(first, second);
        assert_eq!(pair(&rig, &other, &id, &first).await, Some(Pairing::Wrong));
        assert_eq!(pair(&rig, &other, &id, &second).await, Some(Pairing::Paired));
        // Whoever is named in their place ends what they may read.
        let next = rig.apis.identity.citizen("OTEST05").unwrap();
        name(&rig, &id, "OTEST05").await;
        let signatures = &rig.apis.signatures;
        assert!(signatures.mine(&other, &id).await.unwrap().is_none());
        assert!(signatures.to_sign(&other, &id, 0).await.unwrap().is_none());
        assert_eq!(pair(&rig, &next, &id, &second).await, Some(Pairing::Wrong));
        let third = pairing_code(&rig, &id).await;
        signatures.cancel(&invocation, &id).await.unwrap();
        assert_eq!(pair(&rig, &next, &id, &third).await, Some(Pairing::Over));
        let lines = log_of(&rig, &other).await;
        let wrong = lines.iter().filter(|(_, decision)| decision == "wrong-code");
        assert_eq!(wrong.count(), 6);
    })
    .await;
}

#[tokio::test]
async fn named_person_refuses_after_reading() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let other = rig.apis.identity.citizen(OTHER).unwrap();
        let signatures = &rig.apis.signatures;
        let id = asked_for_two(&rig, &invocation, "k").await;
        sign(&rig, &id).await;
        name(&rig, &id, OTHER).await;
        let code = pairing_code(&rig, &id).await;
        pair(&rig, &other, &id, &code).await;
        let refused = signatures.refuse(&other, &id, Refusal::Refused).await.unwrap();
        assert_eq!(refused, Some(true));
        let signing = get(&rig, &invocation, &id).await;
        assert_eq!(
            (signing.status, signing.failure),
            (Status::Failed, Some(Failure::Refused))
        );
        // They never took part in the service.
        assert_eq!(signing.signers[1].sub, None);
        assert_eq!(signing.signers[1].answer, Answer::Refused);
        assert_eq!(signing.signers[0].answer, Answer::Signed);
        assert!(signing.signed_files.is_empty());
        let own = log_of(&rig, &rig.citizen).await;
        assert!(own.contains(&("end".to_owned(), "allowed".to_owned())), "{own:?}");
        assert!(!own.iter().any(|(operation, _)| operation == "refuse"));
    })
    .await;
}

#[tokio::test]
async fn naming_needs_approval_the_citizen_and_a_periodic_purpose() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let file = text_file(&rig, &invocation).await;
        let good = || with_other(new(Format::Jades, Level::BT, &file));
        let unapproved = asking(&rig, |service| service.grant.signature.named_by_citizen = false);
        assert_eq!(
            refused(&rig, &unapproved, "k", good()).await,
            "naming-not-approved"
        );
        let once = asking(&rig, |service| {
            for purpose in &mut service.grant.purposes {
                purpose.fetch = FetchType::OneTime;
            }
        });
        assert_eq!(refused(&rig, &once, "k", good()).await, "purpose-not-periodic");
        let nobody = Invocation {
            session: None,
            ..invocation.clone()
        };
        assert_eq!(refused(&rig, &nobody, "k", good()).await, "login-required");
        let named = || (Party::Named(text("o biri")), None);
        let mut without = good();
        without.signers = vec![named()];
        assert_eq!(
            refused(&rig, &invocation, "k", without).await,
            "signers-malformed"
        );
        let mut many = good();
        many.signers.extend([named(), named(), named()]);
        assert_eq!(refused(&rig, &invocation, "k", many).await, "signers-malformed");
        let mut hidden = good();
        hidden.signers[1].0 = Party::Named(text("a\u{202e}b"));
        assert_eq!(refused(&rig, &invocation, "k", hidden).await, "text-out-of-range");
        // Each signature counts against the limit of the test.
        let few = agreed(&rig, |service| service.grant.boundary.signatures_max = 1).await;
        let limited = rig.apis.signatures.create(&few, "k", good()).await.unwrap_err();
        assert_eq!(
            limited,
            GovError::LimitExceeded(aim_gov::error::LimitKind::Signatures)
        );
    })
    .await;
}

#[tokio::test]
async fn somebody_whom_the_service_asks_anyway_is_not_asked_twice() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let other = rig.apis.identity.citizen(OTHER).unwrap();
        agree(&rig, &invocation, &other).await;
        let sub = rig.apis.identity.sub(&invocation.service.id, &other);
        let file = text_file(&rig, &invocation).await;
        let mut new = with_other(new(Format::Jades, Level::BT, &file));
        new.signers.push((Party::Citizen(sub), None));
        let id = create(&rig, &invocation, "k", new).await.id;
        // As with anybody else, for the one who names.
        assert_eq!(name(&rig, &id, OTHER).await, Some(Naming::Named));
        assert_eq!(
            subjects(&rig, &other).await,
            ["Sizdən imza xahiş olunur: Ərizəni imzalayın"]
        );
        sign(&rig, &id).await;
        sign_as(&rig, &other, &id).await;
        let signing = get(&rig, &invocation, &id).await;
        assert_eq!(signing.status, Status::PartlySigned);
        assert_eq!(
            (signing.signers[1].sub.clone(), signing.signers[1].answer),
            (None, Answer::None)
        );
    })
    .await;
}
