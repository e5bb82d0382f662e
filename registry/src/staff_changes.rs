//! The members of AIM's staff, their roles, and the organisations about whose services they may not decide.
//!
//! A director alone cannot create a second decision maker: a change that extends rights waits until a second
//! director confirms it, or until every member of the staff had time to stop it. A change that reduces rights
//! takes effect at once. Nobody changes their own entry.

mod first;
mod invitation;
mod password;
mod waiting;

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::random::Random;
use aim_gov::shown::{ShownText, hidden_character};
use aim_gov::typed::{Digits, NotDigits};
use secrecy::SecretString;

use crate::app::App;
use crate::domain::organisation::NAME_CHARS_MAX;
use crate::domain::proposal::{LINK_MS, NotYours, Proposal, ProposalKind, WAIT_MS};
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::staff_event::StaffEvent;
use crate::domain::{ProposalId, StaffId};
use crate::staff_login::LoginError;
use crate::store;

pub use first::first_director;
pub use invitation::{Accept, accept, invitation};
pub use password::{PASSWORD_CHARS_MIN, is_good};
pub use waiting::{confirm, keep, settle, stop};

/// The most bytes of an e-mail address (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;
/// Bytes of the secret of a one-time link.
const LINK_BYTES: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum StaffChangeError {
    #[error("only a director changes the staff")]
    Role,
    #[error("nobody changes their own entry")]
    Yourself,
    #[error("there is no such person")]
    NotFound,
    #[error("a proposal about this person is open")]
    Waiting,
    #[error("this person may not confirm the proposal: {0:?}")]
    NotYours(NotYours),
    #[error("a director can log in already, who invites others on the page `/en/staff/people`")]
    DirectorThere,
    #[error("the link is no longer valid")]
    Link,
    #[error("the form has errors")]
    Form(Vec<FormError>),
    #[error("the credentials were not accepted")]
    Credentials(#[from] LoginError),
    #[error("the database failed")]
    Db(#[from] DbError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormError {
    Name,
    Email,
    EmailTaken,
    Password,
    PasswordCommon,
    Code,
    Role,
    Organisation,
}

/// The requested state of a person's entry.
#[derive(Clone, Debug)]
pub struct Entry {
    pub role: String,
    /// The taxpayer's number of the organisation that they are tied to; empty for none.
    pub tax_id: String,
    pub active: bool,
}

#[derive(Clone, Debug)]
pub struct NewPerson {
    pub name: String,
    pub email: String,
    pub entry: Entry,
}

/// Whether a change took effect at once, and whose entry it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    AtOnce(Staff),
    Proposed(Staff),
}

/// Proposes a new member; returns the secret of the one-time link.
pub async fn invite(app: &App, by: &Staff, new: NewPerson) -> Result<SecretString, StaffChangeError> {
    may_change(by)?;
    let (name, email) = (new.name.trim().to_owned(), new.email.trim().to_lowercase());
    let wrong = entry_errors(&name, &email);
    let staff = Staff {
        id: StaffId(app.platform.random.id("stf", app.platform.clock.now())),
        email,
        name,
        role: StaffRole::Officer,
        organisation: None,
        active: true,
    };
    let staff = match entered(app, staff, &new.entry).await {
        Ok(staff) if wrong.is_empty() => staff,
        Err(StaffChangeError::Form(more)) => return Err(StaffChangeError::Form([wrong, more].concat())),
        Err(error) => return Err(error),
        Ok(_) => return Err(StaffChangeError::Form(wrong)),
    };
    let proposal = proposal(app, by, ProposalKind::Invite, &staff);
    let (link, event) = (new_link(&app.platform.random), event_id(app));
    let mut tx = app.platform.db.begin().await?;
    let taken = store::staff::credentials(&mut tx, &proposal.email)
        .await?
        .is_some();
    if taken || !store::staff_proposal::insert(&mut tx, &proposal, Some(&link)).await? {
        return Err(StaffChangeError::Form(vec![FormError::EmailTaken]));
    }
    log(&mut tx, event, &by.name, StaffEvent::Invited, &proposal.entry()).await?;
    tx.commit().await?;
    Ok(link.into())
}

/// Proposes new credentials for a member; returns the secret of the one-time link. The old credentials stay
/// valid until then.
pub async fn reset(app: &App, by: &Staff, id: &StaffId) -> Result<SecretString, StaffChangeError> {
    may_change(by)?;
    let known = other(app, by, id).await?;
    if !known.active {
        return Err(StaffChangeError::NotFound);
    }
    let proposal = proposal(app, by, ProposalKind::Reset, &known);
    let (link, event) = (new_link(&app.platform.random), event_id(app));
    let mut tx = app.platform.db.begin().await?;
    if !store::staff_proposal::insert(&mut tx, &proposal, Some(&link)).await? {
        return Err(StaffChangeError::Waiting);
    }
    log(
        &mut tx,
        event,
        &by.name,
        StaffEvent::ResetProposed,
        &proposal.entry(),
    )
    .await?;
    tx.commit().await?;
    Ok(link.into())
}

/// Changes a person's role, tie or membership: at once if that reduces rights, otherwise as a proposal.
pub async fn change(app: &App, by: &Staff, id: &StaffId, entry: &Entry) -> Result<Changed, StaffChangeError> {
    may_change(by)?;
    let known = other(app, by, id).await?;
    let wished = Staff {
        active: entry.active,
        ..known.clone()
    };
    let wished = entered(app, wished, entry).await?;
    let event = event_id(app);
    let mut tx = app.platform.db.begin().await?;
    if takes_away(&known, &wished) {
        // A pending proposal was made for the entry as it was.
        store::staff_proposal::stop_of_person(&mut tx, &wished.id).await?;
        if !store::staff::update(&mut tx, &wished).await? {
            return Err(StaffChangeError::NotFound);
        }
        log(&mut tx, event, &by.name, StaffEvent::Narrowed, &wished).await?;
        tx.commit().await?;
        return Ok(Changed::AtOnce(known));
    }
    let proposal = proposal(app, by, ProposalKind::Change, &wished);
    if !store::staff_proposal::insert(&mut tx, &proposal, None).await? {
        return Err(StaffChangeError::Waiting);
    }
    log(&mut tx, event, &by.name, StaffEvent::ChangeProposed, &wished).await?;
    tx.commit().await?;
    Ok(Changed::Proposed(known))
}

/// Whether the new entry only reduces rights: the person leaves, or is tied to an organisation, in the same
/// role.
fn takes_away(known: &Staff, wished: &Staff) -> bool {
    let role = known.role == wished.role || !wished.active;
    let tie = known.organisation.is_none() || known.organisation == wished.organisation || !wished.active;
    let active = known.active || !wished.active;
    role && tie && active
}

/// The faults of a new member's name and e-mail address.
fn entry_errors(name: &str, email: &str) -> Vec<FormError> {
    let mut wrong = Vec::new();
    if ShownText::parse(name, NAME_CHARS_MAX).is_err() {
        wrong.push(FormError::Name);
    }
    // No colon: the address is the account's name in authenticators.
    let has_place = email
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !email.contains(':'));
    if !has_place || email.len() > EMAIL_BYTES_MAX || hidden_character(email).is_some() {
        wrong.push(FormError::Email);
    }
    wrong
}

