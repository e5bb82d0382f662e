//! Issuing: idempotency, claims, times, limits, and who may.

use aim_gov::clock::{DAY_MS, Timestamp};
use aim_gov::documents::{Acceptance, State};

use super::*;

#[tokio::test]
async fn document_is_offered_with_a_message_and_a_record() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let issued = issue(&rig, &invocation, "key-1", new(&sub)).await;
        assert_eq!(issued.holder, sub);
        assert_eq!(issued.kind, CARD);
        assert_eq!(
            (issued.acceptance, issued.state),
            (Acceptance::Offered, State::Valid)
        );
        let page = format!("http://localhost/az/my/documents/{}", issued.id);
        assert_eq!(issued.next_url.as_deref(), Some(page.as_str()));
        // 30 days with today, to the end of the last one in Baku: 20:00 UTC.
        assert_eq!(issued.expires, Timestamp(1_797_796_800_000));
        assert_eq!(rig.decisions("issue").await, ["allowed"]);
        let (messages, _) = rig.apis.notifications.inbox(&rig.citizen, None).await.unwrap();
        let subjects: Vec<_> = messages.iter().map(|message| message.subject.as_str()).collect();
        assert_eq!(subjects, ["Sizin üçün sənəd: Oxucu bileti"]);
        let held = rig.apis.documents.of_holder(&rig.citizen).await.unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].claims["born"], "1990-02-03");
        assert_eq!(held[0].claims["loans_max"], 5);
    })
    .await;
}

#[tokio::test]
async fn same_key_gets_the_first_document() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let documents = &rig.apis.documents;
        assert_eq!(documents.find_issued(&invocation, "key-1").await.unwrap(), None);
        let first = issue(&rig, &invocation, "key-1", new(&sub)).await;
        assert_eq!(issue(&rig, &invocation, "key-1", new(&sub)).await, first);
        let found = documents.find_issued(&invocation, "key-1").await.unwrap();
        assert_eq!(found, Some(first.clone()));
        assert_eq!(documents.get_issued(&invocation, &first.id).await.unwrap(), first);
        let mut other = new(&sub);
        other.claims.pop();
        assert_eq!(
            refused(&rig, &invocation, "key-1", other).await,
            "idempotency-key-reused"
        );
        let held = documents.of_holder(&rig.citizen).await.unwrap();
        assert_eq!(held.len(), 1);
        // The clock stands still, so that the records have no order.
        let mut decisions = rig.decisions("issue").await;
        decisions.sort_unstable();
        assert_eq!(decisions, ["allowed", "allowed", "idempotency-key-reused"]);
    })
    .await;
}

