//! The open-data catalogue and its rows. Capability: `open-data`. Needs no citizen and no consent.
//!
//! ```no_run
//! use aim_sdk::open_data::{Query, Value};
//!
//! let rows = Query::new("az-public-holidays")
//!     .fields(&["date", "name_az"])
//!     .at_least("date", "2026-01-01")
//!     .sorted_by("date")
//!     .run()?;
//! for record in &rows.records {
//!     if let [Value::Text(date), Value::Text(name)] = record.as_slice() { /* … */ }
//! }
//! # Ok::<(), aim_sdk::error::GovError>(())
//! ```

pub use crate::bindings::aim::gov::open_data::{
    Comparison, Dataset, Distribution, Filter, Page, Rows, SearchQuery, Sort, Value,
};

use crate::bindings::aim::gov::open_data as host;
use crate::error::GovError;

/// The most rows in one answer.
pub const LIMIT_ROWS_MAX: u32 = 1_000;

/// The data sets that match, best match first.
///
/// # Errors
/// `invalid-request` for more than 100 `rows`, or a text that is too long.
pub fn search(query: &SearchQuery) -> Result<Page, GovError> {
    host::search(query)
}

/// The data set of this identifier.
///
/// # Errors
/// `not-found`.
pub fn get(identifier: &str) -> Result<Dataset, GovError> {
    host::get(identifier)
}

impl Value {
    /// The text, or `None` if the value is not a text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Boolean(_) | Self::Integer(_) | Self::Number(_) => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

/// A query for rows of a distribution. All conditions must hold.
#[derive(Clone, Debug)]
pub struct Query {
    distribution_id: String,
    fields: Vec<String>,
    filters: Vec<Filter>,
    sort: Vec<Sort>,
    offset: u32,
    limit: u32,
}

impl Query {
    /// Selects every row of this distribution in the file's order, at most [`LIMIT_ROWS_MAX`].
    pub fn new(distribution_id: &str) -> Self {
        Self {
            distribution_id: distribution_id.to_owned(),
            fields: Vec::new(),
            filters: Vec::new(),
            sort: Vec::new(),
            offset: 0,
            limit: LIMIT_ROWS_MAX,
        }
    }

    /// Selects only these columns, in this order.
    #[must_use]
    pub fn fields(mut self, names: &[&str]) -> Self {
        self.fields = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Adds a condition that rows must satisfy.
    #[must_use]
    pub fn filter(mut self, field: &str, op: Comparison, value: impl Into<Value>) -> Self {
        self.filters.push(Filter {
            field: field.to_owned(),
            op,
            value: value.into(),
        });
        self
    }

    /// Selects rows with this value.
    #[must_use]
    pub fn equal(self, field: &str, value: impl Into<Value>) -> Self {
        self.filter(field, Comparison::Eq, value)
    }

    /// Selects rows with this value or one after it.
    #[must_use]
    pub fn at_least(self, field: &str, value: impl Into<Value>) -> Self {
        self.filter(field, Comparison::Ge, value)
    }

    /// Selects rows with this value or one before it.
    #[must_use]
    pub fn at_most(self, field: &str, value: impl Into<Value>) -> Self {
        self.filter(field, Comparison::Le, value)
    }

    /// Sorts by this column, after those named before.
    #[must_use]
    pub fn sorted_by(mut self, field: &str) -> Self {
        self.sort.push(Sort {
            field: field.to_owned(),
            descending: false,
        });
        self
    }

    /// Sorts by this column in descending order, after those named before.
    #[must_use]
    pub fn sorted_down_by(mut self, field: &str) -> Self {
        self.sort.push(Sort {
            field: field.to_owned(),
            descending: true,
        });
        self
    }

    /// Skips `offset` rows and returns at most `limit`.
    #[must_use]
    pub fn page(mut self, offset: u32, limit: u32) -> Self {
        self.offset = offset;
        self.limit = limit;
        self
    }

    /// Runs the query.
    ///
    /// # Errors
    /// `not-found`; `invalid-request` for an unknown column, a comparison that does not fit it, or a limit
    /// above [`LIMIT_ROWS_MAX`].
    pub fn run(&self) -> Result<Rows, GovError> {
        let Self {
            distribution_id,
            fields,
            filters,
            sort,
            offset,
            limit,
        } = self;
        host::query(distribution_id, fields, filters, sort, *offset, *limit)
    }
}
