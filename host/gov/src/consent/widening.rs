//! What an approval has that an agreement does not cover. An agreement covers what is the same or
//! narrower; anything wider asks the citizen again and is shown on the screen.

use std::collections::BTreeSet;

use super::agreement::{Terms, bill_codes, events, hosts};
use super::record::{Record, State};
use crate::event_type::EventType;
use crate::grant::{Attribute, Capability, FetchType, LawfulBasis, Purpose};
use crate::invocation::Service;
use crate::service_code;
use crate::text::Localised;

/// One thing that is new since the citizen agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Widening {
    /// Another organisation answers for the service: its name.
    Organisation(String),
    Purpose,
    Basis(LawfulBasis),
    /// One more piece of data.
    Attribute(Attribute),
    /// Bills of one more budget account: its code.
    Bills(String),
    /// One-time instead of periodic reading, or the reverse: the citizen agreed to the
    /// other, and the agreement's end depends on it.
    Frequency(FetchType),
    /// A longer retention.
    Retention {
        from: u32,
        to: u32,
    },
    /// One more recipient of the manifest.
    Recipient(String),
    /// One more system outside the platform.
    Host(String),
    /// One more capability.
    Capability(Capability),
    /// One more event that the service is told of.
    Event(EventType),
    /// The citizen has not signed for data that needs it.
    Signature,
}

/// What the approved purpose has that the agreement in `record` does not cover; empty where it covers all.
pub fn widenings(record: &Record, service: &Service, purpose: &Purpose) -> Vec<Widening> {
    let Terms {
        controller,
        purpose_text,
        basis,
        recipients,
        hosts: agreed_hosts,
        retention_days,
        attributes,
        optional,
        bill_codes: agreed_codes,
        capabilities,
        events: agreed_events,
        // The title and the version name the service; the test's end is the record's own end.
        service_title: _,
        service_version: _,
        test_ends: _,
    } = &record.terms;
    let Purpose {
        code: _,
        // How long an agreement lasts was fixed when it was given.
        valid_days: _,
        text,
        basis: basis_now,
        attributes: _,
        // What a citizen may leave out is nothing that an agreement lacks.
        optional: _,
        fetch,
        retention_days: retention_now,
        recipients: recipients_now,
    } = purpose;
    let mut found = organisation(controller, service);
    if !same_words(purpose_text, text) {
        found.push(Widening::Purpose);
    }
    if basis != basis_now {
        found.push(Widening::Basis(*basis_now));
    }
    let left_out = |needed: &Attribute| optional.contains(needed) && !record.attributes.contains(needed);
    let needed = purpose.required().into_iter();
    found.extend(
        needed
            .filter(|needed| !attributes.contains(needed) || left_out(needed))
            .map(Widening::Attribute),
    );
    found.extend(
        bill_codes(service, purpose)
            .into_iter()
            .filter(|code| {
                !agreed_codes
                    .iter()
                    .any(|agreed| service_code::within(code, agreed))
            })
            .map(Widening::Bills),
    );
    if record.fetch != *fetch {
        found.push(Widening::Frequency(*fetch));
    }
    if retention_now > retention_days {
        found.push(Widening::Retention {
            from: *retention_days,
            to: *retention_now,
        });
    }
    found.extend(
        recipients_now
            .iter()
            .filter(|recipient| !recipients.contains(recipient))
            .cloned()
            .map(Widening::Recipient),
    );
    found.extend(new_hosts(agreed_hosts, service));
    found.extend(
        service
            .grant
            .capabilities
            .difference(capabilities)
            .copied()
            .map(Widening::Capability),
    );
    found.extend(
        events(&service.grant, purpose)
            .difference(agreed_events)
            .copied()
            .map(Widening::Event),
    );
    if record.lacks_signature() {
        found.push(Widening::Signature);
    }
    found
}

impl Record {
    /// Whether the agreement is in force and covers everything that the purpose needs now.
    pub(super) fn is_whole(&self, service: &Service, purpose: &Purpose) -> bool {
        let mut needed = purpose.required().into_iter();
        self.state == State::Active
            && needed.all(|attribute| self.attributes.contains(&attribute))
            && widenings(self, service, purpose).is_empty()
    }
}

/// Whether another organisation answers for the service than the one that the citizen was told of.
pub(super) fn organisation(agreed: &str, service: &Service) -> Vec<Widening> {
    if agreed == service.controller {
        Vec::new()
    } else {
        vec![Widening::Organisation(service.controller.clone())]
    }
}

/// The hosts that the citizen was not told of.
pub(super) fn new_hosts(agreed: &BTreeSet<String>, service: &Service) -> Vec<Widening> {
    hosts(&service.grant)
        .difference(agreed)
        .cloned()
        .map(Widening::Host)
        .collect()
}

/// A translation that was added or taken away changes nothing that the citizen read; another text does.
fn same_words(agreed: &Localised, now: &Localised) -> bool {
    let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    agreed.az == now.az && same(&agreed.en, &now.en) && same(&agreed.ru, &now.ru)
}
