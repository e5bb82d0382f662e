//! The differences between a new version's manifest and the running one's.

use std::collections::BTreeSet;

use aim_gov::documents::{DocumentKind, PresentationTerms};
use aim_gov::event_type::EventType;
use aim_gov::grant::{Attribute, Capability};
use aim_gov::notifications::Template;
use aim_gov::signature::{Assurance, Format};

use crate::manifest::{LimitField, Manifest};

/// One difference between two manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    CapabilityAdded(Capability),
    CapabilityRemoved(Capability),
    PurposeAdded(String),
    PurposeRemoved(String),
    /// Text, basis, frequency, times or recipients of a purpose.
    PurposeTerms(String),
    AttributeAdded {
        purpose: String,
        attribute: Attribute,
    },
    AttributeRemoved {
        purpose: String,
        attribute: Attribute,
    },
    ServiceCodeAdded(String),
    ServiceCodeRemoved(String),
    /// A message template: its id.
    TemplateAdded(String),
    TemplateRemoved(String),
    TemplateChanged(String),
    /// A kind of documents: its code.
    DocumentAdded(String),
    DocumentRemoved(String),
    DocumentChanged(String),
    /// A reason to ask for documents: its code.
    PresentationAdded(String),
    PresentationRemoved(String),
    PresentationChanged(String),
    /// A form of signatures, and what they are worth.
    SignatureFormatAdded(Format),
    SignatureFormatRemoved(Format),
    AssuranceAdded(Assurance),
    AssuranceRemoved(Assurance),
    /// Whether citizens name others who sign with them.
    NamingAdded,
    NamingRemoved,
    EventAdded(EventType),
    EventRemoved(EventType),
    /// An operation of another agency's registry: its code.
    OperationAdded(String),
    OperationRemoved(String),
    HostAdded(String),
    HostRemoved(String),
    AuthorizationAdded,
    AuthorizationRemoved,
    LimitRaised {
        limit: LimitField,
        from: u64,
        to: u64,
    },
    LimitLowered {
        limit: LimitField,
        from: u64,
        to: u64,
    },
}

impl Change {
    /// Whether the new version could do more than the running one.
    pub fn widens(&self) -> bool {
        match self {
            Self::CapabilityAdded(_)
            | Self::PurposeAdded(_)
            | Self::PurposeTerms(_)
            | Self::AttributeAdded { .. }
            | Self::ServiceCodeAdded(_)
            | Self::TemplateAdded(_)
            | Self::TemplateChanged(_)
            | Self::DocumentAdded(_)
            | Self::DocumentChanged(_)
            | Self::PresentationAdded(_)
            | Self::PresentationChanged(_)
            | Self::SignatureFormatAdded(_)
            | Self::NamingAdded
            | Self::AssuranceAdded(_)
            | Self::EventAdded(_)
            | Self::OperationAdded(_)
            | Self::HostAdded(_)
            | Self::AuthorizationAdded
            | Self::LimitRaised { .. } => true,
            Self::CapabilityRemoved(_)
            | Self::PurposeRemoved(_)
            | Self::AttributeRemoved { .. }
            | Self::ServiceCodeRemoved(_)
            | Self::TemplateRemoved(_)
            | Self::DocumentRemoved(_)
            | Self::PresentationRemoved(_)
            | Self::SignatureFormatRemoved(_)
            | Self::NamingRemoved
            | Self::AssuranceRemoved(_)
            | Self::EventRemoved(_)
            | Self::OperationRemoved(_)
            | Self::HostRemoved(_)
            | Self::AuthorizationRemoved
            | Self::LimitLowered { .. } => false,
        }
    }
}

