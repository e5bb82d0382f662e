//! Suspending, resuming and revoking.

use aim_gov::documents::{Change, State};

use super::*;

async fn change(
    rig: &Rig,
    invocation: &Invocation,
    key: &str,
    id: &str,
    change: Change,
) -> Result<State, &'static str> {
    let changed = rig
        .apis
        .documents
        .change_state(invocation, key, id, change, reason())
        .await;
    changed.map(|issued| issued.state).map_err(|error| error.code())
}

#[tokio::test]
async fn document_is_suspended_resumed_and_revoked() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let id = accepted(&rig, &invocation, "key-1", &sub).await.id;
        let steps = [
            ("1", Change::Resume, Err("document-state")),
            ("2", Change::Suspend, Ok(State::Suspended)),
            ("2", Change::Suspend, Ok(State::Suspended)),
            ("2", Change::Revoke, Err("idempotency-key-reused")),
            ("3", Change::Suspend, Err("document-state")),
            ("4", Change::Resume, Ok(State::Valid)),
            // The first answer's change is not made again.
            ("2", Change::Suspend, Ok(State::Valid)),
            ("5", Change::Revoke, Ok(State::Revoked)),
            ("6", Change::Resume, Err("document-state")),
            ("7", Change::Revoke, Err("document-state")),
        ];
        for (key, wanted, expected) in steps {
            let got = change(&rig, &invocation, key, &id, wanted).await;
            assert_eq!(got, expected, "{key} {wanted:?}");
        }
        let held = rig.apis.documents.held(&rig.citizen, &id).await.unwrap().unwrap();
        assert_eq!(held.reason, Some(reason()));
    })
    .await;
}

#[tokio::test]
async fn change_that_breaks_a_rule_is_refused() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let id = accepted(&rig, &invocation, "key-1", &sub).await.id;
        let malformed = change(&rig, &invocation, "a b", &id, Change::Revoke).await;
        assert_eq!(malformed, Err("idempotency-key-malformed"));
        for az in ["", " ", "a\u{202e}b", &"x".repeat(256)] {
            let refused = rig
                .apis
                .documents
                .change_state(&invocation, "1", &id, Change::Revoke, text(az))
                .await
                .unwrap_err();
            assert_eq!(refused.code(), "text-out-of-range", "{az:?}");
        }
        let other = issuing(&rig, |service| service.id.0 = "other".to_owned());
        for id in [id.as_str(), "doc_x", ""] {
            let got = change(&rig, &other, "1", id, Change::Revoke).await;
            assert_eq!(got, Err("not-found"));
        }
        // A refused change left nothing behind under its key.
        assert_eq!(
            change(&rig, &invocation, "1", &id, Change::Revoke).await,
            Ok(State::Revoked)
        );
        let declined = issue(&rig, &invocation, "key-2", new(&sub)).await;
        answer(&rig, &declined.id, Answer::Decline).await.unwrap();
        let late = change(&rig, &invocation, "2", &declined.id, Change::Suspend).await;
        assert_eq!(late, Err("document-state"));
    })
    .await;
}
