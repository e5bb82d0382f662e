//! API tokens.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::CitizenId;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::domain::token::{ApiToken, LastUse, TOKENS_MAX, secret_hash};
use crate::domain::{OrganisationId, TokenId};

/// Tokens that a list shows.
const LIST_MAX: i64 = 50;

/// What became of a new token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It is kept.
    Yes,
    /// The organisation has [`TOKENS_MAX`] valid ones already.
    TooMany,
    /// A valid token of the organisation has this label: a list must tell them apart.
    LabelTaken,
}

fn read(row: &AnyRow) -> Result<ApiToken, DbError> {
    Ok(ApiToken {
        id: TokenId(row.try_get("id")?),
        organisation: OrganisationId(row.try_get("organisation")?),
        label: row.try_get("label")?,
        created_by: CitizenId(row.try_get("created_by")?),
        created_by_name: row.try_get("created_by_name")?,
        created_at: Timestamp(row.try_get("created_at_ms")?),
        expires_at: Timestamp(row.try_get("expires_at_ms")?),
        revoked_at: row.try_get::<Option<i64>, _>("revoked_at_ms")?.map(Timestamp),
        last_used: row
            .try_get::<Option<i64>, _>("last_used_at_ms")?
            .zip(row.try_get::<Option<String>, _>("last_used_from")?)
            .map(|(at, from)| LastUse {
                at: Timestamp(at),
                from,
            }),
    })
}

/// Keeps a new token, where there is room for it and its label is free.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn create(tx: &mut Conn, token: &ApiToken, secret: &str) -> Result<Created, DbError> {
    super::organisation::lock(tx, &token.organisation).await?;
    let valid: i64 = sqlx::query(include_str!("../../sql/token/count_valid.sql"))
        .bind(token.organisation.0.as_str())
        .bind(token.created_at.0)
        .fetch_one(&mut *tx)
        .await?
        .try_get("valid")?;
    if usize::try_from(valid).unwrap_or(usize::MAX) >= TOKENS_MAX {
        return Ok(Created::TooMany);
    }
    let same_label: i64 = sqlx::query(include_str!("../../sql/token/valid_of_label.sql"))
        .bind(token.organisation.0.as_str())
        .bind(token.label.as_str())
        .bind(token.created_at.0)
        .fetch_one(&mut *tx)
        .await?
        .try_get("valid")?;
    if same_label > 0 {
        return Ok(Created::LabelTaken);
    }
    sqlx::query(include_str!("../../sql/token/insert.sql"))
        .bind(token.id.0.as_str())
        .bind(token.organisation.0.as_str())
        .bind(token.label.as_str())
        .bind(secret_hash(secret))
        .bind(token.created_by.0.as_str())
        .bind(token.created_at.0)
        .bind(token.expires_at.0)
        .bind(token.created_by_name.as_str())
        .execute(tx)
        .await?;
    Ok(Created::Yes)
}

/// Notes that a token was used.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn used(tx: &mut Conn, id: &TokenId, last: &LastUse) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/token/used.sql"))
        .bind(id.0.as_str())
        .bind(last.at.0)
        .bind(last.from.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// The token of this text, whether or not it is still valid.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn by_secret(conn: &mut Conn, secret: &str) -> Result<Option<ApiToken>, DbError> {
    sqlx::query(include_str!("../../sql/token/by_secret.sql"))
        .bind(secret_hash(secret))
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// An organisation's newest tokens, ended ones included.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn of_organisation(
    conn: &mut Conn,
    organisation: &OrganisationId,
) -> Result<Vec<ApiToken>, DbError> {
    sqlx::query(include_str!("../../sql/token/of_organisation.sql"))
        .bind(organisation.0.as_str())
        .bind(LIST_MAX)
        .fetch_all(conn)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Ends a token of this organisation; `false` where there is no such token or it was ended before.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn revoke(
    tx: &mut Conn,
    id: &TokenId,
    organisation: &OrganisationId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let done = sqlx::query(include_str!("../../sql/token/revoke.sql"))
        .bind(id.0.as_str())
        .bind(organisation.0.as_str())
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}
