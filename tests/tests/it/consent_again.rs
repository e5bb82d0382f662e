//! A consent that is not in force leads from the service to the host's screen and back, through the SDK.

use aim_tests::actors::citizen::{ORDINARY, is_consent};
use aim_tests::http::Page;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn stopped_consent_leads_to_its_screen_and_back() {
    let stage = Stage::start().await;
    stage.deploy_probe().await;
    let citizen = stage.citizen_at_probe(ORDINARY).await;
    let enter = format!("{}/enter", stage.platform.origin("probe"));
    let back = |page: Page| assert_eq!(page.body, "ok Aygün", "{page}");

    citizen.change_consent("pause").await.unwrap().ok().unwrap();
    let screen = citizen.agent.get(&enter).await.unwrap();
    assert!(is_consent(&screen), "{screen}");
    back(citizen.decide(&screen, "resume").await.unwrap());

    citizen.revoke_consent().await.unwrap().ok().unwrap();
    let screen = citizen.agent.get(&enter).await.unwrap();
    assert!(screen.body.contains("geri götürmüsünüz"), "{screen}");
    back(citizen.decide(&screen, "agree").await.unwrap());

    // Out of the test and in again: every screen on the way can be passed.
    citizen.leave("probe").await.unwrap().ok().unwrap();
    back(citizen.open(&enter).await.unwrap());
    stage.platform.stop().await.unwrap();
}
