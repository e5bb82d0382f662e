//! The register of the population: where somebody is registered.

use serde_json::json;

use super::{Found, people, record};
use crate::db::{Conn, DbError};
use crate::identity::personas;

/// The address as it is now: people move.
pub(super) async fn residence(conn: &mut Conn, fin: &str) -> Result<Found, DbError> {
    let Some(person) = people::person(fin) else {
        return Ok(Found::Missing);
    };
    let person = personas::registered(conn, person).await?;
    let address = &person.address;
    Ok(Found::Records(vec![record([
        ("formatted", json!(address.formatted)),
        ("locality", json!(address.locality)),
        ("region", json!(address.region)),
        ("postal_code", json!(address.postal_code)),
        ("country", json!(address.country)),
        ("updated", json!(person.updated.to_string())),
    ])]))
}
