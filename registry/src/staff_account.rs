//! What somebody of the staff changes about their own log-in. Each needs the present password and a code, and
//! ends every other log-in of theirs.

use aim_gov::db::{Conn, DbError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::App;
use crate::domain::staff::Staff;
use crate::domain::staff_event::StaffEvent;
use crate::people::{FormError, PeopleError, is_good};
use crate::{second_factor, staff_login, store};

/// What proves that it is really them.
#[derive(Debug)]
pub struct Proof {
    /// The present password.
    pub password: SecretString,
    /// A code of the present second factor, or a recovery code.
    pub code: String,
}

async fn prove(app: &App, staff: &Staff, proof: Proof) -> Result<(), PeopleError> {
    staff_login::is_password(app, staff, proof.password).await?;
    second_factor::prove(app, &staff.id, &proof.code).await?;
    Ok(())
}

async fn write<F>(app: &App, staff: &Staff, what: StaffEvent, job: F) -> Result<(), PeopleError>
where
    F: for<'t> FnOnce(&'t mut Conn) -> BoxFuture<'t, Result<(), DbError>> + Send + 'static,
{
    let now = app.platform.clock.now();
    let (id, staff) = (app.platform.random.id("sev", now), staff.clone());
    let written: Result<(), DbError> = app
        .platform
        .db
        .write(move |tx| {
            async move {
                job(&mut *tx).await?;
                store::staff::append_event(tx, &id, now, &staff.name, what, &staff).await
            }
            .boxed()
        })
        .await;
    Ok(written?)
}

/// Changes the password.
///
/// # Errors
/// [`PeopleError::Form`], [`PeopleError::Credentials`], [`PeopleError::Db`].
pub async fn change_password(
    app: &App,
    staff: &Staff,
    proof: Proof,
    new: SecretString,
) -> Result<(), PeopleError> {
    is_good(&new, &staff.email).map_err(|wrong| PeopleError::Form(vec![wrong]))?;
    prove(app, staff, proof).await?;
    let hash = {
        let _turn = app.hashing.acquire().await.map_err(|_| DbError::Closed)?;
        staff_login::hash(app, new).await?
    };
    let id = staff.id.clone();
    write(app, staff, StaffEvent::PasswordChanged, move |tx| {
        async move { store::staff::set_password(tx, &id, &hash).await }.boxed()
    })
    .await
}

/// Changes the second factor to the one that `new_code` belongs to; answers new recovery codes.
///
/// # Errors
/// [`PeopleError::Form`], [`PeopleError::Credentials`], [`PeopleError::Db`].
pub async fn change_factor(
    app: &App,
    staff: &Staff,
    proof: Proof,
    secret: SecretString,
    new_code: &str,
) -> Result<Vec<String>, PeopleError> {
    let now = app.platform.clock.now();
    let secret = secret.expose_secret().to_owned();
    let Some(step) = second_factor::step_of(&secret, new_code, now) else {
        return Err(PeopleError::Form(vec![FormError::Code]));
    };
    prove(app, staff, proof).await?;
    let codes = second_factor::new_recovery_codes(&app.platform.random);
    let sealed = second_factor::Keys::of(app).seal(&app.platform.random, &staff.id, &secret)?;
    let (id, kept) = (staff.id.clone(), codes.clone());
    write(app, staff, StaffEvent::FactorChanged, move |tx| {
        async move {
            store::staff::set_factor(tx, &id, &sealed, step).await?;
            store::staff::set_recovery_codes(tx, &id.0, &kept).await
        }
        .boxed()
    })
    .await?;
    Ok(codes)
}

/// Makes new recovery codes; the old ones are over.
///
/// # Errors
/// [`PeopleError::Credentials`], [`PeopleError::Db`].
pub async fn change_codes(app: &App, staff: &Staff, proof: Proof) -> Result<Vec<String>, PeopleError> {
    prove(app, staff, proof).await?;
    let codes = second_factor::new_recovery_codes(&app.platform.random);
    let (id, kept) = (staff.id.clone(), codes.clone());
    write(app, staff, StaffEvent::CodesMade, move |tx| {
        async move { store::staff::set_recovery_codes(tx, &id.0, &kept).await }.boxed()
    })
    .await?;
    Ok(codes)
}
