//! The description of a data set, as the form has it.

use aim_gov::open_data::published::{NewAbout, PublishError};
use aim_gov::web::PageError;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{Desk, draft};

/// `POST /{lang}/developers/open-data/drafts/{id}/about`: keeps what was typed, and goes on if it is right.
pub(in super::super) async fn describe(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let said = |field: &str| {
        let value = typed.iter().find(|(name, _)| name == field);
        value
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let themes = typed.iter().filter(|(name, _)| name == "theme");
    let about = NewAbout {
        identifier: said("identifier"),
        title_az: said("title_az"),
        title_en: said("title_en"),
        description_az: said("description_az"),
        description_en: said("description_en"),
        license: said("license"),
        theme: themes.map(|(_, code)| code.clone()).collect(),
        keywords: said("keywords"),
        frequency: said("frequency"),
    };
    let described = desk.open_data.describe_draft(&desk.publisher, &id, about).await;
    match described {
        Ok(draft) => Ok(Redirect::to(&desk.at(&format!("/drafts/{}/publish", draft.id))).into_response()),
        Err(PublishError::Fields(wrong)) => match desk.open_data.own_draft(&desk.publisher, &id).await {
            Ok(draft) => {
                // The answer to a form has the address of the form's page.
                let page = format!("{}/drafts/{}", super::OPEN_DATA, draft.id);
                Ok(draft::page(desk.context.at(page), draft, &wrong))
            }
            Err(error) => Err(desk.refused(&error)),
        },
        Err(error) => Err(desk.refused(&error)),
    }
}
