//! Deaths: told to services that a law obliges to know of them, under the consent that the death ends.

use aim_gov::clock::DAY_MS;
use aim_gov::consent::Change;
use aim_gov::grant::LawfulBasis;

use super::*;

/// A service that a law obliges to know of deaths, at which the rig's citizen agreed to everything.
async fn obliged(rig: &Rig, id: &str) -> (Invocation, String) {
    with_basis(rig, id, LawfulBasis::LegalObligation).await
}

async fn with_basis(rig: &Rig, id: &str, basis: LawfulBasis) -> (Invocation, String) {
    agreed_to(rig, EventType::DeathRegistered, &rig.citizen, |service| {
        service.id.0 = id.to_owned();
        for purpose in &mut service.grant.purposes {
            purpose.basis = basis;
        }
    })
    .await
}

async fn die(rig: &Rig) {
    rig.clock.advance_ms(1_000);
    rig.apis.deaths.register(&rig.citizen).await.unwrap();
}

#[tokio::test]
async fn death_is_told_to_a_service_that_a_law_obliges() {
    on_both(|rig| async move {
        let (invocation, consent) = obliged(&rig, "pensions").await;
        let sub = rig.apis.identity.sub(&invocation.service.id, &rig.citizen);
        die(&rig).await;
        // The consent ended, and the event is told three days later all the same.
        rig.clock.advance_ms(2 * DAY_MS);
        let attempts = round(&rig, &invocation, &Scripted::default()).await;
        let [attempt] = attempts.as_slice() else {
            panic!("{attempts:?}");
        };
        let told: serde_json::Value = serde_json::from_slice(attempt.event.data.as_deref().unwrap()).unwrap();
        assert_eq!(told, serde_json::json!({ "died": "2026-11-21" }));
        let event = &attempt.event;
        assert_eq!(event.subject.as_deref(), Some(sub.as_str()));
        assert_eq!(event.time, Timestamp(NOW.0 - 12 * HOUR_MS));
        let schema = "http://localhost/schemas/events/death-registered-v1.json";
        assert_eq!(event.data_schema.as_deref(), Some(schema));
        let log = aim_gov::audit::of_citizen(&rig.db, &rig.citizen, None, 100)
            .await
            .unwrap();
        let record = log
            .iter()
            .find(|record| record.operation == "death-registered")
            .unwrap();
        assert_eq!(record.decision, "allowed");
        assert_eq!(record.consent_id.as_deref(), Some(consent.as_str()));
        assert_eq!(record.purpose.as_deref(), Some(PURPOSE));
        let recent = rig.apis.life_events.recent(&invocation, None).await.unwrap();
        let types: Vec<_> = recent.events.iter().map(|event| event.event_type).collect();
        assert_eq!(types, [EventType::DeathRegistered]);
    })
    .await;
}

#[tokio::test]
async fn death_is_not_told_without_a_legal_obligation() {
    on_both(|rig| async move {
        for basis in [LawfulBasis::Consent, LawfulBasis::PublicTask] {
            with_basis(&rig, basis.into(), basis).await;
        }
        let (obliged, _) = obliged(&rig, "pensions").await;
        die(&rig).await;
        for id in ["consent", "public-task"] {
            let service = aim_gov::invocation::ServiceId(id.to_owned());
            let queued = rig.apis.life_events.deliveries(&service, None, None, 100).await;
            assert_eq!(queued.unwrap(), []);
        }
        // The version that is approved by the time of the delivery has another basis.
        let changed = listening(&rig, |service| {
            service.id = obliged.service.id.clone();
            service.grant = obliged.service.grant.clone();
            for purpose in &mut service.grant.purposes {
                purpose.basis = LawfulBasis::PublicTask;
            }
        });
        assert_eq!(round(&rig, &changed, &Scripted::default()).await, []);
        let ended = (State::Discarded, Some("consent-required".to_owned()));
        assert_eq!(only(&rig, &changed).await, ended);
    })
    .await;
}

#[tokio::test]
async fn death_is_not_told_under_a_consent_that_was_not_active() {
    on_both(|rig| async move {
        let (paused, consent) = obliged(&rig, "paused").await;
        rig.apis
            .consent
            .change(&rig.citizen, &consent, Change::Pause)
            .await
            .unwrap();
        let (left, _) = obliged(&rig, "left").await;
        rig.apis
            .consent
            .leave(&left.service.id, &rig.citizen)
            .await
            .unwrap();
        let (expired, _) = agreed_to(&rig, EventType::DeathRegistered, &rig.citizen, |service| {
            service.id.0 = "expired".to_owned();
            for purpose in &mut service.grant.purposes {
                purpose.basis = LawfulBasis::LegalObligation;
                purpose.valid_days = 1;
            }
        })
        .await;
        rig.clock.advance_ms(2 * DAY_MS);
        die(&rig).await;
        for invocation in [&paused, &left, &expired] {
            assert_eq!(deliveries(&rig, invocation).await, []);
        }
    })
    .await;
}

/// What a developer replays is told too: the law still obliges the service.
#[tokio::test]
async fn death_that_a_service_rejected_can_be_replayed() {
    on_both(|rig| async move {
        let (invocation, _) = obliged(&rig, "pensions").await;
        die(&rig).await;
        let rejects = Scripted::answering([Ok(Outcome::Reject("not-now".to_owned()))]);
        assert_eq!(round(&rig, &invocation, &rejects).await.len(), 1);
        let event = deliveries(&rig, &invocation).await.remove(0);
        assert_eq!(event.state, State::Dead);
        let events = &rig.apis.life_events;
        assert!(events.replay(&invocation.service.id, &event.id).await.unwrap());
        assert_eq!(round(&rig, &invocation, &Scripted::default()).await.len(), 1);
        assert_eq!(only(&rig, &invocation).await, (State::Done, None));
    })
    .await;
}

/// Vetting tries the handler of a service with each event of a citizen's life that it subscribes to.
#[tokio::test]
async fn rehearsal_makes_every_event_of_a_life() {
    on_both(|rig| async move {
        let of_life: BTreeSet<_> = EventType::ALL
            .iter()
            .copied()
            .filter(|event| event.attribute().is_some())
            .collect();
        let invocation = listening(&rig, |service| {
            service.grant.events.types.clone_from(&of_life);
            for purpose in &mut service.grant.purposes {
                purpose.basis = LawfulBasis::LegalObligation;
                let carried = of_life.iter().filter_map(|event| event.attribute());
                purpose.attributes.extend(carried);
            }
        });
        let session = rig.invocation.session.clone().unwrap();
        let attempts = rig.apis.rehearse(&invocation.service, &session).await.unwrap();
        let made: BTreeSet<_> = attempts.iter().map(|attempt| attempt.event.event_type).collect();
        assert_eq!(made, of_life);
    })
    .await;
}
