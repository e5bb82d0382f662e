//! One application: its state, its secret, its withdrawal.

use aim_gov::identity::{provider, sites as admitted};
use aim_gov::web::{Banner, Confirm, Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::ExposeSecret as _;
use tower_sessions::Session;

use super::{SITES, actor, organisation, refused};
use crate::app::App;
use crate::domain::ApplicationId;
use crate::domain::site::{Application, SiteState};
use crate::domain::submission::Event;
use crate::sites;
use crate::store;
use crate::store::decision::{ALLOWED, Decision};
use crate::web::developers::Developer;
use crate::web::site_text::SiteText;

/// The session's key of a [`Made`].
const MADE_KEY: &str = "site-secret";

/// A line of what happened, for the organisation.
struct Happened {
    when: String,
    what: String,
    why: String,
}

#[derive(Template)]
#[template(path = "developers_site.html")]
struct SitePage {
    context: PageContext,
    text: &'static SiteText,
    application: Application,
    sent: String,
    issuer: String,
    /// Whether there is a secret; `None` where there cannot be one.
    secret: Option<bool>,
    happened: Vec<Happened>,
}

/// `GET /{lang}/developers/sites/{id}`.
pub(in super::super) async fn show(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let application = own(&app, &context, &developer, id).await?;
    let mut reader = app.platform.db.reader().await.or_page(&context)?;
    let decisions = store::site::decisions(&mut reader, &application.id).await;
    let admitted = admitted::load(&mut reader, &application.site)
        .await
        .or_page(&context)?;
    drop(reader);
    let text = SiteText::of(context.lang);
    let secret = (application.state == SiteState::InForce && application.content.confidential)
        .then(|| admitted.is_some_and(|site| site.has_any_secret()));
    let decisions = decisions.or_page(&context)?;
    Ok(Html(SitePage {
        text,
        sent: date_time(application.created_at),
        issuer: provider::issuer(&app.public_url),
        secret,
        happened: decisions
            .into_iter()
            .filter(|decision| decision.outcome == ALLOWED)
            .map(|decision| happened(text, decision))
            .collect(),
        application,
        context,
    })
    .into_response())
}

/// A decision as the organisation reads it: with the grounds of a refusal, without the notes of approvals.
fn happened(text: &SiteText, decision: Decision) -> Happened {
    let is_told = decision.event == Event::Reject.code() || decision.event == Event::Suspend.code();
    Happened {
        when: date_time(decision.at),
        what: text.event.get(&decision.event).to_owned(),
        why: if is_told { decision.reason } else { String::new() },
    }
}

async fn own(
    app: &App,
    context: &PageContext,
    developer: &Developer,
    id: String,
) -> Result<Application, PageError> {
    let organisation = organisation(context, developer)?;
    let mut reader = app.platform.db.reader().await.or_page(context)?;
    sites::own(&mut reader, &organisation, &ApplicationId(id))
        .await
        .map_err(|error| refused(context.clone(), &error))
}

fn address(context: &PageContext, application: &Application) -> String {
    format!("/{}{SITES}/{}", context.lang, application.id)
}

fn facts(text: &SiteText, application: &Application) -> Vec<(String, String)> {
    vec![
        (text.column_name.clone(), application.content.name.clone()),
        (text.column_origin.clone(), application.content.origin.clone()),
        (
            text.column_state.clone(),
            text.tag(application.state).word.to_owned(),
        ),
    ]
}

/// `GET /{lang}/developers/sites/{id}/withdraw`: asks for confirmation.
pub(in super::super) async fn ask_withdraw(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let application = own(&app, &context, &developer, id).await?;
    let text = SiteText::of(context.lang);
    let here = address(&context, &application);
    let confirm = Confirm {
        title: text.withdraw_title.clone(),
        facts: facts(text, &application),
        consequences: vec![text.withdraw_text.clone()],
        action: format!("{here}/withdraw"),
        fields: Vec::new(),
        button: text.withdraw_button.clone(),
        class: "danger",
        back: here,
        cancel: text.withdraw_back.clone(),
        context,
    };
    Ok(confirm.answer())
}

/// `POST /{lang}/developers/sites/{id}/withdraw`.
pub(in super::super) async fn withdraw(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    session: Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let organisation = organisation(&context, &developer)?;
    let actor = actor(&context, &developer, &organisation);
    let withdrawn = sites::withdraw(&app, actor, &organisation, &ApplicationId(id)).await;
    let application = withdrawn.map_err(|error| refused(context.clone(), &error))?;
    let text = SiteText::of(context.lang);
    let banner = Banner::success(context.lang, &text.done_withdrawn).at(app.platform.clock.now());
    banner.keep(&session).await;
    Ok(Redirect::to(&address(&context, &application)))
}

/// `GET /{lang}/developers/sites/{id}/secret`: asks for confirmation.
pub(in super::super) async fn ask_secret(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let application = own(&app, &context, &developer, id).await?;
    let text = SiteText::of(context.lang);
    let here = address(&context, &application);
    let confirm = Confirm {
        title: text.secret_ask.clone(),
        facts: facts(text, &application),
        consequences: vec![text.secret_once.clone(), text.secret_replaces.clone()],
        action: format!("{here}/secret"),
        fields: Vec::new(),
        button: text.secret_button.clone(),
        class: "",
        back: here,
        cancel: text.back.clone(),
        context,
    };
    Ok(confirm.answer())
}

/// A secret that was just made, kept in the session until a page has shown it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Made {
    application: String,
    site: String,
    secret: String,
}

#[derive(Template)]
#[template(path = "developers_site_secret.html")]
struct SecretPage {
    context: PageContext,
    text: &'static SiteText,
    made: Made,
}

/// `POST /{lang}/developers/sites/{id}/secret`.
pub(in super::super) async fn make_secret(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    session: Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let organisation = organisation(&context, &developer)?;
    let made = sites::make_secret(&app, &organisation, &ApplicationId(id)).await;
    let (application, secret) = made.map_err(|error| refused(context.clone(), &error))?;
    let made = Made {
        application: application.id.0.clone(),
        site: application.site.clone(),
        secret: secret.expose_secret().to_owned(),
    };
    session.insert(MADE_KEY, made).await.or_page(&context)?;
    Ok(Redirect::to(&format!("{}/made", address(&context, &application))))
}

/// `GET /{lang}/developers/sites/{id}/made`: shows the new secret once; loading the page again leads to the site.
pub(in super::super) async fn secret_made(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    session: Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let application = own(&app, &context, &developer, id).await?;
    let made: Option<Made> = session.remove(MADE_KEY).await.or_page(&context)?;
    Ok(match made.filter(|made| made.application == application.id.0) {
        Some(made) => (
            StatusCode::OK,
            Html(SecretPage {
                text: SiteText::of(context.lang),
                context,
                made,
            }),
        )
            .into_response(),
        None => Redirect::to(&address(&context, &application)).into_response(),
    })
}
