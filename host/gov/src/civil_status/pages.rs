//! The page of the simulated civil registry office: a citizen's family, and the report of a birth.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use tower_sessions::Session;

use super::words::CivilStatusText;
use super::{Child, CivilStatus, CivilStatusError, Family};
use crate::identity::Gender;
use crate::web::confirm::YES;
use crate::web::{
    Banner, Confirm, Html, OrPage as _, PageContext, PageError, SignedIn, refuse_cross_site,
    refuse_unknown_language,
};

/// The page's path after the language.
const HERE: &str = "/my/family";

/// The pages. They need the session layer ([`crate::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(office: CivilStatus) -> Router<S> {
    Router::new()
        .route("/{lang}/my/family", get(show).post(report))
        .layer(from_fn(refuse_cross_site))
        .route_layer(from_fn(refuse_unknown_language))
        .with_state(office)
}

#[derive(Template)]
#[template(path = "civil_status.html")]
struct FamilyPage {
    context: PageContext,
    text: &'static CivilStatusText,
    marriage: String,
    children: Vec<String>,
    mistake: Option<&'static str>,
}

/// What the citizen chose.
#[derive(Debug, Default, serde::Deserialize)]
struct BirthForm {
    #[serde(default)]
    gender: String,
    #[serde(default)]
    confirm: String,
}

async fn page(
    office: &CivilStatus,
    SignedIn { context, citizen }: SignedIn,
    mistake: Option<&'static str>,
) -> Result<Response, PageError> {
    let text = CivilStatusText::of(context.lang);
    let found = match office.family(&citizen.citizen).await {
        Ok(family) => office.spouse_name(&family).await.map(|name| (family, name)),
        Err(error) => Err(error),
    };
    let (family, spouse) = match found {
        Ok(found) => found,
        Err(CivilStatusError::NotRegistered) => {
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
    let html = Html(FamilyPage {
        marriage: marriage(text, &family, spouse),
        children: family.children.iter().map(|one| child(text, one)).collect(),
        text,
        context,
        mistake,
    });
    Ok((status, html).into_response())
}

fn marriage(text: &CivilStatusText, family: &Family, spouse: Option<String>) -> String {
    match &family.marriage {
        Some(marriage) => text
            .married
            .replace("{spouse}", &spouse.unwrap_or_default())
            .replace("{since}", &day(marriage.since)),
        None => text.unmarried.clone(),
    }
}

fn child(text: &CivilStatusText, child: &Child) -> String {
    let name = match &child.given_name {
        Some(given_name) => format!("{} {given_name}", child.family_name),
        None => text.unnamed.clone(),
    };
    let gender = match child.gender {
        Gender::Female => &text.girl,
        Gender::Male => &text.boy,
    };
    let born = text.born.replace("{born}", &day(child.born));
    format!("{name} ({gender}), {born}")
}

/// As [`crate::web::date`] writes days.
fn day(day: jiff::civil::Date) -> String {
    day.strftime("%d.%m.%Y").to_string()
}

/// `GET /{lang}/my/family`.
async fn show(State(office): State<CivilStatus>, signed_in: SignedIn) -> Result<Response, PageError> {
    page(&office, signed_in, None).await
}

/// `POST /{lang}/my/family`: asks once more, then registers the birth.
async fn report(
    State(office): State<CivilStatus>,
    session: Session,
    signed_in: SignedIn,
    Form(form): Form<BirthForm>,
) -> Result<Response, PageError> {
    let SignedIn { context, citizen } = &signed_in;
    let text = CivilStatusText::of(context.lang);
    let here = format!("/{}{HERE}", context.lang);
    let Ok(gender) = form.gender.parse::<Gender>() else {
        return page(&office, signed_in, Some(&text.gender_wrong)).await;
    };
    if form.confirm != YES {
        let chosen = match gender {
            Gender::Female => &text.girl,
            Gender::Male => &text.boy,
        };
        return Ok(Confirm {
            title: text.confirm_title.clone(),
            consequences: vec![text.confirm_register.clone(), text.confirm_services.clone()],
            facts: vec![(text.gender.clone(), chosen.clone())],
            action: here.clone(),
            fields: vec![("gender".to_owned(), form.gender)],
            button: text.form_title.clone(),
            class: "",
            back: here,
            cancel: text.confirm_back.clone(),
            context: context.clone(),
        }
        .answer());
    }
    let mistake = match office.report_birth(&citizen.citizen, gender).await {
        Ok(_) => {
            let banner = Banner::success(context.lang, &text.done).at(office.platform.clock.now());
            banner.keep(&session).await;
            return Ok(Redirect::to(&here).into_response());
        }
        Err(CivilStatusError::NoMother) => &text.no_mother,
        Err(CivilStatusError::TooManyChildren) => &text.too_many,
        Err(CivilStatusError::NotRegistered) => &text.not_registered,
        Err(error) => return Err(error).or_page(context),
    };
    page(&office, signed_in, Some(mistake)).await
}
