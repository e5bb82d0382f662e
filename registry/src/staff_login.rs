//! The staff's log-in: an e-mail address, a password and a code of the second factor, with few attempts.
//!
//! Every attempt is counted before its password is hashed, so that concurrent attempts count like consecutive
//! ones; unknown addresses are counted like known ones, so that nobody learns which exist. Attempts are counted
//! for each address and source: guesses from elsewhere do not lock out the officer, unless the guesses from all
//! sources become too many.

use std::time::Duration;

use aim_gov::clock::Timestamp;
use aim_gov::random::Random;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::domain::StaffId;
use crate::domain::report::sha256_hex;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::staff_event::StaffEvent;
pub use crate::login_error::{LOCK_MS, LoginError};
use crate::second_factor::{self, Factor};
use crate::store;

/// The most wrong passwords for one address from one source within [`LOCK_MS`].
pub const ATTEMPTS_MAX: i64 = 5;
/// The most wrong passwords for one address from all sources within [`LOCK_MS`].
pub const ATTEMPTS_EVERYWHERE_MAX: i64 = 100;
/// How long a log-in waits for a permit to hash.
const HASH_WAIT: Duration = Duration::from_secs(3);
/// The most bytes of a password: hashing is expensive.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Bytes of a salt, as RFC 9106 recommends.
const SALT_BYTES: usize = 16;

/// Authenticates a person. `source` is the origin of the attempt, as far as it is known.
pub async fn log_in(
    app: &App,
    email: &str,
    password: SecretString,
    code: &str,
    source: &str,
) -> Result<LoggedIn, LoginError> {
    let now = app.platform.clock.now();
    let email = email.trim().to_lowercase();
    let counted = [
        (sha256_hex(format!("{email}\n{source}").as_bytes()), ATTEMPTS_MAX),
        (sha256_hex(email.as_bytes()), ATTEMPTS_EVERYWHERE_MAX),
    ];
    for (id, max) in &counted {
        let mut tx = app.platform.db.begin_if_room().await?;
        let locked = store::staff::attempt(&mut tx, id, now, now.plus_ms(LOCK_MS), *max).await?;
        tx.commit().await?;
        if let Some(until) = locked {
            return Err(LoginError::Locked { until });
        }
    }
    let known = {
        let mut reader = app.platform.db.reader().await?;
        store::staff::credentials(&mut reader, &email).await?
    };
    let _turn = tokio::time::timeout(HASH_WAIT, app.hashing.acquire())
        .await
        .map_err(|_| LoginError::Busy)?;
    let Some(known) = known.filter(|known| known.staff.active) else {
        // Takes as long as a wrong password, so that the time does not disclose which addresses exist.
        hash(app, password).await?;
        return Err(LoginError::Wrong);
    };
    let right = verify(known.password_hash, password).await?;
    tracing::info!(staff.id = %known.staff.id, login.right = right, "staff.login");
    if !right {
        return Err(LoginError::Wrong);
    }
    let (staff, keys) = (known.staff, second_factor::Keys::of(app));
    let mut tx = app.platform.db.begin().await?;
    let factor = second_factor::spend(&mut tx, &keys, &staff.id, code, now)
        .await?
        .ok_or(LoginError::Wrong)?;
    for (id, _) in &counted {
        store::staff::forget_attempts(&mut tx, id).await?;
    }
    if factor == Factor::Recovery {
        let (event, what) = (app.platform.random.id("sev", now), StaffEvent::CodeUsed);
        store::staff::append_event(&mut tx, &event, now, &staff.name, what, &staff).await?;
    }
    let known = store::staff::log_in(&mut tx, &staff.id).await?;
    tx.commit().await?;
    let (staff, generation) = known.ok_or(LoginError::Wrong)?;
    Ok(LoggedIn {
        staff,
        generation,
        code_at: (factor == Factor::Code).then_some(now),
    })
}

