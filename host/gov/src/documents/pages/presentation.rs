//! The pages on which citizens show documents to services.

pub(super) mod answer;
pub(super) mod counter;
pub(super) mod list;
pub(super) mod one;
pub(super) mod take;

use axum::http::StatusCode;

use super::Pages;
use crate::documents::presentation::{Stored, Wanted};
use crate::documents::words::PresentationText;
use crate::presentation_terms::kind_name;
use crate::text::{Locale, Localised};
use crate::web::{PageContext, PageError};

/// The list's path after the language.
pub(super) const LIST: &str = "/my/presentations";

/// A text of somebody, and the language that it is in.
struct Named {
    text: String,
    lang: Locale,
}

impl Named {
    fn of(text: &Localised, lang: Locale) -> Self {
        Self {
            text: text.get(lang).to_owned(),
            lang: text.lang(lang),
        }
    }
}

/// A wanted document as people read it.
struct Asked {
    /// The kinds that will do.
    kinds: Vec<Named>,
    /// The claims that are needed.
    claims: Vec<Named>,
}

/// What is asked for: each option with its documents.
fn asked(pages: &Pages, stored: &Stored, lang: Locale) -> Vec<Vec<Asked>> {
    let options = stored.options.iter();
    options
        .map(|ids| {
            let wanted = ids.iter().filter_map(|id| stored.wanted(id));
            wanted.map(|wanted| described(pages, wanted, lang)).collect()
        })
        .collect()
}

/// Kinds and claims by the names that their issuers give them now; by their codes where the issuer is not deployed.
fn described(pages: &Pages, wanted: &Wanted, lang: Locale) -> Asked {
    let mut kinds = Vec::new();
    let mut claims: Vec<Option<Named>> = wanted.claims.iter().map(|_| None).collect();
    for name in &wanted.kinds {
        let issuer = name.split_once('/').map(|(service, _)| service);
        let issuer = issuer.and_then(|service| {
            let id = crate::invocation::ServiceId(service.to_owned());
            pages.services.find(&id)
        });
        let kind = issuer.as_ref().and_then(|issuer| {
            let mut kinds = issuer.grant.documents.iter();
            kinds.find(|kind| kind_name(&issuer.id.0, &kind.code) == *name)
        });
        let Some((issuer, kind)) = issuer.as_ref().zip(kind) else {
            kinds.push(code(name, lang));
            continue;
        };
        let title = Named::of(&kind.title, lang);
        kinds.push(Named {
            text: format!("{} ({})", title.text, issuer.controller),
            ..title
        });
        for (found, claim) in claims.iter_mut().zip(&wanted.claims) {
            let rule = kind.claim(claim);
            *found = found
                .take()
                .or_else(|| rule.map(|rule| Named::of(&rule.title, lang)));
        }
    }
    let claims = claims.into_iter().zip(&wanted.claims);
    Asked {
        kinds,
        claims: claims
            .map(|(found, name)| found.unwrap_or_else(|| code(name, lang)))
            .collect(),
    }
}

fn code(name: &str, lang: Locale) -> Named {
    Named {
        text: name.to_owned(),
        lang,
    }
}

/// An error page about a presentation, with the way back to it.
fn refusal(context: PageContext, status: StatusCode, (title, text): (&str, &str), id: &str) -> PageError {
    let back = format!("/{}{LIST}/{id}", context.lang);
    let label = PresentationText::of(context.lang).back_to_presentation.clone();
    PageError::with_text(context, status, title.to_owned(), text.to_owned()).with_link(back, label)
}
