//! Which documents of a citizen fit what is asked for.

use super::stored::{Stored, Wanted};
use crate::clock::Timestamp;
use crate::documents::document::{Acceptance, Document, State};
use crate::presentation_terms::kind_name;

/// A wanted document, and those of the citizen that will do.
#[derive(Clone, Debug)]
pub struct Fitting {
    pub wanted: Wanted,
    pub documents: Vec<Document>,
}

/// An option for which the citizen has a document each time.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The place of the option in the request.
    pub option: usize,
    pub fitting: Vec<Fitting>,
}

/// Whether a document will do: of a kind that is wanted, with each claim, accepted, and to be relied on.
pub(super) fn fits(document: &Document, wanted: &Wanted, now: Timestamp) -> bool {
    let kind = kind_name(&document.service.0, &document.kind.code);
    document.acceptance(now) == Acceptance::Accepted
        && document.state(now) == State::Valid
        && wanted.kinds.contains(&kind)
        && wanted
            .claims
            .iter()
            .all(|claim| document.claims.contains_key(claim))
}

/// The options that these documents of one citizen satisfy, in the order of the request.
pub(super) fn choices(stored: &Stored, documents: &[Document], now: Timestamp) -> Vec<Choice> {
    let mut found = Vec::new();
    for (option, ids) in stored.options.iter().enumerate() {
        let wanted = ids.iter().filter_map(|id| stored.wanted(id));
        let fitting: Vec<Fitting> = wanted
            .map(|wanted| Fitting {
                wanted: wanted.clone(),
                documents: documents
                    .iter()
                    .filter(|document| fits(document, wanted, now))
                    .cloned()
                    .collect(),
            })
            .collect();
        if fitting.iter().all(|one| !one.documents.is_empty()) {
            found.push(Choice { option, fitting });
        }
    }
    found
}
