//! What a request is bound by: one opening, its time, the approval, and numbers a day.

use aim_gov::clock::DAY_MS;
use aim_gov::documents::{Change, ErrorCode, REQUESTS_A_DAY_MAX, SHOWINGS_A_DAY_MAX, WAIT_MS};
use aim_gov::identity::sites;

use super::*;

#[tokio::test]
async fn request_is_opened_once() {
    on_both(|rig| async move {
        let (site, _) = with_card(&rig).await;
        let id = opened(&rig, &site).await;
        // The same citizen comes back to it.
        assert_eq!(opened(&rig, &site).await, id);
        let other = rig.apis.identity.citizen("OTEST04").unwrap();
        let taken = site.opened_by(&rig, &other).await;
        assert!(matches!(taken, Opened::Over), "{taken:?}");
        assert_eq!(rig.decisions("open-request").await, ["allowed"]);
    })
    .await;
}

#[tokio::test]
async fn request_is_answered_within_its_time() {
    on_both(|rig| async move {
        let (site, card) = with_card(&rig).await;
        let id = opened(&rig, &site).await;
        rig.clock.advance_ms(WAIT_MS);
        assert_eq!(show(&rig, &id, &card).await, SiteAnswered::Over);
        assert_eq!(refuse(&rig, &id).await, SiteAnswered::Over);
        assert_eq!(site.got(), [] as [String; 0]);
        rig.clock.advance_ms(DAY_MS);
        rig.apis.documents.forget().await.unwrap();
        let documents = &rig.apis.documents;
        assert!(documents.request_of(&rig.citizen, &id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn document_that_is_not_valid_any_more_is_not_shown() {
    on_both(|rig| async move {
        let (site, card) = with_card(&rig).await;
        let id = opened(&rig, &site).await;
        let issuer = issuing(&rig, |_| ());
        let changed = rig
            .apis
            .documents
            .change_state(&issuer, "key-2", &card.id, Change::Suspend, reason())
            .await;
        changed.unwrap();
        assert_eq!(show(&rig, &id, &card).await, SiteAnswered::NotFitting);
        let mut unknown = card;
        unknown.id = "doc_x".to_owned();
        assert_eq!(show(&rig, &id, &unknown).await, SiteAnswered::NotFitting);
        assert_eq!(site.got(), [] as [String; 0]);
    })
    .await;
}

#[tokio::test]
async fn site_that_is_stopped_or_approved_for_less_gets_nothing() {
    on_both(|rig| async move {
        let (site, card) = with_card(&rig).await;
        let id = opened(&rig, &site).await;
        let mut less = site.content.clone();
        less.verifier.as_mut().unwrap().documents[0].claims = names(&["adult"]);
        site.admit(&rig, &less).await;
        assert_eq!(show(&rig, &id, &card).await, SiteAnswered::Stopped);
        let mut tx = rig.db.begin().await.unwrap();
        sites::end(&mut tx, &site.id, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(show(&rig, &id, &card).await, SiteAnswered::Stopped);
        assert_eq!(refusal(&rig, &site).await.code, ErrorCode::InvalidClient);
        // It is told nothing, not even a refusal.
        assert_eq!(refuse(&rig, &id).await, SiteAnswered::Done { way_back: None });
        assert_eq!(site.got(), [] as [String; 0]);
    })
    .await;
}

#[tokio::test]
async fn requests_and_showings_have_limits_a_day() {
    on_both(|rig| async move {
        let (site, card) = with_card(&rig).await;
        let id = opened(&rig, &site).await;
        for _ in 0..SHOWINGS_A_DAY_MAX {
            let shown = rig
                .apis
                .documents
                .show(&rig.citizen, &card.id, &names(&["adult"]))
                .await;
            shown.unwrap();
        }
        assert_eq!(show(&rig, &id, &card).await, SiteAnswered::TooMany);
        for number in 1..REQUESTS_A_DAY_MAX {
            site.set(|shared| shared.members["nonce"] = format!("m-{number}").into());
            opened(&rig, &site).await;
        }
        site.set(|shared| shared.members["nonce"] = "last".into());
        let fetched = site.shared.lock().unwrap().fetched.len();
        let too_many = site.opened_by(&rig, &rig.citizen).await;
        assert!(matches!(too_many, Opened::TooMany), "{too_many:?}");
        assert_eq!(site.shared.lock().unwrap().fetched.len(), fetched);
    })
    .await;
}
