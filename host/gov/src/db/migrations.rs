//! The schema's history, embedded in the binary.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::{Conn, DbError};

/// The schema's history, oldest first. Files are embedded, so that the binary needs nothing beside it.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "audit", include_str!("../../../../migrations/0001_audit.sql")),
    (
        2,
        "identity",
        include_str!("../../../../migrations/0002_identity.sql"),
    ),
    (
        3,
        "consent",
        include_str!("../../../../migrations/0003_consent.sql"),
    ),
    (
        4,
        "payments",
        include_str!("../../../../migrations/0004_payments.sql"),
    ),
    (
        5,
        "open-data",
        include_str!("../../../../migrations/0005_open_data.sql"),
    ),
    (
        6,
        "sessions",
        include_str!("../../../../migrations/0006_sessions.sql"),
    ),
    (
        7,
        "registry",
        include_str!("../../../../migrations/0007_registry.sql"),
    ),
    (
        8,
        "sessions-and-indexes",
        include_str!("../../../../migrations/0008_sessions_and_indexes.sql"),
    ),
    (
        9,
        "payments-facts",
        include_str!("../../../../migrations/0009_payments.sql"),
    ),
    (
        10,
        "registry-review",
        include_str!("../../../../migrations/0010_registry_review.sql"),
    ),
    (
        11,
        "payments-rejections",
        include_str!("../../../../migrations/0011_payments.sql"),
    ),
    (
        12,
        "consent-ends",
        include_str!("../../../../migrations/0012_consent.sql"),
    ),
    (
        13,
        "identity-attempts",
        include_str!("../../../../migrations/0013_identity.sql"),
    ),
    (
        15,
        "staff credentials",
        include_str!("../../../../migrations/0015_staff_credentials.sql"),
    ),
    (
        16,
        "decisions",
        include_str!("../../../../migrations/0016_decisions.sql"),
    ),
    (
        17,
        "service log",
        include_str!("../../../../migrations/0017_service_log.sql"),
    ),
];

pub(super) fn migrations() -> Vec<Migration> {
    MIGRATIONS
        .iter()
        .map(|(version, name, sql)| {
            Migration::new(
                *version,
                (*name).into(),
                MigrationType::Simple,
                (*sql).into_sql_str(),
                false,
            )
        })
        .collect()
}

/// Brings the schema up to date.
pub(super) async fn migrate(conn: &mut Conn) -> Result<(), DbError> {
    Migrator::with_migrations(migrations())
        .run_direct(None, conn, false)
        .await
        .map_err(|error| match error {
            MigrateError::VersionMissing(change) | MigrateError::VersionMismatch(change) => {
                DbError::OtherVersion { change }
            }
            error => DbError::Migrate(error),
        })
}
