//! Showing a document to others.

use aim_gov::clock::DAY_MS;
use aim_gov::documents::{Change, LOOK_MS, OPEN_MS, OpenError, ShowError, State};

use super::*;

async fn shown(rig: &Rig, id: &str, claims: &[&str]) -> (String, String) {
    let documents = &rig.apis.documents;
    let showing = documents.show(&rig.citizen, id, &names(claims)).await.unwrap();
    let code = documents.open_code(&showing.id);
    (showing.id, code)
}

#[tokio::test]
async fn showing_is_opened_once_by_whoever_has_its_code() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let id = accepted(&rig, &invocation, "key-1", &sub).await.id;
        let documents = &rig.apis.documents;
        let (showing, code) = shown(&rig, &id, &["adult"]).await;
        let (other, other_code) = shown(&rig, &id, &["adult"]).await;
        for (showing, wrong) in [
            (&showing, &other_code),
            (&other, &code),
            (&"shw_x".to_owned(), &code),
        ] {
            assert!(!documents.can_be_opened(showing, wrong).await.unwrap());
            let refused = documents.open_showing(showing, wrong).await.unwrap_err();
            assert!(matches!(refused, OpenError::Over), "{refused}");
        }
        // Asking does not use it up.
        for _ in 0..2 {
            assert!(documents.can_be_opened(&showing, &code).await.unwrap());
        }
        let look = documents.open_showing(&showing, &code).await.unwrap();
        let again = documents.open_showing(&showing, &code).await.unwrap_err();
        assert!(matches!(again, OpenError::Over), "{again}");
        assert!(!documents.can_be_opened(&showing, &code).await.unwrap());
        // The code that opened it does not show it: only the first opener knows the second one.
        assert!(documents.look(&showing, &code).await.unwrap().is_none());
        assert!(documents.look(&other, &look).await.unwrap().is_none());
        let seen = documents.look(&showing, &look).await.unwrap().unwrap();
        assert_eq!(
            (seen.state, seen.claims),
            (State::Valid, vec!["adult".to_owned()])
        );
        assert_eq!(rig.decisions("show").await, ["allowed", "allowed"]);
        assert_eq!(rig.decisions("seen").await, ["allowed"]);
        let listed = documents.showings(&id).await.unwrap();
        let opened: Vec<_> = listed
            .iter()
            .filter(|one| one.seen.is_some())
            .map(|one| &one.id)
            .collect();
        assert_eq!(opened, [&showing]);
        rig.clock.advance_ms(LOOK_MS);
        assert!(documents.look(&showing, &look).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn showing_ends_after_five_minutes() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let id = accepted(&rig, &invocation, "key-1", &sub).await.id;
        let (showing, code) = shown(&rig, &id, &["adult"]).await;
        rig.clock.advance_ms(OPEN_MS - 1);
        assert!(rig.apis.documents.can_be_opened(&showing, &code).await.unwrap());
        rig.clock.advance_ms(1);
        assert!(!rig.apis.documents.can_be_opened(&showing, &code).await.unwrap());
        let late = rig
            .apis
            .documents
            .open_showing(&showing, &code)
            .await
            .unwrap_err();
        assert!(matches!(late, OpenError::Over), "{late}");
    })
    .await;
}

#[tokio::test]
async fn only_good_documents_and_claims_that_they_have_are_shown() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let documents = &rig.apis.documents;
        let offered = issue(&rig, &invocation, "key-1", new(&sub)).await.id;
        let show = |id: String, claims: BTreeSet<String>| {
            let (documents, citizen) = (documents.clone(), rig.citizen.clone());
            async move { documents.show(&citizen, &id, &claims).await }
        };
        let not_yet = show(offered.clone(), names(&["adult"])).await.unwrap_err();
        assert!(matches!(not_yet, ShowError::NotValid), "{not_yet}");
        answer(&rig, &offered, Answer::Accept).await.unwrap();
        for claims in [&[][..], &["other"][..], &["adult", "_sd"][..]] {
            let refused = show(offered.clone(), names(claims)).await.unwrap_err();
            assert!(matches!(refused, ShowError::Claims), "{refused}");
        }
        let missing = show("doc_x".to_owned(), names(&["adult"])).await.unwrap_err();
        assert!(matches!(missing, ShowError::Missing), "{missing}");
        let (showing, code) = shown(&rig, &offered, &["adult"]).await;
        documents
            .change_state(&invocation, "1", &offered, Change::Suspend, reason())
            .await
            .unwrap();
        let suspended = show(offered.clone(), names(&["adult"])).await.unwrap_err();
        assert!(matches!(suspended, ShowError::NotValid), "{suspended}");
        // One that was made before is not opened any more.
        let over = documents.open_showing(&showing, &code).await.unwrap_err();
        assert!(matches!(over, OpenError::Over), "{over}");
    })
    .await;
}

#[tokio::test]
async fn whoever_looks_sees_the_state_of_the_moment() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let documents = &rig.apis.documents;
        let id = accepted(&rig, &invocation, "key-1", &sub).await.id;
        let (showing, code) = shown(&rig, &id, &["adult"]).await;
        let look = documents.open_showing(&showing, &code).await.unwrap();
        let state = || async { documents.look(&showing, &look).await.unwrap().unwrap().state };
        assert_eq!(state().await, State::Valid);
        documents
            .change_state(&invocation, "1", &id, Change::Suspend, reason())
            .await
            .unwrap();
        assert_eq!(state().await, State::Suspended);
        answer(&rig, &id, Answer::Decline).await.unwrap();
        assert_eq!(state().await, State::Revoked);
    })
    .await;
}

#[tokio::test]
async fn showings_of_a_day_are_bounded_and_forgotten_when_they_are_over() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let documents = &rig.apis.documents;
        let id = accepted(&rig, &invocation, "key-1", &sub).await.id;
        for _ in 0..100 {
            shown(&rig, &id, &["adult"]).await;
        }
        let one_more = documents
            .show(&rig.citizen, &id, &names(&["adult"]))
            .await
            .unwrap_err();
        assert!(matches!(one_more, ShowError::TooMany), "{one_more}");
        rig.clock.advance_ms(DAY_MS + MINUTE_MS);
        let (showing, code) = shown(&rig, &id, &["adult"]).await;
        documents.open_showing(&showing, &code).await.unwrap();
        documents.forget().await.unwrap();
        let left: Vec<_> = documents
            .showings(&id)
            .await
            .unwrap()
            .into_iter()
            .map(|one| one.id)
            .collect();
        assert_eq!(left, [showing]);
        assert!(documents.status_list(1).await.unwrap().is_some());
        rig.clock.advance_ms(30 * DAY_MS);
        documents.forget().await.unwrap();
        assert!(documents.showings(&id).await.unwrap().is_empty());
        assert!(documents.status_list(1).await.unwrap().is_none());
    })
    .await;
}
