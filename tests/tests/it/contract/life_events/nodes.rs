//! At least once, and not at the same time: leases.

use std::collections::BTreeSet;

use tokio::sync::Notify;

use super::*;

const LEASE_MS: i64 = MINUTE_MS;

/// A service that holds an event until it is released.
#[derive(Debug, Default)]
struct Held {
    called: Notify,
    release: Notify,
}

#[async_trait::async_trait]
impl Handler for Held {
    async fn on_event(&self, _: &Arc<Service>, _: &Attempt) -> Result<Outcome, Unhandled> {
        self.called.notify_one();
        self.release.notified().await;
        Ok(Outcome::Reject("too-late".to_owned()))
    }
}

/// The node dies after the service handled the event and before that is recorded.
#[tokio::test]
async fn event_that_was_handled_and_not_recorded_comes_again() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let (services, held) = (services(&invocation), Held::default());
        tokio::select! {
            _ = rig.apis.life_events.deliver_due(&services, &held) => panic!("it was not held"),
            () = held.called.notified() => {}
        }
        let handler = Scripted::default();
        rig.clock.advance_ms(LEASE_MS - 1);
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        assert_eq!(only(&rig, &invocation).await.0, State::Delivering);
        rig.clock.advance_ms(1);
        let attempt = round(&rig, &invocation, &handler).await.remove(0);
        assert_eq!(attempt.number, 2);
        assert_eq!(only(&rig, &invocation).await.0, State::Done);
    })
    .await;
}

/// What a node says about an event counts only while it holds the event.
#[tokio::test]
async fn answer_after_the_lease_does_not_count() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let (services, held) = (services(&invocation), Held::default());
        let other = async {
            held.called.notified().await;
            rig.clock.advance_ms(LEASE_MS);
            let handler = Scripted::default();
            assert_eq!(round(&rig, &invocation, &handler).await.len(), 1);
            held.release.notify_one();
        };
        let (delivered, ()) = tokio::join!(rig.apis.life_events.deliver_due(&services, &held), other);
        delivered.unwrap();
        assert_eq!(only(&rig, &invocation).await, (State::Done, None));
    })
    .await;
}

/// Four nodes find the same events due.
#[tokio::test(flavor = "multi_thread")]
async fn event_goes_to_one_of_several_nodes() {
    on_both(|rig| async move {
        let (invocation, _) = joined(&rig).await;
        for number in 0..40 {
            set(
                &rig,
                &invocation,
                &format!("key-{number}"),
                timer(rig.clock.now(), None),
            )
            .await;
        }
        let handler = Arc::new(Scripted::default());
        for _ in 0..12 {
            let nodes = (0..4).map(|_| {
                let (events, services, handler) = (
                    rig.apis.life_events.clone(),
                    services(&invocation),
                    handler.clone(),
                );
                tokio::spawn(async move { events.deliver_due(&services, &*handler).await })
            });
            for node in futures::future::join_all(nodes).await {
                node.unwrap().unwrap();
            }
        }
        let ids: Vec<_> = handler
            .taken()
            .into_iter()
            .map(|attempt| attempt.event.id)
            .collect();
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!((ids.len(), distinct.len()), (40, 40));
    })
    .await;
}

/// The node dies in the attempt that was to be the last.
#[tokio::test]
async fn event_whose_last_attempt_was_cut_off_becomes_a_dead_letter() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        due_now(&rig, &invocation, Some(&sub)).await;
        let (services, held) = (services(&invocation), Held::default());
        tokio::select! {
            _ = rig.apis.life_events.deliver_due(&services, &held) => panic!("it was not held"),
            () = held.called.notified() => {}
        }
        rig.clock.advance_ms(3 * 24 * HOUR_MS);
        assert_eq!(round(&rig, &invocation, &Scripted::default()).await, []);
        let dead = (State::Dead, Some("attempts-used-up".to_owned()));
        assert_eq!(only(&rig, &invocation).await, dead);
    })
    .await;
}

/// Four nodes find the same event due, about a citizen who left: one of them ends it, and the citizen reads of it once.
#[tokio::test(flavor = "multi_thread")]
async fn event_that_is_discarded_is_recorded_by_one_of_several_nodes() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        for number in 0..10 {
            let new = timer(rig.clock.now(), Some(&sub));
            set(&rig, &invocation, &format!("key-{number}"), new).await;
        }
        let service = &invocation.service.id;
        assert!(rig.apis.consent.leave(service, &rig.citizen).await.unwrap());
        for _ in 0..4 {
            let nodes = (0..4).map(|_| {
                let (events, services) = (rig.apis.life_events.clone(), services(&invocation));
                tokio::spawn(async move { events.deliver_due(&services, &Scripted::default()).await })
            });
            for node in futures::future::join_all(nodes).await {
                node.unwrap().unwrap();
            }
        }
        assert_eq!(rig.decisions("timer-due").await, ["not-found"; 10]);
    })
    .await;
}
