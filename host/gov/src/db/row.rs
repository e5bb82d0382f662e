//! Reading rows. `derive(sqlx::FromRow)` would bring SQLite into the tree a second time, for the compiler, and
//! cannot name the row that breaks its rules; [`row!`](crate::row) replaces it.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{Any, Decode, FromRow, Row as _, Type};

use super::DbError;
use crate::clock::Timestamp;
use crate::invocation::{CitizenId, ServiceId};

/// Defines how a type is read from a row of a table, whose key column `$key` appears in errors: each field from
/// the column of its name or of another one, or from an expression over [`Columns`].
#[macro_export]
macro_rules! row {
    ($type:ty, $table:literal, $key:literal, { $($field:ident $(= $column:literal)?),* $(,)? }) => {
        $crate::row!($type, $table, $key, row => Self {
            $($field: row.get($crate::row!(@name $field $($column)?))?),*
        });
    };
    ($type:ty, $table:literal, $key:literal, $row:ident => $read:expr) => {
        impl<'r> ::sqlx::FromRow<'r, ::sqlx::any::AnyRow> for $type {
            fn from_row(row: &'r ::sqlx::any::AnyRow) -> Result<Self, ::sqlx::Error> {
                let $row = $crate::db::Columns::of(row, $table, $key);
                Ok($read)
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $column:literal) => { $column };
}

/// Defines how types are stored in a column: newtypes as their content, variants of a closed list (`code`) as
/// the text that `strum` gives them.
#[macro_export]
macro_rules! column {
    ($($type:ident($stored:ty)),* $(,)?) => {$(
        $crate::column!(@ $type, $stored, value => &value.0, stored => Self(stored));
    )*};
    (code: $($type:path),* $(,)?) => {$(
        $crate::column!(@ $type, String, value => <&'static str>::from(value), stored => stored.parse()?);
    )*};
    (@ $type:path, $stored:ty, $value:ident => $write:expr, $read:ident => $parse:expr) => {
        impl ::sqlx::Type<::sqlx::Any> for $type {
            fn type_info() -> ::sqlx::any::AnyTypeInfo {
                <$stored as ::sqlx::Type<::sqlx::Any>>::type_info()
            }
        }

        impl ::sqlx::Encode<'_, ::sqlx::Any> for $type {
            fn encode_by_ref(
                &self,
                arguments: &mut <::sqlx::Any as ::sqlx::Database>::ArgumentBuffer,
            ) -> Result<::sqlx::encode::IsNull, ::sqlx::error::BoxDynError> {
                let $value = self;
                ::sqlx::Encode::<::sqlx::Any>::encode($write, arguments)
            }
        }

        impl<'r> ::sqlx::Decode<'r, ::sqlx::Any> for $type {
            fn decode(value: <::sqlx::Any as ::sqlx::Database>::ValueRef<'r>) -> Result<Self, ::sqlx::error::BoxDynError> {
                let $read = <$stored as ::sqlx::Decode<'r, ::sqlx::Any>>::decode(value)?;
                Ok($parse)
            }
        }
    };
}

column!(CitizenId(String), ServiceId(String), Timestamp(i64));

/// A row that is being read. A value that breaks the rules of its type is [`DbError::Corrupt`].
#[derive(Clone, Copy)]
pub struct Columns<'r> {
    row: &'r AnyRow,
    table: &'static str,
    key: &'static str,
}

impl<'r> Columns<'r> {
    #[doc(hidden)]
    pub fn of(row: &'r AnyRow, table: &'static str, key: &'static str) -> Self {
        Self { row, table, key }
    }

    pub fn get<T: Decode<'r, Any> + Type<Any>>(self, column: &str) -> Result<T, sqlx::Error> {
        match self.row.try_get(column) {
            Err(sqlx::Error::ColumnDecode { .. }) => Err(self.corrupt()),
            other => other,
        }
    }

    /// The value whose text form is in a column.
    pub fn parse<T: FromStr>(self, column: &str) -> Result<T, sqlx::Error> {
        self.check(self.get::<&str>(column)?.parse())
    }

    pub fn json<T: DeserializeOwned>(self, column: &str) -> Result<T, sqlx::Error> {
        self.check(serde_json::from_str(self.get(column)?))
    }

    /// The values in a column, separated by spaces.
    pub fn words<T: FromStr>(self, column: &str) -> Result<Vec<T>, sqlx::Error> {
        let words = self.get::<&str>(column)?.split_whitespace();
        self.check(words.map(str::parse).collect())
    }

    /// Whether a column is 1; 0 is `false`.
    pub fn flag(self, column: &str) -> Result<bool, sqlx::Error> {
        Ok(self.get::<i64>(column)? == 1)
    }

    pub fn rest<T: FromRow<'r, AnyRow>>(self) -> Result<T, sqlx::Error> {
        T::from_row(self.row)
    }

    /// The result of a conversion of a column's value.
    pub fn check<T, E>(self, made: Result<T, E>) -> Result<T, sqlx::Error> {
        made.map_err(|_| self.corrupt())
    }

    /// The error of a row that breaks its table's rules.
    pub fn corrupt(self) -> sqlx::Error {
        let id: Result<String, _> = self.row.try_get(self.key);
        sqlx::Error::Decode(Box::new(DbError::corrupt(self.table, id.unwrap_or_default())))
    }
}

impl DbError {
    /// A row of `table` that breaks its rules.
    pub fn corrupt(table: &'static str, id: impl Into<String>) -> Self {
        Self::Corrupt { table, id: id.into() }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Decode(source) => match source.downcast() {
                Ok(corrupt) => *corrupt,
                Err(source) => Self::Statement(sqlx::Error::Decode(source)),
            },
            error => Self::Statement(error),
        }
    }
}
