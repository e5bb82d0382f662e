//! Web sites of the token's organisation: apply, ask, make the secret, withdraw.

use aim_gov::described::one_of;
use aim_gov::identity::provider;
use aim_gov::identity::sites::Content;
use aim_gov::web::rfc3339;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use secrecy::ExposeSecret as _;
use utoipa::openapi::schema::Object;

use super::address::{Id, Segment};
use super::auth::Developer;
use super::problem::Problem;
use crate::app::App;
use crate::domain::ApplicationId;
use crate::domain::organisation::Organisation;
use crate::domain::site::{Application, NewSite, SiteState};
use crate::domain::submission::Event;
use crate::domain::token::ApiToken;
use crate::manifest::FieldError;
use crate::sites::{self, SiteError};
use crate::store;
use crate::store::decision::{ALLOWED, Actor};

/// An application as its organisation sees it.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = SiteApplication)]
pub(super) struct View {
    id: String,
    /// The site's id at the OpenID provider.
    client_id: String,
    /// The OpenID provider.
    issuer: String,
    #[schema(schema_with = states)]
    state: &'static str,
    /// SHA-256 of the content.
    digest: String,
    #[schema(format = DateTime)]
    created_at: String,
    content: Content,
    /// The grounds of a rejection or a stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl View {
    fn of(app: &App, application: Application, reason: Option<String>) -> Self {
        Self {
            id: application.id.0,
            client_id: application.site,
            issuer: provider::issuer(&app.public_url),
            state: application.state.code(),
            digest: application.digest,
            created_at: rfc3339(application.created_at),
            content: application.content,
            reason,
        }
    }
}

/// A new secret, which no other answer has.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SiteSecret)]
pub(super) struct Secret {
    /// The site's id at the OpenID provider.
    client_id: String,
    client_secret: String,
}

/// The codes of an application's states.
fn states() -> Object {
    one_of(SiteState::ALL.iter().map(|state| state.code()))
}

async fn organisation(app: &App, token: &ApiToken) -> Result<Organisation, Problem> {
    let mut reader = app.platform.db.reader().await?;
    store::organisation::get(&mut reader, &token.organisation)
        .await?
        .ok_or_else(|| Problem::not_found("the organisation of this token is gone"))
}

/// `POST /api/v1/sites`, and `POST /api/v1/sites/{id}/changes` for a change of the same site.
async fn applied(
    app: &App,
    token: &ApiToken,
    body: Result<Json<NewSite>, JsonRejection>,
    changes: Option<ApplicationId>,
) -> Result<Response, Problem> {
    let Json(new) = body.map_err(|rejection| {
        Problem::new(
            rejection.status(),
            "bad-site",
            format!(
                "send JSON with `name`, `purpose_az`, `redirect_uris`, `confidential`, `days` and `citizens`: {}",
                rejection.body_text()
            ),
        )
    })?;
    let organisation = organisation(app, token).await?;
    let actor = Actor::token(token, &organisation.name);
    let application = sites::apply(app, actor, &organisation, &new, changes.as_ref()).await?;
    let place = format!("/api/v1/sites/{}", application.id);
    let view = View::of(app, application, None);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(view)).into_response())
}

/// Apply for a web site that logs citizens in
#[utoipa::path(
    post,
    path = "/sites",
    operation_id = "apply_for_site",
    request_body(content = NewSite, description = "The site that the organisation asks for."),
    responses((status = 201, description = "The application.", body = View, headers(("Location" = String, description = "Its path."))))
)]
pub(super) async fn apply(
    State(app): State<App>,
    Developer(token): Developer,
    body: Result<Json<NewSite>, JsonRejection>,
) -> Result<Response, Problem> {
    applied(&app, &token, body, None).await
}

/// Apply for a change of a site
#[utoipa::path(
    post,
    path = "/sites/{id}/changes",
    operation_id = "change_site",
    params(("id" = inline(Id), Path, description = "The application's id.")),
    request_body(content = NewSite, description = "The site that the organisation asks for."),
    responses((status = 201, description = "The application for the change.", body = View, headers(("Location" = String, description = "Its path."))))
)]
pub(super) async fn change(
    State(app): State<App>,
    Developer(token): Developer,
    Segment(id): Segment<String>,
    body: Result<Json<NewSite>, JsonRejection>,
) -> Result<Response, Problem> {
    applied(&app, &token, body, Some(ApplicationId(id))).await
}

