//! The query of a request for rows.

use super::{Fault, echo};
use crate::open_data::Rows;
use crate::open_data::query::LIMIT_ROWS_MAX;

/// Rows of an answer whose request names no `limit`.
const ROWS: u32 = 100;
/// The largest `offset`: the largest `int32` of OpenAPI 3.1, by which the parameter is described.
pub(super) const OFFSET_MAX: u32 = 2_147_483_647;

/// What the query asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) limit: u32,
    pub(super) offset: u32,
    /// With line breaks.
    pub(super) pretty: bool,
}

impl Asked {
    /// # Errors
    /// [`Fault::Parameter`], [`Fault::Twice`], [`Fault::Limit`], [`Fault::Offset`].
    pub(super) fn of(query: &str) -> Result<Self, Fault> {
        let (mut limit, mut offset, mut pretty) = (None, None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let twice = match &*name {
                "limit" => limit
                    .replace(
                        number(&value)
                            .filter(|rows| (1..=LIMIT_ROWS_MAX).contains(rows))
                            .ok_or(Fault::Limit)?,
                    )
                    .map(|_| "limit"),
                "offset" => offset
                    .replace(
                        number(&value)
                            .filter(|rows| *rows <= OFFSET_MAX)
                            .ok_or(Fault::Offset)?,
                    )
                    .map(|_| "offset"),
                "pretty" => pretty.replace(()).map(|()| "pretty"),
                _ => return Err(Fault::Parameter(echo(&name))),
            };
            if let Some(name) = twice {
                return Err(Fault::Twice(name));
            }
        }
        Ok(Self {
            limit: limit.unwrap_or(ROWS),
            offset: offset.unwrap_or(0),
            pretty: pretty.is_some(),
        })
    }

    /// The relative address of the next page, if there is one.
    pub(super) fn next(self, rows: &Rows) -> Option<String> {
        let next = self.offset.checked_add(self.limit)?;
        let more = u64::from(next) < rows.total;
        let pretty = if self.pretty { "&pretty" } else { "" };
        more.then(|| format!("?limit={}&offset={next}{pretty}", self.limit))
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}
