//! The civil registry office: a person's children, and a person's marriage.

use serde_json::json;

use super::{Fields, Found, record};
use crate::civil_status::{Child, Marriage, register};
use crate::db::{Conn, DbError};

pub(super) async fn children(conn: &mut Conn, fin: &str) -> Result<Found, DbError> {
    let children = register::children(conn, fin).await?;
    Ok(Found::Records(children.iter().map(child).collect()))
}

fn child(child: &Child) -> Fields {
    record([
        ("record", json!(child.record)),
        ("born", json!(child.born.to_string())),
        ("gender", json!(child.gender.code())),
        ("family_name", json!(child.family_name)),
        ("given_name", json!(child.given_name)),
    ])
}

/// Of the marriage alone: who the other spouse is, is that person's data too.
pub(super) async fn marriage(conn: &mut Conn, fin: &str) -> Result<Found, DbError> {
    let marriage = register::marriage(conn, fin).await?;
    Ok(Found::Records(marriage.iter().map(fields).collect()))
}

fn fields(marriage: &Marriage) -> Fields {
    record([
        ("record", json!(marriage.record)),
        ("since", json!(marriage.since.to_string())),
    ])
}
