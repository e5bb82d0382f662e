//! The main path by hand in a real browser, in both languages. At every page: all rules of axe, a picture
//! for a person to look at, and no need to scroll sideways on a phone. The routes of the sources say which
//! pages there are.

mod people;
mod routes;
mod sites;
mod walker;

use aim_tests::actors::CODE;
use aim_tests::actors::officer::{AYSEL, RASHAD};
use aim_tests::guests;

use self::walker::Walk;
use crate::stage::{Stage, answering, manifest};

/// The service that citizens use.
const BILLS: &str = "communal-bills";
/// A service that breaks.
const BROKEN: &str = "broken";
/// A service that rejects an event.
const LISTENER: &str = "listener";

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_read_and_use_every_page_in_both_languages() {
    let stage = Stage::start().await;
    let folder = guests::sample(BILLS);
    let component = guests::build(&folder).await.unwrap();
    let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
    stage.panel.approve(&stage.developer, &id).await.unwrap();
    let waiting = stage
        .developer
        .publish_bytes(
            &manifest("tea-house", "1.0.0", "[\"logging\"]"),
            &answering("tea"),
        )
        .await
        .unwrap();
    let broken = guests::hostile::component().unwrap();
    stage
        .deploy(&manifest(BROKEN, "1.0.0", "[\"logging\"]"), &broken)
        .await;
    let site = stage.site("Dükan").await;
    stage.panel.approve_site(&site.application).await.unwrap();
    let applied = stage.site("Kitabxana").await;
    let folder = guests::guest(LISTENER);
    let listener = guests::build(&folder).await.unwrap();
    let listening = stage.developer.publish(&folder, Some(&listener)).await.unwrap();
    stage.panel.approve(&stage.developer, &listening).await.unwrap();
    let mut problems = Vec::new();
    let mut seen = Vec::new();
    for (lang, citizen, developer, tax_id, officer) in [
        ("az", "OTEST01", "OTEST0A", "1500000001", AYSEL),
        ("en", "OTEST04", "OTEST0B", "1500000002", RASHAD),
    ] {
        let mut walk = Walk::start(&stage, lang).await;
        walk.developer(developer, "Bahar MMC", tax_id).await;
        walk.citizen(citizen).await;
        walk.visitor(citizen, &site.client_id).await;
        walk.publisher(&id, &waiting).await;
        walk.site_owner(&site.application).await;
        walk.subscriber(&listening).await;
        walk.officer(officer, &waiting, &id).await;
        walk.site_officer(officer, &applied.application).await;
        walk.director(&id).await;
        walk.browser.quit().await.unwrap();
        problems.extend(walk.problems);
        seen.extend(walk.seen);
    }
    problems.extend(routes::missed(&seen));
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bill_can_be_paid_without_a_mouse() {
    let stage = Stage::start().await;
    let folder = guests::sample(BILLS);
    let component = guests::build(&folder).await.unwrap();
    let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
    stage.panel.approve(&stage.developer, &id).await.unwrap();
    let walk = Walk::start(&stage, "az").await;
    walk.open("/").await;
    walk.enter("main a[href*='/services/communal-bills']").await;
    walk.enter("main a[href*='/services/communal-bills/enter']").await;
    walk.type_into("#fin", "otest01").await;
    walk.type_into("#code", CODE).await;
    walk.enter("button[value=log-in]").await;
    walk.enter("button[value=join]").await;
    walk.enter("button[value=agree]").await;
    walk.enter("main form[action='/pay'] button").await;
    walk.type_into("#card-number", "4242424242424242").await;
    walk.type_into("#expiry-month", "12").await;
    walk.type_into("#expiry-year", "2030").await;
    walk.type_into("#cvc", "123").await;
    walk.enter("button[form=pay]").await;
    walk.enter("main a[href*='/receipts/']").await;
    walk.element("main dl.summary").await;
    walk.browser.quit().await.unwrap();
    stage.platform.stop().await.unwrap();
}
