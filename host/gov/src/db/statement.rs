//! SQL statements with their arguments.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, FromRow};
use tracing::{Instrument as _, Span};

use super::{Conn, Db, DbError};

/// The statement of `sql/<name>.sql` of the calling crate, with its arguments.
#[macro_export]
macro_rules! sql {
    ($name:literal $(, $argument:expr)* $(,)?) => {
        $crate::db::Statement::new(
            $name,
            ::sqlx::query::<::sqlx::Any>(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $name, ".sql")))
                $(.bind($argument))*,
        )
    };
}

/// A statement with its arguments: see [`sql!`](crate::sql). Running it fails with [`DbError::Statement`], and
/// reading rows also with [`DbError::Corrupt`].
#[must_use]
pub struct Statement<'q> {
    name: &'static str,
    query: Query<'q, Any, AnyArguments>,
}

impl<'q> Statement<'q> {
    #[doc(hidden)]
    pub fn new(name: &'static str, query: Query<'q, Any, AnyArguments>) -> Self {
        Self { name, query }
    }

    /// The statement, and its tracing span, which has no arguments: they may be personal data.
    fn traced(self) -> (Query<'q, Any, AnyArguments>, Span) {
        let span = tracing::debug_span!("db.statement", otel.name = self.name);
        (self.query, span)
    }

    /// Runs it; returns the number of changed rows.
    pub async fn run(self, conn: &mut Conn) -> Result<u64, DbError> {
        let (query, span) = self.traced();
        Ok(query.execute(conn).instrument(span).await?.rows_affected())
    }

    /// Runs it as a change of its own; returns the number of changed rows.
    ///
    /// # Errors
    /// Those of [`Db::run`].
    pub async fn run_alone(self, db: &Db) -> Result<u64, DbError> {
        let (query, span) = self.traced();
        db.run(query).instrument(span).await
    }

    pub async fn all<T>(self, conn: &mut Conn) -> Result<Vec<T>, DbError>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        let (query, span) = self.traced();
        let rows = query.fetch_all(conn).instrument(span).await?;
        rows.iter().map(|row| Ok(T::from_row(row)?)).collect()
    }

    /// Every row, or the error of a row that breaks its rules.
    pub async fn each<T>(self, conn: &mut Conn) -> Result<Vec<Result<T, DbError>>, DbError>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        let (query, span) = self.traced();
        let rows = query.fetch_all(conn).instrument(span).await?;
        Ok(rows.iter().map(|row| Ok(T::from_row(row)?)).collect())
    }

    /// The first row, if there is one.
    pub async fn optional<T>(self, conn: &mut Conn) -> Result<Option<T>, DbError>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        let (query, span) = self.traced();
        let row = query.fetch_optional(conn).instrument(span).await?;
        Ok(row.as_ref().map(T::from_row).transpose()?)
    }

    /// The first row, which must exist.
    pub async fn one<T>(self, conn: &mut Conn) -> Result<T, DbError>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        let (query, span) = self.traced();
        Ok(T::from_row(&query.fetch_one(conn).instrument(span).await?)?)
    }
}
