//! The staff: members, pending proposals, events. Every member of the staff can read it and stop proposals;
//! directors make them.

use aim_gov::db::DbError;
use aim_gov::web::{Banner, Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use secrecy::{ExposeSecret as _, SecretString};
use tower_sessions::Session;

use super::case::FormError;
use super::once::{self, Once};
use super::people_words::{entry_words, happened, message, word};
use super::{StaffText, StaffUser};
use crate::app::App;
use crate::domain::proposal::{LINK_MS, NotYours, Proposal, ProposalKind};
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::{ProposalId, StaffId};
use crate::staff_changes::{self, Changed, Entry, NewPerson, StaffChangeError};
use crate::store;

#[derive(Template)]
#[template(path = "staff_people.html")]
struct PeoplePage {
    context: PageContext,
    text: &'static StaffText,
    yourself: StaffId,
    director: bool,
    waiting: Vec<Waiting>,
    people: Vec<Person>,
    changes: Vec<ChangeLine>,
    errors: Vec<FormError>,
    typed: Typed,
}

struct Person {
    staff: Staff,
    /// Name and taxpayer's number of the organisation that they are tied to.
    tie: Option<(String, String)>,
    tie_field: String,
}

struct Waiting {
    proposal: Proposal,
    what: String,
    since: String,
    due: String,
    /// Whether the person has accepted with the link, if there is one.
    accepted: Option<bool>,
    may_confirm: bool,
    not_yours: Option<String>,
}

struct ChangeLine {
    when: String,
    by: String,
    person: String,
    what: String,
}

/// The input of the form for a new member.
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
        FormError::message_for(&self.errors, field)
    }
}

async fn render(
    context: PageContext,
    app: &App,
    staff: &Staff,
    errors: Vec<FormError>,
    typed: Typed,
) -> Result<Response, PageError> {
    let text = StaffText::of(context.lang);
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
        let mut proposals = Vec::new();
        for proposal in store::staff_proposal::open(&mut reader).await? {
            let tie = match &proposal.organisation {
                Some(id) => store::organisation::get(&mut reader, id).await?,
                None => None,
            };
            proposals.push((proposal, tie.map(|organisation| organisation.name)));
        }
        Ok::<_, DbError>((people, proposals, store::staff::events(&mut reader).await?))
    };
    let (people, proposals, events) = loaded.await.or_page(&context)?;
    let changes = events
        .into_iter()
        .map(|event| ChangeLine {
            when: date_time(event.at),
            by: if event.by.is_empty() {
                text.log_platform.clone()
            } else {
                event.by
            },
            person: event.person,
            what: format!(
                "{}: {}",
                happened(text, event.what),
                entry_words(text, event.role, event.active, event.organisation.as_deref())
            ),
        })
        .collect();
    let director = staff.role == StaffRole::Director;
    let waiting = proposals
        .into_iter()
        .map(|(proposal, organisation)| {
            let kind = match proposal.kind {
                ProposalKind::Invite => &text.waiting_invite,
                ProposalKind::Change => &text.waiting_change,
                ProposalKind::Reset => &text.waiting_reset,
            };
            let may_confirm = proposal.may_confirm(staff);
            Waiting {
                what: format!(
                    "{kind}: {}",
                    entry_words(text, proposal.role, proposal.active, organisation.as_deref())
                ),
                since: date_time(proposal.created_at),
                due: date_time(proposal.due_at),
                accepted: proposal.kind.has_link().then_some(proposal.accepted_at.is_some()),
                may_confirm: may_confirm.is_ok(),
                not_yours: match may_confirm {
                    Err(NotYours::Proposer) => Some(text.waiting_proposer.clone()),
                    Err(NotYours::Yourself) => Some(text.person_yourself.clone()),
                    _ => None,
                },
                proposal,
            }
        })
        .collect();
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = PeoplePage {
        context: context.at("/staff/people"),
        text,
        yourself: staff.id.clone(),
        director,
        waiting,
        people,
        changes,
        errors,
        typed,
    };
    Ok((status, Html(page)).into_response())
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
) -> Result<Response, PageError> {
    staff_changes::settle(&app).await.or_page(&context)?;
    render(context, &app, &staff, Vec::new(), Typed::default()).await
}

#[derive(serde::Deserialize)]
pub(super) struct InviteForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    tax_id: String,
}

pub(super) async fn invite(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    StaffUser(staff): StaffUser,
    Form(form): Form<InviteForm>,
) -> Result<Response, PageError> {
    let new = NewPerson {
        name: form.name.clone(),
        email: form.email.clone(),
        entry: Entry {
            role: form.role.clone(),
            tax_id: form.tax_id.clone(),
            active: true,
        },
    };
    let name = form.name.clone();
    let typed = Typed {
        name: form.name,
        email: form.email,
        role: form.role,
        tax_id: form.tax_id,
    };
    match staff_changes::invite(&app, &staff, new).await {
        Ok(link) => show_link(context, &app, &session, link, name).await,
        Err(error) => refused(context, &app, &staff, error, "", typed).await,
    }
}

