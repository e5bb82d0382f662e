//! The list of an organisation's applications, and the form for another one.

use aim_gov::identity::Scope;
use aim_gov::web::{Banner, Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::{SITES, actor, organisation, refused};
use crate::app::App;
use crate::domain::ApplicationId;
use crate::domain::organisation::Organisation;
use crate::domain::site::{Application, NewSite};
use crate::manifest::{CITIZENS_MAX, DAYS_MAX};
use crate::sites::{self, SiteError};
use crate::store;
use crate::web::developers::{Developer, FormError, message_for};
use crate::web::site_text::SiteText;

#[derive(Template)]
#[template(path = "developers_sites.html")]
struct SitesPage {
    context: PageContext,
    text: &'static SiteText,
    home: String,
    applications: Vec<(Application, String)>,
    errors: Vec<FormError>,
    typed: Typed,
    days_most: u32,
    citizens_most: u32,
}

impl SitesPage {
    fn error(&self, field: &str) -> Option<&str> {
        message_for(&self.errors, field)
    }

    /// The scopes that are asked for by choice, and whether each is chosen.
    fn scopes(&self) -> Vec<(Scope, bool)> {
        let chosen = self.typed.chosen();
        let by_choice = Scope::ALL.iter().filter(|scope| **scope != Scope::Openid);
        by_choice.map(|scope| (*scope, chosen.contains(scope))).collect()
    }
}

/// The form as it was typed.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default)]
pub(in super::super) struct Typed {
    name: String,
    purpose_az: String,
    purpose_en: String,
    redirect_uris: String,
    post_logout_redirect_uris: String,
    /// Each scope is a box of its own, with this value once it is checked.
    profile: String,
    address: String,
    phone: String,
    email: String,
    kind: String,
    days: String,
    citizens: String,
    documents: String,
    request_keys: String,
    /// The application that this one changes.
    changes: String,
}

/// What `kind` is for a program that keeps a secret.
const CONFIDENTIAL: &str = "confidential";
/// The value of a box that is checked.
const CHECKED: &str = "yes";

impl Default for Typed {
    fn default() -> Self {
        Self {
            name: String::new(),
            purpose_az: String::new(),
            purpose_en: String::new(),
            redirect_uris: String::new(),
            post_logout_redirect_uris: String::new(),
            profile: String::new(),
            address: String::new(),
            phone: String::new(),
            email: String::new(),
            kind: CONFIDENTIAL.to_owned(),
            days: "90".to_owned(),
            citizens: "100".to_owned(),
            documents: String::new(),
            request_keys: String::new(),
            changes: String::new(),
        }
    }
}

impl Typed {
    /// The scopes whose boxes are checked.
    fn chosen(&self) -> Vec<Scope> {
        let boxes = [
            (Scope::Profile, &self.profile),
            (Scope::Address, &self.address),
            (Scope::Phone, &self.phone),
            (Scope::Email, &self.email),
        ];
        let checked = boxes.into_iter().filter(|(_, value)| !value.is_empty());
        checked.map(|(scope, _)| scope).collect()
    }

    fn site(&self) -> NewSite {
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        // What is not a number is out of the range.
        let number = |text: &str| text.trim().parse().unwrap_or_default();
        NewSite {
            name: self.name.clone(),
            purpose_az: self.purpose_az.clone(),
            purpose_en: self.purpose_en.clone(),
            redirect_uris: lines(&self.redirect_uris),
            post_logout_redirect_uris: lines(&self.post_logout_redirect_uris),
            scopes: self
                .chosen()
                .into_iter()
                .map(|scope| scope.code().to_owned())
                .collect(),
            confidential: self.kind == CONFIDENTIAL,
            days: number(&self.days),
            citizens: number(&self.citizens),
            documents: lines(&self.documents),
            request_keys: self.request_keys.clone(),
        }
    }

    fn of(application: &Application) -> Self {
        let site = NewSite::from(&application.content);
        let checked = |scope: Scope| match application.content.scopes.contains(&scope) {
            true => CHECKED.to_owned(),
            false => String::new(),
        };
        Self {
            name: site.name,
            purpose_az: site.purpose_az,
            purpose_en: site.purpose_en,
            redirect_uris: site.redirect_uris.join("\n"),
            post_logout_redirect_uris: site.post_logout_redirect_uris.join("\n"),
            profile: checked(Scope::Profile),
            address: checked(Scope::Address),
            phone: checked(Scope::Phone),
            email: checked(Scope::Email),
            kind: if site.confidential { CONFIDENTIAL } else { "public" }.to_owned(),
            days: site.days.to_string(),
            citizens: site.citizens.to_string(),
            documents: site.documents.join("\n"),
            request_keys: site.request_keys,
            changes: application.id.0.clone(),
        }
    }
}

#[derive(serde::Deserialize)]
pub(in super::super) struct Asked {
    changes: Option<String>,
}

/// `GET /{lang}/developers/sites`, also with `?changes=` and an application whose site is to be changed.
pub(in super::super) async fn list(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let typed = match asked.changes {
        Some(id) => {
            let mut reader = app.platform.db.reader().await.or_page(&context)?;
            let application = sites::own(&mut reader, &organisation, &ApplicationId(id)).await;
            Typed::of(&application.map_err(|error| refused(context.clone(), &error))?)
        }
        None => Typed::default(),
    };
    page(context, &app, &organisation, Vec::new(), typed).await
}

/// `POST /{lang}/developers/sites`.
pub(in super::super) async fn apply(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let actor = actor(&context, &developer, &organisation);
    let changes = (!typed.changes.is_empty()).then(|| ApplicationId(typed.changes.clone()));
    let applied = sites::apply(&app, actor, &organisation, &typed.site(), changes.as_ref()).await;
    let errors = match applied {
        Ok(application) => {
            let text = SiteText::of(context.lang);
            let banner = Banner::success(context.lang, &text.done_applied).at(app.platform.clock.now());
            banner.keep(&session).await;
            let page = format!("/{}{SITES}/{}", context.lang, application.id);
            return Ok(Redirect::to(&page).into_response());
        }
        Err(SiteError::Fields(wrong)) => wrong
            .iter()
            .map(|wrong| FormError {
                field: wrong.field.into(),
                message: SiteText::of(context.lang).wrong(wrong),
            })
            .collect(),
        Err(error) => return Err(refused(context, &error)),
    };
    page(context, &app, &organisation, errors, typed).await
}

async fn page(
    context: PageContext,
    app: &App,
    organisation: &Organisation,
    errors: Vec<FormError>,
    typed: Typed,
) -> Result<Response, PageError> {
    let mut reader = app.platform.db.reader().await.or_page(&context)?;
    let all = store::site::of_organisation(&mut reader, &organisation.id).await;
    let applications = all.or_page(&context)?.into_iter().map(|application| {
        let sent = date_time(application.created_at);
        (application, sent)
    });
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = SitesPage {
        text: SiteText::of(context.lang),
        home: super::super::DeveloperText::of(context.lang).home_title.clone(),
        applications: applications.collect(),
        errors,
        typed,
        days_most: DAYS_MAX,
        citizens_most: CITIZENS_MAX,
        context,
    };
    Ok((status, Html(page)).into_response())
}
