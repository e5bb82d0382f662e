//! What a citizen agreed to at a site.

use super::Site;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::identity::scope::Scope;
use crate::invocation::CitizenId;
use crate::sql;

/// An agreement, with its site as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    pub site: Site,
    pub scopes: Vec<Scope>,
    pub at: Timestamp,
    /// The end that the citizen was told.
    pub until: Timestamp,
}

impl Agreed {
    /// Whether the site learns anything at this time.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        now < self.until && self.site.is_in_force(now)
    }
}

/// What came of a citizen's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Agreed,
    /// As many citizens as the approval allows have agreed.
    Full,
}

/// Whether the citizen has to be asked before the site learns these scopes: they never agreed, to other terms, to less,
/// or until a time that has passed.
pub(crate) async fn needs(
    conn: &mut Conn,
    site: &Site,
    citizen: &CitizenId,
    scopes: &[Scope],
    now: Timestamp,
) -> Result<bool, DbError> {
    let kept: Option<(String, String)> = sql!("site/agreement_load", citizen, &site.id, now)
        .optional(conn)
        .await?;
    let Some((terms, agreed)) = kept else {
        return Ok(true);
    };
    let agreed: Vec<_> = Scope::known(&agreed).collect();
    Ok(terms != self::terms(site)? || scopes.iter().any(|scope| !agreed.contains(scope)))
}

/// Keeps that the citizen agreed to these scopes, beside those of an earlier agreement to the same terms.
pub(crate) async fn agree(
    tx: &mut Conn,
    site: &Site,
    citizen: &CitizenId,
    scopes: &[Scope],
    now: Timestamp,
) -> Result<Asked, DbError> {
    // Holds the site's row, so that two citizens who come at once cannot both be the last one.
    sql!("site/agreement_hold", &site.id).run(tx).await?;
    let terms = terms(site)?;
    let kept: Option<(String, String)> = sql!("site/agreement_load", citizen, &site.id, now)
        .optional(tx)
        .await?;
    if kept.is_none() {
        let (count,): (i64,) = sql!("site/agreement_count", &site.id, now).one(tx).await?;
        if count >= i64::from(site.content.citizens) {
            return Ok(Asked::Full);
        }
    }
    let before = kept
        .filter(|(old, _)| *old == terms)
        .map(|(_, scopes)| scopes)
        .unwrap_or_default();
    let before: Vec<_> = Scope::known(&before).collect();
    let all: Vec<_> = Scope::ALL
        .iter()
        .filter(|scope| before.contains(scope) || scopes.contains(scope))
        .map(|scope| scope.code())
        .collect();
    sql!(
        "site/agreement_put",
        citizen,
        &site.id,
        terms,
        all.join(" "),
        now,
        site.ends
    )
    .run(tx)
    .await?;
    Ok(Asked::Agreed)
}

fn terms(site: &Site) -> Result<String, DbError> {
    site.content
        .terms()
        .map_err(|_| DbError::corrupt("identity_site", &site.id))
}
