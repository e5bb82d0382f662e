//! Several people sign the same files.

use aim_gov::consent::Change;
use aim_gov::signature::{Answer, Failure, Refusal, Status};

use super::*;

/// The rig's service, and a second citizen who takes part in it.
async fn with_second(rig: &Rig) -> (Invocation, CitizenId) {
    let invocation = agreed(rig, |_| ()).await;
    let second = rig.apis.identity.citizen("OTEST04").unwrap();
    agree(rig, &invocation, &second).await;
    (invocation, second)
}

/// A signing by the rig's citizen and the second one.
async fn asked_for_both(
    rig: &Rig,
    (invocation, second): (&Invocation, &CitizenId),
    key: &str,
    order: SigningOrder,
    format: Format,
) -> String {
    let file = match format {
        Format::Jades => text_file(rig, invocation).await,
        Format::Pades => pdf_file(rig, invocation).await,
    };
    let sub = rig.apis.identity.sub(&invocation.service.id, second);
    let new = NewSigning {
        signers: vec![(Party::Current, None), (Party::Citizen(sub), None)],
        order,
        ..new(format, Level::BT, &file)
    };
    create(rig, invocation, key, new).await.id
}

async fn inbox_count(rig: &Rig, citizen: &CitizenId) -> usize {
    let (inbox, _) = rig.apis.notifications.inbox(citizen, None).await.unwrap();
    inbox.len()
}

/// How many signatures a file has.
fn signatures_in(format: Format, file: &[u8]) -> usize {
    match format {
        Format::Jades => {
            let json: serde_json::Value = serde_json::from_slice(file).unwrap();
            json["signatures"].as_array().unwrap().len()
        }
        Format::Pades => {
            let marks = file.windows(10).filter(|bytes| *bytes == b"/ByteRange");
            marks.count()
        }
    }
}

#[tokio::test]
async fn files_are_signed_once_all_have_signed() {
    on_both(|rig| async move {
        let (invocation, second) = with_second(&rig).await;
        for format in [Format::Jades, Format::Pades] {
            let both = (&invocation, &second);
            let key = format.code();
            let id = asked_for_both(&rig, both, key, SigningOrder::Any, format).await;
            let created = get(&rig, &invocation, &id).await;
            assert_eq!(created.signers.len(), 2);
            assert!(created.signers.iter().all(|signer| signer.next_url.is_some()));
            sign_as(&rig, &second, &id).await;
            rig.clock.advance_ms(MINUTE_MS);
            let partly = get(&rig, &invocation, &id).await;
            assert_eq!(partly.status, Status::PartlySigned);
            assert!(partly.signed_files.is_empty());
            let answers: Vec<Answer> = partly.signers.iter().map(|signer| signer.answer).collect();
            assert_eq!(answers, [Answer::None, Answer::Signed]);
            assert_eq!(partly.signers[1].next_url, None);
            assert!(partly.next_url.is_some());
            // Who has signed has nothing to answer any more.
            let signatures = &rig.apis.signatures;
            assert_eq!(signatures.begin(&second, &id).await.unwrap(), Some(Begun::Over));
            let refused = signatures.refuse(&second, &id, Refusal::Refused).await.unwrap();
            assert_eq!(refused, Some(false));
            sign(&rig, &id).await;
            let done = get(&rig, &invocation, &id).await;
            assert_eq!(done.status, Status::Success);
            assert_eq!(signatures_in(format, &read(&rig, &invocation, &done).await), 2);
            for citizen in [&rig.citizen, &second] {
                let file = &done.signed_files[0].id;
                assert!(signatures.signed(citizen, &id, file).await.unwrap().is_some());
            }
            let told = told_of(&rig, &invocation, &id).await;
            assert_eq!(told, ["partly-signed", "started", "submitted", "success"]);
        }
    })
    .await;
}

#[tokio::test]
async fn signers_sign_as_they_are_listed() {
    on_both(|rig| async move {
        let (invocation, second) = with_second(&rig).await;
        let both = (&invocation, &second);
        let id = asked_for_both(&rig, both, "k", SigningOrder::Listed, Format::Pades).await;
        // Nobody is bothered before their turn.
        assert_eq!(inbox_count(&rig, &second).await, 0);
        let early = rig.apis.signatures.begin(&second, &id).await.unwrap();
        assert_eq!(early, Some(Begun::NotYet));
        assert_eq!(get(&rig, &invocation, &id).await.signers[1].next_url, None);
        sign(&rig, &id).await;
        assert_eq!(inbox_count(&rig, &second).await, 1);
        assert!(get(&rig, &invocation, &id).await.signers[1].next_url.is_some());
        sign_as(&rig, &second, &id).await;
        assert_eq!(get(&rig, &invocation, &id).await.status, Status::Success);
    })
    .await;
}

#[tokio::test]
async fn signers_who_confirm_at_once_both_sign() {
    on_both(|rig| async move {
        let (invocation, second) = with_second(&rig).await;
        for format in [Format::Jades, Format::Pades] {
            let both = (&invocation, &second);
            let id = asked_for_both(&rig, both, format.code(), SigningOrder::Any, format).await;
            let (own, _) = begin(&rig, &id).await;
            let (theirs, _) = begin_as(&rig, &second, &id).await;
            let signatures = &rig.apis.signatures;
            let (one, other) = tokio::join!(
                signatures.choose(&rig.citizen, &id, &own),
                signatures.choose(&second, &id, &theirs),
            );
            assert_eq!(one.unwrap(), Some(Chosen::Confirmed));
            assert_eq!(other.unwrap(), Some(Chosen::Confirmed));
            let done = get(&rig, &invocation, &id).await;
            assert_eq!(done.status, Status::Success);
            assert_eq!(signatures_in(format, &read(&rig, &invocation, &done).await), 2);
        }
    })
    .await;
}

