//! Tickets that hand a citizen over to a service, and the log-ins at the services' origins.

use super::{PORTAL_SESSION_MS, hashed};
use crate::db::{Conn, DbError};
use crate::invocation::{CitizenId, ServiceId, Session};
use crate::platform::Platform;
use crate::sql;

/// How long a ticket is good, once.
pub const TICKET_MS: i64 = 60 * 1000;
/// How long a log-in at a service lasts; the platform renews it without asking while its own lasts.
pub const SERVICE_SESSION_MS: i64 = 60 * 60 * 1000;

/// Log-ins at services. Clones share the database.
#[derive(Clone, Debug)]
pub struct ServiceSessions {
    platform: Platform,
}

impl ServiceSessions {
    /// The log-ins kept in the platform's database.
    pub fn new(platform: Platform) -> Self {
        Self { platform }
    }

    /// Names a new log-in at the platform, or prolongs the one of this name: what stems from it at services
    /// holds as long as it does, [`PORTAL_SESSION_MS`] from now.
    pub async fn keep_login(&self, citizen: &CitizenId, name: Option<String>) -> Result<String, DbError> {
        let now = self.platform.clock.now();
        let name = name.unwrap_or_else(|| self.platform.random.token());
        let mut tx = self.platform.db.begin_if_room().await?;
        sql!("sessions/login_delete_expired", now).run(&mut tx).await?;
        sql!(
            "sessions/login_keep",
            &name,
            citizen,
            now.plus_ms(PORTAL_SESSION_MS)
        )
        .run(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(name)
    }

    /// A ticket for `service`, good once, within [`TICKET_MS`], in the one browser that holds the value
    /// whose [`hashed`] form is `browser_hash`. `login` names the log-in at the platform; once that
    /// is over, the ticket opens nothing.
    pub async fn issue(
        &self,
        service: &ServiceId,
        login: &str,
        browser_hash: &str,
        session: &Session,
    ) -> Result<String, DbError> {
        let now = self.platform.clock.now();
        let ticket = self.platform.random.token();
        let session = as_json(session)?;
        let mut tx = self.platform.db.begin_if_room().await?;
        sql!("sessions/ticket_delete_expired", now).run(&mut tx).await?;
        sql!(
            "sessions/ticket_create",
            hashed(&ticket),
            service,
            login,
            browser_hash,
            session,
            now.plus_ms(TICKET_MS)
        )
        .run(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(ticket)
    }

    /// Takes a ticket in and opens a log-in at the service: the value of its cookie. `None` for a ticket
    /// that was used, is too old, belongs to another service or browser, or whose log-in at the platform
    /// is over.
    pub async fn redeem(
        &self,
        service: &ServiceId,
        ticket: &str,
        browser: &str,
    ) -> Result<Option<String>, DbError> {
        let now = self.platform.clock.now();
        let cookie = self.platform.random.token();
        let ticket = hashed(ticket);
        let mut tx = self.platform.db.begin_if_room().await?;
        let found = sql!("sessions/ticket_load", &ticket, service, hashed(browser), now);
        let found: Option<(String, String)> = found.optional(&mut tx).await?;
        // The row count of the deletion decides between two redemptions at once.
        let taken = sql!("sessions/ticket_delete", &ticket).run(&mut tx).await?;
        let found = found.filter(|_| taken == 1);
        if let Some((login, session)) = &found {
            sql!("sessions/service_delete_expired", now).run(&mut tx).await?;
            sql!(
                "sessions/service_create",
                hashed(&cookie),
                service,
                login,
                session,
                now.plus_ms(SERVICE_SESSION_MS)
            )
            .run(&mut tx)
            .await?;
        }
        // The ticket is used up in either case.
        tx.commit().await?;
        Ok(found.map(|_| cookie))
    }

    /// The log-in behind a cookie at a service's origin, while the one at the platform holds too.
    pub async fn resolve(&self, service: &ServiceId, cookie: &str) -> Result<Option<Session>, DbError> {
        let now = self.platform.clock.now();
        let id = hashed(cookie);
        let mut reader = self.platform.db.reader().await?;
        let found: Option<(String,)> = sql!("sessions/service_load", &id, service, now)
            .optional(&mut reader)
            .await?;
        let session = found.map(|(session,)| serde_json::from_str(&session)).transpose();
        session.map_err(|_| DbError::corrupt("service_session", id))
    }

    /// Ends a log-in at the platform: what stems from it at services ends with it, tickets under way too.
    pub async fn end_login(&self, login: &str) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        for delete in [
            sql!("sessions/login_delete", login),
            sql!("sessions/ticket_delete_login", login),
            sql!("sessions/service_delete_login", login),
        ] {
            delete.run(&mut tx).await?;
        }
        tx.commit().await
    }
}

/// Ends a citizen's log-ins at one service, and the tickets under way to it.
pub(crate) async fn end_at_service(
    tx: &mut Conn,
    service: &ServiceId,
    citizen: &CitizenId,
) -> Result<(), DbError> {
    sql!("sessions/ticket_delete_citizen", service, citizen)
        .run(tx)
        .await?;
    sql!("sessions/service_delete_citizen", service, citizen)
        .run(tx)
        .await?;
    Ok(())
}

/// Ends every log-in at one service, and the tickets under way to it, so that its citizens come in through
/// the platform again. Belongs into the transaction of its cause: a withdrawal, or a version with new hosts.
pub async fn end_all_at_service(tx: &mut Conn, service: &ServiceId) -> Result<(), DbError> {
    sql!("sessions/ticket_delete_service", service).run(tx).await?;
    sql!("sessions/service_delete_service", service).run(tx).await?;
    Ok(())
}

fn as_json(session: &Session) -> Result<String, DbError> {
    serde_json::to_string(session).map_err(|_| DbError::corrupt("service_session", &session.citizen.0))
}
