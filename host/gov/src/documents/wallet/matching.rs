//! Which documents of a citizen fit what a site asks for, and which of their claims it would learn.

use super::stored::Stored;
use super::wanted::{Wanted, WantedClaim};
use crate::clock::Timestamp;
use crate::documents::document::{Acceptance, Document, State};

/// A document that fits, with the claims that are shown.
#[derive(Clone, Debug)]
pub struct Offer {
    pub document: Document,
    pub claims: Vec<String>,
}

/// A document that is asked for, and those of the citizen that will do.
#[derive(Clone, Debug)]
pub struct Fitting {
    /// The id in the request.
    pub id: String,
    pub offers: Vec<Offer>,
}

/// A combination for which the citizen has a document each time.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The place of the combination in the request.
    pub option: usize,
    pub fitting: Vec<Fitting>,
}

/// The claims that are shown of a document; `None` if it will not do: of another kind, without the claims or with other
/// values, not accepted, or not to be relied on.
pub(super) fn fits(document: &Document, wanted: &Wanted, now: Timestamp) -> Option<Vec<String>> {
    if document.acceptance(now) != Acceptance::Accepted || document.state(now) != State::Valid {
        return None;
    }
    let kind = wanted
        .kinds
        .iter()
        .find(|kind| kind.digest == document.kind_digest)?;
    let has = |claim: &WantedClaim| {
        document.claims.get(&claim.name).is_some_and(|value| {
            let values = claim.values.as_ref();
            values.is_none_or(|values| values.contains(value))
        })
    };
    let set = kind.claim_sets.iter().find(|set| set.iter().all(has))?;
    Some(set.iter().map(|claim| claim.name.clone()).collect())
}

/// The combinations that these documents of one citizen satisfy, in the order of the request.
pub(super) fn choices(stored: &Stored, documents: &[Document], now: Timestamp) -> Vec<Choice> {
    let mut found = Vec::new();
    for (option, ids) in stored.options.iter().enumerate() {
        let wanted = ids.iter().filter_map(|id| stored.wanted(id));
        let fitting: Vec<Fitting> = wanted
            .map(|wanted| Fitting {
                id: wanted.id.clone(),
                offers: documents
                    .iter()
                    .filter_map(|document| {
                        Some(Offer {
                            claims: fits(document, wanted, now)?,
                            document: document.clone(),
                        })
                    })
                    .collect(),
            })
            .collect();
        if fitting.iter().all(|one| !one.offers.is_empty()) {
            found.push(Choice { option, fitting });
        }
    }
    found
}
