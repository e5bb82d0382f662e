//! The rows of files in the envelope of opendata.az, for programs that were written for it:
//! `/open-data/api/{version}/{format}/{organisation}/{service}` answers `{Status, StatusMessage, Response}`.
//!
//! What is public about that interface is its page for developers (<https://www.opendata.az/en/home/developers/>): the
//! parts of the address, the three members, the three statuses, that `StatusMessage` is null with `OK`, a text with
//! `InputError` and a code with `ServerError`. Assumed, because nothing public says it: the statuses of HTTP (200; 400
//! and 404 with `InputError`; 503 with `ServerError`), `Response` null without `OK`, and paging by `limit` and `offset`,
//! whose next page is in `Link`. An organisation is called as in CKAN's actions and a service is a file of a data set.
//! XML has no public form, so that it is refused.

mod asked;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::TAG;
use crate::error::GovError;
use crate::open_data::query::LIMIT_ROWS_MAX;
use crate::open_data::{Catalogue, OpenData, Query, Rows, Value, publisher};
use crate::web::described;
use asked::Asked;

/// The only version and the only format.
const VERSION: &str = "v1";
const FORMAT: &str = "json";
/// Characters of a wrong part of the address that a message repeats.
const ECHO_CHARS_MAX: usize = 64;

pub(super) fn routes() -> OpenApiRouter<OpenData> {
    OpenApiRouter::default().routes(described(TAG, &[], routes!(read)))
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = EnvelopeStatus)]
enum Status {
    #[serde(rename = "OK")]
    Ok,
    InputError,
    ServerError,
}

/// The envelope of opendata.az.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = Envelope)]
struct Envelope {
    status: Status,
    /// Null with `OK`; what to correct with `InputError`; a code with `ServerError`.
    #[schema(required)]
    status_message: Option<String>,
    /// The rows, each an object of columns and values; null without `OK`.
    #[schema(required, value_type = Option<Vec<Object>>)]
    response: Option<Page>,
}

/// Why there are no rows.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("the version `{0}` is not served; ask for `{VERSION}`")]
    Version(String),
    #[error("the format `{0}` is not served; ask for `{FORMAT}`")]
    Format(String),
    #[error(
        "the organisation `{0}` has no data set here; `organization_list` of the CKAN API lists those that have"
    )]
    Organisation(String),
    #[error("the organisation has no service `{0}`; a service is the id of a file of one of its data sets")]
    Service(String),
    #[error("the parameter `{0}` is not known; the parameters are `limit`, `offset` and `pretty`")]
    Parameter(String),
    #[error("the parameter `{0}` is given twice")]
    Twice(&'static str),
    #[error("`limit` is a whole number from 1 to {LIMIT_ROWS_MAX}")]
    Limit,
    #[error("`offset` is a whole number from 0 to {}", asked::OFFSET_MAX)]
    Offset,
    /// With the code of the error.
    #[error("{0}")]
    Server(&'static str),
}

impl Fault {
    fn status(&self) -> (StatusCode, Status) {
        match self {
            Self::Version(_) | Self::Format(_) | Self::Organisation(_) | Self::Service(_) => {
                (StatusCode::NOT_FOUND, Status::InputError)
            }
            Self::Parameter(_) | Self::Twice(_) | Self::Limit | Self::Offset => {
                (StatusCode::BAD_REQUEST, Status::InputError)
            }
            Self::Server(_) => (StatusCode::SERVICE_UNAVAILABLE, Status::ServerError),
        }
    }
}

/// The rows of a page, written as objects whose members have the order of the columns.
struct Page(Rows);

impl Serialize for Page {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Row<'a>(&'a [String], &'a [Value]);
        impl Serialize for Row<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().zip(self.1))
            }
        }
        let Self(rows) = self;
        serializer.collect_seq(rows.records.iter().map(|record| Row(&rows.fields, record)))
    }
}

