//! Searching data sets by words, theme and publisher.

use std::cmp::Ordering;

use super::catalogue::{Catalogue, Dataset};
use super::texts::Wanted;
use crate::clock::Timestamp;
use crate::error::GovError;

/// Data sets in one answer.
pub const SEARCH_ROWS_MAX: u32 = 100;
/// The longest text to search for, in characters.
pub const SEARCH_TEXT_CHARS_MAX: usize = 200;
/// Words of a search; each must be found.
pub const SEARCH_WORDS_MAX: usize = 16;
/// Themes or publishers in one search.
pub const SEARCH_CHOICES_MAX: usize = 32;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words, each of which has to begin a word of the title, the keywords, the publisher or the description,
    /// in Azerbaijani or in English; every data set if empty.
    pub text: String,
    /// Any of these themes; any theme if empty.
    pub theme: Vec<String>,
    /// Any of these publishers; any publisher if empty.
    pub publisher: Vec<String>,
    pub modified_since: Option<Timestamp>,
    /// The order, the first key first; best match first if empty. Equal data sets keep the order of the best
    /// match.
    pub sort: Vec<(SortKey, Direction)>,
    pub start: u32,
    /// The most data sets to return, at most [`SEARCH_ROWS_MAX`].
    pub rows: u32,
}

/// A key for ordering data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    Score,
    /// [`Dataset::identifier`], byte by byte.
    Identifier,
    /// [`Dataset::issued`].
    Issued,
    /// [`Dataset::modified`].
    Modified,
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// The order of two found data sets by the keys of a query.
fn compare(
    sort: &[(SortKey, Direction)],
    (left_score, left): &(u32, &Dataset),
    (right_score, right): &(u32, &Dataset),
) -> Ordering {
    sort.iter().fold(Ordering::Equal, |order, (key, direction)| {
        order.then_with(|| {
            let ascending = match key {
                SortKey::Score => left_score.cmp(right_score),
                SortKey::Identifier => left.identifier.cmp(&right.identifier),
                SortKey::Issued => left.issued.cmp(&right.issued),
                SortKey::Modified => left.modified.cmp(&right.modified),
            };
            match direction {
                Direction::Ascending => ascending,
                Direction::Descending => ascending.reverse(),
            }
        })
    })
}

/// The result, best match first; equal matches keep the catalogue's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub count: u64,
    pub results: Vec<Dataset>,
}

/// The data sets that match `query`.
///
/// # Errors
/// `invalid-request`: `rows-too-large`, `text-too-long`, `too-many-choices`.
pub fn run(catalogue: &Catalogue, query: &SearchQuery) -> Result<Page, GovError> {
    let found = every(catalogue, query, |_| true)?;
    Ok(Page {
        count: u64::try_from(found.len()).unwrap_or(u64::MAX),
        results: page(&found, query).into_iter().cloned().collect(),
    })
}

/// The page of `found` that `query` asks for.
pub fn page<'c>(found: &[&'c Dataset], query: &SearchQuery) -> Vec<&'c Dataset> {
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let rest = found.iter().skip(count(query.start));
    rest.take(count(query.rows)).copied().collect()
}

/// All data sets that match `query` and are accepted by `accepts`, best match first.
///
/// # Errors
/// As [`run`].
pub fn every<'c>(
    catalogue: &'c Catalogue,
    query: &SearchQuery,
    accepts: impl Fn(&Dataset) -> bool,
) -> Result<Vec<&'c Dataset>, GovError> {
    check_limits(query)?;
    let wanted = Wanted::of(&query.text);
    if wanted.len() > SEARCH_WORDS_MAX {
        return Err(GovError::invalid(
            "text-too-long",
            format!("`text` has more than {SEARCH_WORDS_MAX} words"),
        ));
    }
    let any =
        |choices: &[String], fits: &dyn Fn(&String) -> bool| choices.is_empty() || choices.iter().any(fits);
    let mut found: Vec<(u32, &Dataset)> = catalogue
        .datasets
        .iter()
        .map(|entry| (&entry.0, &entry.1))
        .filter(|(dataset, _)| any(&query.theme, &|theme| dataset.theme.contains(theme)))
        .filter(|(dataset, _)| any(&query.publisher, &|publisher| dataset.publisher == *publisher))
        .filter(|(dataset, _)| query.modified_since.is_none_or(|since| dataset.modified >= since))
        .filter(|(dataset, _)| accepts(dataset))
        .filter_map(|(dataset, texts)| Some((texts.score(&wanted)?, dataset)))
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.sort_by(|left, right| compare(&query.sort, left, right));
    Ok(found.into_iter().map(|(_, dataset)| dataset).collect())
}

fn check_limits(query: &SearchQuery) -> Result<(), GovError> {
    if query.rows > SEARCH_ROWS_MAX {
        return Err(GovError::invalid(
            "rows-too-large",
            format!(
                "`rows` is {}, at most {SEARCH_ROWS_MAX} data sets come in one answer; page with `start`",
                query.rows
            ),
        ));
    }
    if query.text.chars().nth(SEARCH_TEXT_CHARS_MAX).is_some() {
        return Err(GovError::invalid(
            "text-too-long",
            format!("`text` is longer than {SEARCH_TEXT_CHARS_MAX} characters"),
        ));
    }
    if query.theme.len().max(query.publisher.len()) > SEARCH_CHOICES_MAX {
        return Err(GovError::invalid(
            "too-many-choices",
            format!("at most {SEARCH_CHOICES_MAX} themes and as many publishers are allowed"),
        ));
    }
    Ok(())
}
