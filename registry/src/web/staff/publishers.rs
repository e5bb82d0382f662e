//! Organisations that want to publish open data, and the decisions about them.

use aim_gov::open_data::published::{PublisherRecord, PublisherState, store};
use aim_gov::web::confirm::YES;
use aim_gov::web::{Banner, Confirm, Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::case::FormError;
use super::{StaffText, StaffUser};
use crate::app::App;
use crate::domain::OrganisationId;
use crate::domain::organisation::{EVIDENCE_CHARS_MAX, VerifyRefused};
use crate::domain::staff::Staff;
use crate::organisations::VerifyError;
use crate::publishers;
use crate::web::publishing_text::PublishingText;

/// The path of the page after the language.
const PUBLISHERS: &str = "/staff/publishers";

#[derive(Template)]
#[template(path = "staff_publishers.html")]
struct ListPage {
    context: PageContext,
    text: &'static PublishingText,
    staff_text: &'static StaffText,
    publishers: Vec<Line>,
    errors: Vec<FormError>,
}

struct Line {
    publisher: PublisherRecord,
    since: String,
    may_decide: bool,
    /// The grounds as they were typed.
    grounds: String,
}

impl Line {
    fn is_admitted(&self) -> bool {
        self.publisher.state == PublisherState::Admitted
    }

    fn is_ended(&self) -> bool {
        self.publisher.state == PublisherState::Ended
    }

    /// The id of its field.
    fn field(&self) -> String {
        format!("grounds-{}", self.publisher.organisation)
    }
}

impl ListPage {
    fn error(&self, line: &Line) -> Option<&str> {
        FormError::message_for(&self.errors, &line.field())
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Decided {
    grounds: String,
    confirm: String,
}

/// `GET /{lang}/staff/publishers`
pub(super) async fn list(
    context: PageContext,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
) -> Result<Response, PageError> {
    page(context, &app, &staff, None).await
}

async fn page(
    context: PageContext,
    app: &App,
    staff: &Staff,
    wrong: Option<(StatusCode, &str, &str, &str)>,
) -> Result<Response, PageError> {
    let mut reader = app.platform.db.reader().await.or_page(&context)?;
    let publishers = store::publishers(&mut reader).await.or_page(&context)?;
    let typed = |organisation: &str| match wrong {
        Some((_, of, _, typed)) if of == organisation => typed.to_owned(),
        _ => String::new(),
    };
    let lines = publishers.into_iter().map(|publisher| Line {
        since: date_time(publisher.changed),
        may_decide: publishers::may_decide(staff, &publisher.organisation).is_ok(),
        grounds: typed(&publisher.organisation),
        publisher,
    });
    let errors = wrong.map(|(_, organisation, message, _)| FormError {
        field: format!("grounds-{organisation}"),
        message: message.to_owned(),
    });
    let page = ListPage {
        text: PublishingText::of(context.lang),
        staff_text: StaffText::of(context.lang),
        publishers: lines.collect(),
        errors: errors.into_iter().collect(),
        context,
    };
    let status = wrong.map_or(StatusCode::OK, |(status, ..)| status);
    Ok((status, Html(page)).into_response())
}

/// `POST /{lang}/staff/publishers/{organisation}/admit`
pub(super) async fn admit(
    context: PageContext,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
    session: Session,
    Path((_, organisation)): Path<(String, String)>,
    Form(form): Form<Decided>,
) -> Result<Response, PageError> {
    decide(context, &app, &staff, &session, (organisation, true), form).await
}

/// `POST /{lang}/staff/publishers/{organisation}/end`
pub(super) async fn end(
    context: PageContext,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
    session: Session,
    Path((_, organisation)): Path<(String, String)>,
    Form(form): Form<Decided>,
) -> Result<Response, PageError> {
    decide(context, &app, &staff, &session, (organisation, false), form).await
}

async fn decide(
    context: PageContext,
    app: &App,
    staff: &Staff,
    session: &Session,
    (organisation, admits): (String, bool),
    form: Decided,
) -> Result<Response, PageError> {
    // The answer to a form has the address of the form's page.
    let context = context.at(PUBLISHERS.to_owned());
    let text = PublishingText::of(context.lang);
    let id = OrganisationId(organisation);
    let known = async {
        let mut reader = app.platform.db.reader().await?;
        crate::store::organisation::get(&mut reader, &id).await
    };
    let Some(known) = known.await.or_page(&context)? else {
        return Err(PageError::new(context, StatusCode::NOT_FOUND));
    };
    // A decision that a rule forbids goes on, to be refused with its reason.
    if form.confirm != YES && known.verify(staff, &form.grounds).is_ok() {
        return Ok(ask(context, text, &known.name, &id, admits, form.grounds));
    }
    let refusal = match publishers::decide(app, staff, &id, admits, &form.grounds).await {
        Ok(_) => {
            let banner = Banner::success(context.lang, &text.done_decided).at(app.platform.clock.now());
            banner.keep(session).await;
            return Ok(Redirect::to(&format!("/{}{PUBLISHERS}", context.lang)).into_response());
        }
        Err(VerifyError::NotFound) => return Err(PageError::new(context, StatusCode::NOT_FOUND)),
        Err(VerifyError::Db(error)) => return Err(PageError::internal(context, &error)),
        Err(VerifyError::Already) => (StatusCode::CONFLICT, &text.already),
        Err(VerifyError::Refused(VerifyRefused::Role | VerifyRefused::Tied)) => {
            (StatusCode::FORBIDDEN, &text.not_yours)
        }
        Err(VerifyError::Refused(VerifyRefused::Evidence)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, &text.evidence_wrong)
        }
    };
    let (status, message) = refusal;
    let typed: String = form.grounds.chars().take(EVIDENCE_CHARS_MAX).collect();
    page(context, app, staff, Some((status, &id.0, message, &typed))).await
}

fn ask(
    context: PageContext,
    text: &PublishingText,
    name: &str,
    id: &OrganisationId,
    admits: bool,
    grounds: String,
) -> Response {
    let (title, effect, button, class, path) = if admits {
        (
            &text.admit_ask,
            &text.admit_effect,
            &text.admit_button,
            "",
            "admit",
        )
    } else {
        (&text.end_ask, &text.end_effect, &text.end_button, "danger", "end")
    };
    let here = format!("/{}{PUBLISHERS}", context.lang);
    Confirm {
        title: title.clone(),
        consequences: vec![effect.clone()],
        facts: vec![
            (text.column_name.clone(), name.to_owned()),
            (text.grounds_label.clone(), grounds.clone()),
        ],
        action: format!("{here}/{id}/{path}"),
        fields: vec![("grounds".to_owned(), grounds)],
        button: button.clone(),
        class,
        back: here,
        cancel: text.publish_back.clone(),
        context,
    }
    .answer()
}
