//! The holder's box.

use aim_gov::clock::DAY_MS;
use aim_gov::documents::{Acceptance, Change, State};

use super::*;

#[tokio::test]
async fn holder_accepts_once_and_can_delete_later() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let issued = issue(&rig, &invocation, "key-1", new(&sub)).await;
        let documents = &rig.apis.documents;
        for _ in 0..2 {
            let accepted = answer(&rig, &issued.id, Answer::Accept).await.unwrap();
            assert_eq!(accepted.acceptance(rig.clock.now()), Acceptance::Accepted);
        }
        let seen = documents.get_issued(&invocation, &issued.id).await.unwrap();
        assert_eq!((seen.acceptance, seen.next_url), (Acceptance::Accepted, None));
        assert!(answer(&rig, &issued.id, Answer::Decline).await.is_some());
        assert!(answer(&rig, &issued.id, Answer::Decline).await.is_none());
        assert!(answer(&rig, &issued.id, Answer::Accept).await.is_none());
        let seen = documents.get_issued(&invocation, &issued.id).await.unwrap();
        assert_eq!(seen.acceptance, Acceptance::Declined);
        assert_eq!(documents.of_holder(&rig.citizen).await.unwrap(), []);
        assert_eq!(rig.decisions("accept").await, ["allowed"]);
        assert_eq!(rig.decisions("decline").await, ["allowed"]);
    })
    .await;
}

#[tokio::test]
async fn document_of_somebody_else_cannot_be_reached() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let issued = issue(&rig, &invocation, "key-1", new(&sub)).await;
        let other = rig.apis.identity.citizen("OTEST04").unwrap();
        let documents = &rig.apis.documents;
        for id in [issued.id.as_str(), "doc_x", ""] {
            assert_eq!(documents.held(&other, id).await.unwrap(), None);
            let answered = documents.answer(&other, id, Answer::Accept).await.unwrap();
            assert_eq!(answered, None);
            assert!(documents.show(&other, id, &names(&["adult"])).await.is_err());
        }
        assert_eq!(documents.of_holder(&other).await.unwrap(), []);
        let held = documents.held(&rig.citizen, &issued.id).await.unwrap().unwrap();
        assert_eq!(held.acceptance(rig.clock.now()), Acceptance::Offered);
    })
    .await;
}

#[tokio::test]
async fn offer_ends_after_thirty_days() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let later = NewDocument {
            valid_from: Some(NOW.plus_days(20)),
            ..new(&sub)
        };
        let issued = issue(&rig, &invocation, "key-1", later).await;
        rig.clock.advance_ms(30 * DAY_MS - 1);
        assert!(
            rig.apis
                .documents
                .held(&rig.citizen, &issued.id)
                .await
                .unwrap()
                .is_some()
        );
        rig.clock.advance_ms(1);
        assert!(answer(&rig, &issued.id, Answer::Accept).await.is_none());
        let seen = rig
            .apis
            .documents
            .get_issued(&invocation, &issued.id)
            .await
            .unwrap();
        assert_eq!(seen.acceptance, Acceptance::Declined);
    })
    .await;
}

#[tokio::test]
async fn accepted_document_takes_the_place_of_the_old_one() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let old = accepted(&rig, &invocation, "key-1", &sub).await;
        let replacing = |id: &str| NewDocument {
            replaces: Some(id.to_owned()),
            ..new(&sub)
        };
        for unknown in ["doc_x", "", &old.id.replace("doc_", "doc_0")] {
            let code = refused(&rig, &invocation, "key-2", replacing(unknown)).await;
            assert_eq!(code, "document-unknown");
        }
        let fresh = issue(&rig, &invocation, "key-2", replacing(&old.id)).await;
        let state = || async {
            let old = rig.apis.documents.get_issued(&invocation, &old.id).await;
            old.unwrap().state
        };
        assert_eq!(state().await, State::Valid);
        answer(&rig, &fresh.id, Answer::Accept).await.unwrap();
        assert_eq!(state().await, State::Revoked);
        assert_eq!(rig.decisions("replaced").await, ["allowed"]);
        let again = refused(&rig, &invocation, "key-3", replacing(&old.id)).await;
        assert_eq!(again, "document-state");
    })
    .await;
}

#[tokio::test]
async fn offer_that_was_revoked_cannot_be_accepted_and_replaces_nothing() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let documents = &rig.apis.documents;
        let old = accepted(&rig, &invocation, "key-1", &sub).await;
        let fresh = NewDocument {
            replaces: Some(old.id.clone()),
            ..new(&sub)
        };
        let fresh = issue(&rig, &invocation, "key-2", fresh).await;
        let revoked = documents
            .change_state(&invocation, "1", &fresh.id, Change::Revoke, reason())
            .await
            .unwrap();
        assert_eq!(revoked.next_url, None);
        assert!(answer(&rig, &fresh.id, Answer::Accept).await.is_none());
        let old = documents.get_issued(&invocation, &old.id).await.unwrap();
        assert_eq!(old.state, State::Valid);
    })
    .await;
}
