//! What a citizen may leave out of an agreement: agreed to one by one, and chosen anew at any time.

use axum::http::StatusCode;

use super::site::{Site, answer_to};
use super::states::ask;
use crate::consent::State;
use crate::grant::Attribute;
use crate::invocation::Service;
use crate::scene::{GREETING, service};

const SCREEN: &str = "/en/consent/tea-house?purpose=greeting&return=%2Fmenu";
const POST: &str = "/en/consent/tea-house";
const BACK: &str = "/en/services/tea-house/enter?return=%2Fmenu";
const MINE: &str = "/en/my/consents";
const GIVEN_NAME: &[Attribute] = &[Attribute::GivenName];
const BIRTHDATE: &[Attribute] = &[Attribute::Birthdate];

/// The service, which works without some of the attributes.
fn works_without(optional: &[Attribute]) -> Service {
    let mut service = service("tea-house");
    for purpose in &mut service.grant.purposes {
        let known = optional.iter().filter(|one| purpose.attributes.contains(one));
        purpose.optional = known.copied().collect();
    }
    service
}

async fn open() -> Site {
    Site::open(
        "OTEST01",
        works_without(&[Attribute::MiddleName, Attribute::Birthdate]),
    )
    .await
}

/// Agrees on the page, with these attributes ticked.
async fn agree(site: &Site, path: &str, ticked: &[Attribute]) -> super::site::Answer {
    let page = site.get(path).await;
    let ticks = ticked.iter().map(|one| format!("&share={}", one.code()));
    let body = answer_to(&page.body, GREETING, "agree") + &ticks.collect::<String>();
    site.post(POST, &body).await
}

/// The fields of the page that are ticked.
fn ticked(page: &str) -> Vec<&str> {
    let fields = page
        .split("<input type=\"checkbox\" name=\"share\" value=\"")
        .skip(1);
    fields
        .map(|field| field.split_once('>').unwrap().0)
        .filter(|field| field.contains("checked"))
        .map(|field| field.split_once('"').unwrap().0)
        .collect()
}

#[tokio::test]
async fn attribute_that_is_optional_is_shared_if_it_is_ticked() {
    let site = open().await;
    let page = site.get(SCREEN).await.body;
    assert_eq!(page.matches("name=\"share\"").count(), 2, "{page}");
    assert_eq!(ticked(&page), Vec::<&str>::new());
    let answer = agree(&site, SCREEN, BIRTHDATE).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(site.get(&answer.location).await.location, BACK);
    let record = site.latest().await;
    assert_eq!(record.attributes, [Attribute::Birthdate, Attribute::GivenName]);
    let inv = site.visit();
    for attributes in [GIVEN_NAME, BIRTHDATE] {
        assert_eq!(
            ask(&site.scene, &inv, GREETING, attributes).await,
            Ok(record.id.clone())
        );
    }
    // The screen would have nothing to ask, so that the service is not sent there.
    let left_out = ask(&site.scene, &inv, GREETING, &[Attribute::MiddleName]).await;
    assert_eq!(left_out.unwrap_err().code(), "attribute-not-agreed");
}

#[tokio::test]
async fn citizen_chooses_anew_what_is_shared() {
    let mut site = open().await;
    agree(&site, SCREEN, &[Attribute::MiddleName, Attribute::Birthdate]).await;
    site.wait(1).await;
    let list = site.get(MINE).await.body;
    let (_, link) = list.split_once("<p><a href=\"/en/consent/tea-house").unwrap();
    let query = link.split_once('"').unwrap().0.replace("&#38;", "&");
    let screen = format!("/en/consent/tea-house{query}");
    let page = site.get(&screen).await.body;
    assert_eq!(ticked(&page), ["middle_name", "birthdate"]);
    assert!(
        !page.contains("value=\"refuse\"") && !page.contains("asks for more"),
        "{page}"
    );
    let first = site.latest().await;
    let answer = agree(&site, &screen, &[Attribute::MiddleName]).await;
    assert_eq!(answer.location, MINE);
    let second = site.latest().await;
    assert_eq!(second.attributes, [Attribute::GivenName, Attribute::MiddleName]);
    assert_eq!(ticked(&site.get(&screen).await.body), ["middle_name"]);
    let consent = &site.scene.consent;
    let first = consent.record(&site.scene.citizen, &first.id).await.unwrap();
    assert_eq!(first.unwrap().state, State::Superseded);
    let refused = ask(&site.scene, &site.visit(), GREETING, BIRTHDATE).await;
    assert_eq!(refused.unwrap_err().code(), "attribute-not-agreed");
}

#[tokio::test]
async fn attribute_that_cannot_be_ticked_is_refused() {
    let site = open().await;
    let page = site.get(SCREEN).await.body;
    for wrong in ["given_name", "fin", "shoe_size", ""] {
        let body = answer_to(&page, GREETING, "agree") + "&share=" + wrong;
        assert_eq!(site.post(POST, &body).await.status, StatusCode::BAD_REQUEST);
    }
    let records = site.scene.consent.of_citizen(&site.scene.citizen, None).await;
    assert_eq!(records.unwrap(), []);
}

#[tokio::test]
async fn citizen_is_asked_again_once_an_attribute_is_needed() {
    let site = open().await;
    agree(&site, SCREEN, BIRTHDATE).await;
    // What they ticked is needed: nothing is new to them.
    site.deploy(works_without(&[Attribute::MiddleName]));
    assert_eq!(site.get(SCREEN).await.location, BACK);
    site.deploy(service("tea-house"));
    let page = site.get(SCREEN).await.body;
    assert!(page.contains("class=\"news\""), "{page}");
    let refused = ask(&site.scene, &site.visit(), GREETING, GIVEN_NAME).await;
    assert_eq!(refused.unwrap_err().code(), "consent-required");
}

#[tokio::test]
async fn new_attribute_that_is_optional_needs_no_new_agreement() {
    let mut old = works_without(&[]);
    old.grant.purposes[0].attributes = GIVEN_NAME.iter().copied().collect();
    let site = Site::open("OTEST01", old).await;
    agree(&site, SCREEN, &[]).await;
    assert_eq!(site.get(MINE).await.body.matches("choose=1").count(), 0);
    site.deploy(works_without(&[Attribute::MiddleName, Attribute::Birthdate]));
    assert_eq!(site.get(SCREEN).await.location, BACK);
    assert_eq!(site.get(MINE).await.body.matches("choose=1").count(), 1);
    let inv = site.visit();
    assert!(ask(&site.scene, &inv, GREETING, GIVEN_NAME).await.is_ok());
    let refused = ask(&site.scene, &inv, GREETING, BIRTHDATE).await;
    assert_eq!(refused.unwrap_err().code(), "attribute-not-agreed");
}
