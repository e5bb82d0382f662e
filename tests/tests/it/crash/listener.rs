//! The service that both sides run on events, child and parent: for each event it does one thing, under a key that is
//! made of the event.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use aim_gov::apis::Apis;
use aim_gov::clock::{Clock, Timestamp};
use aim_gov::db::Db;
use aim_gov::directory::Directory;
use aim_gov::event_type::EventType;
use aim_gov::grant::{Boundary, Capability};
use aim_gov::invocation::{Invocation, Service};
use aim_gov::life_events::{Attempt, Handler, LifeEvents, NewTimer, Outcome, Unhandled};
use aim_gov::platform::Platform;
use aim_gov::random::Random;

use crate::scene::{self, NOW, Scene};

/// The name of a reminder that the service is to be told of.
pub const DUE: &str = "due";
/// The name of the reminder that is the effect of an event.
pub const EFFECT: &str = "effect";
/// From one life to the next, in milliseconds: longer than an attempt holds an event.
const LIFE_MS: i64 = 600_000;

/// One life on this database.
pub struct Listener {
    pub scene: Scene,
    pub apis: Apis,
    pub worker: Worker,
}

/// Handles events. It says aloud what it does where somebody else has to know.
#[derive(Debug)]
pub struct Worker {
    events: LifeEvents,
    invocation: Invocation,
    aloud: bool,
    pub handled: Mutex<BTreeSet<String>>,
}

impl Listener {
    pub async fn open(address: &str, life: u32, aloud: bool) -> Self {
        let platform = Platform {
            db: Db::open(address).await.unwrap(),
            clock: Clock::manual(NOW.plus_ms(i64::from(life) * LIFE_MS)),
            random: Random::seeded(u64::from(life)),
        };
        let apis = Apis::open(platform.clone(), "http://localhost").await.unwrap();
        let service = Arc::new(service());
        let deployed = service.clone();
        apis.outbox
            .connect(Directory::new(move |_| Some(deployed.clone())));
        Self {
            worker: Worker {
                events: apis.life_events.clone(),
                invocation: scene::invocation(&service, None),
                aloud,
                handled: Mutex::default(),
            },
            scene: Scene {
                platform,
                identity: apis.identity.clone(),
                consent: apis.consent.clone(),
                payments: apis.payments.clone(),
                service,
            },
            apis,
        }
    }

    /// Sets a reminder that is due at once; the same key finds the first one.
    #[allow(dead_code, reason = "the child's part")]
    pub async fn remind(&self, key: &str) -> String {
        self.worker.set(key, DUE, NOW).await
    }

    /// One round of the job.
    pub async fn deliver(&self) {
        self.apis
            .life_events
            .deliver_due(&self.scene.services(), &self.worker)
            .await
            .unwrap();
    }
}

/// The scene's service, which subscribes to its reminders and payments.
fn service() -> Service {
    let boundary = Boundary {
        ends_at: NOW.plus_days(300),
        citizens_max: 1_000,
        amount_per_payment_max: 100_000,
        amount_per_citizen_max: u64::MAX,
        amount_total_max: u64::MAX,
        calls_per_minute_max: 1_000_000,
        ..Boundary::default()
    };
    let mut service = scene::service("communal-bills", boundary);
    service.grant.capabilities.insert(Capability::LifeEvents);
    service.grant.events.types = BTreeSet::from([EventType::TimerDue, EventType::PaymentChanged]);
    service
}

impl Worker {
    async fn set(&self, key: &str, name: &str, due: Timestamp) -> String {
        let timer = NewTimer {
            due,
            subject: None,
            name: name.to_owned(),
            data: None,
        };
        let set = self.events.set_timer(&self.invocation, key, timer).await;
        set.unwrap().id
    }

    fn say(&self, kind: &str, id: &str) {
        if self.aloud {
            tell(kind, id);
        }
    }
}

#[async_trait::async_trait]
impl Handler for Worker {
    async fn on_event(&self, _: &Arc<Service>, attempt: &Attempt) -> Result<Outcome, Unhandled> {
        let id = &attempt.event.id;
        self.say("delivered", id);
        self.set(&format!("{id}-effect"), EFFECT, NOW.plus_days(300))
            .await;
        self.handled.lock().unwrap().insert(id.clone());
        self.say("handled", id);
        Ok(Outcome::Done)
    }
}

/// One line to the parent. It is in the pipe, out of reach of a kill, before the call returns.
pub fn tell(kind: &str, key: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{kind} {key}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}
