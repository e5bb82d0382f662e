//! What a signer does, and what the service learns and reads.

use aim_gov::consent::Change;
use aim_gov::error::GovError;
use aim_gov::signature::{Answer, Failure, Refusal, Status};

use super::*;

#[tokio::test]
async fn right_code_signs_and_wrong_ones_do_not() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let id = asked(&rig, &invocation, "k").await.id;
        let (code, choices) = begin(&rig, &id).await;
        assert_eq!((choices.len(), choices.contains(&code)), (3, true));
        assert_eq!(get(&rig, &invocation, &id).await.status, Status::Started);
        let wrong = choices.iter().find(|choice| **choice != code).unwrap();
        assert_eq!(choose(&rig, &id, wrong).await, Some(Chosen::Wrong));
        // A wrong choice ends the attempt: the code cannot be tried out.
        assert_eq!(choose(&rig, &id, &code).await, Some(Chosen::Late));
        let (code, _) = begin(&rig, &id).await;
        rig.clock.advance_ms(2 * MINUTE_MS);
        assert_eq!(choose(&rig, &id, &code).await, Some(Chosen::Late));
        assert_eq!(get(&rig, &invocation, &id).await.status, Status::Started);
        for last in [
            Chosen::Wrong,
            Chosen::Locked(rig.clock.now().plus_ms(15 * MINUTE_MS)),
        ] {
            begin(&rig, &id).await;
            assert_eq!(choose(&rig, &id, "none").await, Some(last));
        }
        let begun = rig.apis.signatures.begin(&rig.citizen, &id).await.unwrap();
        let until = rig.clock.now().plus_ms(15 * MINUTE_MS);
        assert_eq!(begun, Some(Begun::Locked(until)));
        rig.clock.advance_ms(15 * MINUTE_MS);
        sign(&rig, &id).await;
        let signing = get(&rig, &invocation, &id).await;
        assert_eq!(signing.status, Status::Success);
        assert_eq!(signing.signers[0].answer, Answer::Signed);
        assert_eq!(signing.signers[0].answered, Some(rig.clock.now()));
        assert_eq!(signing.next_url, None);
        assert_eq!(signing.kept_until, Some(rig.clock.now().plus_days(30)));
        let over = rig.apis.signatures.begin(&rig.citizen, &id).await.unwrap();
        assert_eq!(over, Some(Begun::Over));
        let cancelled = rig.apis.signatures.cancel(&invocation, &id).await;
        assert_eq!(cancelled.unwrap_err().code(), "signing-state");
        assert_eq!(rig.decisions("confirm").await, ["allowed"]);
        assert_eq!(
            rig.decisions("sign").await,
            ["wrong-code", "wrong-code", "wrong-code", "allowed"]
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_but_the_addressee_signs_or_sees() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let id = asked(&rig, &invocation, "k").await.id;
        let other = rig.apis.identity.citizen("OTEST04").unwrap();
        let signatures = &rig.apis.signatures;
        let (code, _) = begin(&rig, &id).await;
        assert!(signatures.of_signer(&other, &id).await.unwrap().is_none());
        assert!(signatures.to_sign(&other, &id, 0).await.unwrap().is_none());
        assert_eq!(signatures.begin(&other, &id).await.unwrap(), None);
        assert_eq!(signatures.choose(&other, &id, &code).await.unwrap(), None);
        let refused = signatures.refuse(&other, &id, Refusal::Refused).await.unwrap();
        assert_eq!(refused, None);
        assert_eq!(get(&rig, &invocation, &id).await.status, Status::Started);
        sign(&rig, &id).await;
        let file = get(&rig, &invocation, &id).await.signed_files[0].id.clone();
        assert!(signatures.signed(&other, &id, &file).await.unwrap().is_none());
        assert!(
            signatures
                .signed(&rig.citizen, &id, &file)
                .await
                .unwrap()
                .is_some()
        );
        let content = signatures.to_sign(&rig.citizen, &id, 0).await.unwrap().unwrap();
        assert_eq!(content.bytes, TEXT.as_bytes());
        assert_eq!(signatures.to_sign(&rig.citizen, &id, 1).await.unwrap(), None);
        assert!(signatures.of_citizen(&other).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn refusal_and_time_end_a_signing_and_are_told() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let signatures = &rig.apis.signatures;
        let mut ids = Vec::new();
        for (key, refusal, failure, answer) in [
            ("k1", Refusal::Refused, Failure::Refused, Answer::Refused),
            ("k2", Refusal::Unable, Failure::SignerUnable, Answer::None),
        ] {
            let id = asked(&rig, &invocation, key).await.id;
            let refused = signatures.refuse(&rig.citizen, &id, refusal).await.unwrap();
            assert_eq!(refused, Some(true));
            // The second click changes nothing.
            let again = signatures.refuse(&rig.citizen, &id, refusal).await.unwrap();
            assert_eq!(again, Some(false));
            let signing = get(&rig, &invocation, &id).await;
            assert_eq!((signing.status, signing.failure), (Status::Failed, Some(failure)));
            assert_eq!(signing.signers[0].answer, answer);
            ids.push(id);
        }
        let late = asked(&rig, &invocation, "k3").await.id;
        let (code, _) = begin(&rig, &late).await;
        rig.clock.advance_ms(8 * 24 * 60 * MINUTE_MS);
        assert_eq!(choose(&rig, &late, &code).await, Some(Chosen::Late));
        let before = get(&rig, &invocation, &late).await;
        assert_eq!(
            (before.status, before.failure),
            (Status::Failed, Some(Failure::Expired))
        );
        signatures.sweep().await.unwrap();
        signatures.sweep().await.unwrap();
        assert_eq!(get(&rig, &invocation, &late).await, before);
        assert_eq!(rig.decisions("expire").await, ["allowed"]);
        ids.push(late);
        let told = rig.apis.life_events.recent(&invocation, None).await.unwrap();
        let told: Vec<(&str, String)> = told
            .events
            .iter()
            .map(|event| {
                let data: serde_json::Value = serde_json::from_slice(event.data.as_deref().unwrap()).unwrap();
                let status = data["status"].as_str().unwrap().to_owned();
                (event.object.as_deref().unwrap(), status)
            })
            .collect();
        let expected = [(0, "failed"), (1, "failed"), (2, "started"), (2, "failed")];
        for (index, status) in expected {
            let one = (ids[index].as_str(), status.to_owned());
            assert_eq!(told.iter().filter(|told| **told == one).count(), 1, "{told:?}");
        }
        assert_eq!(told.len(), expected.len());
    })
    .await;
}

