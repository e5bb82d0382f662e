//! `recent` of `wit/life-events.wit`: what a service can catch up on.

use futures::FutureExt as _;

use super::allowed::NotAllowed;
use super::event::Event;
use super::store::Stored;
use super::{LifeEvents, VISIBLE_DAYS, allowed};
use crate::audit::{self, Entry};
use crate::clock::DAY_MS;
use crate::error::GovError;
use crate::grant::Capability;
use crate::invocation::Invocation;
use crate::outbox::is_event_id;
use crate::sql;

/// Events on one page.
const PAGE_EVENTS_MAX: usize = 100;

/// One page of events, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub events: Vec<Event>,
    /// For the next page; `None` on the last one.
    pub cursor: Option<String>,
}

impl LifeEvents {
    /// The events of the last [`VISIBLE_DAYS`] for this service, delivered or not. Those that it may no longer learn
    /// of are left out, so that a page can have fewer events than the most. Each citizen's log says that the service
    /// read events about them.
    ///
    /// # Errors
    /// `invalid-request` (`cursor-malformed`).
    pub async fn recent(&self, invocation: &Invocation, cursor: Option<String>) -> Result<Page, GovError> {
        let entry = Entry::of(invocation, Capability::LifeEvents, "recent");
        let (asking, identity) = (invocation.clone(), self.identity.clone());
        let random = self.platform.random.clone();
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    if cursor.as_ref().is_some_and(|cursor| !is_event_id(cursor)) {
                        return Err(GovError::invalid(
                            "cursor-malformed",
                            "`cursor` has to come from the previous page",
                        ));
                    }
                    let more = i64::try_from(PAGE_EVENTS_MAX)
                        .unwrap_or(i64::MAX)
                        .saturating_add(1);
                    let mut found: Vec<Stored> = sql!(
                        "life_events/page",
                        &asking.service.id,
                        cursor.unwrap_or_default(),
                        now.plus_ms(-VISIBLE_DAYS * DAY_MS),
                        more
                    )
                    .all(tx)
                    .await?;
                    let mut cursor = None;
                    if found.len() > PAGE_EVENTS_MAX {
                        found.truncate(PAGE_EVENTS_MAX);
                        cursor = found.last().map(|last| last.id.clone());
                    }
                    let mut events = Vec::with_capacity(found.len());
                    for event in found {
                        let sight = match allowed::check(tx, &asking.service, &event, now).await {
                            Ok(sight) => sight,
                            Err(NotAllowed::Refused(
                                fault @ (GovError::Unavailable(_) | GovError::UnknownOutcome(_)),
                            )) => return Err(fault),
                            Err(_) => continue,
                        };
                        if event.citizen.is_some() {
                            let basis = sight.basis;
                            let about = Entry {
                                attributes: basis.iter().map(|basis| basis.attribute).collect(),
                                consent_id: basis.as_ref().map(|basis| basis.consent.clone()),
                                purpose: basis.map(|basis| basis.purpose),
                                citizen: event.citizen.clone(),
                                object: Some(event.id.clone()),
                                ..entry.clone()
                            };
                            audit::append(tx, &random, now, &about, audit::ALLOWED).await?;
                        }
                        events.push(event.shown(&identity, sight.naming, &asking.service));
                    }
                    Ok(Page { events, cursor })
                }
                .boxed()
            })
            .await
    }
}
