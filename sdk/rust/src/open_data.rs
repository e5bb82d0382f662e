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

/// Rows in one answer.
pub const LIMIT_ROWS_MAX: u32 = 1_000;

/// The data sets that fit, best match first.
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
    /// The text, where it is one.
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

/// A question to the rows of a distribution. The conditions must all hold.
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
    /// Every row of this distribution, in the file's order, the first [`LIMIT_ROWS_MAX`].
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

    /// Only these columns, in this order.
    #[must_use]
    pub fn fields(mut self, names: &[&str]) -> Self {
        self.fields = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Only rows that satisfy this condition too.
    #[must_use]
    pub fn filter(mut self, field: &str, op: Comparison, value: impl Into<Value>) -> Self {
        self.filters.push(Filter {
            field: field.to_owned(),
            op,
            value: value.into(),
        });
        self
    }

    /// Only rows with this value.
    #[must_use]
    pub fn equal(self, field: &str, value: impl Into<Value>) -> Self {
        self.filter(field, Comparison::Eq, value)
    }

    /// Only rows with this value or one after it.
    #[must_use]
    pub fn at_least(self, field: &str, value: impl Into<Value>) -> Self {
        self.filter(field, Comparison::Ge, value)
    }

    /// Only rows with this value or one before it.
    #[must_use]
    pub fn at_most(self, field: &str, value: impl Into<Value>) -> Self {
        self.filter(field, Comparison::Le, value)
    }

    /// By this column, after the ones named before.
    #[must_use]
    pub fn sorted_by(mut self, field: &str) -> Self {
        self.sort.push(Sort {
            field: field.to_owned(),
            descending: false,
        });
        self
    }

    /// By this column from the greatest on, after the ones named before.
    #[must_use]
    pub fn sorted_down_by(mut self, field: &str) -> Self {
        self.sort.push(Sort {
            field: field.to_owned(),
            descending: true,
        });
        self
    }

    /// Skips `offset` rows and answers at most `limit`.
    #[must_use]
    pub fn page(mut self, offset: u32, limit: u32) -> Self {
        self.offset = offset;
        self.limit = limit;
        self
    }

    /// The rows.
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
