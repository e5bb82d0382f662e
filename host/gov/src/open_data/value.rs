//! Values and their comparison.

/// A value of a row or of a filter.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Value {
    /// No value: an empty field.
    Null,
    /// Of a `boolean` column.
    Boolean(bool),
    /// Of an `integer` column.
    Integer(i64),
    /// Of a `number` column.
    Number(f64),
    /// Of a `text` column.
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Eq,
    /// Not equal; a row without a value does not match.
    Ne,
    /// Less: by number, or by the alphabet of the column's language.
    Lt,
    Le,
    Gt,
    Ge,
    /// Text that begins with the value, without regard to case by the rules of the column's language.
    Prefix,
}
