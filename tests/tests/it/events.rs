//! Events reach a component: its answers, its limits, and the version that gets them; and, through the real binary, a
//! citizen's reminder.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aim_gov::clock::Timestamp;
use aim_gov::event_type::EventType;
use aim_gov::grant::Capability;
use aim_gov::invocation::Service;
use aim_gov::life_events::{Attempt, Event, Handler as _, Outcome, Unhandled};
use aim_runtime::{Limits, Runtime};
use aim_tests::actors::citizen::{Citizen, ORDINARY};
use aim_tests::bench::engine::{self, Set};
use aim_tests::guests;
use bytes::Bytes;
use tempfile::TempDir;
use tokio::time::{interval, timeout};

use crate::stage::{Stage, answering};

/// How long the job that delivers events may take on a slow machine.
const DELIVERY_MAX: Duration = Duration::from_secs(60);
/// How often the citizen looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The deployed guest `listener`.
struct Listening {
    runtime: Runtime,
    service: Arc<Service>,
    component: Bytes,
    _dir: TempDir,
}

async fn listening() -> Listening {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        request_time: Duration::from_secs(2),
        ..Limits::default()
    };
    let runtime = engine::start_with(dir.path(), limits).await.unwrap();
    let component = std::fs::read(guests::build(&guests::guest("listener")).await.unwrap()).unwrap();
    let component = Bytes::from(component);
    let service = Arc::new(service(&component));
    runtime.deploy(service.clone(), component.clone()).await.unwrap();
    Listening {
        runtime,
        service,
        component,
        _dir: dir,
    }
}

fn service(component: &[u8]) -> Service {
    let set = Set {
        capabilities: BTreeSet::from([Capability::Identity, Capability::LifeEvents, Capability::Clock]),
        ..Set::default()
    };
    engine::service(1, component, set)
}

fn attempt(name: &str) -> Attempt {
    Attempt {
        request_id: format!("req_{name}"),
        event: Event {
            id: "evt-1".to_owned(),
            event_type: EventType::TimerDue,
            subject: Some("sub".to_owned()),
            time: Timestamp(0),
            object: None,
            name: Some(name.to_owned()),
            data_schema: None,
            content_type: None,
            data: None,
        },
        number: 3,
        first: Timestamp(0),
        is_final: true,
    }
}

impl Listening {
    async fn tell(&self, name: &str) -> Result<Outcome, Unhandled> {
        self.runtime.on_event(&self.service, &attempt(name)).await
    }

