//! The main path by hand in a real browser, in both languages. At every page: all rules of axe, a picture
//! for a person to look at, and no need to scroll sideways on a phone. The routes of the sources say which
//! pages there are.

mod documents;
mod people;
mod publishing;
mod routes;
mod signatures;
mod sites;
mod spaces;
mod walker;

use aim_tests::actors::CODE;
use aim_tests::actors::officer::{AYSEL, RASHAD};
use aim_tests::guests;

use self::documents::{LIBRARY, SHOP, Verifier};
pub use self::signatures::FAMILY_PURPOSE;
use self::signatures::{FAMILY, RULES};
use self::walker::Walk;
use crate::stage::{Stage, answering, manifest};
use crate::verifier::Server;

/// The service that citizens use.
const BILLS: &str = "communal-bills";
/// A service that breaks.
const BROKEN: &str = "broken";
/// A service that rejects an event.
const LISTENER: &str = "listener";

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_read_and_use_every_page_in_azerbaijani() {
    walk_in(&Reader {
        lang: "az",
        citizen: "OTEST01",
        developer: "OTEST0A",
        officer: AYSEL,
    })
    .await;
}

/// The officer of this walk is the second one, whose approval is asked for once more.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_read_and_use_every_page_in_english() {
    walk_in(&Reader {
        lang: "en",
        citizen: "OTEST04",
        developer: "OTEST0B",
        officer: RASHAD,
    })
    .await;
}

/// Those who walk, and their language.
struct Reader {
    lang: &'static str,
    citizen: &'static str,
    developer: &'static str,
    officer: &'static str,
}

async fn walk_in(reader: &Reader) {
    let data = tempfile::tempdir().unwrap();
    publishing::name_sources(data.path()).await;
    let stage = Stage::start_in(data.path()).await;
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
    let folder = guests::sample(LIBRARY);
    let library = guests::build(&folder).await.unwrap();
    let library = stage.developer.publish(&folder, Some(&library)).await.unwrap();
    stage.panel.approve(&stage.developer, &library).await.unwrap();
    let folder = guests::sample(SHOP);
    let shop = guests::build(&folder).await.unwrap();
    let shop = stage.developer.publish(&folder, Some(&shop)).await.unwrap();
    stage.panel.approve(&stage.developer, &shop).await.unwrap();
    let folder = guests::sample(RULES);
    let rules = guests::build(&folder).await.unwrap();
    let rules = stage.developer.publish(&folder, Some(&rules)).await.unwrap();
    stage.panel.approve(&stage.developer, &rules).await.unwrap();
    let broken = guests::hostile::component().unwrap();
    stage
        .deploy(&manifest(BROKEN, "1.0.0", "[\"logging\"]"), &broken)
        .await;
    let family = manifest(FAMILY, "1.0.0", "[\"exchange\"]") + FAMILY_PURPOSE;
    stage.deploy(&family, &answering("family")).await;
    let site = stage.site("Dükan").await;
    stage.panel.approve_site(&site.application).await.unwrap();
    let server = Server::start().await;
    let asking_site = stage
        .verifier("Kitab evi", &server, "library-card/reader-card: given_name")
        .await;
    stage.panel.approve_site(&asking_site.application).await.unwrap();
    let verifier = Verifier {
        server,
        client_id: asking_site.client_id,
    };
    let applied = stage.site("Kitabxana").await;
    let folder = guests::guest(LISTENER);
    let listener = guests::build(&folder).await.unwrap();
    let listening = stage.developer.publish(&folder, Some(&listener)).await.unwrap();
    stage.panel.approve(&stage.developer, &listening).await.unwrap();
    let folder = guests::sample("kindergarten");
    let kindergarten = guests::build(&folder).await.unwrap();
    let asking = stage
        .developer
        .publish(&folder, Some(&kindergarten))
        .await
        .unwrap();
    if reader.officer == RASHAD {
        let first = &stage.panel.first;
        let page = first.verify(&waiting).await.unwrap();
        first.approve_on(&page).await.unwrap().ok().unwrap();
        first.approve_site(&applied.application).await.unwrap();
    }
    let mut walk = Walk::start(&stage, reader.lang).await;
    walk.developer(reader.developer, "Bahar MMC", "1500000001").await;
    walk.citizen(reader.citizen).await;
    walk.holder(reader.citizen, &verifier).await;
    walk.signer(reader.citizen).await;
    walk.parent(reader.citizen).await;
    walk.visitor(reader.citizen, &site.client_id).await;
    walk.publisher(&id, &waiting).await;
    walk.site_owner(&site.application).await;
    walk.tester().await;
    walk.subscriber(&listening).await;
    walk.officer(reader.officer, &waiting, &id, &asking).await;
    walk.site_officer(reader.officer, &applied.application).await;
    walk.open_data_publisher(reader.developer).await;
    walk.open_data_officer(reader.officer).await;
    walk.open_data_published(reader.developer).await;
    walk.director(&id).await;
    walk.browser.quit().await.unwrap();
    let mut problems = walk.problems;
    problems.extend(routes::missed(&walk.seen));
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
