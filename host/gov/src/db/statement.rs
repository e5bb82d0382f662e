//! Statements.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, FromRow};

use super::{Conn, Db, DbError};

/// The statement of `sql/<name>.sql` of the calling crate, with its arguments.
#[macro_export]
macro_rules! sql {
    ($name:literal $(, $argument:expr)* $(,)?) => {
        $crate::db::Statement::new(
            ::sqlx::query::<::sqlx::Any>(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $name, ".sql")))
                $(.bind($argument))*,
        )
    };
}

/// A statement with its arguments: see [`sql!`](crate::sql). Everything that runs it fails with
/// [`DbError::Statement`], and where it reads rows, with [`DbError::Corrupt`].
#[must_use]
pub struct Statement<'q>(Query<'q, Any, AnyArguments>);

impl<'q> Statement<'q> {
    #[doc(hidden)]
    pub fn new(query: Query<'q, Any, AnyArguments>) -> Self {
        Self(query)
    }

    /// Runs it; the number of rows that it changed.
    pub async fn run(self, conn: &mut Conn) -> Result<u64, DbError> {
        Ok(self.0.execute(conn).await?.rows_affected())
    }

    /// Runs it as a change of its own; the number of rows that it changed.
    ///
    /// # Errors
    /// Those of [`Db::run`].
    pub async fn run_alone(self, db: &Db) -> Result<u64, DbError> {
        db.run(self.0).await
    }

    pub async fn all<T>(self, conn: &mut Conn) -> Result<Vec<T>, DbError>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        let rows = self.0.fetch_all(conn).await?;
        rows.iter().map(|row| Ok(T::from_row(row)?)).collect()
    }

    /// Every row, with what is wrong with those that break their rules.
    pub async fn each<T>(self, conn: &mut Conn) -> Result<Vec<Result<T, DbError>>, DbError>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        let rows = self.0.fetch_all(conn).await?;
        Ok(rows.iter().map(|row| Ok(T::from_row(row)?)).collect())
    }

    /// The first row, if there is one.
    pub async fn optional<T>(self, conn: &mut Conn) -> Result<Option<T>, DbError>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        let row = self.0.fetch_optional(conn).await?;
        Ok(row.as_ref().map(T::from_row).transpose()?)
    }

    /// The first row, which is always there.
    pub async fn one<T>(self, conn: &mut Conn) -> Result<T, DbError>
    where
        T: for<'r> FromRow<'r, AnyRow>,
    {
        Ok(T::from_row(&self.0.fetch_one(conn).await?)?)
    }
}