/// Read rows in the envelope of opendata.az
///
/// For programs that were written for `api.opendata.az`. The next page of a longer table is in `Link` (`rel="next"`). Filters,
/// words and an order are asked for with `datastore_search`.
#[utoipa::path(
    get,
    path = "/open-data/api/{version}/{format}/{organisation}/{service}",
    operation_id = "read_envelope",
    params(
        ("version" = String, Path, description = "`v1`", example = "v1"),
        ("format" = String, Path, description = "`json`, in either case.", example = "json"),
        ("organisation" = String, Path, description = "The name of a publisher, as `organization_list` has it.", example = "geonames"),
        ("service" = String, Path, description = "The id of a file of its data sets.", example = "az-populated-places"),
        ("limit" = Option<u32>, Query, description = "The most rows of the answer, 100 unless said.", minimum = 1, maximum = 1000),
        ("offset" = Option<u32>, Query, description = "Rows before the first one of the answer."),
        ("pretty" = Option<String>, Query, description = "Asks for an answer with line breaks; the value does not matter."),
    ),
    responses(
        (status = 200, description = "`OK`", body = Envelope, headers(("Link" = String, description = "The next page."))),
        (status = 400, description = "`InputError`: a parameter is wrong or unknown", body = Envelope),
        (status = 404, description = "`InputError`: the version, the format, the organisation or the service is not served", body = Envelope),
        (status = 503, description = "`ServerError`: the rows cannot be read now", body = Envelope),
    )
)]
async fn read(
    State(open_data): State<OpenData>,
    Path(parts): Path<[String; 4]>,
    RawQuery(query): RawQuery,
) -> Response {
    answered(page(&open_data, &parts, query.as_deref().unwrap_or_default()).await)
}

async fn page(open_data: &OpenData, parts: &[String; 4], query: &str) -> Result<(Asked, Rows), Fault> {
    let [version, format, organisation, service] = parts;
    if version != VERSION {
        return Err(Fault::Version(echo(version)));
    }
    if !format.eq_ignore_ascii_case(FORMAT) {
        return Err(Fault::Format(echo(format)));
    }
    check(&open_data.catalogue(), organisation, service)?;
    let asked = Asked::of(query)?;
    let query = Query {
        offset: asked.offset,
        limit: asked.limit,
        ..Query::default()
    };
    match open_data.rows(service, query).await {
        Ok(rows) => Ok((asked, rows)),
        // A new version came, or the data set was withdrawn, while it was read.
        Err(GovError::NotFound) => Err(Fault::Service(echo(service))),
        Err(error) => {
            let code = error.code();
            tracing::error!(code, service, "open-data: rows cannot be read");
            Err(Fault::Server(code))
        }
    }
}

/// Whether the organisation has this service.
fn check(catalogue: &Catalogue, organisation: &str, service: &str) -> Result<(), Fault> {
    let mut owned = catalogue
        .datasets()
        .filter(|dataset| publisher::name(&dataset.publisher) == organisation)
        .flat_map(|dataset| &dataset.distribution)
        .peekable();
    if owned.peek().is_none() {
        return Err(Fault::Organisation(echo(organisation)));
    }
    match owned.any(|file| file.id == service) {
        true => Ok(()),
        false => Err(Fault::Service(echo(service))),
    }
}

fn answered(answer: Result<(Asked, Rows), Fault>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("link"),
    );
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    let (status, pretty, envelope) = match answer {
        Ok((asked, rows)) => {
            let link = asked.next(&rows).map(|next| format!("<{next}>; rel=\"next\""));
            if let Some(Ok(link)) = link.map(|link| HeaderValue::from_str(&link)) {
                headers.insert(header::LINK, link);
            }
            let envelope = Envelope {
                status: Status::Ok,
                status_message: None,
                response: Some(Page(rows)),
            };
            (StatusCode::OK, asked.pretty, envelope)
        }
        Err(fault) => {
            let (code, status) = fault.status();
            let envelope = Envelope {
                status,
                status_message: Some(fault.to_string()),
                response: None,
            };
            (code, false, envelope)
        }
    };
    let body = match pretty {
        true => serde_json::to_vec_pretty(&envelope),
        false => serde_json::to_vec(&envelope),
    };
    match body {
        Ok(body) => (status, headers, body).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn echo(text: &str) -> String {
    text.chars().take(ECHO_CHARS_MAX).collect()
}
