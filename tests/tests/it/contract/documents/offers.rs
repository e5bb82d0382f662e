//! What services are told of their offers.

use aim_gov::clock::DAY_MS;
use aim_gov::documents::{Change, OFFER_DAYS};
use aim_gov::event_type::EventType;

use super::presenting::directory;
use super::*;

/// The rig's service, which is told of events, at which the rig's citizen takes part, and their pseudonym there.
async fn listening(rig: &Rig) -> (Invocation, String) {
    let invocation = issuing(rig, |service| {
        service.grant.capabilities.insert(Capability::LifeEvents);
        service.grant.events.types = BTreeSet::from([EventType::DocumentChanged]);
    });
    rig.apis.outbox.connect(directory(&invocation));
    let service = &invocation.service;
    rig.apis.consent.enrol(service, &rig.citizen).await.unwrap();
    let sub = rig.apis.identity.sub(&service.id, &rig.citizen);
    (invocation, sub)
}

/// The id, the status and the subject of each event, in the order in which they happened.
async fn told(rig: &Rig, invocation: &Invocation) -> Vec<(String, String, Option<String>)> {
    let recent = rig.apis.life_events.recent(invocation, None).await.unwrap();
    let told = recent.events.into_iter().map(|event| {
        assert_eq!(event.event_type, EventType::DocumentChanged);
        assert_eq!(event.object, Some(changed(event.clone()).0));
        changed(event)
    });
    told.collect()
}

#[tokio::test]
async fn answer_of_a_holder_is_told_once() {
    on_both(|rig| async move {
        let (invocation, sub) = listening(&rig).await;
        let kept = issue(&rig, &invocation, "key-1", new(&sub)).await.id;
        let refused = issue(&rig, &invocation, "key-2", new(&sub)).await.id;
        assert_eq!(told(&rig, &invocation).await, []);
        for (id, what) in [
            (&kept, Answer::Accept),
            (&kept, Answer::Accept),
            (&refused, Answer::Decline),
            (&kept, Answer::Decline),
        ] {
            rig.clock.advance_ms(1);
            answer(&rig, id, what).await;
        }
        let event = |id: &str, status: &str| (id.to_owned(), status.to_owned(), Some(sub.clone()));
        let expected = [
            event(&kept, "accepted"),
            event(&refused, "declined"),
            event(&kept, "declined"),
        ];
        assert_eq!(told(&rig, &invocation).await, expected);
    })
    .await;
}

#[tokio::test]
async fn end_of_an_offer_is_told_once() {
    on_both(|rig| async move {
        let (invocation, sub) = listening(&rig).await;
        let today = NewDocument {
            expires: Some(NOW),
            ..new(&sub)
        };
        let short = issue(&rig, &invocation, "key-1", today).await.id;
        let accepted = accepted(&rig, &invocation, "key-2", &sub).await.id;
        rig.clock.advance_ms(1);
        let later = NewDocument {
            valid_from: Some(NOW.plus_days(20)),
            ..new(&sub)
        };
        let long = issue(&rig, &invocation, "key-3", later).await.id;
        rig.clock.advance_ms(DAY_MS);
        let documents = &rig.apis.documents;
        let ended = async || {
            for _ in 0..2 {
                documents.end_offers().await.unwrap();
            }
            told(&rig, &invocation).await
        };
        let event = |id: &str, status: &str| (id.to_owned(), status.to_owned(), Some(sub.clone()));
        let mut expected = vec![event(&accepted, "accepted"), event(&short, "declined")];
        assert_eq!(ended().await, expected);
        rig.clock.advance_ms(i64::from(OFFER_DAYS - 1) * DAY_MS - 1);
        assert_eq!(ended().await, expected);
        rig.clock.advance_ms(1);
        // The first one is older than `recent` looks back.
        expected = vec![event(&short, "declined"), event(&long, "declined")];
        assert_eq!(ended().await, expected);
        assert_eq!(rig.decisions("offer-ended").await, ["allowed"; 2]);
    })
    .await;
}

#[tokio::test]
async fn answer_is_told_without_a_name_after_the_holder_left() {
    on_both(|rig| async move {
        let (invocation, sub) = listening(&rig).await;
        let id = issue(&rig, &invocation, "key-1", new(&sub)).await.id;
        let service = &invocation.service;
        rig.apis.consent.leave(&service.id, &rig.citizen).await.unwrap();
        answer(&rig, &id, Answer::Decline).await.unwrap();
        assert_eq!(told(&rig, &invocation).await, [(id, "declined".to_owned(), None)]);
    })
    .await;
}

/// A holder cannot accept what is revoked, and can delete it.
#[tokio::test]
async fn deletion_of_a_revoked_offer_is_told() {
    on_both(|rig| async move {
        let (invocation, sub) = listening(&rig).await;
        let id = issue(&rig, &invocation, "key-1", new(&sub)).await.id;
        rig.apis
            .documents
            .change_state(&invocation, "key-2", &id, Change::Revoke, reason())
            .await
            .unwrap();
        assert!(answer(&rig, &id, Answer::Accept).await.is_none());
        assert!(answer(&rig, &id, Answer::Decline).await.is_some());
        let declined = (id, "declined".to_owned(), Some(sub));
        assert_eq!(told(&rig, &invocation).await, [declined]);
    })
    .await;
}

#[tokio::test]
async fn rehearsal_declines_a_document_of_any_kind() {
    on_both(|rig| async move {
        let invocation = issuing(&rig, |service| {
            service.grant.capabilities.insert(Capability::LifeEvents);
            service.grant.events.types = BTreeSet::from([EventType::DocumentChanged]);
        });
        let session = rig.invocation.session.clone().unwrap();
        let attempts = rig.apis.rehearse(&invocation.service, &session).await.unwrap();
        let made: Vec<_> = attempts.iter().map(|attempt| attempt.event.event_type).collect();
        assert_eq!(made, [EventType::DocumentChanged]);
    })
    .await;
}
