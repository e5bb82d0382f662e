//! A citizen moves: whom that is told, and what of it.

use std::collections::BTreeSet;

use aim_gov::consent::{Change, Widening, widenings_of};
use aim_gov::grant::{Attribute, FetchType};
use aim_gov::residence::{MoveError, STREET_CHARS_MAX};

use super::super::PURPOSE;
use super::*;

const STREET: &str = "Nizami küçəsi 14";

/// A service that subscribes to moves under a periodic purpose, at which the rig's citizen agreed to everything.
async fn agreed(rig: &Rig, change: impl FnOnce(&mut Service)) -> (Invocation, String) {
    agreed_to(rig, EventType::ResidenceChanged, &rig.citizen, change).await
}

async fn moves(rig: &Rig) {
    let residence = &rig.apis.residence;
    residence.move_to(&rig.citizen, "Bakı", STREET).await.unwrap();
}

#[tokio::test]
async fn move_changes_the_register_and_is_told_with_the_address() {
    on_both(|rig| async move {
        let (invocation, consent) = agreed(&rig, |_| ()).await;
        moves(&rig).await;
        let claims = rig
            .apis
            .identity
            .claims(&invocation, &["address".to_owned()], PURPOSE)
            .await
            .unwrap();
        let address = claims.address.unwrap();
        assert_eq!(address.formatted.as_deref(), Some("Bakı, Nizami küçəsi 14"));
        let handler = Scripted::default();
        let attempts = round(&rig, &invocation, &handler).await;
        let [attempt] = attempts.as_slice() else {
            panic!("{attempts:?}");
        };
        let event = &attempt.event;
        let told: aim_gov::identity::Address =
            serde_json::from_slice(event.data.as_deref().unwrap()).unwrap();
        assert_eq!(told, address);
        let sub = rig.apis.identity.sub(&invocation.service.id, &rig.citizen);
        assert_eq!(event.subject, Some(sub));
        assert_eq!(
            event.data_schema.as_deref(),
            Some("http://localhost/schemas/events/residence-changed-v1.json")
        );
        // The day alone: 20 November, 20:00 UTC, in the event and in its id.
        assert_eq!(event.time, Timestamp(NOW.0 - 12 * HOUR_MS));
        assert_eq!(event.extensions(), []);
        let records = aim_gov::audit::of_citizen(&rig.db, &rig.citizen, None, 100)
            .await
            .unwrap();
        let delivered = records
            .iter()
            .find(|record| record.operation == "residence-changed")
            .unwrap();
        assert_eq!(delivered.decision, "allowed");
        assert_eq!(delivered.consent_id.as_deref(), Some(consent.as_str()));
        assert_eq!(delivered.purpose.as_deref(), Some(PURPOSE));
        assert_eq!(rig.decisions("move").await, ["allowed"]);
    })
    .await;
}

/// Two services are told of one move: nothing of the event but what the citizen agreed to is the same.
#[tokio::test]
async fn events_of_two_services_have_no_id_in_common() {
    on_both(|rig| async move {
        let (one, _) = agreed(&rig, |_| ()).await;
        let (other, _) = agreed(&rig, |service| service.id.0 = "other".to_owned()).await;
        rig.clock.advance_ms(123_457);
        moves(&rig).await;
        let handler = Scripted::default();
        let first = round(&rig, &one, &handler).await.remove(0).event;
        rig.clock.advance_ms(2 * MINUTE_MS);
        let second = round(&rig, &other, &handler).await.remove(0).event;
        assert_ne!(first.id, second.id);
        assert_ne!(first.subject, second.subject);
        assert_eq!(first.time, Timestamp(NOW.0 - 12 * HOUR_MS));
        // The digits of the moment are those of the day, for everybody who moves on it.
        let day = aim_gov::random::Random::seeded(1).id("evt", first.time);
        assert_eq!(first.id.get(4..13), day.get(4..13));
    })
    .await;
}

