//! The upload of a file from a form.

use aim_gov::open_data::published::about::is_identifier;
use aim_gov::open_data::published::file::Writer;
use aim_gov::open_data::published::{Draft, PublishError, PublisherState, store};
use aim_gov::open_data::upload::FILE_BYTES_MAX;
use aim_gov::web::PageError;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use axum::response::Redirect;

use super::Desk;

/// The longest name of a data set that is read from the form.
const DATASET_BYTES_MAX: usize = 100;

/// `POST /{lang}/developers/open-data/upload`
pub(in super::super) async fn receive(desk: Desk, form: Multipart) -> Result<Redirect, PageError> {
    match received(&desk, form).await {
        Ok(Some(draft)) => Ok(Redirect::to(&desk.at(&format!("/drafts/{}", draft.id)))),
        Ok(None) => {
            let text = desk.text();
            let (title, message) = (text.title.clone(), text.no_file.clone());
            Err(PageError::with_text(
                desk.context,
                StatusCode::UNPROCESSABLE_ENTITY,
                title,
                message,
            ))
        }
        Err(error) => Err(desk.refused(&error)),
    }
}

/// The draft of the file; `None` if the form has no file.
async fn received(desk: &Desk, mut form: Multipart) -> Result<Option<Draft>, PublishError> {
    let (platform, organisation) = (desk.open_data.platform(), desk.publisher.organisation.as_str());
    // Asked again in the transaction of the draft; a file that cannot become one need not be taken.
    let mut reader = platform.db.reader().await?;
    let publisher = store::publisher(&mut reader, organisation).await?;
    drop(reader);
    if publisher.is_none_or(|publisher| publisher.state != PublisherState::Admitted) {
        return Err(PublishError::NotPublisher);
    }
    let mut dataset = String::new();
    while let Some(mut field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("dataset") => dataset = short(&mut field).await?,
            Some("file") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let mut writer = Writer::begin(platform, organisation, FILE_BYTES_MAX).await?;
                while let Some(part) = field.chunk().await.map_err(|error| broken(&error))? {
                    writer.push(&part).await?;
                }
                if name.is_empty() {
                    return Ok(None);
                }
                let file = writer.finish().await?;
                let draft = desk
                    .open_data
                    .draft(&desk.publisher, file, &name, &dataset)
                    .await?;
                return Ok(Some(draft));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// The identifier in a field.
async fn short(field: &mut Field<'_>) -> Result<String, PublishError> {
    let mut text = Vec::new();
    while let Some(part) = field.chunk().await.map_err(|error| broken(&error))? {
        if text.len() + part.len() > DATASET_BYTES_MAX {
            return Err(PublishError::NotFound);
        }
        text.extend_from_slice(&part);
    }
    let text = String::from_utf8(text).map_err(|_| PublishError::NotFound)?;
    match text.is_empty() || is_identifier(&text) {
        true => Ok(text),
        false => Err(PublishError::NotFound),
    }
}

fn broken(error: &MultipartError) -> PublishError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => PublishError::TooLarge { max: FILE_BYTES_MAX },
        _ => PublishError::Broken,
    }
}