    fn logged(&self) -> Vec<(String, String)> {
        let lines = self.runtime.logs(&self.service.id);
        lines
            .into_iter()
            .filter(|line| !line.context.is_empty())
            .map(|line| (line.request.id.clone(), line.context))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn handler_is_run_within_limits_and_its_answer_counts() {
    let listening = listening().await;
    let rejected = |code: &str| Ok(Outcome::Reject(code.to_owned()));
    assert_eq!(listening.tell("done").await, Ok(Outcome::Done));
    assert_eq!(listening.tell("retry").await, Ok(Outcome::Retry(Some(3))));
    assert_eq!(
        listening.tell("tell").await,
        rejected("attempt-3-final-true-subject-true")
    );
    // There is no citizen in front of it.
    assert_eq!(listening.tell("session").await, rejected("login-required"));
    assert_eq!(listening.tell("trap").await, Err(Unhandled("trap")));
    assert_eq!(listening.tell("loop").await, Err(Unhandled("deadline")));
    assert_eq!(listening.tell("memory").await, Err(Unhandled("memory-limit")));
    assert_eq!(listening.tell("reject").await, rejected("not-wanted"));
    let logged = listening.logged();
    for line in [
        ("req_trap", "trap"),
        ("req_loop", "deadline"),
        ("req_memory", "memory-limit"),
        ("req_reject", "event-rejected"),
    ] {
        let line = (line.0.to_owned(), line.1.to_owned());
        assert!(logged.contains(&line), "no {line:?} in {logged:?}");
    }
}

/// What was judged is the approval of one version; another one must not get the event.
#[tokio::test(flavor = "multi_thread")]
async fn event_goes_to_the_version_that_was_judged_only() {
    let listening = listening().await;
    let next = Arc::new(service(&listening.component));
    assert_eq!(
        listening.runtime.on_event(&next, &attempt("done")).await,
        Err(Unhandled("other-version"))
    );
    listening
        .runtime
        .deploy(next.clone(), listening.component.clone())
        .await
        .unwrap();
    assert_eq!(listening.tell("done").await, Err(Unhandled("other-version")));
    assert_eq!(
        listening.runtime.on_event(&next, &attempt("done")).await,
        Ok(Outcome::Done)
    );
    listening.runtime.suspend(&next.id);
    assert_eq!(
        listening.runtime.on_event(&next, &attempt("done")).await,
        Err(Unhandled("service-not-in-force"))
    );
    listening.runtime.remove(&next.id);
    assert_eq!(
        listening.runtime.on_event(&next, &attempt("done")).await,
        Err(Unhandled("other-version"))
    );
}

/// Vetting refuses such a version; the host does not rely on it.
#[tokio::test(flavor = "multi_thread")]
async fn component_without_a_handler_is_not_run() {
    let listening = listening().await;
    let component = Bytes::from(answering("well"));
    let deaf = Arc::new(engine::service(2, &component, Set::default()));
    listening.runtime.deploy(deaf.clone(), component).await.unwrap();
    assert_eq!(
        listening.runtime.on_event(&deaf, &attempt("done")).await,
        Err(Unhandled("no-event-handler"))
    );
}

/// From the form to the inbox, with nobody in front of the service when the message is sent.
#[tokio::test(flavor = "multi_thread")]
async fn reminder_of_a_citizen_reaches_their_inbox() {
    let stage = Stage::start().await;
    let folder = guests::sample("reminder");
    let component = guests::build(&folder).await.unwrap();
    let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
    let report = stage
        .developer
        .citizen
        .page(&format!("/developers/submissions/{id}"))
        .await
        .unwrap();
    for evidence in [
        "Takes an event of each type that it subscribes to",
        "az.gov.timer.due.v1: done",
    ] {
        assert!(report.body.contains(evidence), "no `{evidence}` in {report}");
    }
    stage.panel.approve(&stage.developer, &id).await.unwrap();

    let citizen = Citizen::new(&stage.platform.url, ORDINARY, "en").unwrap();
    let page = citizen
        .open(&format!("{}/", stage.platform.origin("reminder")))
        .await
        .unwrap();
    let form = page
        .form_with(&["what", "when"])
        .unwrap()
        .fill("what", "insurance")
        .unwrap()
        .fill("when", "at-once")
        .unwrap();
    let set = citizen.agent.submit(&page, &form).await.unwrap().ok().unwrap();
    assert!(set.body.contains("The reminder is set"), "{set}");

    let arrived = async {
        let mut looks = interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            let inbox = citizen.page("/my/messages").await.unwrap().ok().unwrap();
            if inbox.body.contains("car insurance") {
                return inbox;
            }
        }
    };
    let inbox = timeout(DELIVERY_MAX, arrived).await.unwrap();
    assert_eq!(inbox.body.matches("car insurance").count(), 1, "{inbox}");
    let log = citizen.page("/my/log").await.unwrap().ok().unwrap();
    for said in [
        "Set a reminder about you",
        "Received a reminder that it had set about you",
        "Sent you a message",
    ] {
        assert!(log.body.contains(said), "no `{said}` in {log}");
    }
    stage.platform.stop().await.unwrap();
}

/// The citizen pays and goes elsewhere: the event of the payment brings the confirmation, in their language, to their
/// inbox.
#[tokio::test(flavor = "multi_thread")]
async fn payer_is_told_of_the_outcome_in_the_inbox() {
    let stage = Stage::start().await;
    let folder = guests::sample("communal-bills");
    let component = guests::build(&folder).await.unwrap();
    let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
    let report = format!("/developers/submissions/{id}");
    let report = stage.developer.citizen.page(&report).await.unwrap();
    for evidence in ["az.gov.payment.changed.v1: done", "payments.get: allowed"] {
        assert!(report.body.contains(evidence), "no `{evidence}` in {report}");
    }
    stage.panel.approve(&stage.developer, &id).await.unwrap();

    let citizen = Citizen::new(&stage.platform.url, ORDINARY, "en").unwrap();
    let bills = citizen
        .open(&format!("{}/", stage.platform.origin("communal-bills")))
        .await
        .unwrap();
    let form = bills.form_to("/pay").unwrap();
    let checkout = citizen.agent.submit(&bills, &form).await.unwrap().ok().unwrap();
    citizen.pay(&checkout, "4242 4242 4242 4242").await.unwrap();

    let arrived = async {
        let mut looks = interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            let inbox = citizen.page("/my/messages").await.unwrap().ok().unwrap();
            if inbox.body.contains("Ödəniş qəbul edildi") {
                return inbox;
            }
        }
    };
    timeout(DELIVERY_MAX, arrived).await.unwrap();
    let log = citizen.page("/my/log").await.unwrap().ok().unwrap();
    assert!(
        log.body.contains("Was told of the new state of your payment"),
        "{log}"
    );
    stage.platform.stop().await.unwrap();
}
