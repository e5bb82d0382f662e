use super::*;
use crate::error::GovError;
use crate::grant::Attribute;
use crate::invocation::{Acr, Invocation};
use crate::scene::{GREETING, NOW, ONCE, Scene, service};

#[test]
fn no_persona_can_be_a_real_person_and_each_is_somebody_else() {
    let people = personas::all();
    assert!(people.len() >= 12);
    for person in people {
        assert_eq!(person.fin.len(), 7, "{}", person.fin);
        assert!(person.fin.contains('O'), "{}", person.fin);
        assert!(
            person
                .fin
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        );
        assert!(person.about.en.is_some());
    }
    let mut fins: Vec<_> = people.iter().map(|person| &person.fin).collect();
    fins.dedup();
    assert_eq!(fins.len(), people.len());
    let has = |case: fn(&Persona) -> bool| people.iter().any(case);
    assert!(has(|person| person.age_years(NOW) < ADULT_YEARS));
    assert!(has(|person| person.died.is_some()));
    assert!(has(|person| !person.phone_number_verified));
    assert!(has(|person| person.middle_name.is_none()));
    assert!(has(|person| person.name_lang() == crate::text::Locale::Ru));
    assert!(has(|person| ['ə', 'ğ', 'ı']
        .iter()
        .all(|letter| person.name().contains(*letter))));
}

#[test]
fn age_counts_by_the_calendar_of_the_country() {
    let born_on_leap_day = personas::by_fin("OTEST05").unwrap();
    // 28 February 2027, 23:59 and 1 March, 00:00 in Bakı.
    let before = crate::clock::Timestamp(1_803_844_740_000);
    assert_eq!(born_on_leap_day.age_years(before), 78);
    assert_eq!(born_on_leap_day.age_years(before.plus_ms(60_000)), 79);
}

#[tokio::test]
async fn pseudonyms_are_stable_and_tell_nothing_elsewhere() {
    let scene = Scene::set().await;
    let (tea, bread) = (ServiceId("tea".to_owned()), ServiceId("bread".to_owned()));
    let mut seen = std::collections::BTreeSet::new();
    for person in personas::all() {
        let citizen = scene.identity.citizen(&person.fin).unwrap();
        assert_eq!(
            scene.identity.sub(&tea, &citizen),
            scene.identity.sub(&tea, &citizen)
        );
        seen.insert(scene.identity.sub(&tea, &citizen));
        seen.insert(scene.identity.sub(&bread, &citizen));
        seen.insert(citizen.0);
    }
    assert_eq!(seen.len(), 3 * personas::all().len());
    // Another platform, another key.
    let again = Identity::open(scene.platform.clone()).await.unwrap();
    assert_eq!(again.citizen("OTEST01"), Some(scene.citizen.clone()));
    assert_ne!(Scene::set_with(2).await.citizen, scene.citizen);
}

#[tokio::test]
async fn claims_hold_what_was_asked_for_and_agreed_to_and_nothing_else() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    let name = ["given_name".to_owned()];
    let refused = scene.identity.claims(&inv, &name, GREETING).await;
    assert!(
        matches!(refused, Err(GovError::ConsentRequired(_))),
        "{refused:?}"
    );
    scene.agree(&inv, GREETING).await;
    let claims = scene.identity.claims(&inv, &name, GREETING).await.unwrap();
    assert_eq!(
        claims,
        Claims {
            sub: scene.identity.sub(&inv.service.id, &scene.citizen),
            given_name: Some("Aygün".to_owned()),
            updated_at: claims.updated_at,
            ..Claims::default()
        }
    );
    for (names, code) in [
        (vec!["fin".to_owned()], "claim-unknown"),
        (vec!["age_over".to_owned()], "claim-unknown"),
        (vec!["shoe_size".to_owned()], "claim-unknown"),
        (vec!["name".to_owned()], "attribute-not-approved"),
        (vec!["name".to_owned(); 17], "claims-too-many"),
    ] {
        let refused = scene.identity.claims(&inv, &names, GREETING).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
}

#[tokio::test]
async fn every_use_and_every_refusal_is_in_the_log_without_values() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    let tick = || scene.platform.clock.advance_ms(1);
    scene.identity.current(&inv).await.unwrap();
    tick();
    assert!(scene.identity.fin(&inv, ONCE).await.is_err());
    tick();
    scene.agree(&inv, ONCE).await;
    tick();
    assert_eq!(scene.identity.fin(&inv, ONCE).await.as_deref(), Ok("OTEST01"));
    let log = scene.log("OTEST01").await;
    let lines: Vec<_> = log
        .iter()
        .map(|(operation, decision, data)| format!("{operation} {decision} {data}"))
        .collect();
    assert_eq!(
        lines,
        [
            "current allowed ",
            "fin consent-required fin",
            "give allowed age_over citizen fin resident_of",
            "fin allowed fin",
        ]
    );
}

#[tokio::test]
async fn questions_are_answered_with_yes_or_no() {
    let scene = Scene::set().await;
    let inv = scene.by(service("tea-house"), "OTEST08");
    scene.agree(&inv, ONCE).await;
    let place = |name: &str| Predicate::ResidentOf(name.to_owned());
    for (question, answer) in [
        (Predicate::AgeOver(32), Ok(true)),
        (Predicate::AgeOver(33), Ok(false)),
        (Predicate::AgeOver(131), Err("age-out-of-range")),
        (place("Bakı"), Ok(true)),
        (place("AZ"), Ok(true)),
        (place("Gəncə"), Ok(false)),
        (place(" "), Err("region-empty")),
        (Predicate::Citizen, Ok(false)),
    ] {
        let found = scene.identity.check(&inv, question.clone(), ONCE).await;
        assert_eq!(found.map_err(|error| error.code()), answer, "{question:?}");
    }
}

#[tokio::test]
async fn a_stronger_or_newer_log_in_is_demanded_with_a_way_to_it() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    assert!(
        scene
            .identity
            .require_acr(&inv, Acr::Substantial, Some(0))
            .await
            .is_ok()
    );
    let Err(GovError::StepUpRequired(url)) = scene.identity.require_acr(&inv, Acr::High, None).await else {
        panic!("the log-in is not that strong");
    };
    assert_eq!(
        url,
        "http://localhost/en/services/tea-house/enter?return=%2Fmenu%3Fday%3D1&acr=high"
    );
    scene.platform.clock.advance_ms(60_000);
    let Err(GovError::StepUpRequired(url)) =
        scene.identity.require_acr(&inv, Acr::Substantial, Some(60)).await
    else {
        panic!("the log-in is older than that");
    };
    assert!(
        url.ends_with(&format!("&acr=substantial&since={}", NOW.0 + 60_000)),
        "{url}"
    );
    let nobody = Invocation { session: None, ..inv };
    let refused = scene.identity.require_acr(&nobody, Acr::Low, None).await;
    assert!(matches!(refused, Err(GovError::LoginRequired(_))));
}

#[test]
fn each_claim_is_disclosed_by_its_own_attribute() {
    assert_eq!(
        Attribute::ALL
            .into_iter()
            .filter(|one| calls::is_claim(*one))
            .count(),
        11
    );
}