fn may_change(by: &Staff) -> Result<(), StaffChangeError> {
    match by.role {
        StaffRole::Director => Ok(()),
        StaffRole::Officer => Err(StaffChangeError::Role),
    }
}

/// A person other than `by`.
async fn other(app: &App, by: &Staff, id: &StaffId) -> Result<Staff, StaffChangeError> {
    if by.id == *id {
        return Err(StaffChangeError::Yourself);
    }
    let mut reader = app.platform.db.reader().await?;
    store::staff::get(&mut reader, id)
        .await?
        .ok_or(StaffChangeError::NotFound)
}

fn proposal(app: &App, by: &Staff, kind: ProposalKind, person: &Staff) -> Proposal {
    let now = app.platform.clock.now();
    Proposal {
        id: ProposalId(app.platform.random.id("prp", now)),
        created_at: now,
        by: by.id.clone(),
        by_name: by.name.clone(),
        kind,
        person: person.id.clone(),
        email: person.email.clone(),
        name: person.name.clone(),
        role: person.role,
        organisation: person.organisation.clone(),
        active: person.active,
        due_at: now.plus_ms(WAIT_MS),
        link_ends_at: kind.has_link().then(|| now.plus_ms(LINK_MS)),
        accepted_at: None,
    }
}

fn new_link(random: &Random) -> String {
    let mut bytes = [0; LINK_BYTES];
    random.fill(&mut bytes);
    hex::encode(bytes)
}

fn event_id(app: &App) -> (String, Timestamp) {
    let now = app.platform.clock.now();
    (app.platform.random.id("sev", now), now)
}

async fn log(
    tx: &mut Conn,
    (id, at): (String, Timestamp),
    by: &str,
    what: StaffEvent,
    person: &Staff,
) -> Result<(), StaffChangeError> {
    Ok(store::staff::append_event(tx, &id, at, by, what, person).await?)
}

/// The entry with the typed role and tie.
async fn entered(app: &App, staff: Staff, entry: &Entry) -> Result<Staff, StaffChangeError> {
    let role = entry
        .role
        .parse::<StaffRole>()
        .map_err(|_| StaffChangeError::Form(vec![FormError::Role]))?;
    let unknown = || StaffChangeError::Form(vec![FormError::Organisation]);
    let organisation = match Digits::parse(&entry.tax_id) {
        Ok(tax_id) => {
            let mut reader = app.platform.db.reader().await?;
            let found = store::organisation::by_tax_id(&mut reader, tax_id.as_str()).await?;
            Some(found.ok_or_else(unknown)?.id)
        }
        Err(NotDigits::Empty) => None,
        Err(NotDigits::Malformed) => return Err(unknown()),
    };
    Ok(Staff {
        role,
        organisation,
        ..staff
    })
}
