//! What [`require`] answers in each state.

use crate::clock::DAY_MS;
use crate::consent::{Change, ONE_TIME_MS, require};
use crate::error::GovError;
use crate::grant::Attribute;
use crate::invocation::Invocation;
use crate::scene::{GREETING, ONCE, Scene, service};

pub(super) async fn ask(
    scene: &Scene,
    inv: &Invocation,
    purpose: &str,
    attributes: &[Attribute],
) -> Result<String, GovError> {
    let mut tx = scene.platform.db.begin().await?;
    let answer = require(&mut tx, inv, purpose, attributes, scene.platform.clock.now()).await?;
    tx.commit().await?;
    Ok(answer)
}

const NAME: &[Attribute] = &[Attribute::GivenName];

/// The screen that asks, asks again or resumes, and leads back.
const SCREEN: &str = "http://localhost/en/consent/tea-house?purpose=greeting&return=%2Fmenu%3Fday%3D1";

fn asks_again(answer: &Result<String, GovError>) -> bool {
    matches!(answer, Err(GovError::ConsentRequired(url)) if url == SCREEN)
}

#[tokio::test]
async fn each_state_has_its_answer() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    assert!(asks_again(&ask(&scene, &inv, GREETING, NAME).await));

    scene
        .consent
        .refuse(&inv.service, &scene.citizen, GREETING)
        .await
        .unwrap();
    assert!(asks_again(&ask(&scene, &inv, GREETING, NAME).await));
    // Not even nothing is read after a refusal.
    assert!(asks_again(&ask(&scene, &inv, GREETING, &[]).await));

    let id = scene.agree(&inv, GREETING).await;
    assert_eq!(ask(&scene, &inv, GREETING, NAME).await, Ok(id.clone()));

    for (change, answer) in [
        (Change::Pause, Err(GovError::ConsentPaused(SCREEN.to_owned()))),
        (Change::Resume, Ok(id.clone())),
        (Change::Revoke, Err(GovError::ConsentRevoked(SCREEN.to_owned()))),
    ] {
        scene.consent.change(&scene.citizen, &id, change).await.unwrap();
        assert_eq!(ask(&scene, &inv, GREETING, NAME).await, answer, "{change:?}");
    }

    let id = scene.agree(&inv, GREETING).await;
    scene.platform.clock.advance_ms(30 * DAY_MS - 1);
    assert_eq!(ask(&scene, &inv, GREETING, NAME).await, Ok(id));
    scene.platform.clock.advance_ms(1);
    assert_eq!(
        ask(&scene, &inv, GREETING, NAME).await,
        Err(GovError::ConsentExpired(SCREEN.to_owned()))
    );
}

#[tokio::test]
async fn consent_belongs_to_its_citizen() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    scene.agree(&inv, GREETING).await;
    let other = scene.by(service("tea-house"), "OTEST02");
    assert!(asks_again(&ask(&scene, &other, GREETING, NAME).await));
    let elsewhere = scene.at(service("bakery"));
    let answer = ask(&scene, &elsewhere, GREETING, NAME).await;
    assert!(matches!(answer, Err(GovError::ConsentRequired(_))), "{answer:?}");
    let nobody = Invocation {
        session: None,
        ..inv.clone()
    };
    let answer = ask(&scene, &nobody, GREETING, NAME).await;
    assert!(matches!(answer, Err(GovError::LoginRequired(_))), "{answer:?}");
}

#[tokio::test]
async fn unapproved_purpose_cannot_be_agreed_to() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    scene.agree(&inv, GREETING).await;
    let refused = ask(&scene, &inv, "advertising", NAME).await.unwrap_err();
    assert_eq!(refused.code(), "purpose-not-approved");
    let refused = ask(&scene, &inv, GREETING, &[Attribute::Fin]).await.unwrap_err();
    assert_eq!(refused.code(), "attribute-not-approved");
}

