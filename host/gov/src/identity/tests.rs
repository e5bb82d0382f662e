use super::personas::AlertCase;
use super::*;
use crate::error::GovError;
use crate::grant::Attribute;
use crate::invocation::{Acr, Invocation};
use crate::scene::{GREETING, NOW, ONCE, Scene, service};

#[test]
fn personas_are_distinct_and_cannot_be_real_people() {
    let people: Vec<&Person> = personas::all().iter().map(|persona| &persona.person).collect();
    assert_eq!(people.len(), 25);
    for person in &people {
        assert_eq!(person.fin.len(), 7, "{}", person.fin);
        assert!(person.fin.contains('O'), "{}", person.fin);
        assert!(
            person
                .fin
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        );
    }
    let fins: std::collections::BTreeSet<_> = people.iter().map(|person| &person.fin).collect();
    assert_eq!(fins.len(), people.len());
    assert!(personas::all().iter().all(|persona| persona.about.en.is_some()));
    let has = |case: fn(&Person) -> bool| people.iter().any(|person| case(person));
    assert!(has(|person| person.age_years(NOW) < ADULT_YEARS));
    assert!(has(|person| person.died.is_some()));
    assert!(has(|person| !person.phone_number_verified));
    assert!(has(|person| person.middle_name.is_none()));
    assert!(has(|person| person.name_lang() == crate::text::Locale::Ru));
    assert!(has(|person| ['ə', 'ğ', 'ı']
        .iter()
        .all(|letter| person.name().contains(*letter))));
}

/// What a phrase of a persona's text promises about the data.
type Promise = (&'static str, fn(&Persona) -> bool);

const PROMISES: [Promise; 35] = [
    ("data is complete", |it| {
        let (person, address) = (&it.person, &it.person.address);
        person.middle_name.is_some() && address.formatted.is_some() && address.postal_code.is_some()
    }),
    ("husband in the same household", |it| {
        it.person.gender == Gender::Male && it.person.household == fin("OTEST01").household
    }),
    ("A minor", |it| age(it, NOW) < ADULT_YEARS),
    ("Reaches pension age, 65, on 20 December 2026", |it| {
        it.person.birthdate == jiff::civil::date(1961, 12, 20)
    }),
    ("born on 29 February", |it| {
        (it.person.birthdate.month(), it.person.birthdate.day()) == (2, 29)
    }),
    ("A pensioner", |it| age(it, NOW) >= 65),
    ("ə, ğ and ı in his name", |it| has_letters(it, "əğı")),
    ("Deceased", |it| it.person.died.is_some()),
    ("neither telephone nor e-mail", |it| {
        !it.person.phone_number_verified && !it.person.email_verified
    }),
    ("A foreign resident", |it| {
        !it.person.nationalities.iter().any(|code| code == "AZE") && it.person.address.country == "AZ"
    }),
    ("no father's name", |it| it.person.middle_name.is_none()),
    ("eads English", |it| it.person.locale == crate::text::Locale::En),
    ("Reads Russian", |it| it.person.locale == crate::text::Locale::Ru),
    ("in Cyrillic", |it| {
        it.person.name_lang() == crate::text::Locale::Ru
    }),
    ("with a disability", |it| age(it, NOW) >= ADULT_YEARS),
    ("Two nationalities", |it| it.person.nationalities.len() == 2),
    ("address for alerts no longer works", |it| {
        it.alerts == Some(AlertCase::AddressGone)
    }),
    ("entrepreneur", |it| age(it, NOW) >= ADULT_YEARS),
    ("resident of Nakhchivan", |it| {
        it.person.address.region.as_deref() == Some("Naxçıvan")
    }),
    ("telephone is off", |it| it.alerts == Some(AlertCase::PhoneOff)),
    ("A citizen registered abroad", |it| {
        it.person.nationalities == ["AZE"] && it.person.address.country != "AZ"
    }),
    ("does not report whether alerts arrived", |it| {
        it.alerts == Some(AlertCase::Unreported)
    }),
    ("Turns 18 on 15 January 2027", |it| {
        it.person.birthdate == jiff::civil::date(2009, 1, 15)
    }),
    ("more than 60 letters", |it| {
        it.person
            .name()
            .chars()
            .filter(|letter| letter.is_alphabetic())
            .count()
            > 60
    }),
    ("apostrophe, hyphen and accent", |it| has_letters(it, "'-á")),
    ("Stateless", |it| it.person.nationalities == ["XXA"]),
    ("Registered at no address", |it| {
        let address = &it.person.address;
        address.formatted.is_none() && address.locality.is_none() && address.region.is_none()
    }),
    ("capital İ and I beside small i and ı", |it| {
        has_letters(it, "İIiı") || has_letters(it, "İIı")
    }),
    ("a citizen of Türkiye", |it| it.person.nationalities == ["TUR"]),
    ("Older than 100", |it| age(it, NOW) > 100),
    ("Has e-mail and no telephone", |it| {
        it.person.email_verified && !it.person.phone_number_verified
    }),
    ("changed his record on 2 November 2026", |it| {
        it.person.updated == jiff::civil::date(2026, 11, 2)
    }),
    ("One of twins", |it| {
        let text = it.about.get(crate::text::Locale::En);
        let twin = fin(text.split_whitespace().next_back().unwrap());
        let it = &it.person;
        it.fin != twin.fin
            && (it.birthdate, &it.family_name, &it.address)
                == (twin.birthdate, &twin.family_name, &twin.address)
    }),
    (" his ", |it| it.person.gender == Gender::Male),
    (" her ", |it| it.person.gender == Gender::Female),
];

fn age(persona: &Persona, now: crate::clock::Timestamp) -> i16 {
    persona.person.age_years(now)
}

fn fin(fin: &str) -> &'static Person {
    &personas::by_fin(fin).unwrap().person
}

