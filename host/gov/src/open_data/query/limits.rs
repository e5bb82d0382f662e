//! What a query may ask for, and what is said about one that asks for more.

use super::{FIELDS_MAX, FILTERS_MAX, LIMIT_ROWS_MAX, Query, SORTS_MAX};
use crate::error::GovError;
use crate::open_data::column::{Column, Mismatch};

pub(super) fn check(query: &Query) -> Result<(), GovError> {
    if query.limit > LIMIT_ROWS_MAX {
        return Err(GovError::invalid(
            "limit-too-large",
            format!(
                "`limit` is {}, at most {LIMIT_ROWS_MAX} rows come in one answer; page with `offset`",
                query.limit
            ),
        ));
    }
    let counts = [
        (
            "too-many-filters",
            "filters",
            query.filters.len() + query.any_of.len(),
            FILTERS_MAX,
        ),
        ("too-many-sorts", "sort columns", query.sort.len(), SORTS_MAX),
        ("too-many-fields", "fields", query.fields.len(), FIELDS_MAX),
    ];
    for (code, what, count, max) in counts {
        if count > max {
            return Err(GovError::invalid(
                code,
                format!("{count} {what} are given, at most {max} are allowed"),
            ));
        }
    }
    Ok(())
}

/// The error for a comparison that does not fit its column.
pub(super) fn refusal(column: &Column, mismatch: &Mismatch) -> GovError {
    let (name, kind) = (&column.name, column.column_type().code());
    match mismatch {
        Mismatch::WrongType => GovError::invalid(
            "wrong-value-type",
            format!("`{name}` holds values of type `{kind}`; compare it with such a value"),
        ),
        Mismatch::PrefixNeedsText => GovError::invalid(
            "prefix-needs-text",
            format!(
                "`prefix` compares text with text, and `{name}` holds `{kind}`; or the value is not a text"
            ),
        ),
        Mismatch::NullHasNoOrder => GovError::invalid(
            "null-has-no-order",
            format!("`{name}` can be compared with `null` by `eq` and `ne` only"),
        ),
        Mismatch::NotFinite => GovError::invalid(
            "value-not-finite",
            format!("the value for `{name}` is infinite or not a number"),
        ),
    }
}