#[tokio::test]
async fn claims_that_break_the_kind_are_refused() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let long = format!("\"{}\"", "x".repeat(256));
        let cases: [(&str, &str); 14] = [
            ("family_name", "Məmmədova"),
            ("family_name", "\"\""),
            ("family_name", "\"a\\u202eb\""),
            ("family_name", "7"),
            ("family_name", long.as_str()),
            ("born", "\"1990-02-30\""),
            ("born", "\"19900203\""),
            ("born", "\"1990-02-03T00:00\""),
            ("loans_max", "1.5"),
            ("loans_max", "1000000000000000"),
            ("adult", "\"true\""),
            ("adult", "1"),
            ("other", "true"),
            ("_sd", "[]"),
        ];
        for (name, value) in cases {
            let mut wrong = new(&sub);
            wrong
                .claims
                .retain(|claim| claim.path != [Step::Key(name.to_owned())]);
            wrong.claims.push(claim(name, value));
            let code = refused(&rig, &invocation, "key-1", wrong).await;
            assert_eq!(code, "claims-malformed", "{name} {value}");
        }
        let mut missing = new(&sub);
        missing.claims.remove(0);
        assert_eq!(
            refused(&rig, &invocation, "key-1", missing).await,
            "claims-malformed"
        );
        let mut twice = new(&sub);
        twice.claims.push(claim("adult", "false"));
        assert_eq!(
            refused(&rig, &invocation, "key-1", twice).await,
            "claims-malformed"
        );
        for path in [
            vec![],
            vec![Step::Every],
            vec![Step::Index(0)],
            vec![Step::Key("adult".to_owned()), Step::Index(0)],
        ] {
            let mut deep = new(&sub);
            deep.claims[3].path = path;
            assert_eq!(
                refused(&rig, &invocation, "key-1", deep).await,
                "claims-malformed"
            );
        }
        assert_eq!(rig.apis.documents.of_holder(&rig.citizen).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn times_are_days_within_the_kind() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let with = |from: Option<i64>, until: Option<i64>| NewDocument {
            valid_from: from.map(|days| NOW.plus_ms(days * DAY_MS)),
            expires: until.map(|days| NOW.plus_ms(days * DAY_MS)),
            ..new(&sub)
        };
        for (number, (from, until)) in [
            (Some(367), None),
            (None, Some(30)),
            (None, Some(-1)),
            (Some(-40), Some(-20)),
        ]
        .into_iter()
        .enumerate()
        {
            let key = format!("bad-{number}");
            let code = refused(&rig, &invocation, &key, with(from, until)).await;
            assert_eq!(code, "time-out-of-range", "{from:?} {until:?}");
        }
        let never = NewDocument {
            expires: Some(Timestamp(i64::MAX)),
            ..new(&sub)
        };
        assert_eq!(
            refused(&rig, &invocation, "never", never).await,
            "time-out-of-range"
        );
        let last_day = issue(&rig, &invocation, "last", with(None, Some(29))).await;
        assert_eq!(last_day.expires, Timestamp(1_797_796_800_000));
        let today = issue(&rig, &invocation, "today", with(None, Some(0))).await;
        assert_eq!(today.expires, Timestamp(1_795_291_200_000));
        let later = issue(&rig, &invocation, "later", with(Some(2), None)).await;
        assert_eq!(later.state, State::NotYetValid);
        rig.clock.advance_ms(2 * DAY_MS);
        let state = |id: String| {
            let (documents, invocation) = (rig.apis.documents.clone(), invocation.clone());
            async move { documents.get_issued(&invocation, &id).await.unwrap().state }
        };
        assert_eq!(state(later.id).await, State::Valid);
        assert_eq!(state(today.id).await, State::Expired);
    })
    .await;
}

#[tokio::test]
async fn service_issues_only_what_and_to_whom_it_may() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let unknown = NewDocument {
            kind: "passport".to_owned(),
            ..new(&sub)
        };
        assert_eq!(
            refused(&rig, &invocation, "key-1", unknown).await,
            "document-kind-not-approved"
        );
        assert_eq!(
            refused(&rig, &invocation, "a b", new(&sub)).await,
            "idempotency-key-malformed"
        );
        assert_eq!(
            refused(&rig, &invocation, "key-1", new("stranger")).await,
            "not-found"
        );
        // A pseudonym of another service, at which nobody takes part.
        let other = issuing(&rig, |service| service.id.0 = "other".to_owned());
        assert_eq!(refused(&rig, &other, "key-1", new(&sub)).await, "not-found");
        let issued = issue(&rig, &invocation, "key-1", new(&sub)).await;
        for id in [issued.id.as_str(), "doc_x", ""] {
            let refused = rig.apis.documents.get_issued(&other, id).await.unwrap_err();
            assert_eq!(refused.code(), "not-found");
        }
        assert_eq!(
            rig.apis.documents.find_issued(&other, "key-1").await.unwrap(),
            None
        );
        let without = issuing(&rig, |service| {
            service.grant.capabilities.remove(&Capability::Documents);
        });
        assert_eq!(
            refused(&rig, &without, "key-2", new(&sub)).await,
            "capability-not-granted"
        );
    })
    .await;
}

#[tokio::test]
async fn documents_of_a_service_are_bounded() {
    on_both(|rig| async move {
        let (_, sub) = joined(&rig).await;
        let small = issuing(&rig, |service| service.grant.boundary.citizens_max = 1);
        for number in 0..10 {
            issue(&rig, &small, &format!("key-{number}"), new(&sub)).await;
        }
        assert_eq!(refused(&rig, &small, "one-more", new(&sub)).await, "documents");
        // The same key still finds its document.
        issue(&rig, &small, "key-9", new(&sub)).await;
    })
    .await;
}
