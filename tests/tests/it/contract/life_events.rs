//! Events: what reaches a service, how often, and what never does.

mod allowed;
mod attempts;
mod deaths;
mod families;
mod nodes;
mod own_requests;
mod pensions;
mod residence;
mod timers;

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use aim_gov::clock::Timestamp;
use aim_gov::directory::Directory;
use aim_gov::event_type::EventType;
use aim_gov::grant::{Capability, Grant};
use aim_gov::invocation::{CitizenId, Invocation, Service};
use aim_gov::life_events::{Attempt, Delivery, Handler, NewTimer, Outcome, State, Unhandled};

use super::{NOW, PURPOSE, Rig, kept, on_both, used};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A service that answers as a test says, or else that it is done.
#[derive(Debug, Default)]
struct Scripted {
    answers: Mutex<VecDeque<Result<Outcome, Unhandled>>>,
    seen: Mutex<Vec<Attempt>>,
}

impl Scripted {
    fn answering(answers: impl IntoIterator<Item = Result<Outcome, Unhandled>>) -> Self {
        Self {
            answers: Mutex::new(answers.into_iter().collect()),
            ..Self::default()
        }
    }

    /// What it was handed since the last call.
    fn taken(&self) -> Vec<Attempt> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

#[async_trait::async_trait]
impl Handler for Scripted {
    async fn on_event(&self, _: &Arc<Service>, attempt: &Attempt) -> Result<Outcome, Unhandled> {
        self.seen.lock().unwrap().push(attempt.clone());
        let next = self.answers.lock().unwrap().pop_front();
        next.unwrap_or(Ok(Outcome::Done))
    }
}

/// The rig's service, which subscribes to reminders.
fn listening(rig: &Rig, change: impl FnOnce(&mut Service)) -> Invocation {
    let service = rig.service();
    let mut grant = Grant {
        ..service.grant.clone()
    };
    grant.capabilities.insert(Capability::LifeEvents);
    grant.events.types.insert(EventType::TimerDue);
    let mut service = Service {
        id: service.id.clone(),
        title: service.title.clone(),
        controller: service.controller.clone(),
        tax_id: service.tax_id.clone(),
        version: service.version.clone(),
        digest: service.digest.clone(),
        grant,
        origin: service.origin.clone(),
        platform: service.platform.clone(),
        stopped: AtomicBool::new(false),
    };
    change(&mut service);
    Invocation {
        service: Arc::new(service),
        session: None,
        ..rig.invocation.clone()
    }
}

/// A service that subscribes to one event of life under a periodic purpose, at which this citizen agreed to everything,
/// and the id of that consent.
async fn agreed_to(
    rig: &Rig,
    event: EventType,
    citizen: &CitizenId,
    change: impl FnOnce(&mut Service),
) -> (Invocation, String) {
    let mut invocation = listening(rig, |service| {
        let grant = &mut service.grant;
        grant.events.types = BTreeSet::from([event]);
        for purpose in &mut grant.purposes {
            purpose.attributes.extend(event.attribute());
        }
        change(service);
    });
    invocation.session.clone_from(&rig.invocation.session);
    let consent = rig.agree_to(&invocation.service, citizen, PURPOSE).await;
    (invocation, consent)
}

/// The same service, at which the rig's citizen takes part, and their pseudonym there.
async fn joined(rig: &Rig) -> (Invocation, String) {
    let invocation = listening(rig, |_| ());
    let service = &invocation.service;
    rig.apis.consent.enrol(service, &rig.citizen).await.unwrap();
    let sub = rig.apis.identity.sub(&service.id, &rig.citizen);
    (invocation, sub)
}

fn services(invocation: &Invocation) -> Directory {
    let service = invocation.service.clone();
    Directory::new(move |id| (*id == service.id).then(|| service.clone()))
}

fn timer(due: Timestamp, subject: Option<&str>) -> NewTimer {
    NewTimer {
        due,
        subject: subject.map(str::to_owned),
        name: "renew".to_owned(),
        data: Some(b"card".to_vec()),
    }
}

async fn set(rig: &Rig, invocation: &Invocation, key: &str, new: NewTimer) -> String {
    rig.apis
        .life_events
        .set_timer(invocation, key, new)
        .await
        .unwrap()
        .id
}

/// A reminder that is due now.
async fn due_now(rig: &Rig, invocation: &Invocation, subject: Option<&str>) {
    set(rig, invocation, "now", timer(rig.clock.now(), subject)).await;
}

/// One round of the job.
async fn round(rig: &Rig, invocation: &Invocation, handler: &Scripted) -> Vec<Attempt> {
    rig.apis
        .life_events
        .deliver_due(&services(invocation), handler)
        .await
        .unwrap();
    handler.taken()
}

async fn deliveries(rig: &Rig, invocation: &Invocation) -> Vec<Delivery> {
    rig.apis
        .life_events
        .deliveries(&invocation.service.id, None, None, 100)
        .await
        .unwrap()
}

/// The state and the last failure of the only event.
async fn only(rig: &Rig, invocation: &Invocation) -> (State, Option<String>) {
    let mut found = deliveries(rig, invocation).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let one = found.remove(0);
    (one.state, one.error)
}

#[tokio::test]
async fn limit_that_a_reminder_counts_against_is_told() {
    on_both(|rig| async move {
        let invocation = kept(&listening(&rig, |_| ()));
        set(&rig, &invocation, "key", timer(rig.clock.now(), None)).await;
        assert_eq!(used(&invocation), ["events 1 of 1000 at-once"]);
    })
    .await;
}
