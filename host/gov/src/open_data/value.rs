//! Values and how they are compared.

/// One value of a row, or to compare with.
#[derive(Clone, Debug, PartialEq)]
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
    /// Another value; a row without one does not match.
    Ne,
    /// Before it: by number, or by the alphabet of the column's language.
    Lt,
    Le,
    Gt,
    Ge,
    /// Text that begins with it, letter case aside by the rules of the column's language.
    Prefix,
}
