//! The list of data sets, with its search.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use url::form_urlencoded::Serializer;

use crate::open_data::pages::OpenDataText;
use crate::open_data::search::{self, SEARCH_TEXT_CHARS_MAX};
use crate::open_data::{Dataset, OpenData, Page, SearchQuery};
use crate::text::Locale;
use crate::web::{Html, PageContext, PageError, date};

/// Data sets on one page.
const PAGE_DATASETS: u32 = 20;

/// The search form.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    theme: String,
    start: u32,
}

#[derive(Template)]
#[template(path = "open_data/list.html")]
struct ListPage {
    context: PageContext,
    text: &'static OpenDataText,
    asked: Asked,
    found: Page,
}

impl ListPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    #[expect(clippy::unused_self, reason = "the template calls it as a method")]
    fn modified(&self, dataset: &Dataset) -> String {
        date(dataset.modified)
    }

    #[expect(clippy::unused_self, reason = "the template calls it as a method")]
    fn text_max(&self) -> usize {
        SEARCH_TEXT_CHARS_MAX
    }

    /// The address of the page before this one.
    fn newer(&self) -> Option<String> {
        (self.asked.start > 0).then(|| self.at(self.asked.start.saturating_sub(PAGE_DATASETS)))
    }

    /// The address of the page after this one.
    fn older(&self) -> Option<String> {
        let next = self.asked.start.saturating_add(PAGE_DATASETS);
        (u64::from(next) < self.found.count).then(|| self.at(next))
    }

    fn at(&self, start: u32) -> String {
        let query = Serializer::new(String::new())
            .append_pair("q", &self.asked.q)
            .append_pair("theme", &self.asked.theme)
            .append_pair("start", &start.to_string())
            .finish();
        format!("/{}/open-data?{query}", self.lang())
    }
}

/// `GET /{lang}/open-data?q=…&theme=…&start=…`
pub(super) async fn show(
    context: PageContext,
    State(open_data): State<OpenData>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    let refused = |context: &PageContext| PageError::new(context.clone(), StatusCode::BAD_REQUEST);
    let Ok(Query(asked)) = asked else {
        return Err(refused(&context));
    };
    let query = SearchQuery {
        text: asked.q.clone(),
        theme: Some(asked.theme.clone())
            .filter(|theme| !theme.is_empty())
            .into_iter()
            .collect(),
        start: asked.start,
        rows: PAGE_DATASETS,
        ..SearchQuery::default()
    };
    let found = search::run(&open_data.catalogue(), &query).map_err(|_| refused(&context))?;
    Ok(Html(ListPage {
        text: OpenDataText::of(context.lang),
        context,
        asked,
        found,
    })
    .into_response())
}
