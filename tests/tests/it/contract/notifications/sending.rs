//! What a service may send, what it is told, and what it finds again.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn key_sends_one_message() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let first = send(&rig, &invocation, "k-1", to(&sub)).await.unwrap();
        assert_eq!(
            send(&rig, &invocation, "k-1", to(&sub)).await.unwrap().id,
            first.id
        );
        let mut other = to(&sub);
        other.reference = Some("R-1".to_owned());
        assert_eq!(
            code(&rig, &invocation, "k-1", other).await,
            "idempotency-key-reused"
        );
        assert_eq!(
            code(&rig, &invocation, "k 1", to(&sub)).await,
            "idempotency-key-malformed"
        );
        let found = rig
            .apis
            .notifications
            .find(&invocation, "k-1")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.id, first.id);
        assert_eq!(
            rig.apis.notifications.find(&invocation, "k-2").await.unwrap(),
            None
        );
        // Two at once.
        let (one, two) = tokio::join!(
            rig.apis.notifications.send(&invocation, "k-3", to(&sub)),
            rig.apis.notifications.send(&invocation, "k-3", to(&sub)),
        );
        assert_eq!(one.unwrap().id, two.unwrap().id);
        assert_eq!(inbox(&rig, &citizen).await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_messages_are_refused_and_send_nothing() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let changed = |change: &dyn Fn(&mut NewMessage)| {
            let mut new = to(&sub);
            change(&mut new);
            new
        };
        let value = |name: &str, value: Value| {
            let name = name.to_owned();
            move |new: &mut NewMessage| new.personalisation.push((name.clone(), value.clone()))
        };
        let file = |name: &str, media_type: &str, content: usize, keep_days: u16| {
            value(
                "bill-file",
                Value::File(Attachment {
                    name: name.to_owned(),
                    media_type: media_type.to_owned(),
                    content: vec![b'x'; content],
                    keep_days,
                }),
            )
        };
        let now = rig.clock.now();
        let mut cases: Vec<(&str, NewMessage)> = vec![
            (
                "template-unknown",
                changed(&|new| new.template = "spam".to_owned()),
            ),
            (
                "personalisation-missing",
                changed(&|new| new.personalisation.clear()),
            ),
            (
                "personalisation-unknown",
                changed(&value("sum", Value::Text("1".to_owned()))),
            ),
            (
                "reference-malformed",
                changed(&|new| new.reference = Some("x".repeat(256))),
            ),
            (
                "time-out-of-range",
                changed(&|new| new.send_at = Some(Timestamp(i64::MAX))),
            ),
            (
                "time-out-of-range",
                changed(&|new| new.send_at = Some(now.plus_ms(31 * DAY_MS))),
            ),
            ("time-out-of-range", changed(&|new| new.discard_at = Some(now))),
            ("not-found", changed(&|new| new.to = "somebody".to_owned())),
        ];
        let malformed: Vec<Change> = vec![
            Box::new(value("period", Value::Text("again".to_owned()))),
            Box::new(value("lines", Value::Items(vec!["x".to_owned(); 21]))),
            Box::new(value("lines", Value::Items(vec![String::new()]))),
            Box::new(value("lines", Value::Text("x".to_owned()))),
            Box::new(value("bills", Value::Link("https://evil.example/".to_owned()))),
            Box::new(value("bills", Value::Link("//evil.example/".to_owned()))),
            Box::new(|new| new.personalisation[0].1 = Value::Text("x".repeat(1_001))),
            Box::new(|new| new.personalisation[0].1 = Value::Text("\u{202e}".to_owned())),
            Box::new(file("hesab.exe", "text/plain", 1, 7)),
            Box::new(file("hesab.html", "text/html", 1, 7)),
            Box::new(file("../hesab.txt", "text/plain", 1, 7)),
            Box::new(file("hesab.txt", "text/plain", 0, 7)),
            Box::new(file("hesab.txt", "text/plain", (1 << 20) + 1, 7)),
            Box::new(file("hesab.txt", "text/plain", 1, 6)),
        ];
        cases.extend(
            malformed
                .iter()
                .map(|change| ("personalisation-malformed", changed(change))),
        );
        for (number, (expected, new)) in cases.into_iter().enumerate() {
            let shown: String = format!("{:?}", new.personalisation).chars().take(200).collect();
            let key = format!("k-{number}");
            assert_eq!(code(&rig, &invocation, &key, new).await, expected, "{}", shown);
            assert_eq!(
                rig.apis.notifications.find(&invocation, &key).await.unwrap(),
                None
            );
        }
        // Without the capability, and past the test.
        let without = sending(&rig, |grant| {
            grant.capabilities.remove(&Capability::Notifications);
        });
        assert_eq!(
            code(&rig, &without, "k-x", to(&sub)).await,
            "capability-not-granted"
        );
        // One who left is not told apart from one who never was there.
        rig.apis
            .consent
            .leave(&invocation.service.id, &citizen)
            .await
            .unwrap();
        assert_eq!(code(&rig, &invocation, "k-y", to(&sub)).await, "not-found");
        assert_eq!(inbox(&rig, &citizen).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_stay_within_the_boundary() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let (_, _, other) = joined(&rig, "OTEST02").await;
        for number in 0..5 {
            send(&rig, &invocation, &format!("k-{number}"), to(&sub))
                .await
                .unwrap();
        }
        let first = rig.clock.now().0 - 4;
        let refusal = send(&rig, &invocation, "k-5", to(&sub)).await.unwrap_err();
        let GovError::TooManyRequests(problem) = refusal else {
            panic!("another refusal: {refusal:?}");
        };
        assert_eq!(problem.code, "citizen-messages-too-many");
        let wait = first + 7 * DAY_MS - rig.clock.now().0;
        assert_eq!(problem.retry_after_ms.map(i64::from), Some(wait));
        // A formal notice is sent, and counts; another citizen has a count of their own.
        let mut notice = to(&sub);
        notice.template = "notice".to_owned();
        send(&rig, &invocation, "k-6", notice.clone()).await.unwrap();
        send(&rig, &invocation, "k-7", to(&other)).await.unwrap();
        rig.clock.advance_ms(first + 7 * DAY_MS - 2 - rig.clock.now().0);
        assert_eq!(
            code(&rig, &invocation, "k-5", to(&sub)).await,
            "citizen-messages-too-many"
        );
        rig.clock.advance_ms(DAY_MS);
        send(&rig, &invocation, "k-5", to(&sub)).await.unwrap();
        // All messages together; what is refused takes no room.
        let few = sending(&rig, |grant| grant.boundary.messages_max = 9);
        send(&rig, &few, "k-8", notice.clone()).await.unwrap();
        assert_eq!(code(&rig, &few, "k-9", notice.clone()).await, "messages");
        assert_eq!(code(&rig, &few, "k-9", notice).await, "messages");
        let none = sending(&rig, |grant| grant.boundary.messages_per_citizen_max = 0);
        assert_eq!(
            code(&rig, &none, "k-10", to(&other)).await,
            "messages-per-citizen"
        );
        assert_eq!(inbox(&rig, &citizen).await.len(), 8);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn message_needs_the_consent_of_its_purpose() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let all = &invocation.service.grant.purpose(PURPOSE).unwrap().attributes;
        let consent = rig.apis.consent.give(&invocation.service, &citizen, PURPOSE, all);
        let consent = consent.await.unwrap();
        rig.apis
            .consent
            .change(&citizen, &consent, aim_gov::consent::Change::Pause)
            .await
            .unwrap();
        assert_eq!(code(&rig, &invocation, "k-1", to(&sub)).await, "consent-paused");
        let joined_only = rig.apis.identity.citizen("OTEST02").unwrap();
        rig.apis
            .consent
            .enrol(&invocation.service, &joined_only)
            .await
            .unwrap();
        let other = rig.apis.identity.sub(&invocation.service.id, &joined_only);
        assert_eq!(
            code(&rig, &invocation, "k-2", to(&other)).await,
            "consent-required"
        );
        // A contract needs no agreement.
        let contract = sending(&rig, |grant| grant.purposes[0].basis = LawfulBasis::Contract);
        send(&rig, &contract, "k-3", to(&other)).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn service_finds_its_own_messages_for_ninety_days() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let notices = sending(&rig, |grant| grant.boundary.messages_per_citizen_max = 50);
        let mut ids = Vec::new();
        for number in 0..102 {
            let mut new = to(&sub);
            new.template = "notice".to_owned();
            new.reference = (number == 7).then(|| "R-7".to_owned());
            ids.push(
                send(&rig, &notices, &format!("k-{number}"), new)
                    .await
                    .unwrap()
                    .id,
            );
        }
        ids.reverse();
        let search = |reference: Option<&str>, cursor: Option<String>| {
            rig.apis
                .notifications
                .search(&invocation, reference.map(str::to_owned), cursor)
        };
        let page = search(None, None).await.unwrap();
        let last = search(None, page.cursor.clone()).await.unwrap();
        let found: Vec<_> = page
            .messages
            .iter()
            .chain(&last.messages)
            .map(|message| message.id.clone())
            .collect();
        assert_eq!(
            (page.messages.len(), last.cursor, found == ids),
            (100, None, true)
        );
        let one = search(Some("R-7"), None).await.unwrap();
        assert_eq!(one.messages.len(), 1);
        assert_eq!(
            search(None, Some("x' OR 1=1".to_owned()))
                .await
                .unwrap_err()
                .code(),
            "cursor-malformed"
        );
        // The inbox has pages too.
        let (mine, more) = rig.apis.notifications.inbox(&citizen, None).await.unwrap();
        assert!(more);
        let before = mine.last().map(|message| message.id.as_str());
        let (rest, _) = rig.apis.notifications.inbox(&citizen, before).await.unwrap();
        assert_eq!(rest[0].id, ids[mine.len()]);
        // Another service sees none of it.
        let mut stranger = sending(&rig, |_| ());
        Arc::get_mut(&mut stranger.service).unwrap().id.0 = "another".to_owned();
        assert_eq!(
            rig.apis.notifications.get(&stranger, &ids[0]).await,
            Err(GovError::NotFound)
        );
        assert_eq!(rig.apis.notifications.find(&stranger, "k-1").await.unwrap(), None);
        let theirs = rig
            .apis
            .notifications
            .search(&stranger, None, None)
            .await
            .unwrap();
        assert_eq!(theirs.messages, []);
        // After ninety days, and before the test ends, only the citizen has it.
        let longer = sending(&rig, |grant| grant.boundary.ends_at = NOW.plus_days(365));
        rig.clock.advance_ms(90 * DAY_MS + 1);
        assert_eq!(
            rig.apis.notifications.get(&longer, &ids[0]).await,
            Err(GovError::NotFound)
        );
        assert_eq!(rig.apis.notifications.find(&longer, "k-1").await.unwrap(), None);
        assert!(
            rig.apis
                .notifications
                .open(&citizen, &ids[0])
                .await
                .unwrap()
                .is_some()
        );
        let records = audit::of_citizen(&rig.db, &citizen, None, 1).await.unwrap();
        assert_eq!(records[0].interface, "notifications");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_reads_as_the_message_and_sends_nothing() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, _) = joined(&rig, "OTEST01").await;
        let templates = rig.apis.notifications.templates(&invocation).await.unwrap();
        assert_eq!(templates.len(), 3);
        let values = vec![
            // A value is a value: it opens no field and no link.
            (
                "period".to_owned(),
                Value::Text("((lines)) https://evil.example".to_owned()),
            ),
            ("bills".to_owned(), Value::Link("/bills".to_owned())),
        ];
        let shown = rig
            .apis
            .notifications
            .preview(&invocation, "bill-due", values, Locale::Ru)
            .await
            .unwrap();
        assert_eq!(shown.subject, "Hesab ((lines)) https://evil.example");
        assert_eq!(
            shown.body,
            "Salam!\n((lines)) https://evil.example üçün hesab\nHesablar: http://water-meter.localhost/bills"
        );
        assert!(shown.alert.contains("Su sayğacı") && !shown.alert.contains("evil"));
        let refusal = rig
            .apis
            .notifications
            .preview(&invocation, "bill-due", Vec::new(), Locale::Az)
            .await;
        assert_eq!(refusal.unwrap_err().code(), "personalisation-missing");
        assert_eq!(inbox(&rig, &citizen).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_at_once_are_counted_one_after_the_other() {
    on_both(async |rig: Rig| {
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let at_once = |key: fn(usize) -> String| {
            let sends: Vec<_> = (0..16)
                .map(|number| {
                    let (notifications, invocation) = (rig.apis.notifications.clone(), invocation.clone());
                    let (key, new) = (key(number), to(&sub));
                    tokio::spawn(async move { notifications.send(&invocation, &key, new).await })
                })
                .collect();
            futures::future::join_all(sends)
        };
        let same = at_once(|_| "k-same".to_owned()).await;
        let ids: std::collections::BTreeSet<_> =
            same.into_iter().map(|sent| sent.unwrap().unwrap().id).collect();
        assert_eq!(ids.len(), 1);
        let others = at_once(|number| format!("k-{number}")).await;
        let (sent, refused): (Vec<_>, Vec<_>) =
            others.into_iter().map(Result::unwrap).partition(Result::is_ok);
        assert_eq!(sent.len(), 4, "five a week");
        for refusal in refused {
            assert_eq!(refusal.unwrap_err().code(), "citizen-messages-too-many");
        }
        assert_eq!(inbox(&rig, &citizen).await.len(), 5);
    })
    .await;
}
