//! The session of the platform's own pages, for `tower-sessions`.

use async_trait::async_trait;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};
use tower_sessions::{Expiry, SessionManagerLayer};

use super::cookies::{PORTAL_COOKIE, Secure};
use super::hashed;
use crate::db::{Conn, DbError};
use crate::invocation::CitizenId;
use crate::platform::Platform;
use crate::sql;

/// How long a log-in lasts, used or not. The browser forgets the cookie when it closes.
pub const PORTAL_SESSION_MS: i64 = 12 * 60 * 60 * 1000;

/// The key of the citizen who is logged in, a [`crate::invocation::Session`].
pub const CITIZEN_KEY: &str = "citizen";

/// Where the portal's sessions are kept.
#[derive(Clone, Debug)]
pub struct PortalStore {
    platform: Platform,
}

/// The layer that gives every page of the platform its session. `secure` where people reach the
/// platform over HTTPS.
pub fn layer(platform: &Platform, secure: Secure) -> SessionManagerLayer<PortalStore> {
    let store = PortalStore {
        platform: platform.clone(),
    };
    SessionManagerLayer::new(store)
        .with_name(secure.name(PORTAL_COOKIE))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(secure == Secure::Yes)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}

fn backend(error: DbError) -> session_store::Error {
    tracing::error!(error = &error as &dyn std::error::Error, "sessions.store failed");
    session_store::Error::Backend(error.to_string())
}

fn encoded(record: &Record) -> session_store::Result<String> {
    serde_json::to_string(&record.data).map_err(|error| session_store::Error::Encode(error.to_string()))
}

/// Who is logged in.
fn citizen(record: &Record) -> Option<&str> {
    record.data.get(CITIZEN_KEY)?.get("citizen")?.as_str()
}

/// Ends a citizen's log-ins at the platform's pages, and with them those at all services and the tickets under way, which
/// count only while the log-in that they stem from is there.
pub(crate) async fn end_all_of(tx: &mut Conn, citizen: &CitizenId) -> Result<(), DbError> {
    sql!("sessions/login_delete_citizen", citizen).run(tx).await?;
    sql!("sessions/portal_delete_citizen", citizen).run(tx).await?;
    Ok(())
}

impl PortalStore {
    /// Whether the session is there now: `false` where its id was taken.
    async fn insert(&self, record: &Record, data: &str) -> Result<bool, DbError> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.begin_if_room().await?;
        sql!("sessions/portal_delete_expired", now).run(&mut tx).await?;
        let inserted = sql!(
            "sessions/portal_create",
            hashed(&record.id.to_string()),
            data,
            citizen(record),
            now.plus_ms(PORTAL_SESSION_MS)
        )
        .run(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(inserted == 1)
    }
}

#[async_trait]
impl SessionStore for PortalStore {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        /// Two of 2^128 ids collide never; the loop is for a store that says so.
        const TRIES_MAX: usize = 4;
        let data = encoded(record)?;
        for _ in 0..TRIES_MAX {
            let created = self.insert(record, &data).await.map_err(backend)?;
            if created {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(session_store::Error::Backend(
            "no free session id was found".to_owned(),
        ))
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        // A session that was ended meanwhile stays ended: no row, nothing to save.
        let save = sql!(
            "sessions/portal_save",
            hashed(&record.id.to_string()),
            encoded(record)?,
            citizen(record)
        );
        save.run_alone(&self.platform.db).await.map(drop).map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let now = self.platform.clock.now();
        let mut reader = self.platform.db.reader().await.map_err(backend)?;
        let load = sql!("sessions/portal_load", hashed(&id.to_string()), now);
        let found: Option<(String, i64)> = load.optional(&mut reader).await.map_err(backend)?;
        let Some((data, expires_ms)) = found else {
            return Ok(None);
        };
        let data =
            serde_json::from_str(&data).map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date: OffsetDateTime::from_unix_timestamp(expires_ms.div_euclid(1_000))
                .map_err(|error| session_store::Error::Decode(error.to_string()))?,
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let delete = sql!("sessions/portal_delete", hashed(&id.to_string()));
        delete
            .run_alone(&self.platform.db)
            .await
            .map(drop)
            .map_err(backend)
    }
}
