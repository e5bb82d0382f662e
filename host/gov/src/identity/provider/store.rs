//! What the provider remembers of people who proved who they are: log-ins, codes, access tokens.

use super::request::AuthRequest;
use super::{CODE_MS, LOGIN_MS, TOKEN_MS};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::invocation::Acr;
use crate::platform::Platform;
use crate::sessions::hashed;
use crate::{row, sql};

/// A log-in at the provider.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Login {
    pub(super) fin: String,
    pub(super) acr: Acr,
    pub(super) amr: Vec<String>,
    pub(super) auth_time: Timestamp,
}

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

/// Opens a log-in: the value of its cookie.
pub(super) async fn open_login(platform: &Platform, login: &Login) -> Result<String, DbError> {
    let now = platform.clock.now();
    let cookie = platform.random.token();
    let mut tx = platform.db.begin_if_room().await?;
    sql!("identity/login_delete_expired", now).run(&mut tx).await?;
    sql!(
        "identity/login_create",
        hashed(&cookie),
        &login.fin,
        login.acr.code(),
        login.amr.join(" "),
        login.auth_time,
        now.plus_ms(LOGIN_MS)
    )
    .run(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(cookie)
}

/// The log-in behind a cookie.
pub(super) async fn load_login(platform: &Platform, cookie: &str) -> Result<Option<Login>, DbError> {
    let mut reader = platform.db.reader().await?;
    sql!("identity/login_load", hashed(cookie), platform.clock.now())
        .optional(&mut reader)
        .await
}

row!(Login, "identity_login", "id_hash", row => Self {
    fin: row.get("fin")?,
    acr: row.parse("acr")?,
    amr: row.words("amr")?,
    auth_time: row.get("auth_ms")?,
});

/// Ends the log-in behind a cookie.
pub(super) async fn close_login(platform: &Platform, cookie: &str) -> Result<(), DbError> {
    let delete = sql!("identity/login_delete", hashed(cookie));
    delete.run_alone(&platform.db).await.map(drop)
}

/// Ends all log-ins of a person, with their access tokens.
pub(crate) async fn end_log_ins(tx: &mut Conn, fin: &str) -> Result<(), DbError> {
    sql!("identity/login_delete_person", fin).run(tx).await?;
    sql!("identity/token_delete_person", fin).run(tx).await?;
    Ok(())
}

/// A code for what the citizen just proved.
pub(super) async fn issue_code(platform: &Platform, issued: &Issued) -> Result<String, DbError> {
    let now = platform.clock.now();
    let code = platform.random.token();
    let id = hashed(&code);
    let issued = serde_json::to_string(issued).map_err(|_| DbError::corrupt("identity_code", &id))?;
    let mut tx = platform.db.begin_if_room().await?;
    sql!("identity/code_delete_expired", now.plus_ms(-TOKEN_MS))
        .run(&mut tx)
        .await?;
    sql!("identity/code_create", id, issued, now.plus_ms(CODE_MS))
        .run(&mut tx)
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
    let taken = sql!("identity/code_use", id).run(tx).await?;
    let code: Option<(String, Timestamp)> = sql!("identity/code_load", id).optional(tx).await?;
    let Some((issued, expires)) = code else {
        return Ok(Redeemed::Unknown);
    };
    if taken == 0 {
        // First the code, whose row a first use that is still under way holds: either that
        // one finds it gone, or its token is there to be deleted.
        sql!("identity/code_delete", id).run(tx).await?;
        sql!("identity/token_delete_code", id).run(tx).await?;
        return Ok(Redeemed::Again);
    }
    if expires <= now {
        return Ok(Redeemed::Unknown);
    }
    serde_json::from_str(&issued)
        .map(|issued| Redeemed::Fresh(Box::new(issued)))
        .map_err(|_| DbError::corrupt("identity_code", id))
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
    sql!("identity/token_delete_expired", now).run(&mut tx).await?;
    let held = sql!("identity/code_hold", &code).run(&mut tx).await?;
    if held == 0 {
        return Ok(false);
    }
    sql!(
        "identity/token_create",
        hashed(token),
        code,
        access.client,
        access.fin,
        access.scope,
        now.plus_ms(TOKEN_MS)
    )
    .run(&mut tx)
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
    sql!("identity/token_load", hashed(token), now).optional(tx).await
}

row!(Access, "identity_token", "token_hash", { client, fin, scope });