fn has_letters(persona: &Persona, letters: &str) -> bool {
    letters
        .chars()
        .all(|letter| persona.person.name().contains(letter))
}

#[test]
fn persona_text_and_data_agree() {
    for (words, holds) in PROMISES {
        let mut claimed = personas::all()
            .iter()
            .filter(|persona| persona.about.get(crate::text::Locale::En).contains(words))
            .peekable();
        assert!(claimed.peek().is_some(), "{words}");
        for persona in claimed {
            assert!(holds(persona), "{}: {words}", persona.person.fin);
        }
    }
    // What the data has and a service would trip over is said.
    let silent: [Promise; 7] = [
        ("no father's name", |it| {
            it.person.middle_name.is_none() && it.person.nationalities == ["GBR"]
        }),
        ("Deceased", |it| it.person.died.is_some()),
        ("telephone", |it| {
            !it.person.phone_number_verified && age(it, NOW) >= ADULT_YEARS
        }),
        ("minor|Turns 18", |it| age(it, NOW) < ADULT_YEARS),
        ("alerts", |it| it.alerts.is_some()),
        ("Registered at no address", |it| {
            it.person.address.formatted.is_none()
        }),
        ("abroad", |it| it.person.address.country != "AZ"),
    ];
    for (words, has) in silent {
        for persona in personas::all().iter().filter(|persona| has(persona)) {
            let text = persona.about.get(crate::text::Locale::En);
            assert!(
                persona.person.died.is_some() || words.split('|').any(|word| text.contains(word)),
                "{}: {words}",
                persona.person.fin
            );
        }
    }
}

