//! The tables of sites and agreements.

use super::{Agreed, Content, Site};
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::invocation::CitizenId;
use crate::sessions::hashed;
use crate::{row, sql};

/// The most agreements that the page of a citizen's sites shows.
const AGREED_SHOWN_MAX: i64 = 100;

row!(Site, "identity_site", "id", row => Self {
    id: row.get("id")?,
    content: row.json("content")?,
    ends: row.get("ends_ms")?,
    secret_hash: row.get("secret_hash")?,
});

row!(Agreed, "identity_agreement", "id", row => Self {
    site: row.rest()?,
    scopes: row.words("scopes")?,
    at: row.get("agreed_ms")?,
    until: row.get("until_ms")?,
});

/// Admits a site from `now` on, or replaces what is admitted. Its secret stays.
///
/// # Errors
/// [`DbError`].
pub async fn admit(tx: &mut Conn, id: &str, content: &Content, now: Timestamp) -> Result<(), DbError> {
    let json = serde_json::to_string(content).map_err(|_| DbError::corrupt("identity_site", id))?;
    let ends = now.plus_ms(i64::from(content.days).saturating_mul(DAY_MS));
    sql!("site/admit", id, json, ends).run(tx).await.map(drop)
}

/// Ends a site now, and the agreements with it: nobody logs in there, its access tokens open nothing, and if it comes
/// into force again it asks again.
///
/// # Errors
/// [`DbError`].
pub async fn end(tx: &mut Conn, id: &str, now: Timestamp) -> Result<(), DbError> {
    sql!("site/end", id, now).run(tx).await?;
    sql!("site/agreements_end", id).run(tx).await.map(drop)
}

/// The site with this id, also one whose approval has ended.
///
/// # Errors
/// [`DbError`].
pub async fn load(conn: &mut Conn, id: &str) -> Result<Option<Site>, DbError> {
    sql!("site/load", id).optional(conn).await
}

/// Replaces the site's secret; `false` where no such site is in force.
///
/// # Errors
/// [`DbError`].
pub async fn set_secret(tx: &mut Conn, id: &str, secret: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(sql!("site/set_secret", id, hashed(secret), now).run(tx).await? == 1)
}

/// The sites that the citizen agreed to, newest agreement first.
///
/// # Errors
/// [`DbError`].
pub async fn agreed_sites(conn: &mut Conn, citizen: &CitizenId) -> Result<Vec<Agreed>, DbError> {
    sql!("site/of_citizen", citizen, AGREED_SHOWN_MAX).all(conn).await
}

/// Ends an agreement; `false` where there is none.
///
/// # Errors
/// [`DbError`].
pub async fn forget_agreement(tx: &mut Conn, citizen: &CitizenId, site: &str) -> Result<bool, DbError> {
    Ok(sql!("site/agreement_delete", citizen, site).run(tx).await? == 1)
}

/// Ends all agreements of a citizen.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn forget_agreements(tx: &mut Conn, citizen: &CitizenId) -> Result<(), DbError> {
    sql!("site/agreement_delete_all", citizen).run(tx).await?;
    Ok(())
}
