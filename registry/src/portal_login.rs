//! The log-in in a session of the platform's own pages.

use aim_gov::sessions::ServiceSessions;
use tower_sessions::Session;

/// Session key of the id of this log-in, to which log-ins at services refer.
pub(crate) const LOGIN: &str = "login";

#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error("the session could not be saved")]
    Session(#[from] tower_sessions::session::Error),
    #[error("the log-in could not be recorded")]
    Db(#[from] aim_gov::db::DbError),
}

/// Ends the log-ins at services that originate from this session's log-in, whose id it keeps.
pub(crate) async fn end_at_services(
    services: &ServiceSessions,
    session: &Session,
) -> Result<(), SessionError> {
    match session.get::<String>(LOGIN).await? {
        Some(login) => Ok(services.end_login(&login).await?),
        None => Ok(()),
    }
}
