//! Runs deployed services on events.

use std::sync::Arc;

use aim_gov::invocation::{Availability, Service};
use aim_gov::life_events::{Attempt, Handler, Outcome, Unhandled};

use crate::limits::{EVENT_QUEUE_TIME, MEMORY_ADMISSION_BYTES};
use crate::runtime::Runtime;
use crate::serve;

/// Another version was deployed since the event was judged, or none is: it is judged again.
const OTHER_VERSION: Unhandled = Unhandled("other-version");
/// The service is not in force.
const NOT_IN_FORCE: Unhandled = Unhandled("service-not-in-force");
/// No permit or no memory was free in time.
const BUSY: Unhandled = Unhandled("busy");

/// The fault of a test space: the service does not hear of this attempt.
const LOST: Unhandled = Unhandled("attempt-lost");

#[async_trait::async_trait]
impl Handler for Runtime {
    async fn on_event(&self, service: &Arc<Service>, attempt: &Attempt) -> Result<Outcome, Unhandled> {
        let deployment = self.deployment(&service.id).ok_or(OTHER_VERSION)?;
        // What was judged is this version's approval.
        if !Arc::ptr_eq(&deployment.service, service) {
            return Err(OTHER_VERSION);
        }
        if !deployment.backing.history.memory.has(MEMORY_ADMISSION_BYTES) {
            return Err(BUSY);
        }
        let permits = tokio::time::timeout(EVENT_QUEUE_TIME, self.permits(&deployment));
        let permits = permits.await.map_err(|_| BUSY)?.map_err(|_| BUSY)?;
        // It may have been suspended while the event waited.
        if service.availability(self.now()) != Availability::Open {
            return Err(NOT_IN_FORCE);
        }
        if self.is_lost() {
            return Err(LOST);
        }
        let outcome = serve::on_event(self.shared(), &deployment, attempt, permits).await;
        if outcome == Ok(Outcome::Done) && self.comes_twice() {
            // What the second delivery answers changes nothing: the event is done.
            let permits = self.permits(&deployment).await.map_err(|_| BUSY)?;
            let again = serve::on_event(self.shared(), &deployment, attempt, permits).await;
            tracing::debug!(?again, "life-events.delivered twice");
        }
        outcome
    }
}
