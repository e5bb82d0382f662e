//! Decisions, their records, and the operations of a plug-in.

use crate::consent::Change;
use crate::error::{GovError, LimitKind};
use crate::invocation::{Invocation, ServiceId};
use crate::scene::{GREETING, Scene, service};
use crate::sessions::ServiceSessions;

fn owned(log: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    log.iter()
        .map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned()))
        .collect()
}

/// The tests that the citizen takes part in.
async fn in_tests(scene: &Scene) -> Vec<ServiceId> {
    let all = scene.consent.enrolments(&scene.citizen).await.unwrap();
    all.into_iter()
        .filter(|enrolment| enrolment.ended.is_none())
        .map(|enrolment| enrolment.service)
        .collect()
}

#[tokio::test]
async fn every_decision_is_recorded_refusals_too() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    let tick = || scene.platform.clock.advance_ms(1);
    let id = scene.agree(&inv, GREETING).await;
    for change in [Change::Pause, Change::Resume, Change::Revoke] {
        tick();
        scene.consent.change(&scene.citizen, &id, change).await.unwrap();
    }
    tick();
    let refused = scene
        .consent
        .give(&inv.service, &scene.citizen, "advertising", &Default::default())
        .await;
    assert_eq!(refused.unwrap_err().code(), "purpose-not-approved");
    tick();
    scene
        .consent
        .refuse(&inv.service, &scene.citizen, GREETING)
        .await
        .unwrap();
    inv.service.stop();
    tick();
    let refused = scene.consent.refuse(&inv.service, &scene.citizen, GREETING).await;
    assert_eq!(refused, Err(GovError::Suspended));
    let data = "birthdate given_name middle_name";
    assert_eq!(
        scene.log("OTEST01").await,
        owned(&[
            ("give", "allowed", data),
            ("pause", "allowed", data),
            ("resume", "allowed", data),
            ("revoke", "allowed", data),
            ("give", "purpose-not-approved", ""),
            ("refuse", "allowed", ""),
            ("refuse", "suspended", ""),
        ])
    );
}

#[tokio::test]
async fn change_that_makes_no_sense_changes_nothing() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    let id = scene.agree(&inv, GREETING).await;
    let resume = scene.consent.change(&scene.citizen, &id, Change::Resume).await;
    assert_eq!(
        resume.unwrap_err().to_string(),
        "a consent that is active cannot resume"
    );
    let stranger = scene.identity.citizen("OTEST02").unwrap();
    let revoke = scene.consent.change(&stranger, &id, Change::Revoke).await;
    assert_eq!(revoke.unwrap_err().to_string(), "there is no such consent");
    let record = scene.consent.record(&scene.citizen, &id).await.unwrap().unwrap();
    assert_eq!(record.state.code(), "active");
    let tried = ("resume".to_owned(), "consent-moved".to_owned(), String::new());
    assert!(scene.log("OTEST01").await.contains(&tried));
    assert_eq!(scene.log("OTEST02").await, owned(&[("revoke", "not-found", "")]));
    assert_eq!(scene.consent.record(&stranger, &id).await.unwrap(), None);
}

#[tokio::test]
async fn citizens_are_counted_once_and_no_more_than_approved() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    let people: Vec<_> = ["OTEST01", "OTEST02", "OTEST04", "OTEST05", "OTEST07", "OTEST08"]
        .map(|fin| scene.identity.citizen(fin).unwrap())
        .to_vec();
    let (consent, service) = (&scene.consent, &inv.service);
    let attempts = people.iter().chain(&people).map(|citizen| async move {
        let result = consent.enrol(service, citizen).await;
        (citizen, result)
    });
    let results = futures::future::join_all(attempts).await;
    let mut inside: Vec<_> = results
        .iter()
        .filter(|(_, result)| result.is_ok())
        .map(|(citizen, _)| *citizen)
        .collect();
    inside.sort();
    inside.dedup();
    assert_eq!(inside.len(), 3);
    for (citizen, result) in results {
        let expected = if inside.contains(&citizen) {
            Ok(())
        } else {
            Err(GovError::LimitExceeded(LimitKind::Citizens))
        };
        assert_eq!(result, expected);
    }
}

#[tokio::test]
async fn enrolment_is_recorded_once_and_refused_after_the_end_date() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    let join = async |fin: &str| {
        let citizen = scene.identity.citizen(fin).unwrap();
        scene.consent.enrol(&inv.service, &citizen).await
    };
    for _ in 0..2 {
        join("OTEST01").await.unwrap();
    }
    assert_eq!(scene.log("OTEST01").await, owned(&[("enrol", "allowed", "")]));
    scene.platform.clock.advance_ms(90 * crate::clock::DAY_MS);
    let late = Err(GovError::LimitExceeded(LimitKind::EndDate));
    assert_eq!(join("OTEST02").await, late);
    scene.platform.clock.advance_ms(-1);
    inv.service.stop();
    assert_eq!(join("OTEST02").await, Err(GovError::Suspended));
    let expected = owned(&[("enrol", "suspended", ""), ("enrol", "end-date", "")]);
    assert_eq!(scene.log("OTEST02").await, expected);
    assert_eq!(in_tests(&scene).await, std::slice::from_ref(&inv.service.id));
}

