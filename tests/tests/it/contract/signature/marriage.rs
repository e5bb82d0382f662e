//! An application to marry, signed by two, at the simulated civil registry office.

use aim_gov::clock::DAY_MS;
use aim_gov::exchange::{Context, Status, Subject, Submission};
use serde_json::{Value, json};

use super::*;

const FORM: &[u8] = include_bytes!("../../../../../host/gov/data/marriage-application.txt");
const SAMPLES_FORM: &[u8] = include_bytes!("../../../../../sample-plugins/marriage/src/application.txt");
const SIGNED: &str = "application/jose+json";
const ONE: &str = "OTEST0A";
const OTHER: &str = "OTEST0B";
/// Turns 18 on 15 January 2027.
const MINOR: &str = "OTEST0F";
/// Is married to the rig's citizen.
const MARRIED: &str = "OTEST02";

fn citizen(rig: &Rig, fin: &str) -> CitizenId {
    rig.apis.identity.citizen(fin).unwrap()
}

/// A service that may send applications, with this citizen in front of it.
async fn at_service(rig: &Rig, fin: &str) -> Invocation {
    let mut invocation = asking(rig, |service| {
        let grant = &mut service.grant;
        grant.capabilities.insert(Capability::Exchange);
        grant.exchange_operations.insert("civil-status.marry".to_owned());
        grant.boundary.registry_calls_max = 100;
        for purpose in &mut grant.purposes {
            purpose.attributes.insert(Attribute::MarriageApplication);
            purpose.valid_days = 90;
        }
    });
    let first = citizen(rig, fin);
    agree(rig, &invocation, &first).await;
    if let Some(session) = &mut invocation.session {
        session.citizen = first;
    }
    invocation
}

/// What these people signed, the first one in front of the service.
async fn signed(rig: &Rig, fins: &[&str], content: &[u8]) -> (Invocation, Vec<u8>) {
    let invocation = at_service(rig, fins[0]).await;
    let file = stage(rig, &invocation, new_file("a.txt", "text/plain", content)).await;
    let mut asked = NewSigning {
        expires: rig.clock.now().plus_days(7),
        ..new(Format::Jades, Level::BT, &file)
    };
    for fin in &fins[1..] {
        let other = citizen(rig, fin);
        agree(rig, &invocation, &other).await;
        let sub = rig.apis.identity.sub(&invocation.service.id, &other);
        asked.signers.push((Party::Citizen(sub), None));
    }
    let id = create(rig, &invocation, &fins.concat(), asked).await.id;
    for fin in fins {
        sign_as(rig, &citizen(rig, fin), &id).await;
    }
    let done = get(rig, &invocation, &id).await;
    let bytes = read(rig, &invocation, &done).await;
    (invocation, bytes)
}

async fn marry(rig: &Rig, invocation: &Invocation, key: &str, file: &[u8]) -> Submission {
    rig.clock.advance_ms(1);
    let context = Context {
        operation: "civil-status.marry".to_owned(),
        subject: Subject::Current,
        parameters: Vec::new(),
        purpose: PURPOSE.to_owned(),
        issue: "case-7".to_owned(),
    };
    let sent = rig.apis.exchange.submit(invocation, key, &context, SIGNED, file);
    sent.await.unwrap()
}

fn said(submission: &Submission) -> Value {
    serde_json::from_slice(&submission.answer.as_ref().unwrap().body).unwrap()
}

fn refusal(submission: &Submission) -> String {
    assert_eq!(submission.status, Status::Failed, "{submission:?}");
    said(submission)["error"].as_str().unwrap().to_owned()
}

async fn after(rig: &Rig, invocation: &Invocation, days: i64, key: &str) -> Submission {
    rig.clock.advance_ms(days * DAY_MS);
    rig.apis.exchange.sweep().await.unwrap();
    rig.apis.exchange.find(invocation, key).await.unwrap().unwrap()
}

#[tokio::test]
async fn marriage_is_registered_thirty_days_after_both_signed() {
    on_both(|rig| async move {
        let (invocation, file) = signed(&rig, &[ONE, OTHER], FORM).await;
        let sent = marry(&rig, &invocation, "1", &file).await;
        assert_eq!(sent.status, Status::Submitted);
        let day = json!("2026-12-21");
        assert_eq!(
            (&said(&sent)["stage"], &said(&sent)["day"]),
            (&json!("examination"), &day)
        );
        let examined = after(&rig, &invocation, 14, "1").await;
        assert_eq!(
            (&said(&examined)["stage"], &said(&examined)["day"]),
            (&json!("examined"), &day)
        );
        let registered = after(&rig, &invocation, 16, "1").await;
        assert_eq!(registered.status, Status::Success);
        let answer = said(&registered);
        let names = json!(["Nəcəfov Tural İlqar oğlu", "Rzayeva Leyla Fuad qızı"]);
        assert_eq!((&answer["since"], &answer["spouses"]), (&day, &names));
        let family = rig.apis.civil_status.family(&citizen(&rig, OTHER)).await.unwrap();
        let marriage = family.marriage.unwrap();
        assert_eq!(answer["record"], marriage.record);
        assert_eq!(marriage.spouse, ONE);
        let again = marry(&rig, &invocation, "2", &file).await;
        assert_eq!(refusal(&again), "not-free");
    })
    .await;
}

#[tokio::test]
async fn application_that_two_free_adults_did_not_sign_is_refused() {
    on_both(|rig| async move {
        for (fins, content, code) in [
            (&[ONE][..], FORM, "signatures-unfit"),
            (&[ONE, OTHER, "OTEST0C"], FORM, "signatures-unfit"),
            (&[ONE, OTHER], b"something else".as_slice(), "form-unknown"),
            (&[ONE, MINOR], FORM, "not-of-age"),
            (&[ONE, MARRIED], FORM, "not-free"),
        ] {
            let (invocation, file) = signed(&rig, fins, content).await;
            let sent = marry(&rig, &invocation, &format!("{code}{}", fins.len()), &file).await;
            assert_eq!(refusal(&sent), code, "{fins:?}");
        }
        let (_, file) = signed(&rig, &[ONE, "OTEST0D"], FORM).await;
        // Somebody else's application.
        let stranger = at_service(&rig, "OTEST0N").await;
        let foreign = marry(&rig, &stranger, "foreign", &file).await;
        assert_eq!(refusal(&foreign), "signatures-unfit");
        let broken = marry(&rig, &stranger, "broken", b"{}").await;
        assert_eq!(refusal(&broken), "signatures-unfit");
    })
    .await;
}

/// One of the two married somebody else while the office waited.
#[tokio::test]
async fn registration_of_who_is_not_free_any_more_is_refused() {
    on_both(|rig| async move {
        let (invocation, file) = signed(&rig, &[ONE, OTHER], FORM).await;
        let sent = marry(&rig, &invocation, "1", &file).await;
        assert_eq!(sent.status, Status::Submitted);
        rig.apis.civil_status.marry([OTHER, "OTEST0C"]).await.unwrap();
        let refused = after(&rig, &invocation, 30, "1").await;
        assert_eq!(refusal(&refused), "not-free");
    })
    .await;
}

#[test]
fn sample_has_the_form_of_the_office() {
    assert_eq!(SAMPLES_FORM, FORM);
}
