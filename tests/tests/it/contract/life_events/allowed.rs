//! What never reaches a service.

use super::*;

#[tokio::test]
async fn event_about_a_citizen_who_left_is_discarded() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let service = &invocation.service.id;
        assert!(rig.apis.consent.leave(service, &rig.citizen).await.unwrap());
        let handler = Scripted::default();
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        assert_eq!(
            only(&rig, &invocation).await,
            (State::Discarded, Some("not-found".to_owned()))
        );
        assert_eq!(rig.decisions("timer-due").await, ["not-found"]);
    })
    .await;
}

/// The citizen leaves between two attempts.
#[tokio::test]
async fn each_attempt_is_judged() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let handler = Scripted::answering([Ok(Outcome::Retry(None))]);
        assert_eq!(round(&rig, &invocation, &handler).await.len(), 1);
        let service = &invocation.service.id;
        assert!(rig.apis.consent.leave(service, &rig.citizen).await.unwrap());
        rig.clock.advance_ms(HOUR_MS);
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        assert_eq!(only(&rig, &invocation).await.0, State::Discarded);
    })
    .await;
}

#[tokio::test]
async fn type_that_is_not_approved_is_not_delivered() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        // A later version subscribes to nothing.
        let silent = listening(&rig, |service| service.grant.events.types.clear());
        let handler = Scripted::default();
        assert_eq!(round(&rig, &silent, &handler).await, []);
        assert_eq!(
            only(&rig, &invocation).await,
            (State::Discarded, Some("event-type-not-approved".to_owned()))
        );
        let refused = rig
            .apis
            .life_events
            .set_timer(&silent, "key", timer(NOW, None))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "event-type-not-approved");
    })
    .await;
}

#[tokio::test]
async fn service_without_the_capability_gets_nothing() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let bare = listening(&rig, |service| {
            service.grant.capabilities.remove(&Capability::LifeEvents);
        });
        let handler = Scripted::default();
        assert_eq!(round(&rig, &bare, &handler).await, []);
        assert_eq!(
            only(&rig, &invocation).await,
            (State::Discarded, Some("capability-not-granted".to_owned()))
        );
        let refused = rig.apis.life_events.recent(&bare, None).await.unwrap_err();
        assert_eq!(refused.code(), "capability-not-granted");
    })
    .await;
}

#[tokio::test]
async fn event_waits_for_a_service_that_is_not_in_force() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let stopped = listening(&rig, |service| service.stop());
        let handler = Scripted::default();
        assert_eq!(round(&rig, &stopped, &handler).await, []);
        let waiting = (State::Waiting, Some("service-not-in-force".to_owned()));
        assert_eq!(only(&rig, &invocation).await, waiting);
        rig.clock.advance_ms(24 * HOUR_MS);
        assert_eq!(round(&rig, &stopped, &handler).await, []);
        rig.clock.advance_ms(MINUTE_MS);
        assert_eq!(round(&rig, &invocation, &handler).await[0].number, 1);
    })
    .await;
}

#[tokio::test]
async fn event_of_a_service_that_does_not_return_becomes_a_dead_letter() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let ended = listening(&rig, |service| service.grant.boundary.ends_at = NOW);
        let handler = Scripted::default();
        assert_eq!(round(&rig, &ended, &handler).await, []);
        rig.clock.advance_ms(3 * 24 * HOUR_MS);
        assert_eq!(round(&rig, &ended, &handler).await, []);
        assert_eq!(
            only(&rig, &invocation).await,
            (State::Dead, Some("service-not-in-force".to_owned()))
        );
        assert_eq!(rig.decisions("timer-due").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn recent_has_the_events_of_the_service_that_it_may_still_read() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let events = &rig.apis.life_events;
        due_now(&rig, &invocation, Some(&sub)).await;
        set(&rig, &invocation, "nobody", timer(rig.clock.now(), None)).await;
        set(&rig, &invocation, "later", timer(NOW.plus_days(1), Some(&sub))).await;
        let handler = Scripted::answering([Ok(Outcome::Reject("bad".to_owned()))]);
        let attempts = round(&rig, &invocation, &handler).await;
        let mut told: Vec<_> = attempts.into_iter().map(|attempt| attempt.event).collect();
        told.sort_by(|one, other| one.id.cmp(&other.id));
        let page = events.recent(&invocation, None).await.unwrap();
        assert_eq!((&page.events, page.cursor), (&told, None));
        assert_eq!(rig.decisions("recent").await, ["allowed"]);
        let other = listening(&rig, |service| service.id.0 = "other".to_owned());
        assert_eq!(events.recent(&other, None).await.unwrap().events, []);
        let refused = events
            .recent(&invocation, Some("x".to_owned()))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "cursor-malformed");
        let service = &invocation.service.id;
        assert!(rig.apis.consent.leave(service, &rig.citizen).await.unwrap());
        // What is about nobody stays.
        told.retain(|event| event.subject.is_none());
        assert_eq!(events.recent(&invocation, None).await.unwrap().events, told);
        assert_eq!(told.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn recent_has_pages() {
    on_both(|rig| async move {
        let (invocation, _) = joined(&rig).await;
        for number in 0..105 {
            rig.clock.advance_ms(1);
            set(
                &rig,
                &invocation,
                &format!("key-{number}"),
                timer(rig.clock.now(), None),
            )
            .await;
        }
        round(&rig, &invocation, &Scripted::default()).await;
        let events = &rig.apis.life_events;
        let first = events.recent(&invocation, None).await.unwrap();
        let second = events.recent(&invocation, first.cursor.clone()).await.unwrap();
        assert_eq!((first.events.len(), second.events.len()), (100, 5));
        assert_eq!(second.cursor, None);
        let mut ids: Vec<_> = first
            .events
            .iter()
            .chain(&second.events)
            .map(|one| &one.id)
            .collect();
        ids.dedup();
        assert_eq!(ids.len(), 105);
    })
    .await;
}
