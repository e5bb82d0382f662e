//! The log-in that a session of the platform's own pages holds.

use aim_gov::sessions::ServiceSessions;
use tower_sessions::Session;

/// Session key of the name of this log-in, which log-ins at services refer to.
pub(crate) const LOGIN: &str = "login";

#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error("the session could not be saved")]
    Session(#[from] tower_sessions::session::Error),
    #[error("the log-in could not be recorded")]
    Db(#[from] aim_gov::db::DbError),
}

/// Ends the log-ins at services that stem from this session's log-in, whose name it keeps.
pub(crate) async fn end_at_services(
    services: &ServiceSessions,
    session: &Session,
) -> Result<(), SessionError> {
    match session.get::<String>(LOGIN).await? {
        Some(login) => Ok(services.end_login(&login).await?),
        None => Ok(()),
    }
}
