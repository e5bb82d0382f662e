//! What a client sends with a change: JSON, a form, or a form with a file.

use axum::body::to_bytes;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::header;
use serde_json::{Map, Value as Json};

use super::super::Failure;
use super::super::arguments::Arguments;
use crate::open_data::OpenData;
use crate::open_data::published::about::is_identifier;
use crate::open_data::published::file::{Kept, Writer};
use crate::open_data::published::{PublishError, Publisher};
use crate::open_data::upload::{Choice, FILE_BYTES_MAX};

/// The largest body without a file, in bytes.
const BODY_BYTES_MAX: usize = 16 << 20;
/// The largest field of a form with a file, in bytes.
const FIELD_BYTES_MAX: usize = 64 << 10;
/// The most fields of such a form.
const FIELDS_MAX: usize = 64;

/// The arguments, and the file that arrived.
pub(super) struct Sent {
    pub(super) arguments: Arguments,
    pub(super) file: Option<(Kept, String)>,
}

impl Sent {
    pub(super) async fn read(
        open_data: &OpenData,
        publisher: &Publisher,
        request: Request,
    ) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind
            .trim_start()
            .to_ascii_lowercase()
            .starts_with("multipart/form-data")
        {
            return Self::of_form(open_data, publisher, request).await;
        }
        let (head, body) = request.into_parts();
        let too_large = || {
            Failure::BadRequest(format!(
                "the body is larger than {BODY_BYTES_MAX} bytes; send a file"
            ))
        };
        let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| too_large())?;
        Ok(Self {
            arguments: Arguments::read(head.uri.query(), &head.headers, &body)?,
            file: None,
        })
    }

    async fn of_form(open_data: &OpenData, publisher: &Publisher, request: Request) -> Result<Self, Failure> {
        let broken = || Failure::of_publishing(PublishError::Broken);
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|_| broken())?;
        let (mut fields, mut file) = (Map::new(), None);
        while let Some(mut field) = form.next_field().await.map_err(|_| broken())? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "upload" && file.is_none() {
                let file_name = field.file_name().unwrap_or("upload").to_owned();
                let writer =
                    Writer::begin(open_data.platform(), &publisher.organisation, FILE_BYTES_MAX).await;
                let mut writer = writer.map_err(Failure::of_publishing)?;
                while let Some(part) = field.chunk().await.map_err(|_| broken())? {
                    writer.push(&part).await.map_err(Failure::of_publishing)?;
                }
                let kept = writer.finish().await.map_err(Failure::of_publishing)?;
                file = Some((kept, file_name));
                continue;
            }
            let mut text = Vec::new();
            while let Some(part) = field.chunk().await.map_err(|_| broken())? {
                if text.len() + part.len() > FIELD_BYTES_MAX || fields.len() >= FIELDS_MAX {
                    return Err(Failure::validation(
                        &name,
                        format!("is larger than {FIELD_BYTES_MAX} bytes"),
                    ));
                }
                text.extend_from_slice(&part);
            }
            let text = String::from_utf8(text).map_err(|_| broken())?;
            fields.insert(name, Json::String(text));
        }
        Ok(Self {
            arguments: Arguments::from(fields),
            file,
        })
    }

    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.arguments.get(name)
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        self.arguments.text(name)
    }

    /// The identifier under the first of two names that is given.
    pub(super) fn required(&self, names: [&'static str; 2]) -> Result<&str, Failure> {
        let value = self.arguments.one_of(names)?;
        // Nothing has such a name, and PostgreSQL does not take the character U+0000 in a question.
        match is_identifier(value) {
            true => Ok(value),
            false => Err(Failure::NotFound),
        }
    }

    /// What is said about the reading of the file.
    pub(super) fn choice(&self) -> Result<Choice, Failure> {
        fn one<T: std::str::FromStr>(sent: &Sent, name: &'static str) -> Result<Option<T>, Failure> {
            match sent.text(name)? {
                None | Some("") => Ok(None),
                Some(text) => match text.to_lowercase().parse() {
                    Ok(value) => Ok(Some(value)),
                    Err(_) => Err(Failure::validation(name, "is not a value of this argument")),
                },
            }
        }
        Ok(Choice {
            format: one(self, "format")?,
            encoding: one(self, "encoding")?,
            separator: one(self, "separator")?,
            header_line: match self.arguments.get("header_line") {
                None => None,
                Some(_) => Some(self.arguments.number("header_line", 1)?),
            },
            kinds: match self.text("types")? {
                None | Some("") => std::collections::BTreeMap::new(),
                Some(text) => serde_json::from_str(text).map_err(|_| {
                    Failure::validation("types", "is a JSON object of the columns' names and their types")
                })?,
            },
        })
    }
}
