//! `package_list`, `package_search`, `package_show` and `resource_show`: data sets and their files.
//!
//! `package_search` takes `q`, `sort`, `start`, `rows`, and in `fq` the only filter that CKAN's harvester sends
//! when it runs again, `metadata_modified:[… TO *]`.

use serde_json::{Value as Json, json};

use super::arguments::Arguments;
use super::{ActionResult, Failure};
use crate::clock::Timestamp;
use crate::open_data::search::{self, Direction, SEARCH_ROWS_MAX, SortKey};
use crate::open_data::{Catalogue, Dataset, Distribution, SearchQuery};

/// The default number of data sets (CKAN's own).
const ROWS: u32 = 10;
/// Arguments with a single supported value.
const FIXED: [(&str, &str); 5] = [
    ("facet", "false"),
    ("include_drafts", "false"),
    ("include_private", "false"),
    ("include_tracking", "false"),
    ("use_default_schema", "false"),
];

pub(super) fn list(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["limit", "offset"], &[])?;
    let all = u32::MAX;
    let (skip, take) = (arguments.number("offset", 0)?, arguments.number("limit", all)?);
    let mut names: Vec<&str> = catalogue
        .datasets()
        .map(|dataset| dataset.identifier.as_str())
        .collect();
    names.sort_unstable();
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let page: Vec<&str> = names.into_iter().skip(count(skip)).take(count(take)).collect();
    Ok(json!(page))
}

pub(super) fn search(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["q", "fq", "sort", "start", "rows"], &FIXED)?;
    let wanted = SearchQuery {
        text: words(arguments.text("q")?.unwrap_or_default())?,
        modified_since: modified_since(arguments.text("fq")?.unwrap_or_default())?,
        sort: sort(&arguments)?,
        start: arguments.number("start", 0)?,
        rows: arguments.number("rows", ROWS)?.min(SEARCH_ROWS_MAX),
        ..SearchQuery::default()
    };
    let page = search::run(catalogue, &wanted).map_err(|error| Failure::of(error, "q"))?;
    let results: Vec<_> = page.results.iter().map(package).collect();
    Ok(json!({ "count": page.count, "results": results }))
}

pub(super) fn show(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["id"], &FIXED)?;
    let dataset = catalogue.dataset(arguments.required("id")?);
    dataset.map(package).ok_or(Failure::NotFound)
}

pub(super) fn resource(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["id"], &FIXED)?;
    let id = arguments.required("id")?;
    catalogue
        .datasets()
        .flat_map(|dataset| dataset.distribution.iter().map(move |file| (dataset, file)))
        .find(|(_, file)| file.id == id)
        .map(|(dataset, file)| described(dataset, file))
        .ok_or(Failure::NotFound)
}

/// The words of `q`. CKAN passes `q` to Solr, whose query syntax has fields, phrases and operators. Syntax with
/// the same meaning here is accepted: all words have to match (`AND`), each by its beginning (`word*`).
/// Anything else would find other results than asked for, so it is refused.
fn words(q: &str) -> Result<String, Failure> {
    if q.trim() == "*:*" {
        return Ok(String::new());
    }
    let mut words = Vec::new();
    for token in q.split_whitespace() {
        if matches!(token, "AND" | "&&") {
            continue;
        }
        let word = token.strip_suffix('*').unwrap_or(token);
        let is_operator = matches!(token, "OR" | "NOT" | "||" | "TO");
        let is_syntax = word.starts_with(['+', '-', '!', '/'])
            || word.contains([':', '"', '(', ')', '[', ']', '{', '}', '^', '~', '*', '?', '\\'])
            || word.is_empty();
        if is_operator || is_syntax {
            let token: String = token.chars().take(TOKEN_ECHO_CHARS_MAX).collect();
            let message = format!(
                "`{token}` is query syntax that is not supported here; give words, all of which have to be found"
            );
            return Err(Failure::validation("q", message));
        }
        words.push(word);
    }
    Ok(words.join(" "))
}

/// Characters of unsupported query syntax that its error repeats.
const TOKEN_ECHO_CHARS_MAX: usize = 64;

/// The time in `metadata_modified:[2026-11-25T00:00:00Z TO *]`.
fn modified_since(fq: &str) -> Result<Option<Timestamp>, Failure> {
    let fq = fq.trim();
    if fq.is_empty() {
        return Ok(None);
    }
    let moment = fq
        .strip_prefix('+')
        .unwrap_or(fq)
        .strip_prefix("metadata_modified:[")
        .and_then(|range| range.strip_suffix(" TO *]"))
        .and_then(|moment| moment.trim().parse::<jiff::Timestamp>().ok());
    match moment {
        Some(moment) => Ok(Some(Timestamp(moment.as_millisecond()))),
        None => Err(Failure::validation(
            "fq",
            "the only filter that is supported here is `metadata_modified:[2026-01-31T00:00:00Z TO *]`",
        )),
    }
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

/// A data set in CKAN's form.
fn package(dataset: &Dataset) -> Json {
    let moment = |at: Timestamp| at.to_jiff().map(|at| at.to_string());
    let resources: Vec<_> = dataset
        .distribution
        .iter()
        .map(|distribution| described(dataset, distribution))
        .collect();
    json!({
        "id": dataset.identifier,
        "name": dataset.identifier,
        "title": dataset.title.az,
        "title_translated": dataset.title,
        "notes": dataset.description.az,
        "notes_translated": dataset.description,
        "author": dataset.publisher,
        "license_id": dataset.license,
        "groups": dataset.theme.iter().map(|code| json!({ "name": code.to_lowercase() })).collect::<Vec<_>>(),
        "tags": dataset.keyword.iter().map(|word| json!({ "name": word })).collect::<Vec<_>>(),
        "metadata_created": moment(dataset.issued),
        "metadata_modified": moment(dataset.modified),
        "type": "dataset",
        "state": "active",
        "private": false,
        "num_resources": resources.len(),
        "resources": resources,
    })
}

/// A file of a data set in CKAN's form: a resource.
fn described(dataset: &Dataset, distribution: &Distribution) -> Json {
    json!({
        "id": distribution.id,
        "package_id": dataset.identifier,
        "name": distribution.title.as_ref().map(|title| &title.az),
        "url": distribution.access_url,
        "format": "CSV",
        "mimetype": distribution.media_type,
        "size": distribution.byte_size,
        "hash": distribution.sha256.as_ref().map(|sha256| format!("sha256:{sha256}")),
        "datastore_active": true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_syntax_with_the_same_meaning_is_taken() {
        for (q, expected) in [
            ("", ""),
            ("*:*", ""),
            ("public AND holi*", "public holi"),
            ("e-xidmət 2026", "e-xidmət 2026"),
        ] {
            assert_eq!(words(q).unwrap(), expected, "{q}");
        }
        for q in [
            "title:bayram",
            "a OR b",
            "NOT a",
            "!a",
            "+a",
            "-a",
            "\"a b\"",
            "(a b)",
            "a~",
            "a^2",
            "*a",
            "*",
            "a?b",
            "/a/",
            "a || b",
            "[a TO b]",
        ] {
            let failure = words(q).unwrap_err();
            assert!(
                matches!(failure, Failure::Validation { field, .. } if field == "q"),
                "{q}"
            );
        }
    }
}