async fn show_link(
    context: PageContext,
    app: &App,
    session: &Session,
    link: SecretString,
    name: String,
) -> Result<Response, PageError> {
    let link = Once::Link {
        secret: link.expose_secret().to_owned(),
        name,
        ends_at: app.platform.clock.now().plus_ms(LINK_MS),
    };
    once::lead(context, session, link).await
}

#[derive(serde::Deserialize)]
pub(super) struct ChangeForm {
    #[serde(default)]
    role: String,
    #[serde(default)]
    tax_id: String,
    active: Option<String>,
}

pub(super) async fn change(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    StaffUser(staff): StaffUser,
    Path((_, id)): Path<(String, String)>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, PageError> {
    let entry = Entry {
        role: form.role,
        tax_id: form.tax_id,
        active: form.active.is_some(),
    };
    let text = StaffText::of(context.lang);
    let result = staff_changes::change(&app, &staff, &StaffId(id.clone()), &entry).await;
    let result = result.map(|changed| match changed {
        Changed::AtOnce(person) => (&text.done_changed, person.name),
        Changed::Proposed(person) => (&text.done_proposed, person.name),
    });
    answer(context, &app, &session, &staff, result, &format!("-{id}")).await
}

pub(super) async fn reset(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    StaffUser(staff): StaffUser,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let person = StaffId(id.clone());
    match staff_changes::reset(&app, &staff, &person).await {
        Ok(link) => {
            let known = async {
                let mut reader = app.platform.db.reader().await?;
                store::staff::get(&mut reader, &person).await
            };
            let known = known.await.or_page(&context)?;
            let name = known.map(|known| known.name).unwrap_or_default();
            show_link(context, &app, &session, link, name).await
        }
        Err(error) => refused(context, &app, &staff, error, &format!("-{id}"), Typed::default()).await,
    }
}

pub(super) async fn confirm(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    StaffUser(staff): StaffUser,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let text = StaffText::of(context.lang);
    let result = staff_changes::confirm(&app, &staff, &ProposalId(id)).await;
    let result = result.map(|proposal| (&text.done_confirmed, proposal.name));
    answer(context, &app, &session, &staff, result, "").await
}

pub(super) async fn stop(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    StaffUser(staff): StaffUser,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let text = StaffText::of(context.lang);
    let result = staff_changes::stop(&app, &staff, &ProposalId(id)).await;
    let result = result.map(|proposal| (&text.done_stopped, proposal.name));
    answer(context, &app, &session, &staff, result, "").await
}

/// Redirects to the list with the result, or shows the list with an error in the form whose fields end in
/// `form`.
async fn answer(
    context: PageContext,
    app: &App,
    session: &Session,
    staff: &Staff,
    result: Result<(&'static String, String), StaffChangeError>,
    form: &str,
) -> Result<Response, PageError> {
    match result {
        Ok((done, name)) => {
            let banner = Banner::success(context.lang, done.replace("{name}", &name));
            banner.at(app.platform.clock.now()).keep(session).await;
            Ok(Redirect::to(&format!("/{}/staff/people", context.lang)).into_response())
        }
        Err(error) => refused(context, app, staff, error, form, Typed::default()).await,
    }
}

async fn refused(
    context: PageContext,
    app: &App,
    staff: &Staff,
    error: StaffChangeError,
    form: &str,
    typed: Typed,
) -> Result<Response, PageError> {
    let text = StaffText::of(context.lang);
    let errors = match error {
        StaffChangeError::Form(errors) => errors
            .into_iter()
            .map(|error| {
                let (field, message) = message(text, error);
                FormError {
                    field: format!("{field}{form}"),
                    message: message.to_owned(),
                }
            })
            .collect(),
        StaffChangeError::Waiting => vec![FormError {
            field: "waiting".to_owned(),
            message: text.waiting_already.clone(),
        }],
        StaffChangeError::NotYours(NotYours::NotAccepted) => vec![FormError {
            field: "waiting".to_owned(),
            message: text.waiting_not_accepted.clone(),
        }],
        StaffChangeError::Role | StaffChangeError::Yourself | StaffChangeError::NotYours(_) => {
            return Err(PageError::new(context, StatusCode::FORBIDDEN));
        }
        StaffChangeError::NotFound => return Err(PageError::new(context, StatusCode::NOT_FOUND)),
        error => return Err(PageError::internal(context, &error)),
    };
    render(context, app, staff, errors, typed).await
}
