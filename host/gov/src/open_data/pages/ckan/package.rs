//! `package_list`, `package_search`, `package_show` and their variants: data sets.

use serde_json::{Value as Json, json};

use super::arguments::Arguments;
use super::{ActionResult, Failure, clauses, facets, form};
use crate::open_data::search::{self, Direction, SEARCH_ROWS_MAX, SortKey};
use crate::open_data::{Catalogue, Dataset, SearchQuery};

/// The default number of data sets (CKAN's own).
const ROWS: u32 = 10;
/// Arguments with a single supported value.
pub(super) const FIXED: [(&str, &str); 4] = [
    ("include_drafts", "false"),
    ("include_private", "false"),
    ("use_default_schema", "false"),
    ("type", "dataset"),
];

/// A number of things, at most as many as there can be.
pub(super) fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

pub(super) fn list(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["limit", "offset"], &FIXED)?;
    let (skip, take) = (
        arguments.number("offset", 0)?,
        arguments.number("limit", u32::MAX)?,
    );
    let mut names: Vec<&str> = catalogue
        .datasets()
        .map(|dataset| dataset.identifier.as_str())
        .collect();
    names.sort_unstable();
    let page: Vec<&str> = names.into_iter().skip(count(skip)).take(count(take)).collect();
    Ok(json!(page))
}

pub(super) fn current(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["limit", "offset", "page"], &FIXED)?;
    let limit = arguments.number("limit", SEARCH_ROWS_MAX)?.min(SEARCH_ROWS_MAX);
    let page = arguments.number("page", 1)?.saturating_sub(1);
    let wanted = SearchQuery {
        sort: vec![
            (SortKey::Modified, Direction::Descending),
            (SortKey::Identifier, Direction::Ascending),
        ],
        start: arguments.number("offset", page.saturating_mul(limit))?,
        rows: limit,
        ..SearchQuery::default()
    };
    let found = search::run(catalogue, &wanted).map_err(|error| Failure::of(error, "limit"))?;
    Ok(found
        .results
        .iter()
        .map(|dataset| form::package(catalogue, dataset))
        .collect())
}

pub(super) fn search(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    const KNOWN: [&str; 10] = [
        "q",
        "fq",
        "fq_list",
        "sort",
        "start",
        "rows",
        "facet",
        "facet.field",
        "facet.limit",
        "facet.mincount",
    ];
    let arguments = arguments.only(&KNOWN, &FIXED)?;
    let mut queries = vec![clauses::read("q", arguments.text("q")?.unwrap_or_default())?];
    let filters = arguments.text("fq")?.map(str::to_owned).into_iter();
    for (argument, filter) in filters.map(|filter| ("fq", filter)).chain(
        arguments
            .texts("fq_list")?
            .into_iter()
            .map(|filter| ("fq_list", filter)),
    ) {
        let parsed = clauses::read(argument, &filter)?;
        if let Some(word) = parsed.words.first() {
            let message = format!("`{word}` names no field; a filter is `field:value`");
            return Err(Failure::validation(argument, message));
        }
        queries.push(parsed);
    }
    let wanted = SearchQuery {
        text: queries
            .iter()
            .flat_map(|query| &query.words)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        sort: sort(&arguments)?,
        start: arguments.number("start", 0)?,
        rows: arguments.number("rows", ROWS)?.min(SEARCH_ROWS_MAX),
        ..SearchQuery::default()
    };
    let accepts = |dataset: &Dataset| queries.iter().all(|query| clauses::hold(query, dataset));
    let found = search::every(catalogue, &wanted, accepts).map_err(|error| Failure::of(error, "q"))?;
    let (facets, search_facets) = facets::of(&arguments, &found)?;
    let results: Vec<Json> = search::page(&found, &wanted)
        .into_iter()
        .map(|dataset| form::package(catalogue, dataset))
        .collect();
    let sort = arguments.text("sort").ok().flatten().unwrap_or_default();
    Ok(json!({
        "count": found.len(),
        "sort": sort,
        "facets": facets,
        "search_facets": search_facets,
        "results": results,
    }))
}

pub(super) fn show(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    // Clients that show anything send `include_datasets` to this action too.
    let arguments = arguments.only(&["id", "name_or_id", "include_datasets"], &FIXED)?;
    let dataset = catalogue.dataset(arguments.one_of(["id", "name_or_id"])?);
    let dataset = dataset.ok_or(Failure::NotFound)?;
    Ok(form::package(catalogue, dataset))
}

pub(super) fn autocomplete(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["q", "limit"], &FIXED)?;
    let wanted = SearchQuery {
        text: arguments.required("q")?.to_owned(),
        rows: arguments.number("limit", ROWS)?.min(SEARCH_ROWS_MAX),
        ..SearchQuery::default()
    };
    let found = search::run(catalogue, &wanted).map_err(|error| Failure::of(error, "q"))?;
    let described = |dataset: &Dataset| {
        json!({
            "name": dataset.identifier,
            "title": dataset.title.az,
            "match_field": "title",
            "match_displayed": format!("{} ({})", dataset.title.az, dataset.identifier),
        })
    };
    Ok(found.results.iter().map(described).collect())
}

/// `sort` in CKAN's syntax: `score desc, metadata_modified desc`.
fn sort(arguments: &Arguments) -> Result<Vec<(SortKey, Direction)>, Failure> {
    let key = |name: &str| match name {
        "score" => Some(SortKey::Score),
        "id" | "name" => Some(SortKey::Identifier),
        "metadata_created" => Some(SortKey::Issued),
        "metadata_modified" => Some(SortKey::Modified),
        _ => None,
    };
    let parts = arguments.names("sort")?;
    parts
        .iter()
        .map(|part| {
            let mut words = part.split_whitespace();
            let (field, direction, rest) = (words.next(), words.next(), words.next());
            let direction = match direction {
                Some("asc") => Some(Direction::Ascending),
                Some("desc") => Some(Direction::Descending),
                // Solr has no default; CKAN's clients always send a direction.
                _ => None,
            };
            match (field.and_then(key), direction, rest) {
                (Some(key), Some(direction), None) => Ok((key, direction)),
                _ => Err(Failure::validation(
                    "sort",
                    "is a list of `score`, `id`, `name`, `metadata_created` and `metadata_modified`, each with \
                     `asc` or `desc`",
                )),
            }
        })
        .collect()
}