#[tokio::test]
async fn leaving_a_test_ends_consents_and_log_ins() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    for fin in ["OTEST02", "OTEST04"] {
        let citizen = scene.identity.citizen(fin).unwrap();
        scene.consent.enrol(&inv.service, &citizen).await.unwrap();
    }
    scene.agree(&inv, GREETING).await;
    let elsewhere = scene.at(service("bakery"));
    scene.agree(&elsewhere, GREETING).await;
    let sessions = ServiceSessions::new(scene.platform.clone());
    let inside = async |inv: &Invocation| {
        let login = sessions.keep_login(&scene.citizen, None).await.unwrap();
        let session = inv.session.as_ref().unwrap();
        let browser = crate::sessions::hashed("browser");
        let ticket = sessions
            .issue(&inv.service.id, &login, &browser, session)
            .await
            .unwrap();
        sessions
            .redeem(&inv.service.id, &ticket, "browser")
            .await
            .unwrap()
            .unwrap()
    };
    // Two windows, and a log-in at another service.
    let (one, two, other) = (inside(&inv).await, inside(&inv).await, inside(&elsewhere).await);
    let next = scene.identity.citizen("OTEST05").unwrap();
    let full = Err(GovError::LimitExceeded(LimitKind::Citizens));
    assert_eq!(scene.consent.enrol(&inv.service, &next).await, full);

    scene.platform.clock.advance_ms(1);
    assert!(
        scene
            .consent
            .leave(&inv.service.id, &scene.citizen)
            .await
            .unwrap()
    );
    let name = ["given_name".to_owned()];
    let read = scene.identity.claims(&inv, &name, GREETING).await;
    assert!(matches!(read, Err(GovError::ConsentRevoked(_))), "{read:?}");
    for cookie in [one, two] {
        assert_eq!(sessions.resolve(&inv.service.id, &cookie).await.unwrap(), None);
    }
    assert!(
        sessions
            .resolve(&elsewhere.service.id, &other)
            .await
            .unwrap()
            .is_some()
    );
    assert!(scene.identity.claims(&elsewhere, &name, GREETING).await.is_ok());
    assert_eq!(
        in_tests(&scene).await,
        std::slice::from_ref(&elsewhere.service.id)
    );
    let left = ("leave".to_owned(), "allowed".to_owned(), String::new());
    assert!(scene.log("OTEST01").await.contains(&left));
    // The place is free, once.
    assert!(
        !scene
            .consent
            .leave(&inv.service.id, &scene.citizen)
            .await
            .unwrap()
    );
    scene.consent.enrol(&inv.service, &next).await.unwrap();
    assert_eq!(scene.consent.enrol(&inv.service, &scene.citizen).await, full);
}

#[tokio::test]
async fn service_finds_asks_for_and_releases_its_own_consents() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    assert_eq!(scene.consent.find(&inv, GREETING).await, Ok(None));
    let url = scene
        .consent
        .request_url(&inv, &[GREETING.to_owned(), "once".to_owned()])
        .await
        .unwrap();
    assert_eq!(
        url,
        "http://localhost/en/consent/tea-house?purpose=greeting&purpose=once&return=%2Fmenu%3Fday%3D1"
    );
    let none = scene.consent.request_url(&inv, &[]).await.unwrap_err();
    assert_eq!(none.code(), "purposes-empty");
    let many = scene
        .consent
        .request_url(&inv, &vec![GREETING.to_owned(); 17])
        .await;
    assert_eq!(many.unwrap_err().code(), "purposes-too-many");
    let unknown = scene.consent.find(&inv, "advertising").await.unwrap_err();
    assert_eq!(unknown.code(), "purpose-not-approved");

    let id = scene.agree(&inv, GREETING).await;
    let found = scene.consent.find(&inv, GREETING).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.state.code()), (id.as_str(), "active"));

    let elsewhere = scene.at(service("bakery"));
    assert_eq!(
        scene.consent.release(&elsewhere, &id).await,
        Err(GovError::NotFound)
    );
    let stranger = scene.by(service("tea-house"), "OTEST02");
    assert_eq!(
        scene.consent.release(&stranger, &id).await,
        Err(GovError::NotFound)
    );
    let released = scene.consent.release(&inv, &id).await.unwrap();
    assert_eq!(released.state.code(), "revoked");
    let again = scene.consent.release(&inv, &id).await.unwrap_err();
    assert_eq!(again.code(), "consent-over");
}
