//! The staff's own log-in: an e-mail address and a password, few attempts.

use aim_gov::clock::Timestamp;
use aim_gov::db::DbError;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use futures::FutureExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::domain::StaffId;
use crate::domain::staff::{Staff, StaffRole};
use crate::store;

/// Wrong passwords before the log-in is locked.
pub const ATTEMPTS_MAX: i64 = 5;
/// How long it is locked then: 15 minutes.
pub const LOCK_MS: i64 = 15 * 60 * 1000;
/// Bytes of a password at most: hashing is expensive.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Bytes of a salt, as RFC 9106 recommends.
const SALT_BYTES: usize = 16;

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No such log-in, or another password; an attacker learns not which.
    #[error("no log-in with this address and password")]
    Wrong,
    /// Too many wrong passwords.
    #[error("too many wrong passwords")]
    Locked {
        /// Until when.
        until: Timestamp,
    },
    /// The hash could not be computed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] DbError),
}

/// Who this is.
///
/// # Errors
/// [`LoginError`].
pub async fn log_in(app: &App, email: &str, password: SecretString) -> Result<Staff, LoginError> {
    let now = app.platform.clock.now();
    let email = email.trim().to_lowercase();
    let known = {
        let mut reader = app.platform.db.reader().await?;
        store::staff::credentials(&mut reader, &email).await?
    };
    let Some(known) = known else {
        // As long as a wrong password takes, so that the time does not tell which addresses exist.
        hash(app, password).await?;
        return Err(LoginError::Wrong);
    };
    if now < known.locked_until {
        return Err(LoginError::Locked {
            until: known.locked_until,
        });
    }
    let right =
        password.expose_secret().len() <= PASSWORD_BYTES_MAX && verify(known.password_hash, password).await?;
    let id = known.staff.id.clone();
    let written: Result<(), DbError> = app
        .platform
        .db
        .write(move |tx| {
            async move {
                if right {
                    store::staff::record_success(tx, &id).await
                } else {
                    store::staff::record_failure(tx, &id, ATTEMPTS_MAX, now.plus_ms(LOCK_MS)).await
                }
            }
            .boxed()
        })
        .await;
    written?;
    tracing::info!(staff.id = %known.staff.id, login.right = right, "staff.login");
    if right {
        Ok(known.staff)
    } else {
        Err(LoginError::Wrong)
    }
}

async fn verify(known: String, password: SecretString) -> Result<bool, LoginError> {
    spawn_blocking(move || {
        let known = PasswordHash::new(&known).map_err(|error| LoginError::Hash(error.to_string()))?;
        Ok(Argon2::default()
            .verify_password(password.expose_secret().as_bytes(), &known)
            .is_ok())
    })
    .await
    .map_err(|error| LoginError::Hash(error.to_string()))?
}

async fn hash(app: &App, password: SecretString) -> Result<String, LoginError> {
    let mut salt = [0; SALT_BYTES];
    app.platform.random.fill(&mut salt);
    spawn_blocking(move || {
        let password = password.expose_secret().as_bytes();
        let password = password.get(..PASSWORD_BYTES_MAX).unwrap_or(password);
        let hash: PasswordHash = Argon2::default()
            .hash_password_with_salt(password, &salt)
            .map_err(|error| LoginError::Hash(error.to_string()))?;
        Ok(hash.to_string())
    })
    .await
    .map_err(|error| LoginError::Hash(error.to_string()))?
}

/// Somebody who shall be able to log in from the start.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// The log-in name.
    pub email: String,
    /// The name on pages.
    pub name: String,
    /// What they may do.
    pub role: StaffRole,
    /// Their first password.
    pub password: SecretString,
}

/// Adds whoever is not there yet; nobody's password changes.
///
/// # Errors
/// [`LoginError::Hash`], [`LoginError::Db`].
pub async fn seed(app: &App, people: &[NewStaff]) -> Result<(), LoginError> {
    for person in people {
        let email = person.email.to_lowercase();
        let known = {
            let mut reader = app.platform.db.reader().await?;
            store::staff::credentials(&mut reader, &email).await?
        };
        if known.is_some() {
            continue;
        }
        let password_hash = hash(app, person.password.clone()).await?;
        let staff = Staff {
            id: StaffId(app.platform.random.id("stf", app.platform.clock.now())),
            email,
            name: person.name.clone(),
            role: person.role,
            organisation: None,
        };
        let added: Result<bool, DbError> = app
            .platform
            .db
            .write(move |tx| async move { store::staff::add(tx, &staff, &password_hash).await }.boxed())
            .await;
        added?;
    }
    Ok(())
}