#[tokio::test]
async fn attribute_that_was_left_out_asks_again_and_replaces_the_record() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    let first = scene
        .consent
        .give(
            &inv.service,
            &scene.citizen,
            GREETING,
            &[Attribute::GivenName].into(),
        )
        .await
        .unwrap();
    assert_eq!(ask(&scene, &inv, GREETING, NAME).await, Ok(first.clone()));
    let both: &[_] = &[Attribute::GivenName, Attribute::Birthdate];
    assert!(asks_again(&ask(&scene, &inv, GREETING, both).await));
    // At the same millisecond: the count of decisions orders them, not the clock.
    let second = scene.agree(&inv, GREETING).await;
    assert_eq!(ask(&scene, &inv, GREETING, both).await, Ok(second));
    let record = scene
        .consent
        .record(&scene.citizen, &first)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.state.code(), "superseded");
    let refused = scene.consent.change(&scene.citizen, &first, Change::Resume).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "a consent that is superseded cannot resume"
    );
}

type Alter = fn(&mut crate::invocation::Service);

/// Each thing that decides who learns what, wider than the citizen agreed to.
const WIDER: [(&str, Alter); 10] = [
    ("a capability", |service| {
        service
            .grant
            .capabilities
            .insert(crate::grant::Capability::Payments);
    }),
    ("an outbound host", |service| {
        service.grant.outbound_hosts.insert("api.evil.example".to_owned());
    }),
    ("a recipient", |service| {
        service.grant.purposes[0].recipients.push("Reklam MMC".to_owned());
    }),
    ("an attribute", |service| {
        service.grant.purposes[0].attributes.insert(Attribute::Address);
    }),
    ("bills of another account", |service| {
        service
            .grant
            .payment_service_codes
            .insert("utilities.gas".to_owned());
    }),
    ("a longer retention", |service| {
        service.grant.purposes[0].retention_days = 3_650
    }),
    ("another frequency", |service| {
        service.grant.purposes[0].fetch = crate::grant::FetchType::OneTime
    }),
    ("another basis", |service| {
        service.grant.purposes[0].basis = crate::grant::LawfulBasis::PublicTask
    }),
    ("another purpose", |service| {
        service.grant.purposes[0].text.az = "Reklam göstərmək".to_owned()
    }),
    ("another organisation", |service| {
        service.controller = "Başqa MMC".to_owned()
    }),
];

/// Each of them, the same or narrower.
const NARROWER: [(&str, Alter); 9] = [
    ("another version", |service| {
        service.version = "1.0.1".to_owned();
        service.digest = format!("sha256:{}", "1".repeat(64));
    }),
    ("no outbound host", |service| service.grant.outbound_hosts.clear()),
    ("one capability less", |service| {
        service
            .grant
            .capabilities
            .remove(&crate::grant::Capability::Outbound);
    }),
    ("no recipient", |service| {
        service.grant.purposes[0].recipients.clear()
    }),
    ("one attribute less", |service| {
        service.grant.purposes[0].attributes.remove(&Attribute::Birthdate);
    }),
    ("one bill less", |service| {
        service.grant.payment_service_codes = ["utilities.water".to_owned()].into();
        service.grant.purposes[0]
            .attributes
            .insert(Attribute::UtilityBills);
    }),
    ("a shorter retention", |service| {
        service.grant.purposes[0].retention_days = 1
    }),
    ("another language", |service| {
        service.grant.purposes[0].text.ru = Some("Приветствие".to_owned())
    }),
    ("a longer validity of later consents", |service| {
        service.grant.purposes[0].valid_days = 60
    }),
];

/// A service whose terms can become wider and narrower.
fn elaborate() -> crate::invocation::Service {
    let mut service = service("tea-house");
    service
        .grant
        .capabilities
        .insert(crate::grant::Capability::Outbound);
    service.grant.outbound_hosts = ["api.tea.example".to_owned()].into();
    service.grant.payment_service_codes = ["utilities.water".to_owned()].into();
    service.grant.purposes[0]
        .attributes
        .insert(Attribute::UtilityBills);
    service.grant.purposes[0].recipients = vec!["Çay Yoxlama MMC".to_owned()];
    service
}

#[tokio::test]
async fn wider_terms_ask_again() {
    let scene = Scene::set().await;
    scene.agree(&scene.at(elaborate()), GREETING).await;
    for (what, widen) in WIDER {
        let mut changed = elaborate();
        widen(&mut changed);
        let answer = ask(&scene, &scene.at(changed), GREETING, NAME).await;
        assert!(asks_again(&answer), "{what}: {answer:?}");
    }
}

