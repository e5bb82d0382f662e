//! Who belongs to AIM's staff, in which role, and about whose services each decides nothing. A director
//! keeps the list; nobody changes their own entry, so that no one unties themselves.

use aim_gov::db::DbError;
use aim_gov::shown::{ShownText, hidden_character};
use aim_gov::typed::{Digits, NotDigits};
use futures::FutureExt as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::App;
use crate::domain::StaffId;
use crate::domain::organisation::NAME_CHARS_MAX;
use crate::domain::staff::{Staff, StaffRole};
use crate::staff_login::{self, LoginError, PASSWORD_BYTES_MAX};
use crate::store;

/// Characters of a password at least, as NIST SP 800-63B and ASVS 5.0 V6.2.1 advise for few factors.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Bytes of an e-mail address at most (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;

/// Why the list did not change.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// Only a director keeps it.
    #[error("only a director changes the staff")]
    Role,
    /// Nobody changes their own entry.
    #[error("nobody changes their own entry")]
    Yourself,
    /// There is no such person.
    #[error("there is no such person")]
    NotFound,
    /// What was typed, field by field.
    #[error("the form has errors")]
    Form(Vec<FormError>),
    /// The first password could not be hashed.
    #[error("the password could not be hashed")]
    Password(#[from] LoginError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] DbError),
}

/// What is wrong with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a field of the form, or the rule of its name")]
pub enum FormError {
    Name,
    Email,
    EmailTaken,
    Password,
    Role,
    Organisation,
}

/// What somebody's entry shall be.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The code of the role.
    pub role: String,
    /// The taxpayer's number of the organisation that they are tied to; empty for none.
    pub tax_id: String,
    /// Whether they are let in.
    pub active: bool,
}

/// Somebody new.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// The name on pages.
    pub name: String,
    /// The log-in name.
    pub email: String,
    /// The first password.
    pub password: SecretString,
    /// Role and tie.
    pub entry: Entry,
}

/// Adds somebody.
///
/// # Errors
/// [`PeopleError`].
pub async fn add(app: &App, by: &Staff, new: NewPerson) -> Result<Staff, PeopleError> {
    may_change(by)?;
    let (name, email) = (new.name.trim().to_owned(), new.email.trim().to_lowercase());
    let mut wrong = Vec::new();
    if ShownText::parse(&name, NAME_CHARS_MAX).is_err() {
        wrong.push(FormError::Name);
    }
    let has_place = email
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
    if !has_place || email.len() > EMAIL_BYTES_MAX || hidden_character(&email).is_some() {
        wrong.push(FormError::Email);
    }
    let password = new.password.expose_secret();
    if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
        wrong.push(FormError::Password);
    }
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
        Err(PeopleError::Form(more)) => return Err(PeopleError::Form([wrong, more].concat())),
        Err(error) => return Err(error),
        Ok(_) => return Err(PeopleError::Form(wrong)),
    };
    let hash = staff_login::hash(app, new.password).await?;
    let change = change_of(app, by);
    let added = staff.clone();
    app.platform
        .db
        .write(move |tx| {
            async move {
                if !store::staff::add(tx, &added, &hash).await? {
                    return Err(PeopleError::Form(vec![FormError::EmailTaken]));
                }
                let (id, at, by) = change;
                Ok(store::staff::append_change(tx, &id, at, &by, &added).await?)
            }
            .boxed()
        })
        .await?;
    Ok(staff)
}

/// Changes somebody's role, tie, and whether they are let in.
///
/// # Errors
/// [`PeopleError`].
pub async fn change(app: &App, by: &Staff, id: &StaffId, entry: &Entry) -> Result<Staff, PeopleError> {
    may_change(by)?;
    if by.id == *id {
        return Err(PeopleError::Yourself);
    }
    let known = {
        let mut reader = app.platform.db.reader().await?;
        store::staff::get(&mut reader, id).await?
    };
    let staff = Staff {
        active: entry.active,
        ..known.ok_or(PeopleError::NotFound)?
    };
    let staff = entered(app, staff, entry).await?;
    let change = change_of(app, by);
    let changed = staff.clone();
    app.platform
        .db
        .write(move |tx| {
            async move {
                if !store::staff::update(tx, &changed).await? {
                    return Err(PeopleError::NotFound);
                }
                let (id, at, by) = change;
                Ok(store::staff::append_change(tx, &id, at, &by, &changed).await?)
            }
            .boxed()
        })
        .await?;
    Ok(staff)
}

fn may_change(by: &Staff) -> Result<(), PeopleError> {
    match by.role {
        StaffRole::Director => Ok(()),
        StaffRole::Officer => Err(PeopleError::Role),
    }
}

fn change_of(app: &App, by: &Staff) -> (String, aim_gov::clock::Timestamp, StaffId) {
    let now = app.platform.clock.now();
    (app.platform.random.id("chg", now), now, by.id.clone())
}

/// The entry with role and tie as typed.
async fn entered(app: &App, staff: Staff, entry: &Entry) -> Result<Staff, PeopleError> {
    let role = StaffRole::from_code(&entry.role).ok_or(PeopleError::Form(vec![FormError::Role]))?;
    let unknown = || PeopleError::Form(vec![FormError::Organisation]);
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
