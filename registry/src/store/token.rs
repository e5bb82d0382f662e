//! API tokens.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::{row, sql};

use crate::domain::token::{ApiToken, LastUse, TOKENS_MAX, secret_hash};
use crate::domain::{OrganisationId, TokenId};

/// The most tokens of a list.
const LIST_MAX: i64 = 50;

/// The outcome of creating a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    Yes,
    /// The organisation already has [`TOKENS_MAX`] valid tokens.
    TooMany,
    /// A valid token of the organisation has this label, which must be unique.
    LabelTaken,
}

row!(ApiToken, "api_token", "id", row => Self {
    id: row.get("id")?,
    organisation: row.get("organisation")?,
    label: row.get("label")?,
    created_by: row.get("created_by")?,
    created_by_name: row.get("created_by_name")?,
    created_at: row.get("created_at_ms")?,
    expires_at: row.get("expires_at_ms")?,
    revoked_at: row.get("revoked_at_ms")?,
    last_used: row
        .get::<Option<_>>("last_used_at_ms")?
        .zip(row.get::<Option<_>>("last_used_from")?)
        .map(|(at, from)| LastUse { at, from }),
});

/// Stores a new token, if the organisation may have one more and its label is free.
pub async fn create(tx: &mut Conn, token: &ApiToken, secret: &str) -> Result<Created, DbError> {
    let (of, label, now) = (&token.organisation, &token.label, token.created_at);
    super::organisation::lock(tx, of).await?;
    let (valid,): (i64,) = sql!("token/count_valid", of, now).one(tx).await?;
    if usize::try_from(valid).unwrap_or(usize::MAX) >= TOKENS_MAX {
        return Ok(Created::TooMany);
    }
    let (same_label,): (i64,) = sql!("token/valid_of_label", of, label, now).one(tx).await?;
    if same_label > 0 {
        return Ok(Created::LabelTaken);
    }
    sql!(
        "token/insert",
        &token.id,
        of,
        label,
        secret_hash(secret),
        &token.created_by,
        now,
        token.expires_at,
        &token.created_by_name
    )
    .run(tx)
    .await?;
    Ok(Created::Yes)
}

pub async fn used(tx: &mut Conn, id: &TokenId, last: &LastUse) -> Result<(), DbError> {
    sql!("token/used", id, last.at, &last.from).run(tx).await?;
    Ok(())
}

/// The token with this text, valid or not.
pub async fn by_secret(conn: &mut Conn, secret: &str) -> Result<Option<ApiToken>, DbError> {
    sql!("token/by_secret", secret_hash(secret)).optional(conn).await
}

/// An organisation's newest tokens, including ended ones.
pub async fn of_organisation(
    conn: &mut Conn,
    organisation: &OrganisationId,
) -> Result<Vec<ApiToken>, DbError> {
    sql!("token/of_organisation", organisation, LIST_MAX)
        .all(conn)
        .await
}

/// Revokes a token of this organisation; `false` if there is no such token or it was revoked before.
pub async fn revoke(
    tx: &mut Conn,
    id: &TokenId,
    organisation: &OrganisationId,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(sql!("token/revoke", id, organisation, now).run(tx).await? == 1)
}
