//! What becomes of an event that is not handled.

use super::*;

/// Longer than any wait between two attempts.
const LONGEST_WAIT_MS: i64 = HOUR_MS + HOUR_MS / 5;

#[tokio::test]
async fn event_that_is_not_handled_comes_again_later() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let handler = Scripted::answering([
            Ok(Outcome::Retry(None)),
            Err(Unhandled("trap")),
            Ok(Outcome::Retry(Some(600))),
        ]);
        let began = rig.clock.now();
        let first = round(&rig, &invocation, &handler).await.remove(0);
        assert_eq!(
            only(&rig, &invocation).await,
            (State::Waiting, Some("retry".to_owned()))
        );
        // 10 s and at most a fifth more or less.
        rig.clock.advance_ms(7_999);
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        rig.clock.advance_ms(4_001);
        let second = round(&rig, &invocation, &handler).await.remove(0);
        assert_eq!(
            only(&rig, &invocation).await,
            (State::Waiting, Some("trap".to_owned()))
        );
        assert_eq!(second.event, first.event);
        assert_eq!((second.number, second.first), (2, began));
        rig.clock.advance_ms(24_000);
        assert_eq!(round(&rig, &invocation, &handler).await.len(), 1);
        // The service asked for ten minutes, which is longer than the platform's own wait.
        rig.clock.advance_ms(599_000);
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        rig.clock.advance_ms(1_000);
        assert_eq!(round(&rig, &invocation, &handler).await[0].number, 4);
        assert_eq!(only(&rig, &invocation).await, (State::Done, None));
        assert_eq!(rig.decisions("timer-due").await, ["allowed"; 4]);
    })
    .await;
}

#[tokio::test]
async fn event_that_is_never_handled_becomes_a_dead_letter_after_three_days() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let handler = Scripted::answering((0..1_000).map(|_| Err(Unhandled("deadline"))));
        let began = rig.clock.now();
        let mut attempts = Vec::new();
        while only_or_none(&rig, &invocation).await != Some(State::Dead) {
            attempts.extend(round(&rig, &invocation, &handler).await);
            rig.clock.advance_ms(LONGEST_WAIT_MS);
            assert!(attempts.len() < 100, "{}", attempts.len());
        }
        let (last, others) = attempts.split_last().unwrap();
        assert!(last.is_final);
        assert!(others.iter().all(|attempt| !attempt.is_final));
        let days = (rig.clock.now().0 - began.0) / (24 * HOUR_MS);
        assert_eq!(days, 3);
        assert_eq!(
            only(&rig, &invocation).await,
            (State::Dead, Some("deadline".to_owned()))
        );
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        let counts = rig.apis.life_events.counts(&invocation.service.id).await.unwrap();
        assert_eq!(counts, [(State::Dead, 1)]);
    })
    .await;
}

async fn only_or_none(rig: &Rig, invocation: &Invocation) -> Option<State> {
    deliveries(rig, invocation).await.first().map(|one| one.state)
}

#[tokio::test]
async fn rejected_event_becomes_a_dead_letter_that_can_be_replayed() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let handler = Scripted::answering([
            Ok(Outcome::Reject("no-such-card".to_owned())),
            Ok(Outcome::Reject("Böyük hərflə".to_owned())),
        ]);
        let first = round(&rig, &invocation, &handler).await.remove(0);
        let dead = |error: &str| (State::Dead, Some(error.to_owned()));
        assert_eq!(only(&rig, &invocation).await, dead("no-such-card"));
        rig.clock.advance_ms(LONGEST_WAIT_MS);
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        let events = &rig.apis.life_events;
        let id = &first.event.id;
        let other = listening(&rig, |service| service.id.0 = "other".to_owned());
        assert!(!events.replay(&other.service.id, id).await.unwrap());
        assert!(!events.replay(&invocation.service.id, "evt-x").await.unwrap());
        assert!(events.replay(&invocation.service.id, id).await.unwrap());
        assert!(!events.replay(&invocation.service.id, id).await.unwrap());
        let again = round(&rig, &invocation, &handler).await.remove(0);
        assert_eq!((&again.event, again.number), (&first.event, 1));
        assert_eq!(only(&rig, &invocation).await, dead("reject-malformed"));
        assert!(events.replay(&invocation.service.id, id).await.unwrap());
        assert_eq!(round(&rig, &invocation, &handler).await.len(), 1);
        assert_eq!(only(&rig, &invocation).await, (State::Done, None));
    })
    .await;
}

#[tokio::test]
async fn events_are_forgotten_a_month_after_their_end() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let handler = Scripted::default();
        round(&rig, &invocation, &handler).await;
        rig.clock.advance_ms(30 * 24 * HOUR_MS);
        round(&rig, &invocation, &handler).await;
        assert_eq!(deliveries(&rig, &invocation).await.len(), 1);
        rig.clock.advance_ms(1);
        round(&rig, &invocation, &handler).await;
        assert_eq!(deliveries(&rig, &invocation).await, []);
    })
    .await;
}
