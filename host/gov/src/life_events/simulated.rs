//! Events as they could come, for the vetting of a service that subscribes to them.

use super::LifeEvents;
use super::event::Event;
use super::handler::Attempt;
use super::store::{TIMER, new_event_id};
use crate::event_type::EventType;
use crate::invocation::{CitizenId, ServiceId};

impl LifeEvents {
    /// The first attempt to deliver an event of this type about a citizen.
    pub fn simulated(&self, service: &ServiceId, citizen: &CitizenId, event_type: EventType) -> Attempt {
        let now = self.platform.clock.now();
        let random = &self.platform.random;
        let (object, name) = match event_type {
            EventType::TimerDue => (Some(random.id(TIMER, now)), Some("reminder".to_owned())),
        };
        Attempt {
            request_id: random.id("req", now),
            event: Event {
                id: new_event_id(random, now),
                event_type,
                subject: Some(self.identity.sub(service, citizen)),
                time: now,
                object,
                name,
                content_type: None,
                data: None,
            },
            number: 1,
            first: now,
            is_final: false,
        }
    }
}