#[test]
fn age_counts_by_the_calendar_of_the_country() {
    let born_on_leap_day = &personas::by_fin("OTEST05").unwrap().person;
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
    for persona in personas::all() {
        let citizen = scene.identity.citizen(&persona.person.fin).unwrap();
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
    let place = |name: &str| Predicate::ResidentOf(name.to_owned());
    for (question, answer) in [
        (Predicate::AgeOver(32), Ok(true)),
        (Predicate::AgeOver(33), Ok(false)),
        (Predicate::AgeOver(131), Err("age-out-of-range")),
        (place("Bakı"), Ok(true)),
        (place("AZ"), Ok(true)),
        (place("Gəncə"), Ok(false)),
        (place(" "), Err("region-empty")),
        (place("Bakı\0"), Err("region-malformed")),
        (place(&"a".repeat(65)), Err("region-malformed")),
        (Predicate::Citizen, Ok(false)),
    ] {
        let scene = Scene::set().await;
        let inv = scene.by(service("tea-house"), "OTEST08");
        scene.agree(&inv, ONCE).await;
        let found = scene.identity.check(&inv, question.clone(), ONCE).await;
        assert_eq!(found.map_err(|error| error.code()), answer, "{question:?}");
    }
}

#[tokio::test]
async fn many_questions_do_not_add_up_to_the_answer_itself() {
    let scene = Scene::set().await;
    let inv = scene.by(service("tea-house"), "OTEST08");
    scene.agree(&inv, ONCE).await;
    let ask = async |years| scene.identity.check(&inv, Predicate::AgeOver(years), ONCE).await;
    for years in 30..34 {
        ask(years).await.unwrap();
        // The same again is not a new question.
        ask(years).await.unwrap();
    }
    for years in [34, 35] {
        assert_eq!(ask(years).await.unwrap_err().code(), "questions-too-many");
    }
    assert_eq!(ask(30).await, Ok(true));
    let citizen = &inv.session.as_ref().unwrap().citizen;
    let log = crate::audit::of_citizen(&scene.platform.db, citizen, None, 100)
        .await
        .unwrap();
    let asked = log
        .iter()
        .any(|record| record.object.as_deref() == Some("age_over 33"));
    assert!(asked, "the citizen cannot see what was asked");
    // A new agreement of the citizen's is a new consent.
    scene.agree(&inv, ONCE).await;
    assert_eq!(ask(34).await, Ok(false));
}

#[tokio::test]
async fn log_holds_no_words_of_the_plug_ins_own() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    scene.agree(&inv, GREETING).await;
    let long = "x".repeat(2 << 20);
    for text in [long.as_str(), "p\0", "Aygün lives in Bakı"] {
        let claims = scene.identity.claims(&inv, &[], text).await;
        assert_eq!(claims.unwrap_err().code(), "purpose-not-approved");
        assert!(scene.identity.fin(&inv, text).await.is_err());
        assert!(
            scene
                .identity
                .check(&inv, Predicate::Citizen, text)
                .await
                .is_err()
        );
        assert!(scene.consent.find(&inv, text).await.is_err());
        let both = [GREETING.to_owned(), text.to_owned()];
        assert!(scene.consent.request_url(&inv, &both).await.is_err());
        assert_eq!(scene.consent.release(&inv, text).await, Err(GovError::NotFound));
    }
    let log = crate::audit::of_citizen(&scene.platform.db, &scene.citizen, None, 100)
        .await
        .unwrap();
    assert_eq!(log.len(), 1 + 3 * 6);
    for record in log {
        assert!(
            record
                .purpose
                .is_none_or(|purpose| purpose.is_empty() || purpose == GREETING)
        );
        assert!(
            record
                .consent_id
                .is_none_or(|id| crate::random::is_id("cns", &id))
        );
        assert_eq!(record.object, None);
    }
}

#[tokio::test]
async fn stronger_or_newer_log_in_is_demanded_with_a_way_to_it() {
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

#[tokio::test]
async fn login_age_is_a_bucket_that_never_flatters() {
    let scene = Scene::set().await;
    let inv = scene.at(service("tea-house"));
    let mut last = LoginAge::FiveMinutes;
    for minute in 0..=25 * 60 {
        let age = scene.identity.session(&inv).unwrap().age;
        assert!(age >= last, "{age:?} after {last:?} at minute {minute}");
        let longest = match age {
            LoginAge::FiveMinutes => 5,
            LoginAge::Hour => 60,
            LoginAge::Day => 24 * 60,
            LoginAge::Older => i64::MAX,
        };
        assert!(minute < longest, "{age:?} at minute {minute}");
        last = age;
        scene.platform.clock.advance_ms(60_000);
    }
    assert_eq!(last, LoginAge::Older);
}

/// Two services that watch one log-in see its buckets end at different moments.
#[tokio::test]
async fn login_age_tells_two_services_nothing_in_common() {
    let scene = Scene::set().await;
    let services = ["tea-house", "bakery", "barber", "library"].map(|id| scene.at(service(id)));
    let mut ends = std::collections::BTreeSet::new();
    for inv in &services {
        let mut end = None;
        for second in 0..300 {
            let age = scene.identity.session(inv).unwrap().age;
            let demanded = scene.identity.require_acr(inv, Acr::Low, Some(300)).await;
            assert_eq!(demanded.is_ok(), age == LoginAge::FiveMinutes, "{second}");
            // Any number of seconds is rounded: the moment cannot be searched for.
            let odd = scene
                .identity
                .require_acr(inv, Acr::Low, Some(301 + second))
                .await;
            assert_eq!(odd.is_ok(), demanded.is_ok(), "{second}");
            if demanded.is_err() {
                end.get_or_insert(second);
            }
            scene.platform.clock.advance_ms(1_000);
        }
        scene.platform.clock.advance_ms(-300_000);
        ends.insert(end.expect("within five minutes"));
    }
    assert_eq!(ends.len(), services.len(), "{ends:?}");
    assert!(ends.iter().all(|end| *end >= 150), "{ends:?}");
}

#[test]
fn each_claim_is_disclosed_by_its_own_attribute() {
    assert_eq!(
        Attribute::ALL
            .iter()
            .copied()
            .filter(|one| calls::is_claim(*one))
            .count(),
        11
    );
}
