//! Services that are withdrawn, end or are stopped, as their citizens see them.

use axum::http::StatusCode;

use super::site::Site;
use crate::clock::DAY_MS;
use crate::consent::EndedBy;
use crate::consent::State;
use crate::error::{GovError, LimitKind};
use crate::scene::{GREETING, service};
use crate::sessions::{self, ServiceSessions};

#[tokio::test]
async fn withdrawal_ends_consents_places_and_log_ins() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    let (scene, inv) = (&site.scene, site.visit());
    scene.agree(&inv, GREETING).await;
    let elsewhere = scene.at(service("bakery"));
    scene.agree(&elsewhere, GREETING).await;
    let places = ["OTEST02", "OTEST04"].map(|fin| scene.identity.citizen(fin).unwrap());
    for citizen in &places {
        scene.consent.enrol(&inv.service, citizen).await.unwrap();
    }
    let service_sessions = ServiceSessions::new(scene.platform.clone());
    let login = service_sessions.keep_login(&scene.citizen, None).await.unwrap();
    let browser = sessions::hashed("browser");
    let session = inv.session.as_ref().unwrap();
    let ticket = service_sessions
        .issue(&inv.service.id, &login, &browser, session)
        .await
        .unwrap();
    let cookie = service_sessions
        .redeem(&inv.service.id, &ticket, "browser")
        .await
        .unwrap()
        .unwrap();

    scene.platform.clock.advance_ms(1_000);
    site.withdraw().await;
    let all = scene.consent.of_citizen(&scene.citizen, None).await.unwrap();
    let of = |name: &str| all.iter().find(|record| record.service.0 == name).unwrap();
    let ended = of("tea-house");
    assert_eq!(
        (ended.state, ended.ended_by, ended.since()),
        (
            State::Revoked,
            Some(EndedBy::Withdrawn),
            scene.platform.clock.now()
        )
    );
    assert_eq!(of("bakery").state, State::Active);
    let left = service_sessions.resolve(&inv.service.id, &cookie).await.unwrap();
    assert_eq!(left, None);
    let told = scene
        .consent
        .takes_part(&inv.service.id, &scene.citizen)
        .await
        .unwrap();
    assert_eq!(told, None);
    // A later version begins with every place free.
    let next = scene.identity.citizen("OTEST05").unwrap();
    for citizen in places.iter().chain([&next]) {
        scene.consent.enrol(&inv.service, citizen).await.unwrap();
    }
    let full = Err(GovError::LimitExceeded(LimitKind::Citizens));
    assert_eq!(scene.consent.enrol(&inv.service, &scene.citizen).await, full);
}

#[tokio::test]
async fn withdrawn_service_keeps_its_name_on_every_page() {
    let mut site = Site::open("OTEST01", service("tea-house")).await;
    site.scene.agree(&site.visit(), GREETING).await;
    site.scene
        .identity
        .claims(&site.visit(), &["given_name".to_owned()], GREETING)
        .await
        .unwrap();
    site.wait(DAY_MS).await;
    site.withdraw().await;
    let mine = site.get("/en/my/consents").await;
    for words in [
        "Çayxana",
        "Çay MMC",
        "the service was withdrawn",
        "The service was withdrawn on 22.11.2026.",
        "href=\"/en/services/tea-house\"",
    ] {
        assert!(mine.body.contains(words), "{words}: {}", mine.body);
    }
    for words in [
        ">Active<",
        "/en/my/tests/tea-house/leave",
        "Give consent again",
        ">tea-house<",
    ] {
        assert!(!mine.body.contains(words), "{words}: {}", mine.body);
    }
    let log = site.get("/en/my/log").await;
    assert!(log.body.contains("You yourself → Çayxana"), "{}", log.body);
    assert!(!log.body.contains(">tea-house<"), "{}", log.body);
    // What is left of the service leads to its page.
    let screen = site.get("/en/consent/tea-house?purpose=greeting").await;
    assert_eq!(screen.location, "/en/services/tea-house");
    let leave = site.post("/en/my/tests/tea-house/leave", "").await;
    assert_eq!(leave.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn test_over_is_said_with_its_date() {
    let mut short = service("tea-house");
    short.grant.boundary.ends_at = crate::scene::NOW.plus_days(2);
    let mut site = Site::open("OTEST01", short).await;
    site.scene.agree(&site.visit(), GREETING).await;
    site.wait(5 * DAY_MS).await;
    let mine = site.get("/en/my/consents").await;
    for words in ["the test ended", "The test ended on 23.11.2026.", "Expired"] {
        assert!(mine.body.contains(words), "{words}: {}", mine.body);
    }
    assert!(!mine.body.contains("Give consent again"), "{}", mine.body);
}

#[tokio::test]
async fn stopped_service_shows_on_consents_and_tests() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    site.scene.agree(&site.visit(), GREETING).await;
    site.service().stop();
    let mine = site.get("/en/my/consents").await;
    assert_eq!(
        mine.body.matches("Paused by the Centre").count(),
        2,
        "{}",
        mine.body
    );
    assert!(
        mine.body.contains("Why the Centre stopped the service"),
        "{}",
        mine.body
    );
    // The citizen's own rights stay.
    let id = site.latest().await.id;
    let revoked = site.post(&format!("/en/my/consents/{id}"), "change=revoke").await;
    assert_eq!(revoked.status, StatusCode::SEE_OTHER);
    let screen = site.get("/en/consent/tea-house?purpose=greeting").await;
    assert_eq!(screen.location, "/en/services/tea-house");
}
