//! The one-time link, with which a person chooses password and second factor.

use aim_gov::db::DbError;
use secrecy::{ExposeSecret as _, SecretString};

use super::{FormError, StaffChangeError, event_id, is_good, log};
use crate::app::App;
use crate::domain::proposal::Proposal;
use crate::domain::staff_event::StaffEvent;
use crate::store::staff::NewCredentials;
use crate::{second_factor, staff_login, store};

/// The person's choice.
#[derive(Debug)]
pub struct Accept {
    pub password: SecretString,
    /// The secret of the second factor, in base32, as the page showed it.
    pub totp_secret: SecretString,
    /// A code of it, which proves that the authenticator has the secret.
    pub code: String,
}

/// The proposal of a link. Reading it does not use the link: programs open links before people do.
///
/// # Errors
/// [`StaffChangeError::Link`], [`StaffChangeError::Db`].
pub async fn invitation(app: &App, link: &str) -> Result<Proposal, StaffChangeError> {
    let known = {
        let mut reader = app.platform.db.reader().await?;
        store::staff_proposal::by_link(&mut reader, link).await?
    };
    let now = app.platform.clock.now();
    known
        .filter(|known| known.accepted_at.is_none() && known.link_ends_at.is_some_and(|end| now < end))
        .ok_or(StaffChangeError::Link)
}

/// Accepts the proposal; returns the recovery codes, which cannot be shown again.
pub async fn accept(app: &App, link: &str, chosen: Accept) -> Result<Vec<String>, StaffChangeError> {
    let proposal = invitation(app, link).await?;
    let now = app.platform.clock.now();
    let mut wrong: Vec<FormError> = is_good(&chosen.password, &proposal.email)
        .err()
        .into_iter()
        .collect();
    let secret = chosen.totp_secret.expose_secret().to_owned();
    let step = second_factor::step_of(&secret, &chosen.code, now);
    if step.is_none() {
        wrong.push(FormError::Code);
    }
    let Some(totp_step) = step.filter(|_| wrong.is_empty()) else {
        return Err(StaffChangeError::Form(wrong));
    };
    let password_hash = {
        let _turn = app.hashing.acquire().await.map_err(|_| DbError::Closed)?;
        staff_login::hash(app, chosen.password).await?
    };
    let recovery_codes = second_factor::new_recovery_codes(&app.platform.random);
    let new = NewCredentials {
        password_hash,
        totp_secret: second_factor::Keys::of(app).seal(&app.platform.random, &proposal.person, &secret)?,
        totp_step,
        recovery_codes: recovery_codes.clone(),
    };
    let event = event_id(app);
    let mut tx = app.platform.db.begin().await?;
    if !store::staff_proposal::accept(&mut tx, &proposal.id, now, &new).await? {
        return Err(StaffChangeError::Link);
    }
    let entry = proposal.entry();
    log(&mut tx, event, &proposal.name, StaffEvent::Accepted, &entry).await?;
    tx.commit().await?;
    super::settle(app).await?;
    Ok(recovery_codes)
}
