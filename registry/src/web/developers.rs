//! The developers' pages. A developer is a citizen who belongs to an organisation; there is no separate
//! account.

mod events;
mod home;
mod logs;
mod open_data;
mod organisation;
mod sites;
mod spaces;
mod submission;
mod text;
mod tokens;

use aim_gov::db::DbError;
use aim_gov::invocation::{CitizenId, ServiceId};
use aim_gov::open_data::OpenData;
use aim_gov::web::{OrPage as _, PageContext, PageError, citizen, login_address, refuse_cross_site};
use axum::extract::{DefaultBodyLimit, FromRequestParts, OriginalUri};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower_sessions::Session;

use crate::app::App;
use crate::domain::organisation::Organisation;
use crate::spaces::Spaces;
use crate::store;

pub use text::DeveloperText;

const FORM_BYTES_MAX: usize = 16 * 1024;

/// The pages. They need the session layer ([`aim_gov::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(
    app: App,
    catalogue: OpenData,
    test_spaces: Spaces,
) -> Router<S> {
    Router::new()
        .route("/{lang}/developers", get(home::show))
        .route("/{lang}/developers/organisation", post(organisation::register))
        .route("/{lang}/developers/tokens", post(tokens::create))
        .route("/{lang}/developers/tokens/made", get(tokens::made))
        .route(
            "/{lang}/developers/tokens/{id}/revoke",
            get(tokens::ask_revoke).post(tokens::revoke),
        )
        .route("/{lang}/developers/submissions/{id}", get(submission::show))
        .route(
            "/{lang}/developers/submissions/{id}/withdraw",
            get(submission::ask_withdraw).post(submission::withdraw),
        )
        .route("/{lang}/developers/services/{service}/logs", get(logs::show))
        .route("/{lang}/developers/services/{service}/events", get(events::show))
        .route(
            "/{lang}/developers/services/{service}/events/{id}/replay",
            post(events::replay),
        )
        .route("/{lang}/developers/sites", get(sites::list).post(sites::apply))
        .route("/{lang}/developers/sites/{id}", get(sites::show))
        .route(
            "/{lang}/developers/sites/{id}/withdraw",
            get(sites::ask_withdraw).post(sites::withdraw),
        )
        .route(
            "/{lang}/developers/sites/{id}/secret",
            get(sites::ask_secret).post(sites::make_secret),
        )
        .route("/{lang}/developers/sites/{id}/made", get(sites::secret_made))
        .route(
            "/{lang}/developers/spaces",
            get(spaces::list).post(spaces::create),
        )
        .route("/{lang}/developers/spaces/{space}", get(spaces::show))
        .route("/{lang}/developers/spaces/{space}/open", post(spaces::open))
        .route("/{lang}/developers/spaces/{space}/clock", post(spaces::set_clock))
        .route("/{lang}/developers/spaces/{space}/calls", get(spaces::calls))
        .route(
            "/{lang}/developers/spaces/{space}/people",
            get(spaces::people).post(spaces::apply),
        )
        .route(
            "/{lang}/developers/spaces/{space}/faults",
            get(spaces::faults).post(spaces::set_faults),
        )
        .route(
            "/{lang}/developers/spaces/{space}/{ending}",
            get(spaces::ask).post(spaces::end),
        )
        .route(
            "/{lang}/developers/spaces/{space}/snapshots",
            post(spaces::take_snapshot),
        )
        .route(
            "/{lang}/developers/spaces/{space}/snapshots/{snapshot}/{ending}",
            get(spaces::ask_snapshot).post(spaces::end_snapshot),
        )
        .route("/{lang}/developers/open-data", get(open_data::list))
        .route("/{lang}/developers/open-data/ask", post(open_data::ask))
        .route(
            "/{lang}/developers/open-data/drafts/{id}",
            get(open_data::show_draft).post(open_data::correct),
        )
        .route(
            "/{lang}/developers/open-data/drafts/{id}/about",
            post(open_data::describe),
        )
        .route(
            "/{lang}/developers/open-data/drafts/{id}/publish",
            get(open_data::ask_publish).post(open_data::publish),
        )
        .route(
            "/{lang}/developers/open-data/drafts/{id}/discard",
            get(open_data::ask_discard).post(open_data::discard),
        )
        .route(
            "/{lang}/developers/open-data/sets/{identifier}",
            get(open_data::show_set),
        )
        .route(
            "/{lang}/developers/open-data/sets/{identifier}/withdraw",
            get(open_data::ask_withdraw).post(open_data::withdraw),
        )
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        // The file itself is bounded while it arrives.
        .merge(
            Router::new()
                .route("/{lang}/developers/open-data/upload", post(open_data::receive))
                .layer(DefaultBodyLimit::disable()),
        )
        .layer(Extension(catalogue))
        .layer(Extension(test_spaces))
        .layer(from_fn(refuse_cross_site))
        .with_state(app)
}

/// A citizen who is logged in, with their organisation, if any. As an argument of a handler it redirects other
/// visitors to the log-in page and back.
#[derive(Clone, Debug)]
pub struct Developer {
    pub citizen: CitizenId,
    pub organisation: Option<Organisation>,
}

impl FromRequestParts<App> for Developer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let Ok(context) = PageContext::from_request_parts(parts, app).await;
        let session = Session::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        match citizen(&session).await.or_page(&context)? {
            Some(session) => Ok(Self {
                organisation: organisation_of(app, &session.citizen).await.or_page(&context)?,
                citizen: session.citizen,
            }),
            None => {
                // A form cannot be sent again after the log-in; its page can be opened.
                let page = format!("/{}/developers", context.lang);
                let here = parts
                    .extensions
                    .get::<OriginalUri>()
                    .map_or(&parts.uri, |OriginalUri(uri)| uri);
                let back = if parts.method == axum::http::Method::GET {
                    here.path()
                } else {
                    &page
                };
                Err(Redirect::to(&login_address(context.lang, back)).into_response())
            }
        }
    }
}

async fn organisation_of(app: &App, citizen: &CitizenId) -> Result<Option<Organisation>, DbError> {
    let mut reader = app.platform.db.reader().await?;
    Ok(store::organisation::of_citizen(&mut reader, citizen)
        .await?
        .into_iter()
        .next())
}

/// The service of this name, if it is the developer's.
async fn own_service(
    app: &App,
    developer: &Developer,
    name: String,
    context: &PageContext,
) -> Result<ServiceId, PageError> {
    let name = ServiceId(name);
    let owner = async {
        let mut reader = app.platform.db.reader().await?;
        store::service::owner(&mut reader, &name).await
    };
    let owner = owner.await.or_page(context)?;
    match (&owner, &developer.organisation) {
        (Some(owner), Some(organisation)) if *owner == organisation.id => Ok(name),
        _ => Err(PageError::new(context.clone(), StatusCode::NOT_FOUND)),
    }
}

/// A wrong field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FormError {
    field: &'static str,
    message: String,
}

fn message_for<'a>(errors: &'a [FormError], field: &str) -> Option<&'a str> {
    errors
        .iter()
        .find(|error| error.field == field)
        .map(|error| error.message.as_str())
}
