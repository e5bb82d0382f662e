//! `aim:gov/open-data`: conversions only; see [`aim_gov::open_data`].

use aim_gov::grant::Capability;
use aim_gov::open_data as gov;

use super::{CallResult, RequestState};
use crate::arguments::{Argument, Kind, flag, list, number, record, redacted, redacted_as, word};
use crate::bindings::aim::gov::open_data as wit;

impl wit::Host for RequestState {
    async fn search(&mut self, q: wit::SearchQuery) -> CallResult<wit::Page> {
        let call = self.begin(Capability::OpenData, "search", || [("q", searched(&q))])?;
        let query = gov::SearchQuery {
            text: q.text,
            theme: q.theme,
            publisher: q.publisher,
            start: q.start,
            rows: q.rows,
            ..gov::SearchQuery::default()
        };
        let result = call
            .wait_for(self.apis.open_data.search(&self.invocation, &query))
            .await;
        let page = self.end(call, result)?;
        Ok(wit::Page {
            count: page.count,
            results: page.results.into_iter().map(Into::into).collect(),
        })
    }

    async fn get(&mut self, identifier: String) -> CallResult<wit::Dataset> {
        let call = self.begin(Capability::OpenData, "get", || {
            [("identifier", word(&identifier))]
        })?;
        let result = call
            .wait_for(self.apis.open_data.get(&self.invocation, &identifier))
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn query(
        &mut self,
        distribution_id: String,
        fields: Vec<String>,
        filters: Vec<wit::Filter>,
        sort: Vec<wit::Sort>,
        offset: u32,
        limit: u32,
    ) -> CallResult<wit::Rows> {
        let call = self.begin(Capability::OpenData, "query", || {
            [
                ("distribution-id", word(&distribution_id)),
                ("fields", list(&fields, |field| word(field))),
                ("filters", list(&filters, filtered)),
                ("sort", list(&sort, sorted)),
                ("offset", number(offset)),
                ("limit", number(limit)),
            ]
        })?;
        let query = gov::Query {
            fields,
            filters: filters.into_iter().map(Into::into).collect(),
            sort: sort.into_iter().map(Into::into).collect(),
            offset,
            limit,
            ..gov::Query::default()
        };
        let result = call
            .wait_for(
                self.apis
                    .open_data
                    .query(&self.invocation, &distribution_id, query),
            )
            .await;
        Ok(self.end(call, result)?.into())
    }
}

/// What is searched for is what a citizen typed, as a rule.
fn searched(query: &wit::SearchQuery) -> Argument {
    record([
        ("text", redacted(&query.text)),
        ("theme", list(&query.theme, |theme| word(theme))),
        ("publisher", list(&query.publisher, |publisher| word(publisher))),
        ("start", number(query.start)),
        ("rows", number(query.rows)),
    ])
}

fn filtered(filter: &wit::Filter) -> Argument {
    let op = match filter.op {
        wit::Comparison::Eq => "eq",
        wit::Comparison::Ne => "ne",
        wit::Comparison::Lt => "lt",
        wit::Comparison::Le => "le",
        wit::Comparison::Gt => "gt",
        wit::Comparison::Ge => "ge",
        wit::Comparison::Prefix => "prefix",
    };
    let value = match &filter.value {
        wit::Value::Null => Argument::Nothing,
        wit::Value::Boolean(_) => redacted_as(Kind::Flag),
        wit::Value::Integer(_) | wit::Value::Number(_) => redacted_as(Kind::Number),
        wit::Value::Text(text) => redacted(text),
    };
    record([("field", word(&filter.field)), ("op", word(op)), ("value", value)])
}

fn sorted(sort: &wit::Sort) -> Argument {
    record([
        ("field", word(&sort.field)),
        ("descending", flag(sort.descending)),
    ])
}

impl From<gov::Dataset> for wit::Dataset {
    fn from(dataset: gov::Dataset) -> Self {
        Self {
            identifier: dataset.identifier,
            title: dataset.title.into(),
            description: dataset.description.into(),
            publisher: dataset.publisher,
            theme: dataset.theme,
            keyword: dataset.keyword,
            license: dataset.license,
            accrual_periodicity: dataset.accrual_periodicity,
            issued: dataset.issued.as_wit(),
            modified: dataset.modified.as_wit(),
            distribution: dataset.distribution.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<gov::Distribution> for wit::Distribution {
    fn from(distribution: gov::Distribution) -> Self {
        Self {
            id: distribution.id,
            title: distribution.title.map(Into::into),
            access_url: distribution.access_url,
            media_type: distribution.media_type,
            license: distribution.license,
            byte_size: distribution.byte_size,
            sha256: distribution.sha256,
        }
    }
}

impl From<wit::Filter> for gov::Filter {
    fn from(wit::Filter { field, op, value }: wit::Filter) -> Self {
        Self {
            field,
            op: match op {
                wit::Comparison::Eq => gov::Comparison::Eq,
                wit::Comparison::Ne => gov::Comparison::Ne,
                wit::Comparison::Lt => gov::Comparison::Lt,
                wit::Comparison::Le => gov::Comparison::Le,
                wit::Comparison::Gt => gov::Comparison::Gt,
                wit::Comparison::Ge => gov::Comparison::Ge,
                wit::Comparison::Prefix => gov::Comparison::Prefix,
            },
            value: match value {
                wit::Value::Null => gov::Value::Null,
                wit::Value::Boolean(flag) => gov::Value::Boolean(flag),
                wit::Value::Integer(number) => gov::Value::Integer(number),
                wit::Value::Number(number) => gov::Value::Number(number),
                wit::Value::Text(text) => gov::Value::Text(text),
            },
        }
    }
}

impl From<wit::Sort> for gov::Sort {
    fn from(wit::Sort { field, descending }: wit::Sort) -> Self {
        Self { field, descending }
    }
}

impl From<gov::Value> for wit::Value {
    fn from(value: gov::Value) -> Self {
        match value {
            gov::Value::Null => Self::Null,
            gov::Value::Boolean(flag) => Self::Boolean(flag),
            gov::Value::Integer(number) => Self::Integer(number),
            gov::Value::Number(number) => Self::Number(number),
            gov::Value::Text(text) => Self::Text(text),
        }
    }
}

impl From<gov::Rows> for wit::Rows {
    fn from(rows: gov::Rows) -> Self {
        Self {
            total: rows.total,
            fields: rows.fields,
            records: rows
                .records
                .into_iter()
                .map(|record| record.into_iter().map(Into::into).collect())
                .collect(),
        }
    }
}