/// Whether this is the password of a person who is logged in; the number of wrong ones is limited.
pub async fn is_password(app: &App, staff: &Staff, password: SecretString) -> Result<(), LoginError> {
    let now = app.platform.clock.now();
    let counted = sha256_hex(format!("own password\n{}", staff.id).as_bytes());
    let mut tx = app.platform.db.begin().await?;
    let locked = store::staff::attempt(&mut tx, &counted, now, now.plus_ms(LOCK_MS), ATTEMPTS_MAX).await?;
    tx.commit().await?;
    if let Some(until) = locked {
        return Err(LoginError::Locked { until });
    }
    let known = {
        let mut reader = app.platform.db.reader().await?;
        store::staff::credentials(&mut reader, &staff.email).await?
    };
    let _turn = tokio::time::timeout(HASH_WAIT, app.hashing.acquire())
        .await
        .map_err(|_| LoginError::Busy)?;
    let hash = known.ok_or(LoginError::Wrong)?.password_hash;
    if !verify(hash, password).await? {
        return Err(LoginError::Wrong);
    }
    let mut tx = app.platform.db.begin().await?;
    store::staff::forget_attempts(&mut tx, &counted).await?;
    Ok(tx.commit().await?)
}

#[derive(Clone, Debug)]
pub struct LoggedIn {
    pub staff: Staff,
    /// The generation of their credentials; the log-in ends when it changes.
    pub generation: i64,
    /// When the second factor was proved; `None` after a recovery code, which does not allow decisions.
    pub code_at: Option<Timestamp>,
}

async fn verify(known: String, password: SecretString) -> Result<bool, LoginError> {
    spawn_blocking(move || {
        let known = PasswordHash::new(&known).map_err(|error| LoginError::Hash(error.to_string()))?;
        let password = password.expose_secret().as_bytes();
        // A password that is too long is hashed too: the time must not disclose that the address exists.
        let (bytes, fits) = match password.get(..PASSWORD_BYTES_MAX) {
            Some(start) => (start, start.len() == password.len()),
            None => (password, true),
        };
        Ok(Argon2::default().verify_password(bytes, &known).is_ok() && fits)
    })
    .await
    .map_err(|error| LoginError::Hash(error.to_string()))?
}

pub(crate) async fn hash(app: &App, password: SecretString) -> Result<String, LoginError> {
    hash_with(&app.platform.random, password).await
}

pub(crate) async fn hash_with(random: &Random, password: SecretString) -> Result<String, LoginError> {
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt);
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

/// The e-mail addresses of the accounts with this password, active or not.
///
/// # Errors
/// [`LoginError::Hash`], [`LoginError::Db`].
pub async fn with_password(app: &App, password: SecretString) -> Result<Vec<String>, LoginError> {
    let mut reader = app.platform.db.reader().await?;
    let mut found = Vec::new();
    for staff in store::staff::all(&mut reader).await? {
        let known = store::staff::credentials(&mut reader, &staff.email).await?;
        if let Some(known) = known
            && verify(known.password_hash, password.clone()).await?
        {
            found.push(staff.email);
        }
    }
    Ok(found)
}

/// An account that exists from the start.
#[derive(Clone, Debug)]
pub struct NewStaff {
    pub email: String,
    pub name: String,
    /// Their role.
    pub role: StaffRole,
    /// Their first password.
    pub password: SecretString,
}

/// Adds the accounts that do not exist yet; no password changes.
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
            active: true,
        };
        let mut tx = app.platform.db.begin().await?;
        store::staff::add(&mut tx, &staff, &password_hash).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Stage;

    #[tokio::test]
    async fn password_is_compared_to_its_end() {
        let stage = Stage::new().await;
        let longest = "x".repeat(PASSWORD_BYTES_MAX);
        let known = hash(&stage.app, longest.clone().into()).await.unwrap();
        assert!(verify(known.clone(), longest.clone().into()).await.unwrap());
        assert!(!verify(known, format!("{longest}x").into()).await.unwrap());
    }
}
