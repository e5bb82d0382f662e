//! The staff, as a director keeps it.

use aim_gov::db::DbError;
use aim_gov::web::{Chrome, Html, PageError, date_time};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::SecretString;

use super::view::FormError;
use super::{StaffText, StaffUser};
use crate::app::App;
use crate::domain::StaffId;
use crate::domain::staff::{Staff, StaffRole};
use crate::people::{self, Entry, NewPerson, PeopleError};
use crate::store;

#[derive(Template)]
#[template(path = "staff_people.html")]
struct PeoplePage {
    chrome: Chrome,
    text: &'static StaffText,
    yourself: StaffId,
    people: Vec<Person>,
    changes: Vec<ChangeLine>,
    errors: Vec<FormError>,
    typed: Typed,
}

struct Person {
    staff: Staff,
    /// Name and taxpayer's number of the organisation that they are tied to.
    tie: Option<(String, String)>,
    /// The id of the field for that.
    tie_field: String,
}

struct ChangeLine {
    when: String,
    by: String,
    person: String,
    what: String,
}

/// What was typed into the form for somebody new.
#[derive(Default)]
struct Typed {
    name: String,
    email: String,
    role: String,
    tax_id: String,
}

impl PeoplePage {
    fn role(&self, role: &StaffRole) -> &str {
        word(self.text, *role)
    }

    fn error(&self, field: &str) -> Option<&str> {
        let error = self.errors.iter().find(|error| error.field == field)?;
        Some(&error.message)
    }
}

fn word(text: &StaffText, role: StaffRole) -> &str {
    match role {
        StaffRole::Officer => &text.person_officer,
        StaffRole::Director => &text.person_director,
    }
}

async fn render(
    chrome: Chrome,
    app: &App,
    staff: &Staff,
    errors: Vec<FormError>,
    typed: Typed,
) -> Result<Response, PageError> {
    let text = StaffText::of(chrome.lang);
    let loaded = async {
        let mut reader = app.platform.db.reader().await?;
        let mut people = Vec::new();
        for staff in store::staff::all(&mut reader).await? {
            let tie = match &staff.organisation {
                Some(id) => store::organisation::get(&mut reader, id).await?,
                None => None,
            };
            let tie = tie.map(|organisation| (organisation.name, organisation.tax_id));
            let tie_field = format!("tax_id-{}", staff.id);
            people.push(Person {
                staff,
                tie,
                tie_field,
            });
        }
        Ok::<_, DbError>((people, store::staff::changes(&mut reader).await?))
    };
    let (people, changes) = match loaded.await {
        Ok(loaded) => loaded,
        Err(error) => return Err(PageError::internal(chrome, &error)),
    };
    let changes = changes
        .into_iter()
        .map(|change| {
            let active = if change.active {
                &text.person_active
            } else {
                &text.person_left
            };
            let mut what = format!("{} · {active}", word(text, change.role));
            if let Some(organisation) = &change.organisation {
                what.push_str(&format!(" · {}: {organisation}", text.person_tie));
            }
            ChangeLine {
                when: date_time(change.at),
                by: change.by,
                person: change.person,
                what,
            }
        })
        .collect();
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = PeoplePage {
        chrome,
        text,
        yourself: staff.id.clone(),
        people,
        changes,
        errors,
        typed,
    };
    Ok((status, Html(page)).into_response())
}

pub(super) async fn show(
    chrome: Chrome,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
) -> Result<Response, PageError> {
    if staff.role != StaffRole::Director {
        return Err(PageError::new(chrome, StatusCode::FORBIDDEN));
    }
    render(chrome, &app, &staff, Vec::new(), Typed::default()).await
}

#[derive(serde::Deserialize)]
pub(super) struct AddForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    tax_id: String,
}

pub(super) async fn add(
    chrome: Chrome,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
    Form(form): Form<AddForm>,
) -> Result<Response, PageError> {
    let new = NewPerson {
        name: form.name.clone(),
        email: form.email.clone(),
        password: SecretString::from(form.password),
        entry: Entry {
            role: form.role.clone(),
            tax_id: form.tax_id.clone(),
            active: true,
        },
    };
    let typed = Typed {
        name: form.name,
        email: form.email,
        role: form.role,
        tax_id: form.tax_id,
    };
    let result = people::add(&app, &staff, new).await;
    answer(chrome, &app, &staff, result, "", typed).await
}

#[derive(serde::Deserialize)]
pub(super) struct ChangeForm {
    #[serde(default)]
    role: String,
    #[serde(default)]
    tax_id: String,
    /// There where the box is ticked.
    active: Option<String>,
}

pub(super) async fn change(
    chrome: Chrome,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
    Path((_, id)): Path<(String, String)>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, PageError> {
    let entry = Entry {
        role: form.role,
        tax_id: form.tax_id,
        active: form.active.is_some(),
    };
    let result = people::change(&app, &staff, &StaffId(id.clone()), &entry).await;
    answer(chrome, &app, &staff, result, &format!("-{id}"), Typed::default()).await
}

/// Back to the list, or the list with what is wrong in the form whose fields end in `form`.
async fn answer(
    chrome: Chrome,
    app: &App,
    staff: &Staff,
    result: Result<Staff, PeopleError>,
    form: &str,
    typed: Typed,
) -> Result<Response, PageError> {
    let text = StaffText::of(chrome.lang);
    let errors = match result {
        Ok(_) => return Ok(Redirect::to(&format!("/{}/staff/people", chrome.lang)).into_response()),
        Err(PeopleError::Form(errors)) => errors,
        Err(PeopleError::Role | PeopleError::Yourself) => {
            return Err(PageError::new(chrome, StatusCode::FORBIDDEN));
        }
        Err(PeopleError::NotFound) => return Err(PageError::new(chrome, StatusCode::NOT_FOUND)),
        Err(error) => return Err(PageError::internal(chrome, &error)),
    };
    let errors = errors
        .into_iter()
        .map(|error| {
            let (field, message) = match error {
                people::FormError::Name => ("name", &text.person_name_wrong),
                people::FormError::Email => ("email", &text.person_email_wrong),
                people::FormError::EmailTaken => ("email", &text.person_email_taken),
                people::FormError::Password => ("password", &text.person_password_wrong),
                people::FormError::Role => ("role", &text.person_role_wrong),
                people::FormError::Organisation => ("tax_id", &text.person_tie_wrong),
            };
            FormError {
                field: format!("{field}{form}"),
                message: message.clone(),
            }
        })
        .collect();
    render(chrome, app, staff, errors, typed).await
}