/// List the organisation's applications for sites
#[utoipa::path(
    get,
    path = "/sites",
    operation_id = "list_sites",
    responses((status = 200, description = "The applications.", body = [View]))
)]
pub(super) async fn list(
    State(app): State<App>,
    Developer(token): Developer,
) -> Result<Json<Vec<View>>, Problem> {
    let mut reader = app.platform.db.reader().await?;
    let all = store::site::of_organisation(&mut reader, &token.organisation).await?;
    Ok(Json(
        all.into_iter()
            .map(|application| View::of(&app, application, None))
            .collect(),
    ))
}

/// Show an application for a site
#[utoipa::path(
    get,
    path = "/sites/{id}",
    operation_id = "show_site",
    params(("id" = inline(Id), Path, description = "The application's id.")),
    responses((status = 200, description = "The application, with the grounds where it was rejected or stopped.", body = View))
)]
pub(super) async fn show(
    State(app): State<App>,
    Developer(token): Developer,
    Segment(id): Segment<String>,
) -> Result<Json<View>, Problem> {
    let organisation = organisation(&app, &token).await?;
    let mut reader = app.platform.db.reader().await?;
    let application = sites::own(&mut reader, &organisation, &ApplicationId(id)).await?;
    let decisions = store::site::decisions(&mut reader, &application.id).await?;
    drop(reader);
    let told = [Event::Reject.code(), Event::Suspend.code()];
    let reason = decisions
        .into_iter()
        .rfind(|decision| decision.outcome == ALLOWED && told.contains(&decision.event.as_str()))
        .map(|decision| decision.reason);
    Ok(Json(View::of(&app, application, reason)))
}

/// Make a new secret of a site
///
/// The secret that the site had does not count any more.
#[utoipa::path(
    post,
    path = "/sites/{id}/secret",
    operation_id = "make_site_secret",
    params(("id" = inline(Id), Path, description = "The application's id.")),
    responses((status = 200, description = "The secret, which no other answer has.", body = Secret))
)]
pub(super) async fn secret(
    State(app): State<App>,
    Developer(token): Developer,
    Segment(id): Segment<String>,
) -> Result<Response, Problem> {
    let organisation = organisation(&app, &token).await?;
    let (application, secret) = sites::make_secret(&app, &organisation, &ApplicationId(id)).await?;
    let made = Secret {
        client_id: application.site,
        client_secret: secret.expose_secret().to_owned(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(made)).into_response())
}

/// Withdraw an application, or end a site
#[utoipa::path(
    post,
    path = "/sites/{id}/withdraw",
    operation_id = "withdraw_site",
    params(("id" = inline(Id), Path, description = "The application's id.")),
    responses((status = 200, description = "The application, which is withdrawn.", body = View))
)]
pub(super) async fn withdraw(
    State(app): State<App>,
    Developer(token): Developer,
    Segment(id): Segment<String>,
) -> Result<Json<View>, Problem> {
    let organisation = organisation(&app, &token).await?;
    let actor = Actor::token(&token, &organisation.name);
    let application = sites::withdraw(&app, actor, &organisation, &ApplicationId(id)).await?;
    Ok(Json(View::of(&app, application, None)))
}

impl From<SiteError> for Problem {
    fn from(error: SiteError) -> Self {
        let detail = error.to_string();
        let of = |status, code| Problem::new(status, code, detail);
        match error {
            SiteError::NotFound => Problem::not_found("your organisation has no such application"),
            SiteError::Fields(wrong) => {
                let errors = wrong.iter().map(|wrong| FieldError {
                    field: <&str>::from(wrong.field).to_owned(),
                    code: (&wrong.fault).into(),
                    message: wrong.fault.to_string(),
                });
                let detail = "the application has wrong fields; each is named in `errors`";
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-site", detail)
                    .with_errors(errors.collect())
            }
            SiteError::TooMany => of(StatusCode::TOO_MANY_REQUESTS, "too-many"),
            SiteError::Refused(reason) => of(StatusCode::CONFLICT, reason.code()),
            SiteError::Moved => of(StatusCode::CONFLICT, "changed-meanwhile"),
            SiteError::NoSecret => of(StatusCode::CONFLICT, "no-secret"),
            SiteError::Json(error) => Problem::internal(&error),
            SiteError::Db(error) => error.into(),
        }
    }
}
