//! Test spaces and their snapshots.

use aim_gov::db::{Conn, DbError};
use aim_gov::{row, sql};

use crate::domain::OrganisationId;
use crate::domain::space::{SNAPSHOTS_MAX, SPACES_MAX, Snapshot, Space, SpaceName};

/// The outcome of making a space or a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    Yes,
    TooMany,
    NameTaken,
}

row!(Space, "test_space", "name", row => Self {
    name: row.get("name")?,
    organisation: row.get("organisation")?,
    created_at: row.get("created_ms")?,
    generation: row.get("generation")?,
    began_at: row.get("began_ms")?,
    clock: row.json("clock")?,
    faults: row.json("faults")?,
});
row!(Snapshot, "test_space_snapshot", "name", {
    name, created_at = "created_ms", began_at = "began_ms", stood_at = "stood_ms",
});

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

fn json<T: serde::Serialize>(space: &Space, value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|_| DbError::corrupt("test_space", &space.name.0))
}

pub async fn insert(tx: &mut Conn, space: &Space) -> Result<Created, DbError> {
    super::organisation::lock(tx, &space.organisation).await?;
    let (known,): (i64,) = sql!("space/count_of_organisation", &space.organisation)
        .one(tx)
        .await?;
    if known >= limit(SPACES_MAX) {
        return Ok(Created::TooMany);
    }
    let inserted = sql!(
        "space/insert",
        &space.name,
        &space.organisation,
        space.created_at,
        space.generation,
        space.began_at,
        json(space, &space.clock)?,
        json(space, &space.faults)?
    );
    Ok(if inserted.run(tx).await? == 1 {
        Created::Yes
    } else {
        Created::NameTaken
    })
}

pub async fn get(conn: &mut Conn, name: &SpaceName) -> Result<Option<Space>, DbError> {
    sql!("space/get", name).optional(conn).await
}

/// The spaces of an organisation, by name.
pub async fn of_organisation(conn: &mut Conn, organisation: &OrganisationId) -> Result<Vec<Space>, DbError> {
    sql!("space/of_organisation", organisation, limit(SPACES_MAX))
        .all(conn)
        .await
}

/// Stores `next` in the place of `known`; `false` if the space was changed or deleted meanwhile.
pub async fn save(tx: &mut Conn, known: &Space, next: &Space) -> Result<bool, DbError> {
    let saved = sql!(
        "space/save",
        &known.name,
        known.generation,
        next.generation,
        next.began_at,
        json(next, &next.clock)?,
        json(known, &known.clock)?,
        json(next, &next.faults)?
    );
    Ok(saved.run(tx).await? == 1)
}

/// Deletes a space with its snapshots; `false` if it does not exist any more.
pub async fn delete(tx: &mut Conn, space: &Space) -> Result<bool, DbError> {
    let deleted = sql!("space/delete", &space.name, space.created_at)
        .run(tx)
        .await?;
    if deleted == 1 {
        sql!("space/delete_snapshots", &space.name).run(tx).await?;
    }
    Ok(deleted == 1)
}

/// The snapshots of a space, the oldest first.
pub async fn snapshots(conn: &mut Conn, space: &SpaceName) -> Result<Vec<Snapshot>, DbError> {
    sql!("space/snapshots", space, limit(SNAPSHOTS_MAX))
        .all(conn)
        .await
}

pub async fn insert_snapshot(tx: &mut Conn, space: &Space, snapshot: &Snapshot) -> Result<Created, DbError> {
    super::organisation::lock(tx, &space.organisation).await?;
    if snapshots(tx, &space.name).await?.len() >= SNAPSHOTS_MAX {
        return Ok(Created::TooMany);
    }
    let inserted = sql!(
        "space/insert_snapshot",
        &space.name,
        &snapshot.name,
        snapshot.created_at,
        snapshot.began_at,
        snapshot.stood_at
    );
    Ok(if inserted.run(tx).await? == 1 {
        Created::Yes
    } else {
        Created::NameTaken
    })
}

/// `false` if it does not exist any more.
pub async fn delete_snapshot(
    tx: &mut Conn,
    space: &SpaceName,
    snapshot: &SpaceName,
) -> Result<bool, DbError> {
    Ok(sql!("space/delete_snapshot", space, snapshot).run(tx).await? == 1)
}
