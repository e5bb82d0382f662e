//! The catalogues that are harvested, and what the last harvest of each did.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::TAG;
use super::files::public;
use crate::clock::Timestamp;
use crate::open_data::OpenData;
use crate::open_data::harvest::{LastHarvest, Reason, Refused, SourceKind, harvests};
use crate::web::described;

const UNANSWERED: &[(u16, &str)] = &[(503, "a page: the database does not answer")];

pub(super) fn routes() -> OpenApiRouter<OpenData> {
    OpenApiRouter::default().routes(described(TAG, UNANSWERED, routes!(list)))
}

/// A catalogue that is harvested.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = HarvestedSource)]
struct SourceAnswer {
    /// What identifiers of its data sets begin with.
    name: String,
    kind: SourceKind,
    address: String,
    every_hours: u32,
    /// Absent before the first harvest.
    #[serde(skip_serializing_if = "Option::is_none")]
    harvest: Option<HarvestAnswer>,
}

/// What the last harvest of a source did.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Harvest)]
struct HarvestAnswer {
    /// When it ended (RFC 3339).
    #[schema(format = DateTime)]
    finished: String,
    /// Why the catalogue was not harvested; nothing changed then.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<RefusedAnswer>,
    /// Identifiers of data sets.
    added: Vec<String>,
    changed: Vec<String>,
    gone: Vec<String>,
    unchanged_count: u32,
    refused: Vec<RefusedAnswer>,
}

/// A data set that was not taken over.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = HarvestRefusal)]
struct RefusedAnswer {
    /// The data set in the foreign catalogue, or an address.
    place: String,
    reason: Reason,
    detail: String,
    /// Rows of its file that cannot be read.
    bad_rows: Vec<BadRowAnswer>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = HarvestBadRow)]
struct BadRowAnswer {
    /// Where the row begins, from 1.
    line: u64,
    detail: String,
}

impl From<Refused> for RefusedAnswer {
    fn from(refused: Refused) -> Self {
        let bad = refused.bad.into_iter().map(|bad| BadRowAnswer {
            line: bad.line,
            detail: bad.fault.to_string(),
        });
        Self {
            place: refused.place,
            reason: refused.reason,
            detail: refused.detail,
            bad_rows: bad.collect(),
        }
    }
}

impl HarvestAnswer {
    fn of(last: LastHarvest) -> Option<Self> {
        let report = last.report;
        Some(Self {
            finished: last.finished.and_then(Timestamp::to_jiff)?.to_string(),
            fault: report.fault.map(Into::into),
            added: report.added,
            changed: report.changed,
            gone: report.gone,
            unchanged_count: report.unchanged_count,
            refused: report.refused.into_iter().map(Into::into).collect(),
        })
    }
}

/// List the catalogues that are harvested
///
/// Each with what its last harvest added, changed, took out and refused, with the reason and the place.
#[utoipa::path(
    get,
    path = "/open-data/sources",
    operation_id = "list_sources",
    responses((status = 200, description = "The sources, by name.", body = Vec<SourceAnswer>))
)]
async fn list(State(open_data): State<OpenData>) -> Response {
    let last = async {
        let mut reader = open_data.platform().db.reader().await?;
        harvests(&mut reader).await
    };
    let mut last = match last.await {
        Ok(last) => last,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "open-data: harvests cannot be read"
            );
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let sources = open_data.sources().iter().map(|source| {
        let place = last.iter().position(|last| last.name == source.name);
        SourceAnswer {
            name: source.name.clone(),
            kind: source.kind,
            address: source.address.to_string(),
            every_hours: source.every_hours,
            harvest: place.and_then(|place| HarvestAnswer::of(last.swap_remove(place))),
        }
    });
    let mut sources: Vec<SourceAnswer> = sources.collect();
    sources.sort_by(|left, right| left.name.cmp(&right.name));
    let [_, sniff, origin] = public();
    ([sniff, origin], Json(sources)).into_response()
}
