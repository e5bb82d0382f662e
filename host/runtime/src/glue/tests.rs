//! Handles: whatever a request does with stale, foreign and made-up ones, it meets its own objects only.

mod logged;

use std::collections::BTreeMap;

use aim_gov::invocation::{CitizenId, ServiceId};
use aim_gov::random::Random;
use wasmtime::component::Resource;

use super::*;
use crate::bindings::aim::gov::identity::HostPrincipal as _;
use crate::limiter::Limiter;
use crate::log::Asked;
use crate::memory::MemoryBudget;
use crate::meter::{self, Allowance, Visitor};
use crate::rehearsal::Rehearsal;
use crate::testing;

/// Random sequences of steps.
const SEQUENCES: usize = 100_000;
/// Steps of one sequence.
const STEPS: usize = 8;
/// Handles are drawn from so many numbers: few, so that most meet something.
const HANDLES: u8 = 6;

/// What stands under a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Principal,
    /// An object of another type, as those of WASI are.
    Other,
}

/// One request and what it should hold.
struct Holder {
    state: RequestState,
    sub: String,
    held: BTreeMap<u32, Kind>,
}

async fn apis(platform: aim_gov::platform::Platform) -> Arc<Apis> {
    Arc::new(Apis::open(platform, "http://localhost:8080").await.unwrap())
}

fn state(apis: &Arc<Apis>, citizen: &str) -> RequestState {
    state_in(apis, citizen, None)
}

/// A request in a test space, if there is one.
fn state_in(apis: &Arc<Apis>, citizen: &str, rehearsal: Option<(ServiceId, Rehearsal)>) -> RequestState {
    let mut invocation = testing::invocation(testing::service("holder"));
    if let Some(session) = &mut invocation.session {
        session.citizen = CitizenId(citizen.to_owned());
    }
    let clock = apis.platform.clock.clone();
    let log = RequestLog::new(Arc::default(), clock.clone(), Asked::default());
    let meter = Meter::new(meter::Parts {
        budget: Arc::default(),
        allowance: Allowance {
            per_minute: u32::MAX,
            has_citizens: true,
        },
        visitor: Visitor::Citizen(CitizenId(citizen.to_owned())),
        clock: clock.clone(),
        log: log.clone(),
        trace: None,
        rehearsal,
    });
    RequestState::new(Parts {
        invocation,
        apis: apis.clone(),
        log,
        meter,
        limiter: Limiter::new(0, Arc::new(MemoryBudget::new(0))),
        slices: Arc::default(),
        began: clock.now(),
        outbound: Outbound::Nowhere,
    })
}

impl Holder {
    fn new(apis: &Arc<Apis>, citizen: &str) -> Self {
        let state = state(apis, citizen);
        let sub = apis.identity.session(&state.invocation).unwrap().sub;
        Self {
            state,
            sub,
            held: BTreeMap::new(),
        }
    }

    /// The next request of the same citizen.
    fn begin_anew(&mut self) {
        self.state.table = ResourceTable::new();
        self.held.clear();
    }

    fn take(&mut self, kind: Kind) {
        let handle = match kind {
            Kind::Principal => self.state.table.push(Principal).unwrap().rep(),
            Kind::Other => self.state.table.push("another's".to_owned()).unwrap().rep(),
        };
        assert_eq!(
            self.held.insert(handle, kind),
            None,
            "a handle that is held was given out again"
        );
    }

    async fn look(&mut self, handle: u32) {
        let seen = self.state.session(Resource::new_own(handle)).await;
        match self.held.get(&handle) {
            Some(Kind::Principal) => assert_eq!(seen.unwrap().sub, self.sub),
            known => assert!(seen.is_err(), "{handle} is {known:?}"),
        }
    }

    async fn drop(&mut self, handle: u32) {
        let known = self.held.get(&handle).copied();
        let dropped = self.state.drop(Resource::new_own(handle)).await;
        assert_eq!(
            dropped.is_ok(),
            known == Some(Kind::Principal),
            "{handle} is {known:?}"
        );
        // Wasmtime gives an object up even where its type is another one.
        self.held.remove(&handle);
    }
}

#[tokio::test]
async fn handles_lead_to_the_requests_own_principal_or_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let apis = apis(testing::platform(folder.path()).await).await;
    let mut holders = [Holder::new(&apis, "citizen_1"), Holder::new(&apis, "citizen_2")];
    assert_ne!(holders[0].sub, holders[1].sub);
    let random = Random::seeded(34);
    let mut drawn = [0; STEPS * 3];
    for _ in 0..SEQUENCES {
        random.fill(&mut drawn);
        holders.iter_mut().for_each(Holder::begin_anew);
        for step in drawn.chunks_exact(3) {
            let [who, what, which] = [step[0], step[1], step[2]];
            let holder = &mut holders[usize::from(who % 2)];
            let handle = match which {
                // Far beyond every table.
                255 => u32::MAX,
                which => u32::from(which % HANDLES),
            };
            match what % 8 {
                0 | 1 => holder.take(Kind::Principal),
                2 => holder.take(Kind::Other),
                3 => holder.drop(handle).await,
                _ => holder.look(handle).await,
            }
        }
    }
}
