//! The list of services for citizens, and its search.

use std::collections::BTreeMap;

use aim_gov::db::DbError;
use aim_gov::text::Localised;
use aim_gov::web::{Html, OrPage as _, PageContext, PageError, PageLang};
use askama::Template;
use axum::extract::{Path, Query, State};

use super::PortalText;
use crate::app::App;
use crate::domain::submission::{State as Progress, Submission};
use crate::store;

/// The most characters of a search; further ones are ignored.
const SEARCH_CHARS_MAX: usize = 100;

#[derive(Template)]
#[template(path = "portal_catalogue.html")]
pub(super) struct CataloguePage {
    context: PageContext,
    text: &'static PortalText,
    query: String,
    services: Vec<Card>,
}

struct Card {
    name: String,
    title: Localised,
    summary: Localised,
    organisation: String,
}

#[derive(serde::Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    Path(PageLang(lang)): Path<PageLang>,
    Query(search): Query<Search>,
) -> Result<Html<CataloguePage>, PageError> {
    let query: String = search.q.chars().take(SEARCH_CHARS_MAX).collect();
    let mut services = cards(&app).await.or_page(&context)?;
    services.retain(|card| card.matches(&query));
    Ok(Html(CataloguePage {
        context,
        text: PortalText::of(lang),
        query,
        services,
    }))
}

async fn cards(app: &App) -> Result<Vec<Card>, DbError> {
    let mut reader = app.platform.db.reader().await?;
    let mut names = BTreeMap::new();
    let mut cards = Vec::new();
    for submission in store::submission::live(&mut reader).await? {
        if !matches!(submission.state, Progress::Deployed { .. }) {
            continue;
        }
        let id = submission.organisation.0.clone();
        if !names.contains_key(&id) {
            let found = store::organisation::get(&mut reader, &submission.organisation).await?;
            names.insert(
                id.clone(),
                found.map(|organisation| organisation.name).unwrap_or_default(),
            );
        }
        cards.push(Card::of(submission, names.get(&id).cloned().unwrap_or_default()));
    }
    Ok(cards)
}

impl Card {
    fn of(submission: Submission, organisation: String) -> Self {
        let manifest = submission.manifest;
        Self {
            name: manifest.name.0,
            title: manifest.title,
            summary: manifest.summary,
            organisation,
        }
    }

    /// Whether every word of the search is in the texts, in any language.
    fn matches(&self, query: &str) -> bool {
        let mut all = format!("{} {}", self.name, self.organisation);
        for text in [&self.title, &self.summary] {
            for part in [Some(&text.az), text.en.as_ref(), text.ru.as_ref()]
                .into_iter()
                .flatten()
            {
                all.push(' ');
                all.push_str(part);
            }
        }
        let all = folded(&all);
        folded(query).split_whitespace().all(|word| all.contains(word))
    }
}

/// The text for comparison: in lower case, and without the diacritics that a keyboard may lack.
fn folded(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            // Unicode's lower case of `İ` has a second character, a dot above.
            'İ' => 'i'.to_lowercase(),
            c => c.to_lowercase(),
        })
        .map(|c| match c {
            'ə' => 'e',
            'ı' => 'i',
            'ö' => 'o',
            'ü' => 'u',
            'ğ' => 'g',
            'ş' => 's',
            'ç' => 'c',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_needs_no_azerbaijani_keyboard() {
        let card = Card {
            name: "communal-bills".to_owned(),
            title: Localised {
                az: "Kommunal borclar".to_owned(),
                en: Some("Utility bills".to_owned()),
                ru: None,
            },
            summary: Localised {
                az: "İşıq, su və qaz üçün ödəniş".to_owned(),
                en: None,
                ru: None,
            },
            organisation: "Odenis MMC".to_owned(),
        };
        for query in ["", "ISIQ", "işıq", "odenis", "Utility", "qaz kommunal", "ucun"] {
            assert!(card.matches(query), "{query}");
        }
        assert!(!card.matches("avtobus"));
        assert!(!card.matches("qaz avtobus"));
    }
}
