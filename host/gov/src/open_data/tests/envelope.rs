//! The envelope of opendata.az: each status, its bounds, its pages.

use serde_json::{Value as Json, json};

use super::*;
use crate::open_data::catalogue::Stored;

struct Answer {
    status: StatusCode,
    link: Option<String>,
    body: String,
}

impl Answer {
    fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Status of HTTP, `Status`, `StatusMessage`; that there is no `Response`.
    fn refusal(&self) -> (u16, String, String) {
        let body = self.json();
        assert_eq!(
            (body.as_object().unwrap().len(), &body["Response"]),
            (3, &Json::Null)
        );
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (self.status.as_u16(), text("Status"), text("StatusMessage"))
    }
}

async fn of(open_data: OpenData, path: &str) -> Answer {
    let request = Request::get(format!("/open-data/api/{path}")).body(Body::empty());
    let routes = axum::Router::from(pages_of::routes::<()>(open_data, Arc::new(Nobody)));
    let (head, body) = routes.oneshot(request.unwrap()).await.unwrap().into_parts();
    assert_eq!(
        head.headers[header::CONTENT_TYPE],
        "application/json; charset=utf-8",
        "{path}"
    );
    let link = head.headers.get(header::LINK);
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Answer {
        status: head.status,
        link: link.map(|link| link.to_str().unwrap().to_owned()),
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn ask(path: &str) -> Answer {
    of(scene().await.open_data, path).await
}

#[tokio::test]
async fn rows_come_in_the_envelope_in_the_order_of_the_columns() {
    let answer = ask("v1/json/geonames/az-populated-places?limit=1").await;
    let body = answer.json();
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        (&body["Status"], &body["StatusMessage"]),
        (&json!("OK"), &Json::Null)
    );
    assert_eq!(body.as_object().unwrap().len(), 3);
    let rows = body["Response"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert!(rows[0]["population"].is_i64(), "{}", answer.body);
    let file = include_str!("../../../data/open-data/az-populated-places.csv");
    let columns: Vec<&str> = file.lines().next().unwrap().split(',').collect();
    let place = |column: &&str| answer.body.find(&format!("\"{column}\":")).unwrap();
    assert!(columns.is_sorted_by_key(place), "{}", answer.body);
}

#[tokio::test]
async fn pages_of_the_envelope_lead_through_every_row() {
    let scene = scene().await;
    let (mut path, mut seen, mut pages) = ("?limit=100".to_owned(), Vec::new(), 0);
    loop {
        let address = format!("v1/JSON/geonames/az-populated-places{path}");
        let answer = of(scene.open_data.clone(), &address).await;
        seen.extend(answer.json()["Response"].as_array().unwrap().clone());
        pages += 1;
        let Some(link) = answer.link else { break };
        path = link
            .strip_prefix('<')
            .unwrap()
            .strip_suffix(">; rel=\"next\"")
            .unwrap()
            .to_owned();
    }
    assert_eq!((pages, seen.len()), (3, 245));
    seen.dedup();
    assert_eq!(seen.len(), 245);
    let behind = of(
        scene.open_data,
        "v1/json/geonames/az-populated-places?offset=2147483647",
    )
    .await;
    assert_eq!(behind.json()["Response"], json!([]));
}

#[tokio::test]
async fn pretty_answers_of_the_envelope_have_line_breaks() {
    let plain = ask("v1/json/geonames/az-populated-places?limit=2").await;
    let pretty = ask("v1/json/geonames/az-populated-places?limit=2&pretty").await;
    assert_eq!(plain.json(), pretty.json());
    assert_eq!(plain.body.lines().count(), 1);
    assert!(pretty.body.lines().count() > 2);
    assert_eq!(pretty.link.unwrap(), "<?limit=2&offset=2&pretty>; rel=\"next\"");
}

#[tokio::test]
async fn wrong_input_is_named_in_the_envelope() {
    for (path, status, named) in [
        ("v2/json/geonames/az-populated-places", 404, "version `v2`"),
        ("v1/xml/geonames/az-populated-places", 404, "format `xml`"),
        ("v1/json/nobody/az-populated-places", 404, "organisation `nobody`"),
        // Another publisher's.
        (
            "v1/json/geonames/az-public-holidays",
            404,
            "service `az-public-holidays`",
        ),
        (
            "v1/json/geonames/az-populated-places?page=2",
            400,
            "parameter `page`",
        ),
        (
            "v1/json/geonames/az-populated-places?limit=1&limit=1",
            400,
            "`limit` is given twice",
        ),
        (
            "v1/json/geonames/az-populated-places?offset=1&offset=2",
            400,
            "`offset` is given twice",
        ),
        (
            "v1/json/geonames/az-populated-places?pretty&pretty=1",
            400,
            "`pretty` is given twice",
        ),
        (
            "v1/json/geonames/az-populated-places?limit=0",
            400,
            "from 1 to 1000",
        ),
        (
            "v1/json/geonames/az-populated-places?limit=1001",
            400,
            "from 1 to 1000",
        ),
        (
            "v1/json/geonames/az-populated-places?limit=%2B1",
            400,
            "from 1 to 1000",
        ),
        (
            "v1/json/geonames/az-populated-places?limit=",
            400,
            "from 1 to 1000",
        ),
        ("v1/json/geonames/az-populated-places?offset=-1", 400, "`offset`"),
        (
            "v1/json/geonames/az-populated-places?offset=2147483648",
            400,
            "`offset`",
        ),
    ] {
        let (code, kind, message) = ask(path).await.refusal();
        assert_eq!((code, kind.as_str()), (status, "InputError"), "{path}");
        assert!(message.contains(named), "{path}: {message}");
    }
    let long = "x".repeat(1_000);
    let (_, _, message) = ask(&format!("{long}/json/geonames/az-populated-places"))
        .await
        .refusal();
    assert!(message.len() < 150, "{message}");
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_an_error_of_the_server_in_the_envelope() {
    let scene = scene().await;
    let mut catalogue = Catalogue::clone(&scene.open_data.catalogue());
    let stored = Stored {
        dataset: "az-populated-places".to_owned(),
        columns: Vec::new(),
        rows_count: 1,
        content: Content::Kept("odf_lost".to_owned()),
    };
    let id = "az-populated-places".to_owned();
    catalogue.stored.insert(id, Arc::new(stored));
    let open_data = OpenData::new(scene.platform.clone(), Arc::new(catalogue));
    let answer = of(open_data, "v1/json/geonames/az-populated-places").await;
    let (status, kind, code) = answer.refusal();
    assert_eq!(
        (status, kind.as_str(), code.as_str()),
        (503, "ServerError", "storage-unavailable")
    );
}
