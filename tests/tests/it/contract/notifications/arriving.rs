//! What becomes of a message, and what the citizen can do.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn message_lands_in_the_inbox_and_its_alert_follows() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let mut new = to(&sub);
        new.language = Some(Locale::En);
        new.personalisation.extend([
            (
                "lines".to_owned(),
                Value::Items(vec!["Su".to_owned(), "<b>Qaz</b>".to_owned()]),
            ),
            ("bills".to_owned(), Value::Link("/bills?month=10".to_owned())),
        ]);
        let sent = send(&rig, &invocation, "k-1", new).await.unwrap();
        assert_eq!((sent.status, sent.is_finished()), (Status::Delivered, false));
        assert_eq!(sent.alert_at_provider(), None);
        assert_eq!((sent.template_version, sent.language), (2, Locale::En));

        let open = open(&rig, &citizen, &sent.id).await.unwrap();
        assert_eq!(open.message.subject, "Bill of 2026-10");
        let texts = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            open.blocks,
            [
                Block::Text("Hello!".to_owned()),
                Block::Text("The bill of 2026-10".to_owned()),
                Block::Items {
                    label: "Lines:".to_owned(),
                    items: texts(&["Su", "<b>Qaz</b>"]),
                },
                Block::Link {
                    label: "Your bills".to_owned(),
                    path: "/bills?month=10".to_owned(),
                },
            ]
        );
        // The service sees no difference between the one that was opened and another one.
        let second = send(&rig, &invocation, "k-2", to(&sub)).await.unwrap();
        assert_eq!(alert(&rig, &invocation, &sent.id).await, Some(Status::Pending));
        assert_eq!(alert(&rig, &invocation, &second.id).await, Some(Status::Pending));
        rig.clock.advance_ms(5_000);
        assert_eq!(
            alert(&rig, &invocation, &second.id).await,
            Some(Status::Delivered)
        );
        let now = get(&rig, &invocation, &second.id).await;
        assert!(now.is_finished() && now.alert.sent < now.alert.completed);
        let subjects: Vec<_> = inbox(&rig, &citizen)
            .await
            .into_iter()
            .map(|message| message.subject)
            .collect();
        assert_eq!(subjects, ["Hesab 2026-10", "Bill of 2026-10"]);
        assert_eq!(rig.apis.notifications.unread(&citizen).await.unwrap(), 1);
        assert_eq!(rig.decisions("send").await, ["allowed", "allowed"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_end_by_the_person_and_the_citizens_choice() {
    on_both(async |rig: Rig| {
        for (fin, at_once, after_72_hours) in [
            (NO_ADDRESS, None, None),
            (ABROAD, Some(Status::Sent), Some(Status::Sent)),
            (
                ADDRESS_GONE,
                Some(Status::PermanentFailure),
                Some(Status::PermanentFailure),
            ),
            (PHONE_OFF, Some(Status::Sending), Some(Status::TemporaryFailure)),
        ] {
            let (invocation, _, sub) = joined(&rig, fin).await;
            let sent = send(&rig, &invocation, &format!("k-{fin}"), to(&sub))
                .await
                .unwrap();
            assert_eq!(alert(&rig, &invocation, &sent.id).await, at_once, "{fin}");
            rig.clock.advance_ms(3 * DAY_MS);
            assert_eq!(alert(&rig, &invocation, &sent.id).await, after_72_hours, "{fin}");
            let now = get(&rig, &invocation, &sent.id).await;
            assert!(now.is_finished(), "{fin}");
        }
        // One who wants no alerts looks like one who has no address.
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        rig.apis.notifications.turn_alerts(&citizen, false).await.unwrap();
        let sent = send(&rig, &invocation, "k-off", to(&sub)).await.unwrap();
        assert!(!sent.is_finished());
        assert_eq!(alert(&rig, &invocation, &sent.id).await, None);
        assert!(get(&rig, &invocation, &sent.id).await.is_finished());
        rig.apis.notifications.turn_alerts(&citizen, true).await.unwrap();
        // At ten in the evening an alert waits for nine in the morning.
        rig.clock.advance_ms(10 * HOUR_MS);
        let sent = send(&rig, &invocation, "k-night", to(&sub)).await.unwrap();
        assert_eq!(alert(&rig, &invocation, &sent.id).await, None);
        rig.clock.advance_ms(11 * HOUR_MS);
        assert_eq!(alert(&rig, &invocation, &sent.id).await, Some(Status::Pending));
        assert_eq!(rig.decisions("alerts-off").await, ["allowed"]);
        assert_eq!(rig.decisions("alerts-on").await, ["allowed"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn citizen_ends_news_and_confirms_notices() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let of = |template: &str| NewMessage {
            template: template.to_owned(),
            ..to(&sub)
        };
        let news = send(&rig, &invocation, "k-1", of("news")).await.unwrap();
        let choose = |id: String, choice| {
            let (notifications, citizen) = (rig.apis.notifications.clone(), citizen.clone());
            async move { notifications.choose(&citizen, &id, choice).await.unwrap() }
        };
        for _ in 0..2 {
            assert!(choose(news.id.clone(), Choice::Unsubscribe).await.is_some());
        }
        assert_eq!(code(&rig, &invocation, "k-2", of("news")).await, "unsubscribed");
        send(&rig, &invocation, "k-3", to(&sub)).await.unwrap();
        assert!(choose(news.id.clone(), Choice::Subscribe).await.is_some());
        send(&rig, &invocation, "k-2", of("news")).await.unwrap();

        let notice = send(&rig, &invocation, "k-4", of("notice")).await.unwrap();
        let read = open(&rig, &citizen, &notice.id).await.unwrap();
        assert!(read.message.waits_for_receipt());
        let told = get(&rig, &invocation, &notice.id).await;
        assert_eq!(told.confirmed, None);
        rig.clock.advance_ms(10);
        let at = rig.clock.now();
        for _ in 0..2 {
            let confirmed = choose(notice.id.clone(), Choice::Confirm).await.unwrap();
            assert_eq!(confirmed.confirmed, Some(at));
            rig.clock.advance_ms(10);
        }
        let told = get(&rig, &invocation, &notice.id).await;
        assert_eq!(told.confirmed, Some(at));
        // Nothing of the kind to decide, and nobody else's.
        assert!(choose(news.id.clone(), Choice::Confirm).await.is_none());
        assert!(choose(notice.id.clone(), Choice::Unsubscribe).await.is_none());
        let other = rig.apis.identity.citizen("OTEST02").unwrap();
        for choice in [Choice::Confirm, Choice::Unsubscribe] {
            let done = rig
                .apis
                .notifications
                .choose(&other, &notice.id, choice)
                .await
                .unwrap();
            assert!(done.is_none());
        }
        assert!(open(&rig, &other, &notice.id).await.is_none());
        for operation in ["unsubscribe", "subscribe", "confirm"] {
            assert_eq!(rig.decisions(operation).await, ["allowed"], "{operation}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scheduled_message_waits_and_can_be_taken_back() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let later = |discard: Option<i64>| NewMessage {
            send_at: Some(NOW.plus_ms(DAY_MS)),
            discard_at: discard.map(|discard| NOW.plus_ms(discard)),
            ..to(&sub)
        };
        let sent = send(&rig, &invocation, "k-1", later(None)).await.unwrap();
        let back = send(&rig, &invocation, "k-2", later(None)).await.unwrap();
        let useless = send(&rig, &invocation, "k-3", later(Some(DAY_MS + 1)))
            .await
            .unwrap();
        assert_eq!(sent.status, Status::Created);
        deliver(&rig).await;
        assert_eq!(inbox(&rig, &citizen).await, []);
        assert!(open(&rig, &citizen, &sent.id).await.is_none());
        let cancelled = rig
            .apis
            .notifications
            .cancel(&invocation, &back.id)
            .await
            .unwrap();
        assert!(cancelled.status == Status::Cancelled && cancelled.is_finished());
        rig.clock.advance_ms(DAY_MS + 10);
        deliver(&rig).await;
        let [delivered] = &inbox(&rig, &citizen).await[..] else {
            panic!("not one message");
        };
        assert_eq!(delivered.id, sent.id);
        let useless = get(&rig, &invocation, &useless.id).await;
        assert_eq!(
            (useless.status, useless.failure, useless.is_finished()),
            (Status::Cancelled, Some(Failure::Discarded), true)
        );
        for id in [&sent.id, &back.id] {
            let refusal = rig.apis.notifications.cancel(&invocation, id).await.unwrap_err();
            assert_eq!(refusal.code(), "message-state");
        }
        let refusal = rig
            .apis
            .notifications
            .cancel(&invocation, "msg_x")
            .await
            .unwrap_err();
        assert_eq!(refusal, GovError::NotFound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn file_is_scanned_and_kept_for_its_time() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let clean = send(&rig, &invocation, "k-1", with_file(&sub, "Su: 12".as_bytes()))
            .await
            .unwrap();
        let eicar = format!("A{}", EICAR.concat());
        let virus = send(&rig, &invocation, "k-2", with_file(&sub, eicar.as_bytes()))
            .await
            .unwrap();
        assert_eq!((clean.status, virus.status), (Status::Created, Status::Created));
        assert!(file(&rig, &citizen, &clean.id).await.is_none());
        deliver(&rig).await;
        let virus = get(&rig, &invocation, &virus.id).await;
        assert_eq!(
            (virus.status, virus.failure),
            (Status::TechnicalFailure, Some(Failure::FileRefused))
        );
        let delivered: Vec<_> = inbox(&rig, &citizen)
            .await
            .into_iter()
            .map(|message| message.id)
            .collect();
        assert_eq!(delivered, std::slice::from_ref(&clean.id));
        let kept = file(&rig, &citizen, &clean.id).await.unwrap();
        assert_eq!(
            (kept.name.as_str(), &kept.content[..]),
            ("hesab.txt", "Su: 12".as_bytes())
        );
        let other = rig.apis.identity.citizen("OTEST02").unwrap();
        assert!(file(&rig, &other, &clean.id).await.is_none());
        rig.clock.advance_ms(7 * DAY_MS);
        let open = open(&rig, &citizen, &clean.id).await.unwrap();
        assert!(!open.has_file);
        assert!(file(&rig, &citizen, &clean.id).await.is_none());
        deliver(&rig).await;
        let mut reader = rig.db.reader().await.unwrap();
        let files: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM message_file WHERE message = $1")
            .bind(&clean.id)
            .fetch_one(&mut *reader)
            .await
            .unwrap();
        assert_eq!(files, (0,));
    })
    .await;
}

/// The job looks at a hundred messages at a time.
#[tokio::test(flavor = "multi_thread")]
async fn messages_that_cannot_be_read_hold_up_no_other() {
    on_both(async |rig: Rig| {
        let (_, citizen, sub) = joined(&rig, "OTEST01").await;
        let invocation = sending(&rig, |grant| grant.boundary.messages_per_citizen_max = 1_000);
        let later = NewMessage {
            send_at: Some(NOW.plus_ms(DAY_MS)),
            ..to(&sub)
        };
        for number in 0..101 {
            let key = format!("k-{number}");
            send(&rig, &invocation, &key, later.clone()).await.unwrap();
        }
        let mut tx = rig.db.begin().await.unwrap();
        let broken = sqlx::query("UPDATE message SET template_version = -1 WHERE key <> 'k-100'")
            .execute(&mut *tx)
            .await
            .unwrap();
        assert_eq!(broken.rows_affected(), 100);
        tx.commit().await.unwrap();
        rig.clock.advance_ms(DAY_MS);
        deliver(&rig).await;
        assert_eq!(rig.apis.notifications.unread(&citizen).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scheduled_message_is_discarded_once_it_is_unwanted() {
    on_both(async |rig: Rig| {
        let later = |sub: &str, template: &str| NewMessage {
            send_at: Some(NOW.plus_ms(DAY_MS)),
            template: template.to_owned(),
            ..to(sub)
        };
        // One revokes the consent, one leaves, one ends the news, and one agrees anew.
        let mut sent = Vec::new();
        for (fin, template) in [
            ("OTEST01", "bill-due"),
            ("OTEST02", "notice"),
            ("OTEST04", "news"),
            ("OTEST05", "bill-due"),
        ] {
            let (mut invocation, citizen, sub) = joined(&rig, fin).await;
            if fin == "OTEST02" {
                // Nothing but taking part decides here.
                invocation = sending(&rig, |grant| grant.purposes[0].basis = LawfulBasis::Contract);
            }
            let message = send(&rig, &invocation, &format!("k-{fin}"), later(&sub, template))
                .await
                .unwrap();
            let service = &invocation.service;
            let all = &service.grant.purpose(PURPOSE).unwrap().attributes;
            match fin {
                "OTEST01" => {
                    let revoke = aim_gov::consent::Change::Revoke;
                    let consent = message.consent.clone().unwrap();
                    rig.apis.consent.change(&citizen, &consent, revoke).await.unwrap();
                }
                "OTEST02" => assert!(rig.apis.consent.leave(&service.id, &citizen).await.unwrap()),
                "OTEST04" => {
                    let earlier = send(
                        &rig,
                        &invocation,
                        "k-now",
                        NewMessage {
                            send_at: None,
                            ..later(&sub, "news")
                        },
                    );
                    let earlier = earlier.await.unwrap().id;
                    let chosen = rig
                        .apis
                        .notifications
                        .choose(&citizen, &earlier, Choice::Unsubscribe)
                        .await;
                    assert!(chosen.unwrap().is_some());
                }
                _ => {
                    rig.apis
                        .consent
                        .give(service, &citizen, PURPOSE, all)
                        .await
                        .unwrap();
                }
            }
            sent.push((invocation, message.id));
        }
        rig.clock.advance_ms(DAY_MS);
        // While the service is stopped, nothing is delivered.
        let stopped = sending(&rig, |_| ()).service;
        stopped.stop();
        let services = Directory::new(move |_| Some(stopped.clone()));
        rig.apis.notifications.deliver_due(&services).await.unwrap();
        let (invocation, id) = &sent[3];
        let waits = rig.apis.notifications.get(invocation, id).await.unwrap();
        assert_eq!(waits.status, Status::Created);
        rig.clock.advance_ms(60_000);
        deliver(&rig).await;
        let mut states = Vec::new();
        for (invocation, id) in &sent {
            let message = rig.apis.notifications.get(invocation, id).await.unwrap();
            states.push((message.status, message.failure));
        }
        let discarded = (Status::Cancelled, Some(Failure::Discarded));
        assert_eq!(
            states,
            [discarded, discarded, discarded, (Status::Delivered, None)]
        );
    })
    .await;
}
