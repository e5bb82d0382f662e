//! What both sides work on, child and parent: a service with everything that the child does, its citizens, and its
//! handler of events.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aim_gov::apis::Apis;
use aim_gov::clock::{Clock, Timestamp};
use aim_gov::db::Db;
use aim_gov::directory::Directory;
use aim_gov::error::GovError;
use aim_gov::event_type::EventType;
use aim_gov::grant::{Attribute, Boundary, Capability, Purpose};
use aim_gov::invocation::{CitizenId, Invocation, Service};
use aim_gov::life_events::{Attempt, Handler, LifeEvents, NewTimer, Outcome, Unhandled};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::signature_terms::{Assurance, Format, SignatureTerms};
use anyhow::{Context as _, Result, anyhow};

use super::scene::{self, NOW, Scene};
use super::tell;

/// The purpose under which citizens sign.
pub const SIGN: &str = "sign";
/// The name of a reminder that the service is to be told of.
pub const DUE: &str = "due";
/// The name of the reminder that is the effect of an event.
pub const EFFECT: &str = "effect";
/// From one life to the next, in milliseconds: longer than an attempt holds an event, and than a provider is waited for.
const LIFE_MS: i64 = 600_000;
/// Whoever pays and signs.
const CITIZENS: usize = 4;

/// One life on this database.
pub struct World {
    pub scene: Scene,
    pub apis: Apis,
    pub listener: Listener,
}

/// The answer to a call, or its refusal as an error.
pub trait Allowed<T> {
    /// # Errors
    /// The refusal.
    fn allowed(self) -> Result<T>;
}

impl<T> Allowed<T> for Result<T, GovError> {
    fn allowed(self) -> Result<T> {
        self.map_err(|refusal| anyhow!("refused: {refusal:?}"))
    }
}

/// Handles events. It says aloud what it does where somebody else has to know.
#[derive(Debug)]
pub struct Listener {
    events: LifeEvents,
    invocation: Invocation,
    aloud: bool,
    pub handled: Mutex<BTreeSet<String>>,
}

impl World {
    /// # Errors
    /// When the database cannot be opened, or a citizen cannot agree.
    pub async fn open(address: &str, life: u32, aloud: bool) -> Result<Self> {
        let platform = Platform {
            db: Db::open(address).await?,
            clock: Clock::manual(NOW.plus_ms(i64::from(life) * LIFE_MS)),
            random: Random::seeded(u64::from(life)),
        };
        let apis = Apis::open(platform.clone(), "http://localhost").await?;
        let service = Arc::new(service());
        let deployed = service.clone();
        apis.outbox
            .connect(Directory::new(move |_| Some(deployed.clone())));
        let world = Self {
            listener: Listener {
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
        };
        let purpose = world.scene.service.grant.purpose(SIGN);
        let purpose = purpose.context("the service has nothing to sign")?;
        for number in 0..CITIZENS {
            let (service, citizen) = (&world.scene.service, world.citizen(number));
            let consent = &world.apis.consent;
            if consent.agreed(service, &citizen, purpose).await?.is_none() {
                world.apis.agree(service, &citizen, purpose).await?;
            }
        }
        Ok(world)
    }

    /// One of those who pay and sign.
    pub fn citizen(&self, number: usize) -> CitizenId {
        self.scene.citizen(number % CITIZENS)
    }

    /// One round of the job of events.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deliver(&self) -> Result<()> {
        let (events, services) = (&self.apis.life_events, self.scene.services());
        events.deliver_due(&services, &self.listener).await?;
        Ok(())
    }

    /// Sets a reminder that is due at once; the same key finds the first one.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn remind(&self, key: &str) -> Result<String> {
        self.listener.set(key, DUE, NOW).await
    }
}

/// The scene's service, which subscribes to everything that happens to what it asked for.
fn service() -> Service {
    let boundary = Boundary {
        ends_at: NOW.plus_days(300),
        citizens_max: 1_000,
        amount_per_payment_max: 100_000,
        amount_per_citizen_max: u64::MAX,
        amount_total_max: u64::MAX,
        calls_per_minute_max: 1_000_000,
        signatures_max: u32::MAX,
        ..Boundary::default()
    };
    let mut service = scene::service("communal-bills", boundary);
    let grant = &mut service.grant;
    grant
        .capabilities
        .extend([Capability::LifeEvents, Capability::Signature]);
    grant.events.types = BTreeSet::from([
        EventType::TimerDue,
        EventType::PaymentChanged,
        EventType::RefundChanged,
        EventType::SignatureChanged,
    ]);
    grant.signature = SignatureTerms {
        formats: BTreeSet::from([Format::Jades]),
        assurances: BTreeSet::from([Assurance::Advanced]),
        named_by_citizen: false,
    };
    let bills = grant.purposes.first().cloned();
    grant.purposes.extend(bills.map(|bills| Purpose {
        code: SIGN.to_owned(),
        attributes: BTreeSet::from([Attribute::Name, Attribute::Fin]),
        valid_days: 300,
        ..bills
    }));
    service
}

impl Listener {
    async fn set(&self, key: &str, name: &str, due: Timestamp) -> Result<String> {
        let timer = NewTimer {
            due,
            subject: None,
            name: name.to_owned(),
            data: None,
        };
        let set = self.events.set_timer(&self.invocation, key, timer).await;
        Ok(set.allowed()?.id)
    }

    async fn handle(&self, id: &str) -> Result<()> {
        if self.aloud {
            tell("delivered", id)?;
        }
        self.set(&format!("{id}-effect"), EFFECT, NOW.plus_days(300))
            .await?;
        let handled = self.handled.lock();
        handled
            .unwrap_or_else(|error| error.into_inner())
            .insert(id.to_owned());
        if self.aloud {
            tell("handled", id)?;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Handler for Listener {
    /// What a service does under a key that is made of the event is done once, however often the event is delivered.
    async fn on_event(&self, _: &Arc<Service>, attempt: &Attempt) -> Result<Outcome, Unhandled> {
        match self.handle(&attempt.event.id).await {
            Ok(()) => Ok(Outcome::Done),
            Err(_) => Err(Unhandled("effect-failed")),
        }
    }
}