#[tokio::test]
async fn refusal_cancellation_and_time_end_it_for_all() {
    on_both(|rig| async move {
        let (invocation, second) = with_second(&rig).await;
        let both = (&invocation, &second);
        let signatures = &rig.apis.signatures;
        let mut ids = Vec::new();
        for key in ["refused", "cancelled", "expired"] {
            let id = asked_for_both(&rig, both, key, SigningOrder::Any, Format::Jades).await;
            sign(&rig, &id).await;
            ids.push(id);
        }
        let refused = signatures
            .refuse(&second, &ids[0], Refusal::Unable)
            .await
            .unwrap();
        assert_eq!(refused, Some(true));
        signatures.cancel(&invocation, &ids[1]).await.unwrap();
        rig.clock.advance_ms(8 * 24 * 60 * MINUTE_MS);
        signatures.sweep().await.unwrap();
        for (id, status, failure) in [
            (&ids[0], Status::Failed, Some(Failure::SignerUnable)),
            (&ids[1], Status::Cancelled, None),
            (&ids[2], Status::Failed, Some(Failure::Expired)),
        ] {
            let signing = get(&rig, &invocation, id).await;
            assert_eq!((signing.status, signing.failure), (status, failure));
            assert!(signing.signed_files.is_empty());
            let begun = signatures.begin(&second, id).await.unwrap();
            assert_eq!(begun, Some(Begun::Over));
        }
        // What the provider makes late changes nothing.
        signatures.sweep().await.unwrap();
        let own = log_of(&rig, &rig.citizen).await;
        let theirs = log_of(&rig, &second).await;
        for (log, operation) in [
            (&own, "end"),
            (&own, "cancel"),
            (&own, "expire"),
            (&theirs, "unable"),
            (&theirs, "cancel"),
            (&theirs, "expire"),
        ] {
            let lines = log.iter().filter(|(done, _)| done == operation);
            assert_eq!(lines.count(), 1, "{operation}");
        }
    })
    .await;
}

#[tokio::test]
async fn signed_file_is_read_while_each_signer_agrees() {
    on_both(|rig| async move {
        let (invocation, second) = with_second(&rig).await;
        let both = (&invocation, &second);
        let id = asked_for_both(&rig, both, "k", SigningOrder::Any, Format::Jades).await;
        sign(&rig, &id).await;
        sign_as(&rig, &second, &id).await;
        let done = get(&rig, &invocation, &id).await;
        let file = &done.signed_files[0].id;
        let signatures = &rig.apis.signatures;
        signatures.read(&invocation, file, 0).await.unwrap();
        for citizen in [&rig.citizen, &second] {
            let (inbox, _) = rig.apis.notifications.inbox(citizen, None).await.unwrap();
            assert!(inbox.iter().any(|message| message.subject.contains("FİN")));
        }
        let log = audit::of_citizen(&rig.db, &second, None, 100).await.unwrap();
        let record = log.iter().find(|record| record.operation == "read").unwrap();
        assert_eq!(record.attributes, ["fin", "name"]);
        let consent = record.consent_id.clone().unwrap();
        let change = rig.apis.consent.change(&second, &consent, Change::Revoke);
        change.await.unwrap();
        // Whoever is here is not led to a screen that asks themselves.
        let refused = signatures.read(&invocation, file, 0).await.unwrap_err();
        assert_eq!(refused.code(), "signer-not-agreed");
        let handler = Invocation {
            session: None,
            ..invocation.clone()
        };
        let refused = signatures.read(&handler, file, 0).await.unwrap_err();
        assert_eq!(refused.code(), "consent-revoked");
        // The log of the one does not say what the other decided.
        let own = log_of(&rig, &rig.citizen).await;
        assert!(own.iter().all(|(_, decision)| decision == "allowed"), "{own:?}");
        let file = text_file(&rig, &invocation).await;
        let sub = rig.apis.identity.sub(&invocation.service.id, &second);
        let absent = NewSigning {
            signers: vec![(Party::Current, None), (Party::Citizen(sub), None)],
            ..new(Format::Jades, Level::BB, &file)
        };
        let code = super::refused(&rig, &invocation, "other", absent).await;
        assert_eq!(code, "signer-not-agreed");
    })
    .await;
}

#[tokio::test]
async fn wrong_lists_of_signers_are_refused() {
    on_both(|rig| async move {
        let (invocation, second) = with_second(&rig).await;
        let file = text_file(&rig, &invocation).await;
        let identity = &rig.apis.identity;
        let service = &invocation.service.id;
        let by = |citizen: &CitizenId| (Party::Citizen(identity.sub(service, citizen)), None);
        for signers in [
            vec![(Party::Current, None), by(&rig.citizen)],
            vec![by(&second), by(&second)],
            vec![by(&second); 11],
        ] {
            let new = NewSigning {
                signers,
                ..new(Format::Jades, Level::BB, &file)
            };
            assert_eq!(refused(&rig, &invocation, "k", new).await, "signers-malformed");
        }
    })
    .await;
}