/// The differences, those that widen first.
pub fn changes(running: &Manifest, new: &Manifest) -> Vec<Change> {
    let mut found = Vec::new();
    sets(
        &mut found,
        &running.capabilities,
        &new.capabilities,
        Change::CapabilityAdded,
        Change::CapabilityRemoved,
    );
    purposes(&mut found, running, new);
    sets(
        &mut found,
        &running.payment_service_codes,
        &new.payment_service_codes,
        Change::ServiceCodeAdded,
        Change::ServiceCodeRemoved,
    );
    templates(&mut found, running, new);
    documents(&mut found, running, new);
    presentations(&mut found, running, new);
    sets(
        &mut found,
        &running.signature.formats,
        &new.signature.formats,
        Change::SignatureFormatAdded,
        Change::SignatureFormatRemoved,
    );
    sets(
        &mut found,
        &running.signature.assurances,
        &new.signature.assurances,
        Change::AssuranceAdded,
        Change::AssuranceRemoved,
    );
    match (running.signature.named_by_citizen, new.signature.named_by_citizen) {
        (false, true) => found.push(Change::NamingAdded),
        (true, false) => found.push(Change::NamingRemoved),
        (true, true) | (false, false) => {}
    }
    sets(
        &mut found,
        &running.events.types,
        &new.events.types,
        Change::EventAdded,
        Change::EventRemoved,
    );
    sets(
        &mut found,
        &running.exchange_operations,
        &new.exchange_operations,
        Change::OperationAdded,
        Change::OperationRemoved,
    );
    sets(
        &mut found,
        &running.outbound_hosts,
        &new.outbound_hosts,
        Change::HostAdded,
        Change::HostRemoved,
    );
    match (running.authorization, new.authorization) {
        (false, true) => found.push(Change::AuthorizationAdded),
        (true, false) => found.push(Change::AuthorizationRemoved),
        _ => {}
    }
    for limit in LimitField::ALL.iter().copied() {
        let (from, to) = (running.limits.get(limit), new.limits.get(limit));
        match from.cmp(&to) {
            std::cmp::Ordering::Less => found.push(Change::LimitRaised { limit, from, to }),
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => found.push(Change::LimitLowered { limit, from, to }),
        }
    }
    found.sort_by_key(|change| !change.widens());
    found
}

fn sets<T: Ord + Clone>(
    found: &mut Vec<Change>,
    old: &BTreeSet<T>,
    new: &BTreeSet<T>,
    added: fn(T) -> Change,
    removed: fn(T) -> Change,
) {
    found.extend(new.difference(old).cloned().map(added));
    found.extend(old.difference(new).cloned().map(removed));
}

fn templates(found: &mut Vec<Change>, running: &Manifest, new: &Manifest) {
    for template in &new.templates {
        match running.templates.iter().find(|old| old.id == template.id) {
            None => found.push(Change::TemplateAdded(template.id.clone())),
            Some(old) if old != template => found.push(Change::TemplateChanged(template.id.clone())),
            Some(_) => {}
        }
    }
    let gone = |old: &&Template| !new.templates.iter().any(|template| template.id == old.id);
    let gone = running.templates.iter().filter(gone);
    found.extend(gone.map(|old| Change::TemplateRemoved(old.id.clone())));
}

fn documents(found: &mut Vec<Change>, running: &Manifest, new: &Manifest) {
    for kind in &new.documents {
        match running.documents.iter().find(|old| old.code == kind.code) {
            None => found.push(Change::DocumentAdded(kind.code.clone())),
            Some(old) if old != kind => found.push(Change::DocumentChanged(kind.code.clone())),
            Some(_) => {}
        }
    }
    let gone = |old: &&DocumentKind| !new.documents.iter().any(|kind| kind.code == old.code);
    let gone = running.documents.iter().filter(gone);
    found.extend(gone.map(|old| Change::DocumentRemoved(old.code.clone())));
}

fn presentations(found: &mut Vec<Change>, running: &Manifest, new: &Manifest) {
    for terms in &new.presentations {
        match running.presentations.iter().find(|old| old.code == terms.code) {
            None => found.push(Change::PresentationAdded(terms.code.clone())),
            Some(old) if old != terms => found.push(Change::PresentationChanged(terms.code.clone())),
            Some(_) => {}
        }
    }
    let gone = |old: &&PresentationTerms| !new.presentations.iter().any(|terms| terms.code == old.code);
    let gone = running.presentations.iter().filter(gone);
    found.extend(gone.map(|old| Change::PresentationRemoved(old.code.clone())));
}

