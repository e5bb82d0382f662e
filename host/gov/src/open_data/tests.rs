use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use sha2::Digest as _;
use sqlx::Row as _;
use tower::ServiceExt as _;

use super::pages as pages_of;
use super::published::Publisher;
use super::*;
use crate::clock::{Clock, Timestamp};
use crate::db::{Db, sqlite_address};
use crate::error::LimitKind;
use crate::grant::{Boundary, Grant};
use crate::invocation::{Acr, CitizenId, Service, ServiceId, Session};
use crate::random::Random;
use crate::text::{Locale, Localised};

mod envelope;
mod pages;
mod people;
mod rows;
mod searching;

const NOW: Timestamp = Timestamp(1_790_000_000_000);
const PUBLIC_URL: &str = "http://localhost:8080";

struct Scene {
    _dir: tempfile::TempDir,
    platform: Platform,
    open_data: OpenData,
    invocation: Invocation,
}

/// Nobody has a token.
#[derive(Debug)]
struct Nobody;

#[async_trait::async_trait]
impl pages_of::Authenticate for Nobody {
    async fn publisher(&self, _: &mut http::request::Parts) -> Result<Option<Publisher>, DbError> {
        Ok(None)
    }
}

async fn scene_with(capabilities: BTreeSet<Capability>) -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let address = sqlite_address(&dir.path().join("aim.db"));
    let platform = Platform {
        db: Db::open(&address).await.unwrap(),
        clock: Clock::manual(NOW),
        random: Random::seeded(1),
    };
    let boundary = Boundary {
        ends_at: NOW.plus_days(30),
        citizens_max: 10,
        calls_per_minute_max: 60,
        ..Boundary::default()
    };
    let service = Service {
        id: ServiceId("calendar".into()),
        title: Localised {
            az: "Təqvim".into(),
            en: None,
            ru: None,
        },
        controller: "Təqvim MMC".into(),
        tax_id: "1234567890".to_owned(),
        version: "1.0.0".into(),
        digest: "sha256:0".into(),
        grant: Grant {
            capabilities,
            purposes: Vec::new(),
            boundary,
            ..Grant::default()
        },
        origin: "http://calendar.localhost:8080".into(),
        platform: PUBLIC_URL.into(),
        stopped: AtomicBool::new(false),
    };
    let catalogue = Arc::new(Catalogue::embedded(PUBLIC_URL).unwrap());
    Scene {
        _dir: dir,
        open_data: OpenData::new(platform.clone(), catalogue),
        platform,
        invocation: Invocation {
            service: Arc::new(service),
            session: None,
            request_id: "req_1".into(),
            return_path: "/".into(),
            locale: Locale::Az,
            usage: crate::usage::Usage::default(),
        },
    }
}

async fn scene() -> Scene {
    scene_with(BTreeSet::from([Capability::OpenData])).await
}

impl Scene {
    /// Operation, decision and object of every record, in order.
    async fn records(&self) -> Vec<(String, String, Option<String>)> {
        let mut reader = self.platform.db.reader().await.unwrap();
        sqlx::query("SELECT operation, decision, object FROM audit_record ORDER BY rowid")
            .fetch_all(&mut *reader)
            .await
            .unwrap()
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2)))
            .collect()
    }

    async fn holidays(&self, query: Query) -> Result<Rows, GovError> {
        self.open_data
            .query(&self.invocation, "az-public-holidays", query)
            .await
    }
}

