//! What services send in to agencies: the way from the intent to the decision.

use aim_gov::clock::DAY_MS;
use aim_gov::consent::Change;
use aim_gov::directory::Directory;
use aim_gov::event_type::EventType;
use aim_gov::exchange::{Failure, Status, Submission};
use aim_gov::invocation::ServiceId;

use super::*;

pub(super) const KEY: &str = "place-1";
pub(super) const JSON: &str = "application/json";
/// The kindergarten without a free place.
const FULL: &str = "SM-K-01";

pub(super) fn place() -> Context {
    Context {
        subject: Subject::Current,
        ..about("education.place-application", &[])
    }
}

/// An application for the child with this name.
pub(super) fn application(kindergarten: &str, child: &str) -> Vec<u8> {
    json!({
        "kindergarten": kindergarten,
        "child_name": child,
        "child_birthdate": "2023-05-04",
        "from": "2027-01-11",
    })
    .to_string()
    .into_bytes()
}

/// A service whose citizen agreed, and which is told of changes.
pub(super) async fn told(rig: &Rig) -> Invocation {
    let invocation = asking(rig, ORDINARY, |grant| {
        grant.capabilities.insert(Capability::LifeEvents);
        grant.events.types = BTreeSet::from([EventType::SubmissionChanged]);
    });
    agree(rig, &invocation, REGISTERS).await;
    let service = invocation.service.clone();
    rig.apis.outbox.connect(Directory::new(move |id| {
        (*id == service.id).then(|| service.clone())
    }));
    invocation
}

pub(super) async fn submit(
    rig: &Rig,
    invocation: &Invocation,
    key: &str,
    body: &[u8],
) -> Result<Submission, GovError> {
    rig.clock.advance_ms(1);
    rig.apis
        .exchange
        .submit(invocation, key, &place(), JSON, body)
        .await
}

/// The submission as it is now.
pub(super) async fn now(rig: &Rig, invocation: &Invocation, key: &str) -> Option<Submission> {
    rig.clock.advance_ms(1);
    rig.apis.exchange.find(invocation, key).await.unwrap()
}

/// The clock moves, and agencies are asked about what is due.
pub(super) async fn after(rig: &Rig, ms: i64) {
    rig.clock.advance_ms(ms);
    rig.apis.exchange.sweep().await.unwrap();
}