#[tokio::test]
async fn signed_file_is_read_while_its_signer_agrees() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let file = pdf_file(&rig, &invocation).await;
        let new = new(Format::Pades, Level::BT, &file);
        let id = create(&rig, &invocation, "k", new).await.id;
        sign(&rig, &id).await;
        let signing = get(&rig, &invocation, &id).await;
        let signed = signing.signed_files[0].clone();
        let bytes = read(&rig, &invocation, &signing).await;
        assert_eq!(bytes.len() as u64, signed.size);
        assert!(bytes.starts_with(&blank_pdf().unwrap()));
        let signatures = &rig.apis.signatures;
        let read = |offset| signatures.read(&invocation, &signed.id, offset);
        assert_eq!(read(10).await.unwrap(), bytes[10..]);
        assert_eq!(read(signed.size).await.unwrap(), Vec::<u8>::new());
        assert_eq!(read(u64::MAX).await.unwrap(), Vec::<u8>::new());
        // The citizen sees the reads, and is told of the number.
        let log = aim_gov::audit::of_citizen(&rig.db, &rig.citizen, None, 100)
            .await
            .unwrap();
        let record = log.iter().find(|record| record.operation == "read").unwrap();
        assert_eq!(record.attributes, ["fin", "name"]);
        assert_eq!(record.purpose.as_deref(), Some(PURPOSE));
        let (inbox, _) = rig.apis.notifications.inbox(&rig.citizen, None).await.unwrap();
        assert!(inbox.iter().any(|message| message.subject.contains("FİN")));

        let narrow = asking(&rig, |service| {
            for purpose in &mut service.grant.purposes {
                purpose.attributes.remove(&Attribute::Fin);
            }
        });
        let refused = signatures.read(&narrow, &signed.id, 0).await.unwrap_err();
        assert_eq!(refused.code(), "file-names-signer");
        let stranger = asking(&rig, |service| service.id.0 = "other".to_owned());
        let refused = signatures.read(&stranger, &signed.id, 0).await.unwrap_err();
        assert_eq!(refused, GovError::NotFound);
        let consent = record.consent_id.clone().unwrap();
        rig.apis
            .consent
            .change(&rig.citizen, &consent, Change::Revoke)
            .await
            .unwrap();
        assert_eq!(read(0).await.unwrap_err().code(), "consent-revoked");
        agreed(&rig, |_| ()).await;
        read(0).await.unwrap();
        rig.clock.advance_ms(30 * 24 * 60 * MINUTE_MS);
        assert_eq!(read(0).await.unwrap_err(), GovError::NotFound);
        // The signer keeps it.
        assert!(
            signatures
                .signed(&rig.citizen, &id, &signed.id)
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(
            signatures.read(&invocation, "sgo_1", 0).await.unwrap_err(),
            GovError::NotFound
        );
    })
    .await;
}
