//! Runs a service that exports `aim:gov/event-handler` on one event.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use aim_gov::invocation::Invocation;
use aim_gov::life_events::{Attempt, Outcome, Unhandled};
use aim_gov::text::Locale;
use futures::FutureExt as _;

use super::failure::Failure;
use super::{Permits, Running, Shared, Ticket, meter_of, store};
use crate::background::Guest;
use crate::deployment::Deployment;
use crate::limits::EVENT_TIME;
use crate::log::Level;
use crate::meter::Visitor;

/// Where a screen of the host would lead back to; a handler has no citizen to send there.
const RETURN_PATH: &str = "/";

/// Runs the service on one attempt in a fresh store.
///
/// # Errors
/// [`Unhandled`], after the line for the developer.
pub(crate) async fn on_event(
    shared: &Shared,
    deployment: &Deployment,
    attempt: &Attempt,
    permits: Permits,
) -> Result<Outcome, Unhandled> {
    let event_type = attempt.event.event_type.code();
    let ticket = Ticket::numbered(
        deployment,
        attempt.request_id.clone(),
        &format!("EVENT {event_type}"),
        Locale::default(),
    );
    let ran = run(shared, deployment, attempt, &ticket, permits);
    // A panic of a host function ends this attempt and nothing else.
    let ran = AssertUnwindSafe(ran).catch_unwind().await;
    match ran.unwrap_or(Err(Failure::Host)) {
        Ok(outcome) => {
            if let Outcome::Reject(code) = &outcome {
                let message = format!(
                    "the service rejected event {} ({event_type}) with `{}`; it is among the dead letters",
                    attempt.event.id,
                    code.escape_default()
                );
                ticket.log.host(Level::Warn, "event-rejected", &message);
            }
            Ok(outcome)
        }
        Err(failure) => {
            failure.log(&ticket.log);
            Err(Unhandled(failure.code()))
        }
    }
}

async fn run(
    shared: &Shared,
    deployment: &Deployment,
    attempt: &Attempt,
    ticket: &Ticket,
    permits: Permits,
) -> Result<Outcome, Failure> {
    let Some(pre) = deployment.events.clone() else {
        return Err(Failure::NoEventHandler);
    };
    let meter = meter_of(deployment, Visitor::Platform, ticket);
    let invocation = Invocation {
        service: deployment.service.clone(),
        session: None,
        request_id: ticket.id().to_owned(),
        return_path: RETURN_PATH.to_owned(),
        locale: ticket.locale,
        usage: meter.usage().clone(),
    };
    let running = Running {
        store: store(shared, deployment, invocation, meter, ticket),
        _permits: Arc::new(permits),
    };
    let slices = running.store.data().slices.clone();
    let delivery = attempt.clone().into();
    let guest = async move {
        // The whole of it: with its store alone, the permits would stay behind.
        let mut running = running;
        let store = &mut running.store;
        let called = async {
            let instance = pre.instantiate_async(&mut *store).await?;
            instance
                .aim_gov_event_handler()
                .call_on_event(&mut *store, &delivery)
                .await
        };
        called.await.map_err(|error| Failure::Trap {
            error,
            out_of_memory: store.data().limiter.refused,
        })
    };
    let service = deployment.service.clone();
    let guest = Guest::new(guest, slices, service, shared.background.clone());
    let deadline = shared.request_time.min(EVENT_TIME);
    match tokio::time::timeout(deadline, guest).await {
        Ok(outcome) => Ok(outcome?.into()),
        Err(_) => Err(Failure::Time),
    }
}
