//! What the provider remembers of people who proved who they are: log-ins, codes, access tokens.

use sqlx::Row as _;

use super::request::AuthRequest;
use super::{CODE_MS, LOGIN_MS, TOKEN_MS};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::gate::Platform;
use crate::invocation::Acr;
use crate::sessions::hashed;

/// A log-in at the provider.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Login {
    pub(super) fin: String,
    pub(super) acr: Acr,
    pub(super) amr: Vec<String>,
    pub(super) auth_time: Timestamp,
}

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Issued {
    pub(super) request: AuthRequest,
    pub(super) login: Login,
}

/// What came of presenting a code.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Redeemed {
    Fresh(Box<Issued>),
    /// It was used before; the tokens of that first use are void now.
    Again,
    Unknown,
}

/// What an access token opens.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) client: String,
    pub(super) fin: String,
    pub(super) scope: String,
}

fn corrupt(table: &'static str, id: &str) -> DbError {
    DbError::Corrupt {
        table,
        id: id.to_owned(),
    }
}

/// Opens a log-in: the value of its cookie.
pub(super) async fn open_login(platform: &Platform, login: &Login) -> Result<String, DbError> {
    let now = platform.clock.now();
    let cookie = platform.random.token();
    let mut tx = platform.db.begin_if_room().await?;
    sqlx::query(include_str!("../../../sql/identity/login_delete_expired.sql"))
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query(include_str!("../../../sql/identity/login_create.sql"))
        .bind(hashed(&cookie))
        .bind(login.fin.as_str())
        .bind(login.acr.code())
        .bind(login.amr.join(" "))
        .bind(login.auth_time.0)
        .bind(now.plus_ms(LOGIN_MS).0)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(cookie)
}

/// The log-in behind a cookie.
pub(super) async fn load_login(platform: &Platform, cookie: &str) -> Result<Option<Login>, DbError> {
    let id = hashed(cookie);
    let mut reader = platform.db.reader().await?;
    let row = sqlx::query(include_str!("../../../sql/identity/login_load.sql"))
        .bind(id.as_str())
        .bind(platform.clock.now().0)
        .fetch_optional(&mut *reader)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let acr: String = row.try_get("acr")?;
    let amr: String = row.try_get("amr")?;
    Ok(Some(Login {
        fin: row.try_get("fin")?,
        acr: acr.parse().map_err(|_| corrupt("identity_login", &id))?,
        amr: amr.split_whitespace().map(str::to_owned).collect(),
        auth_time: Timestamp(row.try_get("auth_ms")?),
    }))
}

/// Ends the log-in behind a cookie.
pub(super) async fn close_login(platform: &Platform, cookie: &str) -> Result<(), DbError> {
    let delete = sqlx::query(include_str!("../../../sql/identity/login_delete.sql")).bind(hashed(cookie));
    platform.db.run(delete).await.map(|_| ())
}

/// A code for what the citizen just proved.
pub(super) async fn issue_code(platform: &Platform, issued: &Issued) -> Result<String, DbError> {
    let now = platform.clock.now();
    let code = platform.random.token();
    let id = hashed(&code);
    let issued = serde_json::to_string(issued).map_err(|_| corrupt("identity_code", &id))?;
    let mut tx = platform.db.begin_if_room().await?;
    sqlx::query(include_str!("../../../sql/identity/code_delete_expired.sql"))
        // A used code is kept as long as its tokens live, so that they can be voided.
        .bind(now.plus_ms(-TOKEN_MS).0)
        .execute(&mut *tx)
        .await?;
    sqlx::query(include_str!("../../../sql/identity/code_create.sql"))
        .bind(id)
        .bind(issued)
        .bind(now.plus_ms(CODE_MS).0)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(code)
}

/// Takes a code in. Two who present it at once: one gets it, the other voids the first one's tokens.
pub(super) async fn redeem_code(platform: &Platform, code: &str) -> Result<Redeemed, DbError> {
    let now = platform.clock.now();
    let id = hashed(code);
    let mut tx = platform.db.begin().await?;
    let redeemed = redeem(&mut tx, &id, now).await?;
    tx.commit().await?;
    Ok(redeemed)
}

async fn redeem(tx: &mut Conn, id: &str, now: Timestamp) -> Result<Redeemed, DbError> {
    let taken = sqlx::query(include_str!("../../../sql/identity/code_use.sql"))
        .bind(id)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    let row = sqlx::query(include_str!("../../../sql/identity/code_load.sql"))
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
    let Some(row) = row else {
        return Ok(Redeemed::Unknown);
    };
    if taken == 0 {
        // First the code, whose row a first use that is still under way holds: either that
        // one finds it gone, or its token is there to be deleted.
        sqlx::query(include_str!("../../../sql/identity/code_delete.sql"))
            .bind(id)
            .execute(&mut *tx)
            .await?;
        sqlx::query(include_str!("../../../sql/identity/token_delete_code.sql"))
            .bind(id)
            .execute(tx)
            .await?;
        return Ok(Redeemed::Again);
    }
    if row.try_get::<i64, _>("expires_ms")? <= now.0 {
        return Ok(Redeemed::Unknown);
    }
    let issued: String = row.try_get("issued")?;
    serde_json::from_str(&issued)
        .map(|issued| Redeemed::Fresh(Box::new(issued)))
        .map_err(|_| corrupt("identity_code", id))
}

/// An access token that stems from `code`. `false` where the code was presented again meanwhile.
pub(super) async fn issue_token(
    platform: &Platform,
    code: &str,
    token: &str,
    access: Access,
) -> Result<bool, DbError> {
    let now = platform.clock.now();
    let code = hashed(code);
    let mut tx = platform.db.begin_if_room().await?;
    sqlx::query(include_str!("../../../sql/identity/token_delete_expired.sql"))
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
    let held = sqlx::query(include_str!("../../../sql/identity/code_hold.sql"))
        .bind(code.as_str())
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if held == 0 {
        return Ok(false);
    }
    sqlx::query(include_str!("../../../sql/identity/token_create.sql"))
        .bind(hashed(token))
        .bind(code)
        .bind(access.client)
        .bind(access.fin)
        .bind(access.scope)
        .bind(now.plus_ms(TOKEN_MS).0)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// What an access token opens, while it is good.
pub(super) async fn load_token(
    tx: &mut Conn,
    token: &str,
    now: Timestamp,
) -> Result<Option<Access>, DbError> {
    let row = sqlx::query(include_str!("../../../sql/identity/token_load.sql"))
        .bind(hashed(token))
        .bind(now.0)
        .fetch_optional(tx)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(Access {
        client: row.try_get("client")?,
        fin: row.try_get("fin")?,
        scope: row.try_get("scope")?,
    }))
}
