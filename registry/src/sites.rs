//! Web sites of organisations that log citizens in: application, approval, end. Each attempt, refused or not, is written
//! to the log of decisions in the transaction of its effect.

use aim_gov::db::{Conn, DbError};
use aim_gov::identity::sites;
use secrecy::SecretString;

use crate::app::App;
use crate::domain::ApplicationId;
use crate::domain::organisation::Organisation;
use crate::domain::site::{Application, NewSite, SITES_MAX, SiteState, WrongField};
use crate::domain::staff::Staff;
use crate::domain::submission::{Circumstances, Event, Reason};
use crate::store;
use crate::store::decision::{self, Actor, Decision};

#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("the application does not exist")]
    NotFound,
    #[error("a field is wrong")]
    Fields(Vec<WrongField>),
    #[error("the organisation has {SITES_MAX} applications that wait or are in force; withdraw one")]
    TooMany,
    #[error("the decision is refused: {}", .0.code())]
    Refused(Reason),
    #[error("the application was changed concurrently")]
    Moved,
    #[error("the site is not in force, or is a public client, which has no secret")]
    NoSecret,
    #[error("the content has no JSON form")]
    Json(#[from] serde_json::Error),
    #[error("the database failed")]
    Db(#[from] DbError),
}

/// What a decision depends on outside the application, read in its transaction.
pub(crate) async fn circumstances(
    conn: &mut Conn,
    application: &Application,
) -> Result<Circumstances, DbError> {
    Ok(Circumstances {
        people: store::staff::all(conn).await?,
        publisher_verified: store::verification::of(conn, &application.organisation)
            .await?
            .is_some(),
        name_suspended: false,
    })
}

/// Applies for a new site, or for a change of the site that `changes` is an application for.
///
/// # Errors
/// [`SiteError::Fields`], [`SiteError::TooMany`]; [`SiteError::NotFound`] where `changes` is not the organisation's.
pub async fn apply(
    app: &App,
    actor: Actor,
    organisation: &Organisation,
    new: &NewSite,
    changes: Option<&ApplicationId>,
) -> Result<Application, SiteError> {
    let content = new
        .parse(&organisation.name, &app.public_url)
        .map_err(SiteError::Fields)?;
    let (random, now) = (&app.platform.random, app.platform.clock.now());
    let mut tx = app.platform.db.begin_if_room().await?;
    let site = match changes {
        Some(id) => own(&mut tx, organisation, id).await?.site,
        None => random.id(sites::ID_PREFIX.trim_end_matches('_'), now),
    };
    let application = Application {
        id: ApplicationId(random.id("sap", now)),
        site,
        organisation: organisation.id.clone(),
        digest: content.digest()?,
        content,
        state: SiteState::Waiting,
        first_by: None,
        second_by: None,
        created_at: now,
    };
    if !store::site::insert(&mut tx, &application).await? {
        return Err(SiteError::TooMany);
    }
    let entry = entry(app, actor, Event::Receive, "", &application, Ok(&application));
    store::site::decide(&mut tx, random, now, &application.id, &entry).await?;
    tx.commit().await?;
    Ok(application)
}

/// An application of this organisation.
///
/// # Errors
/// [`SiteError::NotFound`], [`SiteError::Db`].
pub async fn own(
    conn: &mut Conn,
    organisation: &Organisation,
    id: &ApplicationId,
) -> Result<Application, SiteError> {
    store::site::get(conn, id)
        .await?
        .filter(|application| application.organisation == organisation.id)
        .ok_or(SiteError::NotFound)
}

/// An officer's approval. After the second one the site is in force.
///
/// # Errors
/// [`SiteError`].
pub async fn approve(
    app: &App,
    staff: &Staff,
    id: &ApplicationId,
    seen: &str,
    grounds: &str,
) -> Result<Application, SiteError> {
    change(
        app,
        Actor::staff(staff),
        id,
        (Event::Approve, grounds),
        |known, around| known.approve(staff, seen, grounds, around),
    )
    .await
}

/// A member of the staff rejects the application, or stops the site that is in force.
///
/// # Errors
/// [`SiteError`].
pub async fn end(
    app: &App,
    staff: &Staff,
    id: &ApplicationId,
    event: Event,
    grounds: &str,
) -> Result<Application, SiteError> {
    change(app, Actor::staff(staff), id, (event, grounds), |known, _| {
        known.end(staff, event, grounds)
    })
    .await
}

/// The organisation takes an application back. A site that was in force has no log-in from then on.
///
/// # Errors
/// [`SiteError`]; [`SiteError::NotFound`] if it belongs to another organisation.
pub async fn withdraw(
    app: &App,
    actor: Actor,
    organisation: &Organisation,
    id: &ApplicationId,
) -> Result<Application, SiteError> {
    {
        let mut reader = app.platform.db.reader().await?;
        own(&mut reader, organisation, id).await?;
    }
    change(app, actor, id, (Event::Withdraw, ""), |known, _| known.withdraw()).await
}

/// Makes the secret of a confidential client in force, in place of an earlier one, which counts no longer. Its text is
/// only in the return value.
///
/// # Errors
/// [`SiteError::NoSecret`], [`SiteError::NotFound`], [`SiteError::Db`].
pub async fn make_secret(
    app: &App,
    organisation: &Organisation,
    id: &ApplicationId,
) -> Result<(Application, SecretString), SiteError> {
    let now = app.platform.clock.now();
    let mut tx = app.platform.db.begin().await?;
    let application = own(&mut tx, organisation, id).await?;
    let secret = app.platform.random.token();
    let may = application.state == SiteState::InForce && application.content.confidential;
    if !may || !sites::set_secret(&mut tx, &application.site, &secret, now).await? {
        return Err(SiteError::NoSecret);
    }
    tx.commit().await?;
    Ok((application, secret.into()))
}

/// Loads an application, applies the transition, and stores the new state, its effect at the provider and its record.
async fn change(
    app: &App,
    actor: Actor,
    id: &ApplicationId,
    (event, grounds): (Event, &str),
    transition: impl FnOnce(Application, &Circumstances) -> Result<Application, Reason>,
) -> Result<Application, SiteError> {
    let (random, now) = (&app.platform.random, app.platform.clock.now());
    let mut tx = app.platform.db.begin().await?;
    let before = store::site::get(&mut tx, id).await?.ok_or(SiteError::NotFound)?;
    let around = circumstances(&mut tx, &before).await?;
    let result = transition(before.clone(), &around);
    let entry = entry(app, actor, event, grounds, &before, result.as_ref());
    if let Ok(after) = &result {
        if !store::site::save(&mut tx, &before, after).await? {
            return Err(SiteError::Moved);
        }
        match after.state {
            SiteState::InForce => {
                supersede(&mut tx, after).await?;
                sites::admit(&mut tx, &after.site, &after.content, now).await?;
            }
            _ if before.state == SiteState::InForce => sites::end(&mut tx, &after.site, now).await?,
            _ => {}
        }
    }
    store::site::decide(&mut tx, random, now, id, &entry).await?;
    tx.commit().await?;
    result.map_err(SiteError::Refused)
}

/// Ends the application that was in force for the same site.
async fn supersede(tx: &mut Conn, after: &Application) -> Result<(), SiteError> {
    let Some(older) = store::site::in_force(tx, &after.site, &after.id).await? else {
        return Ok(());
    };
    let superseded = Application {
        state: SiteState::Superseded,
        ..older.clone()
    };
    match store::site::save(tx, &older, &superseded).await? {
        true => Ok(()),
        false => Err(SiteError::Moved),
    }
}

fn entry(
    app: &App,
    actor: Actor,
    event: Event,
    grounds: &str,
    before: &Application,
    result: Result<&Application, &Reason>,
) -> Decision {
    Decision {
        at: app.platform.clock.now(),
        actor,
        event: event.code().to_owned(),
        outcome: match result {
            Ok(_) => decision::ALLOWED.to_owned(),
            Err(reason) => reason.code().to_owned(),
        },
        state_before: before.state.code().to_owned(),
        state_after: result.map_or(before.state, |after| after.state).code().to_owned(),
        digest: before.digest.clone(),
        evidence: None,
        reason: grounds.trim().to_owned(),
        limits: None,
    }
}