fn purposes(found: &mut Vec<Change>, running: &Manifest, new: &Manifest) {
    for purpose in &new.purposes {
        let Some(old) = running.purposes.iter().find(|old| old.code == purpose.code) else {
            found.push(Change::PurposeAdded(purpose.code.clone()));
            continue;
        };
        let code = &purpose.code;
        for attribute in purpose.attributes.difference(&old.attributes) {
            found.push(Change::AttributeAdded {
                purpose: code.clone(),
                attribute: *attribute,
            });
        }
        for attribute in old.attributes.difference(&purpose.attributes) {
            found.push(Change::AttributeRemoved {
                purpose: code.clone(),
                attribute: *attribute,
            });
        }
        let terms = aim_gov::grant::Purpose {
            attributes: old.attributes.clone(),
            ..purpose.clone()
        };
        if terms != *old {
            found.push(Change::PurposeTerms(code.clone()));
        }
    }
    for old in &running.purposes {
        if !new.purposes.iter().any(|purpose| purpose.code == old.code) {
            found.push(Change::PurposeRemoved(old.code.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(rest: &str) -> Manifest {
        let start = "name = 'water-meter'\nversion = '1.0.0'\ncontact = 'a@b.example'\ntitle = { az = 'Su' }\nsummary = { az = 'Su' }\n";
        Manifest::parse(&format!("{start}{rest}")).unwrap()
    }

    #[test]
    fn another_claim_to_ask_for_is_a_change() {
        let with = |claims: &str| {
            manifest(&format!(
                "capabilities = ['documents']\n[[presentation]]\ncode = 'discount'\ntext = {{ az = 'Endirim' }}\n\
                 presenters = ['current']\n[[presentation.document]]\nkind = 'library/card'\nclaims = [{claims}]"
            ))
        };
        let (old, new) = (with("'name'"), with("'name', 'born'"));
        let code = || "discount".to_owned();
        assert_eq!(changes(&old, &new), [Change::PresentationChanged(code())]);
        assert!(changes(&old, &new).iter().all(Change::widens));
        let none = manifest("capabilities = []");
        assert!(changes(&none, &new).contains(&Change::PresentationAdded(code())));
        assert!(changes(&new, &none).contains(&Change::PresentationRemoved(code())));
    }

    #[test]
    fn widening_changes_come_first() {
        let old = manifest(
            "capabilities = ['identity', 'random']\n[[purpose]]\ncode = 'greet'\ntext = { az = 'Salam' }\nattributes = ['name']\n[limits]\ndays = 30\ncitizens = 10",
        );
        let new = manifest(
            "capabilities = ['identity', 'clock']\n[[purpose]]\ncode = 'greet'\ntext = { az = 'Salam' }\nattributes = ['name', 'fin']\nretention-days = 5\n[limits]\ndays = 20\ncitizens = 20\n[requests]\nauthorization = true",
        );
        assert_eq!(
            changes(&old, &new),
            [
                Change::CapabilityAdded(Capability::Clock),
                Change::AttributeAdded {
                    purpose: "greet".to_owned(),
                    attribute: Attribute::Fin
                },
                Change::PurposeTerms("greet".to_owned()),
                Change::AuthorizationAdded,
                Change::LimitRaised {
                    limit: LimitField::Citizens,
                    from: 10,
                    to: 20
                },
                Change::CapabilityRemoved(Capability::Random),
                Change::LimitLowered {
                    limit: LimitField::Days,
                    from: 30,
                    to: 20
                },
            ]
        );
        assert_eq!(changes(&new, &new), []);
        let back = changes(&new, &old);
        let removed = back
            .iter()
            .find(|change| **change == Change::AuthorizationRemoved);
        assert!(removed.is_some_and(|change| !change.widens()), "{back:?}");
    }
}
