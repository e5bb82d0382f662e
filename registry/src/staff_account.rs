//! Changes that a member of the staff makes to their own log-in. Each needs the current password and a code,
//! and ends every other log-in of the person.

use aim_gov::db::{DbError, Tx};
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::App;
use crate::domain::staff::Staff;
use crate::domain::staff_event::StaffEvent;
use crate::staff_changes::{FormError, StaffChangeError, is_good};
use crate::{second_factor, staff_login, store};

/// The proof of the person's identity.
#[derive(Debug)]
pub struct Proof {
    pub password: SecretString,
    /// A code of the current second factor, or a recovery code.
    pub code: String,
}

async fn prove(app: &App, staff: &Staff, proof: Proof) -> Result<(), StaffChangeError> {
    staff_login::is_password(app, staff, proof.password).await?;
    second_factor::prove(app, &staff.id, &proof.code).await?;
    Ok(())
}

/// Adds to the staff's log and commits.
async fn finish(app: &App, mut tx: Tx, staff: &Staff, what: StaffEvent) -> Result<(), DbError> {
    let now = app.platform.clock.now();
    let id = app.platform.random.id("sev", now);
    store::staff::append_event(&mut tx, &id, now, &staff.name, what, staff).await?;
    tx.commit().await
}

/// Changes the password.
///
/// # Errors
/// [`StaffChangeError::Form`], [`StaffChangeError::Credentials`], [`StaffChangeError::Db`].
pub async fn change_password(
    app: &App,
    staff: &Staff,
    proof: Proof,
    new: SecretString,
) -> Result<(), StaffChangeError> {
    is_good(&new, &staff.email).map_err(|wrong| StaffChangeError::Form(vec![wrong]))?;
    prove(app, staff, proof).await?;
    let hash = {
        let _turn = app.hashing.acquire().await.map_err(|_| DbError::Closed)?;
        staff_login::hash(app, new).await?
    };
    let mut tx = app.platform.db.begin().await?;
    store::staff::set_password(&mut tx, &staff.id, &hash).await?;
    Ok(finish(app, tx, staff, StaffEvent::PasswordChanged).await?)
}

/// Changes the second factor to the one of `new_code`; returns new recovery codes.
///
/// # Errors
/// [`StaffChangeError::Form`], [`StaffChangeError::Credentials`], [`StaffChangeError::Db`].
pub async fn change_factor(
    app: &App,
    staff: &Staff,
    proof: Proof,
    secret: SecretString,
    new_code: &str,
) -> Result<Vec<String>, StaffChangeError> {
    let now = app.platform.clock.now();
    let secret = secret.expose_secret().to_owned();
    let Some(step) = second_factor::step_of(&secret, new_code, now) else {
        return Err(StaffChangeError::Form(vec![FormError::Code]));
    };
    prove(app, staff, proof).await?;
    let codes = second_factor::new_recovery_codes(&app.platform.random);
    let sealed = second_factor::Keys::of(app).seal(&app.platform.random, &staff.id, &secret)?;
    let mut tx = app.platform.db.begin().await?;
    store::staff::set_factor(&mut tx, &staff.id, &sealed, step).await?;
    store::staff::set_recovery_codes(&mut tx, &staff.id.0, &codes).await?;
    finish(app, tx, staff, StaffEvent::FactorChanged).await?;
    Ok(codes)
}

/// Makes new recovery codes; the old ones become invalid.
///
/// # Errors
/// [`StaffChangeError::Credentials`], [`StaffChangeError::Db`].
pub async fn change_codes(app: &App, staff: &Staff, proof: Proof) -> Result<Vec<String>, StaffChangeError> {
    prove(app, staff, proof).await?;
    let codes = second_factor::new_recovery_codes(&app.platform.random);
    let mut tx = app.platform.db.begin().await?;
    store::staff::set_recovery_codes(&mut tx, &staff.id.0, &codes).await?;
    finish(app, tx, staff, StaffEvent::CodesMade).await?;
    Ok(codes)
}
