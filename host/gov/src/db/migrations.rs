//! The migrations of the schema, embedded in the binary.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::{Conn, DbError};

macro_rules! migration {
    ($number:literal, $name:literal, $file:literal) => {
        (
            $number,
            $name,
            include_str!(concat!("../../../../migrations/", $file, ".sql")),
        )
    };
}

/// The migrations, oldest first. They are embedded, so that the binary needs no other file.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    migration!(1, "audit", "0001_audit"),
    migration!(2, "identity", "0002_identity"),
    migration!(3, "consent", "0003_consent"),
    migration!(4, "payments", "0004_payments"),
    migration!(5, "open-data", "0005_open_data"),
    migration!(6, "sessions", "0006_sessions"),
    migration!(7, "registry", "0007_registry"),
    migration!(8, "sessions-and-indexes", "0008_sessions_and_indexes"),
    migration!(9, "payments-facts", "0009_payments"),
    migration!(10, "registry-review", "0010_registry_review"),
    migration!(11, "payments-rejections", "0011_payments"),
    migration!(12, "consent-ends", "0012_consent"),
    migration!(13, "identity-attempts", "0013_identity"),
    migration!(15, "staff credentials", "0015_staff_credentials"),
    migration!(16, "decisions", "0016_decisions"),
    migration!(17, "service log", "0017_service_log"),
    migration!(18, "payment provider", "0018_payment_provider"),
    migration!(19, "notifications", "0019_notifications"),
    migration!(22, "identity provider", "0022_identity_provider"),
    migration!(23, "life events", "0023_life_events"),
    migration!(28, "web sites", "0028_web_sites"),
    migration!(29, "consent ends", "0029_consent_ends"),
    migration!(30, "residence", "0030_residence"),
    migration!(31, "exchange", "0031_exchange"),
    migration!(33, "open data publishers", "0033_open_data_publishers"),
    migration!(35, "documents", "0035_documents"),
    migration!(36, "signature", "0036_signature"),
    migration!(38, "test spaces", "0038_test_spaces"),
    migration!(40, "submissions", "0040_submissions"),
    migration!(42, "signature signers", "0042_signature_signers"),
    migration!(44, "civil status", "0044_civil_status"),
    migration!(45, "consent signed", "0045_consent_signed"),
    migration!(46, "presentations", "0046_presentations"),
    migration!(50, "deaths", "0050_deaths"),
    migration!(51, "document offers", "0051_document_offers"),
    migration!(52, "open data sources", "0052_open_data_sources"),
    migration!(53, "verifier requests", "0053_verifier_requests"),
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