#[tokio::test]
async fn narrower_terms_do_not_ask() {
    let scene = Scene::set().await;
    scene.agree(&scene.at(elaborate()), GREETING).await;
    for (what, narrow) in NARROWER {
        let mut changed = elaborate();
        narrow(&mut changed);
        let answer = ask(&scene, &scene.at(changed), GREETING, NAME).await;
        assert!(answer.is_ok(), "{what}: {answer:?}");
    }
}

/// The form sends the digest back: an answer to a screen that said less than is approved by now is none.
#[test]
fn whatever_widens_the_terms_changes_their_digest() {
    let digest = |service: &crate::invocation::Service| {
        crate::consent::agreement::agreement_digest(service, &service.grant.purposes[0])
    };
    let shown = digest(&elaborate());
    for (what, widen) in WIDER {
        let mut changed = elaborate();
        widen(&mut changed);
        assert_ne!(digest(&changed), shown, "{what}");
    }
}

#[test]
fn hosts_count_with_the_capability_only() {
    let mut service = elaborate();
    assert_eq!(crate::consent::hosts(&service.grant).len(), 1);
    service
        .grant
        .capabilities
        .remove(&crate::grant::Capability::Outbound);
    assert_eq!(crate::consent::hosts(&service.grant).len(), 0);
}

/// Calls that are all refused are nothing to agree to; the first host is.
#[tokio::test]
async fn terms_cover_calls_to_other_systems_once_there_is_a_host() {
    let mut importing = elaborate();
    importing.grant.outbound_hosts.clear();
    let terms = crate::consent::Terms::of(&importing, &importing.grant.purposes[0]);
    assert!(!terms.capabilities.contains(&crate::grant::Capability::Outbound));
    let calling = elaborate();
    let terms = crate::consent::Terms::of(&calling, &calling.grant.purposes[0]);
    assert!(terms.capabilities.contains(&crate::grant::Capability::Outbound));
}

/// A row of an earlier release does not say to which hosts its citizen agreed: it covers none.
#[tokio::test]
async fn terms_without_hosts_cover_no_host() {
    let scene = Scene::set().await;
    let inv = scene.at(elaborate());
    let id = scene.agree(&inv, GREETING).await;
    let record = scene.consent.record(&scene.citizen, &id).await.unwrap().unwrap();
    let mut old = serde_json::to_value(&record.terms).unwrap();
    assert!(old.as_object_mut().unwrap().remove("hosts").is_some());
    let read: crate::consent::Terms = serde_json::from_value(old).unwrap();
    assert!(read.hosts.is_empty());
}

#[tokio::test]
async fn attributes_outside_the_purpose_are_ignored() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    let more = [Attribute::GivenName, Attribute::Address].into();
    let given = scene.consent.give(&inv.service, &scene.citizen, GREETING, &more);
    let id = given.await.unwrap();
    let record = scene.consent.record(&scene.citizen, &id).await.unwrap().unwrap();
    assert_eq!(record.attributes, [Attribute::GivenName]);
}

#[tokio::test]
async fn one_time_consent_closes_after_its_first_read() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    let fin: &[_] = &[Attribute::Fin];
    scene.agree(&inv, ONCE).await;
    scene.platform.clock.advance_ms(3 * DAY_MS);
    assert!(ask(&scene, &inv, ONCE, fin).await.is_ok());
    scene.platform.clock.advance_ms(ONE_TIME_MS - 1);
    assert!(ask(&scene, &inv, ONCE, fin).await.is_ok());
    scene.platform.clock.advance_ms(1);
    let over = ask(&scene, &inv, ONCE, fin).await;
    assert!(matches!(over, Err(GovError::ConsentExpired(_))), "{over:?}");
}

#[tokio::test]
async fn agreements_end_with_the_test() {
    let scene = Scene::set().await;
    let mut short = service("tea-house");
    short.grant.boundary.ends_at = crate::scene::NOW.plus_days(2);
    let inv = scene.at(short);
    let id = scene.agree(&inv, GREETING).await;
    let record = scene.consent.record(&scene.citizen, &id).await.unwrap().unwrap();
    assert_eq!(record.expires_at, crate::scene::NOW.plus_days(2));
    scene.platform.clock.advance_ms(2 * DAY_MS);
    let refused = scene.consent.refuse(&inv.service, &scene.citizen, GREETING).await;
    assert_eq!(refused.unwrap_err().code(), "end-date");
}