#[tokio::test]
async fn move_is_not_told_without_a_live_periodic_consent() {
    on_both(|rig| async move {
        let revoked = agreed(&rig, |_| ()).await;
        let paused = agreed(&rig, |service| service.id.0 = "paused".to_owned()).await;
        let once = agreed(&rig, |service| {
            service.id.0 = "once".to_owned();
            for purpose in &mut service.grant.purposes {
                purpose.fetch = FetchType::OneTime;
            }
        })
        .await;
        let silent = agreed(&rig, |service| {
            service.id.0 = "silent".to_owned();
            service.grant.events.types.clear();
        })
        .await;
        let consent = &rig.apis.consent;
        for (consent_id, change) in [(&revoked.1, Change::Revoke), (&paused.1, Change::Pause)] {
            consent.change(&rig.citizen, consent_id, change).await.unwrap();
        }
        moves(&rig).await;
        for (invocation, _) in [&revoked, &paused, &once, &silent] {
            assert_eq!(deliveries(&rig, invocation).await, []);
        }
    })
    .await;
}

/// The citizen revokes between two attempts: the service learns nothing more, and the data is gone.
#[tokio::test]
async fn event_without_its_consent_is_discarded_unseen() {
    on_both(|rig| async move {
        let (invocation, consent) = agreed(&rig, |_| ()).await;
        moves(&rig).await;
        let handler = Scripted::answering([Ok(Outcome::Retry(None))]);
        assert_eq!(round(&rig, &invocation, &handler).await.len(), 1);
        let revoke = rig.apis.consent.change(&rig.citizen, &consent, Change::Revoke);
        revoke.await.unwrap();
        rig.clock.advance_ms(HOUR_MS);
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        let discarded = (State::Discarded, Some("consent-required".to_owned()));
        assert_eq!(only(&rig, &invocation).await, discarded);
        assert_eq!(
            rig.decisions("residence-changed").await,
            ["allowed", "consent-required"]
        );
        let recent = rig.apis.life_events.recent(&invocation, None).await.unwrap();
        assert_eq!(recent.events, []);
        let mut reader = rig.db.reader().await.unwrap();
        let (left,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM life_event WHERE data IS NOT NULL")
            .fetch_one(&mut *reader)
            .await
            .unwrap();
        assert_eq!(left, 0);
    })
    .await;
}

/// A later version that subscribes to moves is told of none before the citizen agrees again.
#[tokio::test]
async fn new_event_with_personal_data_asks_the_citizen_again() {
    on_both(|rig| async move {
        let (_, consent) = agreed(&rig, |service| service.grant.events.types.clear()).await;
        let wider = listening(&rig, |service| {
            service.grant.events.types = BTreeSet::from([EventType::ResidenceChanged]);
            for purpose in &mut service.grant.purposes {
                purpose.attributes.insert(Attribute::Address);
            }
        });
        let record = rig
            .apis
            .consent
            .record(&rig.citizen, &consent)
            .await
            .unwrap()
            .unwrap();
        let purpose = wider.service.grant.purpose(PURPOSE).unwrap();
        assert_eq!(
            widenings_of(&record, &wider.service, purpose),
            [Widening::Event(EventType::ResidenceChanged)]
        );
        moves(&rig).await;
        assert_eq!(deliveries(&rig, &wider).await, []);
        let (again, _) = agreed(&rig, |_| ()).await;
        moves(&rig).await;
        assert_eq!(round(&rig, &again, &Scripted::default()).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn move_that_breaks_a_rule_changes_nothing() {
    on_both(|rig| async move {
        let residence = &rig.apis.residence;
        let before = residence.person(&rig.citizen).await.unwrap();
        let long = "x".repeat(STREET_CHARS_MAX + 1);
        for (place, street) in [("Bakı", ""), ("Bakı", "\u{2060}"), ("Bakı", &long)] {
            let refused = residence.move_to(&rig.citizen, place, street).await;
            assert!(matches!(refused, Err(MoveError::Street(_))), "{street}");
        }
        let refused = residence.move_to(&rig.citizen, "Atlantida", STREET).await;
        assert!(matches!(refused, Err(MoveError::UnknownPlace)));
        let died = rig.apis.identity.citizen("OTEST06").unwrap();
        let refused = residence.move_to(&died, "Bakı", STREET).await;
        assert!(matches!(refused, Err(MoveError::NotRegistered)));
        assert_eq!(residence.person(&rig.citizen).await.unwrap(), before);
        assert_eq!(rig.decisions("move").await, [""; 0]);
    })
    .await;
}
