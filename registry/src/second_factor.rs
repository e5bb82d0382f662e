//! The staff's second factor: time-based one-time codes (RFC 6238), and recovery codes for a lost device.
//!
//! A code is valid once: the time step of the last one is stored, and an older or equal one is refused. Codes
//! of the previous and the next step are valid too, because clocks differ. The database has the secrets sealed
//! ([`aim_gov::sealing`]), each for its person: reading it does not allow to compute codes, and writing to it
//! does not allow to replace a secret.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::random::Random;
use aim_gov::sealing::SealingKey;
use aim_gov::typed::{self, Digits};
use secrecy::{ExposeSecret as _, SecretString};
use totp_rs::{Builder, Secret, Totp};

use crate::app::App;
use crate::domain::StaffId;
use crate::domain::report::sha256_hex;
use crate::login_error::{LOCK_MS, LoginError};
use crate::store;

/// How long a code is valid for decisions of the same log-in: 5 minutes.
pub const STEP_UP_MS: i64 = 5 * 60 * 1000;
/// The most wrong codes of one person within [`LOCK_MS`].
pub const CODES_MAX: i64 = 5;
/// The number of a person's recovery codes.
pub const RECOVERY_CODES: usize = 10;
/// Bytes of the secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// Bytes of a recovery code: 80 random bits cannot be guessed.
const RECOVERY_BYTES: usize = 10;
/// Characters in a group of a text that people copy by hand.
const GROUP: usize = 4;
/// The platform's name in authenticators.
const ISSUER: &str = "AIM Sandbox";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    Code,
    /// A recovery code, which can be used once and proves less: its holder is let in, but may not decide.
    Recovery,
}

/// A new secret, in base32.
pub fn new_secret(random: &Random) -> String {
    let mut bytes = [0; SECRET_BYTES];
    random.fill(&mut bytes);
    Secret::from(bytes).to_base32()
}

/// New recovery codes: `abcd-efgh-ijkl-mnop`.
pub fn new_recovery_codes(random: &Random) -> Vec<String> {
    let code = || {
        let mut bytes = [0; RECOVERY_BYTES];
        random.fill(&mut bytes);
        let code = Secret::from(bytes).to_base32().to_ascii_lowercase();
        grouped(&code, "-")
    };
    std::iter::repeat_with(code).take(RECOVERY_CODES).collect()
}

/// The text in groups of four, for copying by hand.
pub fn grouped(text: &str, between: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let groups: Vec<String> = characters
        .chunks(GROUP)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(between)
}

fn totp(secret: &str, account: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    Builder::new()
        .with_secret(secret)
        .with_issuer(Some(ISSUER))
        .with_account_name(account)
        .build()
        .ok()
}

/// The `otpauth` address for authenticators.
pub fn address(secret: &str, account: &str) -> Option<String> {
    totp(secret, account)?.to_url().ok()
}

/// The time step of this code: the current one or an adjacent one.
pub fn step_of(secret: &str, typed: &str, now: Timestamp) -> Option<i64> {
    let seconds = u64::try_from(now.0.div_euclid(1000)).ok()?;
    let step = totp(secret, ISSUER)?.check(Digits::parse(typed).ok()?.as_str(), seconds)?;
    i64::try_from(step).ok()
}

/// The code of this secret at a time, for a program that acts as an authenticator.
pub fn code_at(secret: &str, now: Timestamp) -> Option<String> {
    let seconds = u64::try_from(now.0.div_euclid(1000)).ok()?;
    Some(totp(secret, ISSUER)?.generate(seconds).to_string())
}

/// The secrets for checking codes, apart from the database.
#[derive(Clone, Debug)]
pub struct Keys {
    sandbox_code: Option<String>,
    sealing: Option<SealingKey>,
}

impl Keys {
    pub fn of(app: &App) -> Self {
        Self {
            sandbox_code: app.sandbox_code.clone(),
            sealing: app.platform.db.sealing().cloned(),
        }
    }

    /// The stored form of a person's secret.
    ///
    /// # Errors
    /// [`DbError::Corrupt`] for a secret that is too long for memory.
    pub fn seal(&self, random: &Random, id: &StaffId, secret: &str) -> Result<String, DbError> {
        match &self.sealing {
            Some(key) => key
                .seal(random, &sealed_under(id), secret)
                .map_err(|_| DbError::corrupt("staff", &id.0)),
            None => Ok(secret.to_owned()),
        }
    }

