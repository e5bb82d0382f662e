//! The page on which a citizen reports a move.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use tower_sessions::Session;

use super::words::ResidenceText;
use super::{MoveError, Residence, STREET_CHARS_MAX, checked, places};
use crate::web::confirm::YES;
use crate::web::{
    Banner, Confirm, Html, OrPage as _, PageContext, PageError, SignedIn, refuse_cross_site,
    refuse_unknown_language,
};

/// The page's path after the language.
const HERE: &str = "/my/residence";

/// The pages. They need the session layer ([`crate::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(residence: Residence) -> Router<S> {
    Router::new()
        .route("/{lang}/my/residence", get(show).post(report))
        .layer(from_fn(refuse_cross_site))
        .route_layer(from_fn(refuse_unknown_language))
        .with_state(residence)
}

#[derive(Template)]
#[template(path = "residence.html")]
struct ResidencePage {
    context: PageContext,
    text: &'static ResidenceText,
    current: Option<String>,
    places: Vec<&'static str>,
    form: MoveForm,
    mistake: Option<&'static str>,
    street_chars_max: usize,
}

/// What the citizen typed.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct MoveForm {
    #[serde(default)]
    place: String,
    #[serde(default)]
    street: String,
    #[serde(default)]
    confirm: String,
}

async fn page(
    residence: &Residence,
    SignedIn { context, citizen }: SignedIn,
    form: MoveForm,
    mistake: Option<&'static str>,
) -> Result<Response, PageError> {
    let text = ResidenceText::of(context.lang);
    let person = match residence.person(&citizen.citizen).await {
        Ok(person) => person,
        Err(MoveError::NotRegistered) => {
            let (title, message) = (text.title.clone(), text.not_registered.clone());
            return Err(PageError::with_text(
                context,
                StatusCode::CONFLICT,
                title,
                message,
            ));
        }
        Err(error) => return Err(PageError::internal(context, &error)),
    };
    let status = match mistake {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let places = places().into_iter();
    let html = Html(ResidencePage {
        text,
        context,
        current: person.address.formatted,
        places: places.filter_map(|place| place.locality.as_deref()).collect(),
        form,
        mistake,
        street_chars_max: STREET_CHARS_MAX,
    });
    Ok((status, html).into_response())
}

/// `GET /{lang}/my/residence`.
async fn show(State(residence): State<Residence>, signed_in: SignedIn) -> Result<Response, PageError> {
    page(&residence, signed_in, MoveForm::default(), None).await
}

/// `POST /{lang}/my/residence`: asks once more, then registers the move.
async fn report(
    State(residence): State<Residence>,
    session: Session,
    signed_in: SignedIn,
    Form(form): Form<MoveForm>,
) -> Result<Response, PageError> {
    let SignedIn { context, citizen } = &signed_in;
    let text = ResidenceText::of(context.lang);
    let here = format!("/{}{HERE}", context.lang);
    let mistake = |error: &MoveError| match error {
        MoveError::Street(_) => Some(text.street_wrong.as_str()),
        MoveError::UnknownPlace => Some(text.place_wrong.as_str()),
        MoveError::NotRegistered => Some(text.not_registered.as_str()),
        MoveError::Register(_) | MoveError::Db(_) => None,
    };
    if form.confirm != YES {
        return match checked(&form.place, &form.street) {
            Ok(address) => Ok(Confirm {
                title: text.confirm_title.clone(),
                consequences: vec![text.confirm_register.clone(), text.confirm_services.clone()],
                facts: vec![(text.current.clone(), address.formatted.unwrap_or_default())],
                action: here.clone(),
                fields: vec![
                    ("place".to_owned(), form.place),
                    ("street".to_owned(), form.street),
                ],
                button: text.form_title.clone(),
                class: "",
                back: here,
                cancel: text.confirm_back.clone(),
                context: context.clone(),
            }
            .answer()),
            Err(error) => {
                let mistake = mistake(&error);
                page(&residence, signed_in, form, mistake).await
            }
        };
    }
    match residence
        .move_to(&citizen.citizen, &form.place, &form.street)
        .await
    {
        Ok(_) => {
            let banner = Banner::success(context.lang, &text.done).at(residence.platform.clock.now());
            banner.keep(&session).await;
            Ok(Redirect::to(&here).into_response())
        }
        Err(error) => match mistake(&error) {
            Some(mistake) => page(&residence, signed_in, form, Some(mistake)).await,
            None => Err(error).or_page(context),
        },
    }
}
