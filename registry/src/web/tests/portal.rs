//! A service's page while the service runs, is stopped, is over or was withdrawn.

use aim_gov::clock::DAY_MS;
use aim_gov::consent::{Consent, State as ConsentState};

use super::*;
use crate::deploy;
use crate::domain::suspension::Grounds;
use crate::testing::{answering, grounds};

const PAGE: &str = "/en/services/water-meter";

/// A deployed service, and one citizen who agreed to its purpose.
async fn running(stage: &Stage) -> (Submission, Consent) {
    let submission = stage
        .approved(&manifest("water-meter", "1.0.0"), &answering("1.0.0"))
        .await;
    let officer = stage.person("aysel@aim.example").await;
    let deployed = deploy::deploy(&stage.app, &officer, &submission.id)
        .await
        .unwrap();
    let service = stage.app.runtime.service(deployed.service()).unwrap();
    let consent = Consent::new(stage.app.platform.clone());
    let attributes = service.grant.purposes[0].attributes.clone();
    consent
        .give(&service, &stage.citizen, "show-bills", &attributes)
        .await
        .unwrap();
    (deployed, consent)
}

#[tokio::test]
async fn stopped_service_says_since_when_why_and_what_happens() {
    let stage = Stage::with_compiler().await;
    let (submission, _) = running(&stage).await;
    let open = stage.get(PAGE, "").await;
    assert!(open.body.contains("Taking part is free"), "{}", open.body);
    let officer = stage.staff("aysel@aim.example").await;
    let path = format!("/en/staff/submissions/{}/suspend", submission.id);
    let fields = [
        ("reason", "internal grounds"),
        ("public_reason", "It showed <b>wrong</b> amounts."),
    ];
    // Without grounds nothing happens, and what was typed for the public is still there.
    let refused = stage.post_form(&path, &officer, &fields[1..]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("It showed &#60;b&#62;wrong"),
        "{}",
        refused.body
    );
    let long = "a".repeat(501);
    for (public, words) in [
        ("a\u{202e}b", "invisible character"),
        (long.as_str(), "at most 500 characters"),
    ] {
        let wrong = [fields[0], ("public_reason", public)];
        let refused = stage.post_form(&path, &officer, &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(words), "{}", refused.body);
        assert!(refused.body.contains("internal grounds"), "the grounds are kept");
    }
    assert!(stage.get(PAGE, "").await.body.contains("Taking part is free"));
    let answer = confirmed(&stage, &path, &officer, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = stage.get(PAGE, "").await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "The Centre has stopped this service",
        "Stopped since",
        "It showed &#60;b&#62;wrong&#60;/b&#62; amounts.",
        "A payment that you have not finished",
        "href=\"mailto:help@meter.example\"",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    for words in ["Taking part is free", "internal grounds", "/enter\""] {
        assert!(!page.body.contains(words), "{words}: {}", page.body);
    }
    // A later suspension does not repeat the reason of an earlier one.
    let director = stage.person("nigar@aim.example").await;
    stage.app.platform.clock.advance_ms(1);
    deploy::resume(&stage.app, &director, &submission.id, "corrected")
        .await
        .unwrap();
    stage.app.platform.clock.advance_ms(1);
    let again = Grounds {
        public: None,
        ..grounds("again")
    };
    deploy::suspend(&stage.app, &director, &submission.id, &again)
        .await
        .unwrap();
    let page = stage.get(PAGE, "").await;
    assert!(
        page.body.contains("has not published the reason") && !page.body.contains("wrong"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn withdrawn_service_leaves_a_page_and_no_consent() {
    let stage = Stage::with_compiler().await;
    let (submission, consent) = running(&stage).await;
    let by = (&stage.citizen, "Elçin");
    deploy::withdraw(&stage.app, by, &stage.organisation, &submission.id)
        .await
        .unwrap();
    let records = consent.of_citizen(&stage.citizen, None).await.unwrap();
    assert_eq!(records[0].state, ConsentState::Revoked);
    // A draft of the next version changes nothing about it.
    let draft = stage.submitted(&manifest("water-meter", "2.0.0")).await;
    deploy::withdraw(&stage.app, by, &stage.organisation, &draft.id)
        .await
        .unwrap();
    for (lang, words) in [
        (
            "en",
            [
                "Water meter",
                "This service has ended",
                "Xəzər MMC withdrew it",
                "All consents",
                "your receipts stay valid",
                "href=\"mailto:help@meter.example\"",
            ],
        ),
        (
            "az",
            [
                "Su sayğacı",
                "Bu xidmət bitib",
                "Xəzər MMC onu geri götürüb",
                "icazələr bitib",
                "qəbzləriniz qüvvədə qalır",
                "İnnovasiya Mərkəzi",
            ],
        ),
    ] {
        let page = stage.get(&format!("/{lang}/services/water-meter"), "").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        for words in words {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        assert!(!page.body.contains("/enter\""), "{}", page.body);
    }
    let never = stage.get("/en/services/tea-house", "").await;
    assert_eq!(never.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn withdrawal_says_that_the_centre_had_stopped_the_service() {
    let stage = Stage::with_compiler().await;
    let (submission, consent) = running(&stage).await;
    let officer = stage.person("aysel@aim.example").await;
    deploy::suspend(&stage.app, &officer, &submission.id, &grounds("complaints"))
        .await
        .unwrap();
    stage.app.platform.clock.advance_ms(DAY_MS);
    let by = (&stage.citizen, "Elçin");
    deploy::withdraw(&stage.app, by, &stage.organisation, &submission.id)
        .await
        .unwrap();
    let page = stage.get(PAGE, "").await;
    assert!(
        page.body.contains("The Centre had stopped it before"),
        "{}",
        page.body
    );
    let records = consent.of_citizen(&stage.citizen, None).await.unwrap();
    assert_eq!(records[0].state, ConsentState::Revoked);
}

#[tokio::test]
async fn service_past_its_end_date_says_so() {
    let stage = Stage::with_compiler().await;
    let (submission, _) = running(&stage).await;
    let ends = submission.grant().unwrap().boundary.ends_at;
    stage.app.platform.clock.advance_ms(ends.0 - NOW.0);
    let page = stage.get(PAGE, "").await;
    assert_eq!(page.status, StatusCode::OK);
    for words in ["This service has ended", "The end date of the test"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("/enter\""), "{}", page.body);
}
