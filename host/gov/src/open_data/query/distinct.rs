//! Distinct rows: those with equal values in the returned columns are one.

use std::collections::HashSet;

use crate::error::GovError;
use crate::open_data::column::Column;

/// Distinct rows of one answer: each is held in memory while the others are found.
pub const DISTINCT_ROWS_MAX: usize = 100_000;

/// The number of distinct rows, and the page of them. `rows` are in their order.
pub(super) fn page(
    fields: &[&Column],
    rows: Vec<u32>,
    skip: usize,
    take: usize,
) -> Result<(usize, Vec<u32>), GovError> {
    let mut seen: HashSet<Vec<u32>> = HashSet::new();
    let mut page = Vec::new();
    for row in rows {
        if !seen.insert(fields.iter().map(|column| column.code(row)).collect()) {
            continue;
        }
        if seen.len() > DISTINCT_ROWS_MAX {
            return Err(GovError::invalid(
                "too-many-distinct",
                format!(
                    "there are more than {DISTINCT_ROWS_MAX} distinct rows; ask for fewer `fields` or filter the rows"
                ),
            ));
        }
        if seen.len() > skip && page.len() < take {
            page.push(row);
        }
    }
    Ok((seen.len(), page))
}
