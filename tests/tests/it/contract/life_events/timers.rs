//! Reminders: set, taken back, and how they come.

use super::*;

#[tokio::test]
async fn due_reminder_comes_once_with_its_attributes() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let due = NOW.plus_ms(10 * MINUTE_MS);
        let id = set(&rig, &invocation, "key-1", timer(due, Some(&sub))).await;
        let handler = Scripted::default();
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        rig.clock.advance_ms(11 * MINUTE_MS);
        let attempts = round(&rig, &invocation, &handler).await;
        let [attempt] = attempts.as_slice() else {
            panic!("{attempts:?}");
        };
        let event = &attempt.event;
        assert_eq!(event.event_type, EventType::TimerDue);
        assert_eq!(event.subject.as_deref(), Some(sub.as_str()));
        assert_eq!(event.time, due);
        assert_eq!(event.data.as_deref(), Some(b"card".as_slice()));
        assert_eq!(
            event.extensions(),
            [
                ("correlationid".to_owned(), id.clone()),
                ("timername".to_owned(), "renew".to_owned())
            ]
        );
        // A prefix of idempotency keys.
        assert!(event.id.len() <= 64);
        assert!(
            event
                .id
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || one == '-')
        );
        assert_eq!(
            (attempt.number, attempt.first, attempt.is_final),
            (1, rig.clock.now(), false)
        );
        rig.clock.advance_ms(HOUR_MS);
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        assert_eq!(only(&rig, &invocation).await, (State::Done, None));
        assert_eq!(rig.decisions("set-timer").await, ["allowed"]);
        assert_eq!(rig.decisions("timer-due").await, ["allowed"]);
    })
    .await;
}

#[tokio::test]
async fn same_key_gets_the_first_reminder() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let due = NOW.plus_ms(MINUTE_MS);
        let first = set(&rig, &invocation, "key-1", timer(due, Some(&sub))).await;
        let again = set(&rig, &invocation, "key-1", timer(due, Some(&sub))).await;
        assert_eq!(first, again);
        let other = timer(due.plus_ms(1), Some(&sub));
        let refused = rig
            .apis
            .life_events
            .set_timer(&invocation, "key-1", other)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "idempotency-key-reused");
        rig.clock.advance_ms(2 * MINUTE_MS);
        let handler = Scripted::default();
        assert_eq!(round(&rig, &invocation, &handler).await.len(), 1);
        let after = rig
            .apis
            .life_events
            .set_timer(&invocation, "key-1", timer(due, Some(&sub)))
            .await
            .unwrap();
        assert_eq!((after.id, after.pending), (first, false));
    })
    .await;
}

#[tokio::test]
async fn reminder_that_was_taken_back_does_not_come() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let events = &rig.apis.life_events;
        let id = set(
            &rig,
            &invocation,
            "key-1",
            timer(NOW.plus_ms(MINUTE_MS), Some(&sub)),
        )
        .await;
        assert!(!events.clear_timer(&invocation, &id).await.unwrap().pending);
        assert!(!events.clear_timer(&invocation, &id).await.unwrap().pending);
        rig.clock.advance_ms(HOUR_MS);
        let handler = Scripted::default();
        assert_eq!(round(&rig, &invocation, &handler).await, []);
        let id = set(&rig, &invocation, "key-2", timer(rig.clock.now(), Some(&sub))).await;
        assert_eq!(round(&rig, &invocation, &handler).await.len(), 1);
        let late = events.clear_timer(&invocation, &id).await.unwrap_err();
        assert_eq!(late.code(), "timer-state");
    })
    .await;
}

#[tokio::test]
async fn reminder_of_another_service_is_not_found() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let id = set(
            &rig,
            &invocation,
            "key-1",
            timer(NOW.plus_ms(MINUTE_MS), Some(&sub)),
        )
        .await;
        let other = listening(&rig, |service| service.id.0 = "other".to_owned());
        for id in [id.as_str(), "tmr_x", ""] {
            let refused = rig.apis.life_events.clear_timer(&other, id).await.unwrap_err();
            assert_eq!(refused.code(), "not-found");
        }
        // The citizen does not take part there, and the pseudonym is of the first service.
        let refused = rig
            .apis
            .life_events
            .set_timer(&other, "key-1", timer(NOW, Some(&sub)))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "not-found");
    })
    .await;
}

#[tokio::test]
async fn reminder_that_breaks_a_rule_is_refused() {
    on_both(|rig| async move {
        let (invocation, _) = joined(&rig).await;
        let valid = || timer(NOW.plus_ms(MINUTE_MS), None);
        let cases: [(&str, NewTimer, &str); 6] = [
            ("a b", valid(), "idempotency-key-malformed"),
            (
                "1",
                NewTimer {
                    name: String::new(),
                    ..valid()
                },
                "timer-malformed",
            ),
            (
                "2",
                NewTimer {
                    name: "Böyük".to_owned(),
                    ..valid()
                },
                "timer-malformed",
            ),
            (
                "3",
                NewTimer {
                    data: Some(vec![0; 4_097]),
                    ..valid()
                },
                "timer-malformed",
            ),
            ("4", timer(NOW.plus_days(367), None), "time-out-of-range"),
            ("5", timer(Timestamp(0), None), "time-out-of-range"),
        ];
        for (key, new, code) in cases {
            let refused = rig
                .apis
                .life_events
                .set_timer(&invocation, key, new)
                .await
                .unwrap_err();
            assert_eq!(refused.code(), code, "{key}");
        }
    })
    .await;
}

#[tokio::test]
async fn pending_reminders_are_bounded() {
    on_both(|rig| async move {
        let invocation = listening(&rig, |service| service.grant.boundary.citizens_max = 1);
        let due = NOW.plus_ms(MINUTE_MS);
        let mut last = String::new();
        for number in 0..10 {
            last = set(&rig, &invocation, &format!("key-{number}"), timer(due, None)).await;
        }
        let events = &rig.apis.life_events;
        let one_more = || events.set_timer(&invocation, "one-more", timer(due, None));
        assert_eq!(one_more().await.unwrap_err().code(), "events");
        events.clear_timer(&invocation, &last).await.unwrap();
        assert!(one_more().await.is_ok());
    })
    .await;
}

/// A clock that was moved passes many reminders at once.
#[tokio::test]
async fn reminders_of_a_month_come_in_the_order_of_their_time() {
    on_both(|rig| async move {
        let (invocation, _) = joined(&rig).await;
        for day in [9, 3, 27, 14, 30] {
            let new = NewTimer {
                name: format!("day-{day}"),
                ..timer(NOW.plus_days(day), None)
            };
            set(&rig, &invocation, &format!("key-{day}"), new).await;
        }
        rig.clock.advance_ms(31 * 24 * HOUR_MS);
        let handler = Scripted::default();
        let mut days = Vec::new();
        for _ in 0..3 {
            let mut attempts = round(&rig, &invocation, &handler).await;
            attempts.sort_by_key(|attempt| attempt.event.time);
            days.extend(attempts.into_iter().filter_map(|attempt| attempt.event.name));
        }
        assert_eq!(days, ["day-3", "day-9", "day-14", "day-27", "day-30"]);
    })
    .await;
}