/// What the service was told of a submission, oldest first.
pub(super) async fn events(rig: &Rig, invocation: &Invocation, id: &str) -> Vec<String> {
    let told = rig.apis.life_events.recent(invocation, None).await.unwrap();
    let events = told.events.iter();
    events
        .filter(|event| event.object.as_deref() == Some(id))
        .map(|event| {
            let data: Value = serde_json::from_slice(event.data.as_deref().unwrap()).unwrap();
            assert_eq!(data["id"], id);
            data["status"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// Operations and decisions in the citizen's log, without the service's own questions about how it stands.
pub(super) async fn recorded(rig: &Rig, invocation: &Invocation) -> Vec<String> {
    let log = log_of(rig, &citizen(invocation)).await;
    let told = log
        .into_iter()
        .filter(|record| !matches!(record.operation.as_str(), "get" | "find"));
    told.map(|record| format!("{} {}", record.operation, record.decision))
        .collect()
}

pub(super) fn said(submission: &Submission) -> Value {
    let answer = submission.answer.as_ref().unwrap();
    assert_eq!(answer.content_type, JSON);
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn application_is_decided_after_ten_days_and_each_change_is_told() {
    everywhere(async |rig: Rig| {
        let invocation = told(&rig).await;
        let body = application("SM-K-03", "Nərgiz");
        let sent = submit(&rig, &invocation, KEY, &body).await.unwrap();
        assert_eq!((sent.status, sent.failure), (Status::Submitted, None));
        let reference = sent.agency_reference.clone().unwrap();
        assert!(reference.starts_with("SM-Y-"), "{reference}");
        assert_eq!(said(&sent)["status"], "under-review");
        assert_eq!(sent.issue, "case-7");
        // The same again is the same; anything else is a conflict.
        assert_eq!(submit(&rig, &invocation, KEY, &body).await.unwrap(), sent);
        let other = application("SM-K-02", "Nərgiz");
        let reused = submit(&rig, &invocation, KEY, &other).await.unwrap_err();
        assert_eq!(reused.code(), "idempotency-key-reused");
        let issue = Context {
            issue: "case-8".to_owned(),
            ..place()
        };
        let exchange = &rig.apis.exchange;
        let reused = exchange.submit(&invocation, KEY, &issue, JSON, &body).await;
        assert_eq!(reused.unwrap_err().code(), "idempotency-key-reused");
        // Without a session too, and for this service alone.
        let handler = Invocation {
            session: None,
            ..invocation.clone()
        };
        assert_eq!(exchange.get(&handler, &sent.id).await.unwrap(), sent);
        assert_eq!(now(&rig, &handler, KEY).await.unwrap(), sent);
        assert_eq!(now(&rig, &handler, "place-2").await, None);
        for id in ["exs_1", "", &"x".repeat(300), "exs_0000000000000000000000000z"] {
            assert_eq!(exchange.get(&handler, id).await.unwrap_err(), GovError::NotFound);
        }
        let stranger = another_service(&invocation);
        let foreign = exchange.get(&stranger, &sent.id).await.unwrap_err();
        assert_eq!(foreign, GovError::NotFound);
        assert_eq!(now(&rig, &stranger, KEY).await, None);

        after(&rig, 9 * DAY_MS).await;
        assert_eq!(
            now(&rig, &invocation, KEY).await.unwrap().status,
            Status::Submitted
        );
        after(&rig, DAY_MS).await;
        let done = now(&rig, &invocation, KEY).await.unwrap();
        assert_eq!((done.status, done.failure), (Status::Success, None));
        assert_eq!(done.agency_reference.as_ref(), Some(&reference));
        let answer = said(&done);
        assert_eq!(
            (&answer["kindergarten"], &answer["group"], &answer["from"]),
            (&json!("SM-K-03"), &json!("kindergarten"), &json!("2027-01-11"))
        );
        assert_eq!(
            events(&rig, &invocation, &sent.id).await,
            ["submitted", "success"]
        );
        assert_eq!(
            recorded(&rig, &invocation).await,
            [
                "submit allowed",
                "submit allowed",
                "submit idempotency-key-reused",
                "submit idempotency-key-reused",
                "answered allowed",
            ]
        );
        // The proof is in the log, and the number of the citizen in no address.
        let evidence = &done.answer.as_ref().unwrap().evidence;
        let logged = exchange.logged(&evidence.message_id).await.unwrap();
        assert_eq!(logged.last().unwrap().id, evidence.log_id);
        let content = logged[0].opened(&rig.apis.platform).unwrap().unwrap();
        let content: Value = serde_json::from_str(&content).unwrap();
        let path = content["path"].as_str().unwrap();
        assert_eq!(path, "/r1/AZ/GOV/SIM-EDUCATION/registry/place-application/status");
        assert!(!content["body"].as_str().unwrap().contains(ORDINARY));
        assert!(exchange.verify_log().await.unwrap() >= 6);
        // Nothing is asked after the end.
        after(&rig, DAY_MS).await;
        assert_eq!(now(&rig, &invocation, KEY).await.unwrap(), done);
        // The same child again: the agency has it in its register.
        let again = submit(&rig, &invocation, "place-2", &body).await.unwrap();
        assert_eq!(
            (again.status, &said(&again)["group"]),
            (Status::Success, &json!("kindergarten"))
        );
        let elsewhere = application("SM-K-02", "Nərgiz");
        let held = submit(&rig, &invocation, "place-3", &elsewhere).await.unwrap();
        assert_eq!(said(&held)["error"], "place-held");
    })
    .await;
}

fn another_service(invocation: &Invocation) -> Invocation {
    let service = &invocation.service;
    Invocation {
        service: Arc::new(Service {
            id: ServiceId("other".to_owned()),
            title: service.title.clone(),
            controller: service.controller.clone(),
            tax_id: service.tax_id.clone(),
            version: service.version.clone(),
            digest: service.digest.clone(),
            grant: service.grant.clone(),
            origin: service.origin.clone(),
            platform: service.platform.clone(),
            stopped: AtomicBool::new(false),
        }),
        ..invocation.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agency_refuses_at_once_or_later_and_says_why() {
    everywhere(async |rig: Rig| {
        let invocation = told(&rig).await;
        let old = application("SM-K-03", "Nərgiz");
        let old = String::from_utf8(old)
            .unwrap()
            .replace("2023-05-04", "2015-05-04");
        let refused = submit(&rig, &invocation, KEY, old.as_bytes()).await.unwrap();
        assert_eq!(
            (refused.status, refused.failure, refused.agency_reference.clone()),
            (Status::Failed, Some(Failure::AgencyRefused), None)
        );
        assert_eq!(said(&refused)["error"], "age-unfit");
        assert_eq!(
            submit(&rig, &invocation, KEY, old.as_bytes()).await.unwrap(),
            refused
        );
        let full = application(FULL, "Nərgiz");
        let later = submit(&rig, &invocation, "place-2", &full).await.unwrap();
        assert_eq!(later.status, Status::Submitted);
        after(&rig, 10 * DAY_MS).await;
        let later = now(&rig, &invocation, "place-2").await.unwrap();
        assert_eq!(
            (later.status, later.failure),
            (Status::Failed, Some(Failure::AgencyRefused))
        );
        assert_eq!(said(&later)["error"], "no-place");
        assert_eq!(events(&rig, &invocation, &refused.id).await, ["failed"]);
        assert_eq!(
            events(&rig, &invocation, &later.id).await,
            ["submitted", "failed"]
        );
        assert_eq!(
            recorded(&rig, &invocation).await,
            [
                "submit agency-refused",
                "submit allowed",
                "submit allowed",
                "answered agency-refused",
            ]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_is_the_citizens_and_is_forgotten() {
    everywhere(async |rig: Rig| {
        let invocation = asking(&rig, ORDINARY, |_| ());
        let consent = agree(&rig, &invocation, REGISTERS).await;
        let body = application("SM-K-03", "Nərgiz");
        let sent = submit(&rig, &invocation, KEY, &body).await.unwrap();
        assert!(sent.answer.is_some());
        let change = async |change| {
            rig.clock.advance_ms(1);
            let theirs = &rig.apis.consent;
            theirs
                .change(&citizen(&invocation), &consent, change)
                .await
                .unwrap();
        };
        change(Change::Pause).await;
        let hidden = now(&rig, &invocation, KEY).await.unwrap();
        assert_eq!((hidden.answer, hidden.status), (None, Status::Submitted));
        // The agency decides all the same: it was not asked to forget it.
        after(&rig, 10 * DAY_MS).await;
        let hidden = now(&rig, &invocation, KEY).await.unwrap();
        assert_eq!((hidden.answer, hidden.status), (None, Status::Success));
        change(Change::Resume).await;
        assert!(now(&rig, &invocation, KEY).await.unwrap().answer.is_some());
        rig.clock.advance_ms(29 * DAY_MS);
        agree(&rig, &invocation, REGISTERS).await;
        rig.apis.exchange.forget_content().await.unwrap();
        assert!(now(&rig, &invocation, KEY).await.unwrap().answer.is_some());
        rig.clock.advance_ms(2 * DAY_MS);
        rig.apis.exchange.forget_content().await.unwrap();
        let kept = now(&rig, &invocation, KEY).await.unwrap();
        assert_eq!((kept.answer, kept.status), (None, Status::Success));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handler_sends_in_for_those_who_take_part() {
    everywhere(async |rig: Rig| {
        let theirs = asking(&rig, ORDINARY, |_| ());
        let id = citizen(&theirs);
        let handler = Invocation {
            session: None,
            ..theirs.clone()
        };
        let sub = rig.apis.identity.sub(&theirs.service.id, &id);
        let body = application("SM-K-03", "Nərgiz");
        let send = async |sub: &str, purpose: &str| {
            let context = Context {
                subject: Subject::Citizen(sub.to_owned()),
                purpose: purpose.to_owned(),
                ..place()
            };
            let exchange = &rig.apis.exchange;
            exchange.submit(&handler, KEY, &context, JSON, &body).await
        };
        let none = send(&sub, REGISTERS).await.unwrap_err();
        assert_eq!(none, GovError::NotFound);
        rig.apis.consent.enrol(&theirs.service, &id).await.unwrap();
        let refused = send(&sub, REGISTERS).await.unwrap_err();
        assert_eq!(refused.code(), "consent-required");
        agree(&rig, &theirs, REGISTERS).await;
        agree(&rig, &theirs, ONCE).await;
        let refused = send(&sub, ONCE).await.unwrap_err();
        assert_eq!(refused.code(), "purpose-not-periodic");
        assert_eq!(send("nobody", REGISTERS).await.unwrap_err(), GovError::NotFound);
        assert_eq!(rig.apis.exchange.verify_log().await.unwrap(), 0);
        let sent = send(&sub, REGISTERS).await.unwrap();
        assert_eq!(sent.status, Status::Submitted);
        // The agency got the number of the citizen, whom the service knows by pseudonym alone.
        let message = &sent.answer.unwrap().evidence.message_id;
        let logged = rig.apis.exchange.logged(message).await.unwrap();
        let content = logged[0].opened(&rig.apis.platform).unwrap().unwrap();
        let content: Value = serde_json::from_str(&content).unwrap();
        let body: Value = serde_json::from_str(content["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["fin"], ORDINARY);
    })
    .await;
}
