//! Registering an organisation.

use aim_gov::web::{Banner, PageContext, PageError};
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::home::{Typed, address, page};
use super::{Developer, DeveloperText, FormError};
use crate::account::{self, AccountError};
use crate::app::App;
use crate::domain::organisation::{NewOrganisation, OrganisationError};

#[derive(serde::Deserialize)]
pub(super) struct OrganisationForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    tax_id: String,
}

pub(super) async fn register(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    session: Session,
    Form(form): Form<OrganisationForm>,
) -> Result<Response, PageError> {
    let text = DeveloperText::of(context.lang);
    let home = address(&context);
    if developer.organisation.is_some() {
        return Ok(Redirect::to(&home).into_response());
    }
    let wrong = |field, message: &str| FormError {
        field,
        message: message.to_owned(),
    };
    let errors = match NewOrganisation::parse(&form.name, &form.tax_id) {
        Ok(new) => match account::register(&app, &developer.citizen, new).await {
            Ok(organisation) => {
                let message = text.done_registered.replace("{name}", &organisation.name);
                let banner = Banner::success(context.lang, message).at(app.platform.clock.now());
                banner.keep(&session).await;
                return Ok(Redirect::to(&home).into_response());
            }
            Err(AccountError::Member) => return Ok(Redirect::to(&home).into_response()),
            Err(AccountError::TaxIdTaken) => vec![wrong("tax_id", &text.tax_id_taken)],
            Err(error) => return Err(PageError::internal(context, &error)),
        },
        Err(errors) => errors
            .into_iter()
            .map(|error| match error {
                OrganisationError::Name => wrong("name", &text.name_wrong),
                OrganisationError::TaxId => wrong("tax_id", &text.tax_id_wrong),
            })
            .collect(),
    };
    let typed = Typed {
        name: form.name,
        tax_id: form.tax_id,
        ..Typed::default()
    };
    page(context, &app, None, errors, typed).await
}
