//! Organisations and their members.

use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::CitizenId;
use aim_gov::{row, sql};

use crate::domain::OrganisationId;
use crate::domain::organisation::Organisation;

row!(Organisation, "organisation", "id", { id, name, tax_id, created_at = "created_at_ms" });

/// The outcome of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// Registered, with its first member.
    Yes,
    /// The taxpayer's number belongs to another organisation.
    TaxIdTaken,
    /// The citizen belongs to an organisation already. The transaction must be rolled back.
    Member,
}

/// Registers an organisation with its first member.
pub async fn register(tx: &mut Conn, new: &Organisation, by: &CitizenId) -> Result<Registered, DbError> {
    let (id, now) = (&new.id, new.created_at);
    let inserted = sql!("organisation/insert", id, &new.name, &new.tax_id, now);
    if inserted.run(tx).await? == 0 {
        return Ok(Registered::TaxIdTaken);
    }
    Ok(match sql!("organisation/join", id, by, now).run(tx).await? {
        1 => Registered::Yes,
        _ => Registered::Member,
    })
}

/// Locks the organisation, so that no other transaction counts or adds to it until this one ends.
pub async fn lock(tx: &mut Conn, id: &OrganisationId) -> Result<(), DbError> {
    sql!("organisation/lock", id).run(tx).await?;
    Ok(())
}

/// The organisations that a citizen belongs to, oldest first.
pub async fn of_citizen(conn: &mut Conn, citizen: &CitizenId) -> Result<Vec<Organisation>, DbError> {
    sql!("organisation/of_citizen", citizen).all(conn).await
}

pub async fn get(conn: &mut Conn, id: &OrganisationId) -> Result<Option<Organisation>, DbError> {
    sql!("organisation/get", id).optional(conn).await
}

/// The organisation with this taxpayer's number.
pub async fn by_tax_id(conn: &mut Conn, tax_id: &str) -> Result<Option<Organisation>, DbError> {
    sql!("organisation/by_tax_id", tax_id).optional(conn).await
}
