//! Registers of other agencies, from the component to the citizen's log.

use aim_tests::actors::citizen::{Citizen, ORDINARY};
use aim_tests::guests;

use crate::stage::Stage;

/// Registered at no address.
const WITHOUT_ADDRESS: &str = "OTEST0K";

#[tokio::test(flavor = "multi_thread")]
async fn citizen_sees_what_a_service_asked_other_agencies() {
    let stage = Stage::start().await;
    let folder = guests::sample("kindergarten");
    let component = guests::build(&folder).await.unwrap();
    let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
    stage.panel.approve(&stage.developer, &id).await.unwrap();

    let address = format!("{}/", stage.platform.origin("kindergarten"));
    let citizen = Citizen::new(&stage.platform.url, ORDINARY, "en").unwrap();
    let page = citizen.open(&address).await.unwrap().ok().unwrap();
    for said in [
        "Kindergartens in your region: Bakı",
        "SM-K-03",
        "Monthly fee: AZN 60. It may be reduced if you share",
    ] {
        assert!(page.body.contains(said), "no `{said}` in {page}");
    }
    assert!(
        !page.body.contains("SM-K-04") && !page.body.contains(ORDINARY),
        "{page}"
    );
    let log = citizen.page("/my/log").await.unwrap().ok().unwrap();
    assert!(!log.body.contains("average income"), "{log}");

    // What is optional can be shared later.
    let mine = citizen.page("/my/consents").await.unwrap().ok().unwrap();
    let choice = citizen
        .agent
        .follow(&mine, "choose=1")
        .await
        .unwrap()
        .ok()
        .unwrap();
    let form = choice.form_with(&["share"]).unwrap();
    let form = form.fill("share", "income_below").unwrap();
    let form = form.press("decision", "agree").unwrap();
    let mine = citizen.agent.submit(&choice, &form).await.unwrap().ok().unwrap();
    assert!(
        mine.url.path().ends_with("/my/consents") && mine.text().contains("Whether your average income"),
        "{mine}"
    );
    let page = citizen.open(&address).await.unwrap().ok().unwrap();
    assert!(page.text().contains("Monthly fee: AZN 60. "), "{page}");
    assert!(!page.text().contains("It may be reduced"), "{page}");
    let log = citizen.page("/my/log").await.unwrap().ok().unwrap();
    for said in [
        "Read from another agency&#39;s register: Registered address in the register of the population",
        "Asked another agency&#39;s register a yes-or-no question: Whether the average income",
        "Whether your average income is below a certain amount (only yes or no): amount=800",
        "List of educational institutions",
    ] {
        assert!(log.body.contains(said), "no `{said}` in {log}");
    }

    let citizen = Citizen::new(&stage.platform.url, WITHOUT_ADDRESS, "en").unwrap();
    let page = citizen.open(&address).await.unwrap().ok().unwrap();
    assert!(
        page.body.contains("The register has no address of yours"),
        "{page}"
    );
    stage.platform.stop().await.unwrap();
}