    fn unseal(&self, id: &StaffId, kept: &str) -> Result<SecretString, DbError> {
        match &self.sealing {
            Some(key) => key
                .unseal(&sealed_under(id), kept)
                .map_err(|_| DbError::corrupt("staff", &id.0)),
            None => Ok(kept.into()),
        }
    }
}

/// The name that a person's secret is sealed under.
fn sealed_under(id: &StaffId) -> String {
    format!("staff-totp {id}")
}

/// Uses a code, in the transaction of its effect. `None` if it is wrong or was used before.
///
/// # Errors
/// [`DbError::Statement`]; [`DbError::Corrupt`] for a secret that was not sealed for this person.
pub async fn spend(
    tx: &mut Conn,
    keys: &Keys,
    id: &StaffId,
    entered: &str,
    now: Timestamp,
) -> Result<Option<Factor>, DbError> {
    let plain = typed::code(entered);
    match store::staff::factor(tx, id).await? {
        // Without a second factor, a person can log in only in a development sandbox.
        None if keys.sandbox_code.as_ref() == Some(&plain) => return Ok(Some(Factor::Code)),
        None => {}
        Some(kept) => {
            let secret = keys.unseal(id, &kept)?;
            if let Some(step) = step_of(secret.expose_secret(), entered, now)
                && store::staff::spend_step(tx, id, step).await?
            {
                return Ok(Some(Factor::Code));
            }
        }
    }
    let code = grouped(&plain, "-");
    let spent = store::staff::spend_recovery_code(tx, id, &code).await?;
    Ok(spent.then_some(Factor::Recovery))
}

/// Uses a code of a person who is logged in; the number of wrong codes is limited.
///
/// # Errors
/// [`LoginError::Wrong`], [`LoginError::Locked`], [`LoginError::Db`].
pub async fn prove(app: &App, id: &StaffId, typed: &str) -> Result<Factor, LoginError> {
    let now = app.platform.clock.now();
    let counted = sha256_hex(format!("code\n{id}").as_bytes());
    let mut tx = app.platform.db.begin().await?;
    let locked = store::staff::attempt(&mut tx, &counted, now, now.plus_ms(LOCK_MS), CODES_MAX).await?;
    tx.commit().await?;
    if let Some(until) = locked {
        return Err(LoginError::Locked { until });
    }
    let mut tx = app.platform.db.begin().await?;
    let spent = spend(&mut tx, &Keys::of(app), id, typed, now).await?;
    if spent.is_some() {
        store::staff::forget_attempts(&mut tx, &counted).await?;
    }
    tx.commit().await?;
    let factor = spent.ok_or(LoginError::Wrong)?;
    tracing::info!(staff.id = %id, ?factor, "staff.code");
    Ok(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's test vectors.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, the last six of eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
        ] {
            let at = Timestamp(seconds * 1000);
            assert_eq!(code_at(SECRET, at).as_deref(), Some(code));
            assert_eq!(step_of(SECRET, code, at), Some(seconds / 30));
        }
    }

    #[test]
    fn code_counts_one_step_late_and_no_later_and_with_spaces() {
        let at = Timestamp(1_111_111_109_000);
        for typed in ["081804", "081 804", "081-804", "\u{a0}081\u{2013}804 "] {
            assert!(step_of(SECRET, typed, at).is_some(), "{typed:?}");
        }
        assert!(step_of(SECRET, "081804", at.plus_ms(30_000)).is_some());
        assert_eq!(step_of(SECRET, "081804", at.plus_ms(60_000)), None);
        assert_eq!(step_of(SECRET, "", at), None);
    }

    #[test]
    fn authenticator_gets_an_address() {
        let address = address(SECRET, "leyla@aim.example").unwrap();
        assert!(
            address.starts_with("otpauth://totp/AIM%20Sandbox:leyla"),
            "{address}"
        );
        assert_eq!(new_recovery_codes(&Random::seeded(1)).len(), RECOVERY_CODES);
    }
}