fn filter(field: &str, op: Comparison, value: Value) -> Filter {
    Filter {
        field: field.into(),
        op,
        value,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn record(operation: &str, decision: &str, object: Option<&str>) -> (String, String, Option<String>) {
    (operation.into(), decision.into(), object.map(str::to_owned))
}

#[tokio::test]
async fn every_call_is_recorded_with_its_data_set_and_refusals_with_their_code() {
    let mut scene = scene().await;
    // Refusals of strangers leave no record.
    scene.invocation.session = Some(Session {
        citizen: CitizenId("citizen".into()),
        acr: Acr::Substantial,
        amr: Vec::new(),
        auth_time: NOW,
        locale: Locale::Az,
    });
    let page = SearchQuery {
        text: "bayram".into(),
        rows: 10,
        ..SearchQuery::default()
    };
    let found = scene.open_data.search(&scene.invocation, &page).await.unwrap();
    assert_eq!(found.count, 1);
    let dataset = scene.open_data.get(&scene.invocation, "az-public-holidays").await;
    assert_eq!(dataset.unwrap(), found.results[0]);
    let rows = scene.holidays(Query::default()).await.unwrap();
    assert_eq!((rows.total, rows.records.len()), (163, 0));
    let missing = scene.open_data.get(&scene.invocation, "az-snow").await;
    assert_eq!(missing, Err(GovError::NotFound));
    let missing = scene
        .open_data
        .query(&scene.invocation, &"x".repeat(500), Query::default())
        .await;
    assert_eq!(missing, Err(GovError::NotFound));
    let too_many = Query {
        limit: 1_001,
        ..Query::default()
    };
    assert_eq!(
        scene.holidays(too_many).await.unwrap_err().code(),
        "limit-too-large"
    );
    assert_eq!(
        scene.records().await,
        [
            record("search", "allowed", None),
            record("get", "allowed", Some("az-public-holidays")),
            record("query", "allowed", Some("az-public-holidays")),
            record("get", "not-found", Some("az-snow")),
            record("query", "not-found", Some(&"x".repeat(80))),
            record("query", "limit-too-large", Some("az-public-holidays")),
        ]
    );
}

#[tokio::test]
async fn service_without_the_capability_learns_nothing_and_leaves_a_record() {
    let scene = scene_with(BTreeSet::new()).await;
    let refused = scene.open_data.get(&scene.invocation, "az-public-holidays").await;
    assert_eq!(refused.unwrap_err().code(), "capability-not-granted");
    let refused = scene.holidays(Query::default()).await;
    assert_eq!(refused.unwrap_err().code(), "capability-not-granted");
    let refused = scene
        .open_data
        .search(&scene.invocation, &SearchQuery::default())
        .await;
    assert_eq!(refused.unwrap_err().code(), "capability-not-granted");
    let decisions = scene.records().await.into_iter().map(|(_, decision, _)| decision);
    assert_eq!(decisions.collect::<Vec<_>>(), ["capability-not-granted"; 3]);
}

#[tokio::test]
async fn calls_are_refused_after_the_end_date_and_while_suspended() {
    let scene = scene().await;
    scene.platform.clock.advance_ms(31 * crate::clock::DAY_MS);
    let refused = scene.holidays(Query::default()).await;
    assert_eq!(refused, Err(GovError::LimitExceeded(LimitKind::EndDate)));
    scene.invocation.service.stop();
    assert_eq!(scene.holidays(Query::default()).await, Err(GovError::Suspended));
}

#[tokio::test]
async fn answer_whose_record_cannot_be_written_is_not_given() {
    let scene = scene().await;
    let drop = sqlx::query("DROP TABLE audit_record");
    scene.platform.db.run(drop).await.unwrap();
    let refused = scene.open_data.get(&scene.invocation, "az-public-holidays").await;
    assert_eq!(refused.unwrap_err().code(), "storage-unavailable");
}

async fn get_file(path: &str, known: Option<&str>) -> (StatusCode, header::HeaderMap, Vec<u8>) {
    let scene = scene().await;
    let mut request = Request::get(path);
    if let Some(tag) = known {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let response = axum::Router::from(super::pages::routes::<()>(scene.open_data, Arc::new(Nobody)))
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    (head.status, head.headers, body.to_vec())
}

#[tokio::test]
async fn address_of_a_distribution_serves_the_very_file_that_its_hash_names() {
    let scene = scene().await;
    for dataset in scene.open_data.catalogue().datasets() {
        let distribution = &dataset.distribution[0];
        let path = distribution.access_url.strip_prefix(PUBLIC_URL).unwrap();
        let (status, headers, body) = get_file(path, None).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            headers[header::CONTENT_TYPE],
            "text/csv; charset=utf-8; header=present"
        );
        let sha256 = hex::encode(sha2::Sha256::digest(&body));
        assert_eq!(distribution.sha256, Some(sha256));
        assert_eq!(distribution.byte_size, Some(body.len() as u64));
        let tag = headers[header::ETAG].to_str().unwrap();
        let (status, _, body) = get_file(path, Some(tag)).await;
        assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    }
    for path in ["/open-data/az-snow.csv", "/open-data/az-public-holidays"] {
        assert_eq!(get_file(path, None).await.0, StatusCode::NOT_FOUND);
    }
}
