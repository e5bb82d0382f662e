use super::*;
use crate::open_data::language::Language;
use crate::open_data::query::{self, Query};
use crate::open_data::table::Table;

async fn page(path: &str) -> (StatusCode, String) {
    let scene = scene().await;
    let routes = crate::open_data::pages::people::<()>(scene.open_data);
    let response = routes
        .oneshot(Request::get(path).body(Body::empty()).unwrap())
        .await
        .unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn address(path: &str, accept: &'static str) -> (StatusCode, String) {
    let scene = scene().await;
    let routes = axum::Router::from(crate::open_data::pages::routes::<()>(
        scene.open_data,
        Arc::new(Nobody),
    ));
    let request = Request::get(path)
        .header(header::ACCEPT, accept)
        .header(header::ACCEPT_LANGUAGE, "en");
    let response = routes
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let what = response
        .headers()
        .get(header::LOCATION)
        .or(response.headers().get(header::CONTENT_TYPE));
    (
        response.status(),
        what.map(|what| what.to_str().unwrap().to_owned())
            .unwrap_or_default(),
    )
}

#[tokio::test]
async fn data_sets_are_found_and_shown_in_both_languages() {
    for (lang, title) in [
        ("az", "Azərbaycanın yaşayış məntəqələri"),
        ("en", "Populated places of Azerbaijan"),
    ] {
        let (status, list) = page(&format!("/{lang}/open-data")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(list.contains(title), "{list}");
        let (_, found) = page(&format!("/{lang}/open-data?q=bayram")).await;
        assert!(!found.contains(title) && found.contains("az-public-holidays"));
        let (status, shown) = page(&format!("/{lang}/open-data/az-populated-places")).await;
        assert_eq!(status, StatusCode::OK);
        for part in [
            title,
            "GeoNames",
            "https://creativecommons.org/licenses/by/4.0/",
            "population",
            "Baku",
            "<rect",
            "/open-data/az-populated-places.csv",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
    for wrong in ["az-snow", "..", "%3Cscript%3E"] {
        assert_eq!(
            page(&format!("/en/open-data/{wrong}")).await.0,
            StatusCode::NOT_FOUND,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn searches_are_bounded_and_escaped() {
    let (status, found) = page("/en/open-data?q=%3Cscript%3E%22&theme=GOVE").await;
    assert_eq!(status, StatusCode::OK);
    assert!(!found.contains("<script"), "{found}");
    for wrong in ["start=x", "start=-1", &format!("q={}", "a".repeat(201))] {
        assert_eq!(
            page(&format!("/en/open-data?{wrong}")).await.0,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
    assert_eq!(page("/en/open-data?start=4294967295").await.0, StatusCode::OK);
}

#[tokio::test]
async fn address_of_a_data_set_leads_to_its_page_or_its_description() {
    let path = "/open-data/dataset/az-public-holidays";
    let page = (
        StatusCode::SEE_OTHER,
        "/en/open-data/az-public-holidays".to_owned(),
    );
    assert_eq!(address(path, "text/html").await, page);
    assert_eq!(address("/dataset/az-public-holidays", "text/html").await, page);
    let turtle = (StatusCode::OK, "text/turtle; charset=utf-8".to_owned());
    assert_eq!(address(path, "text/turtle").await, turtle);
    assert_eq!(address(&format!("{path}.ttl"), "text/html").await, turtle);
    assert_eq!(
        address("/open-data/dataset/az-snow", "*/*").await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        address("/open-data/dataset/az-snow.ttl", "*/*").await.0,
        StatusCode::NOT_FOUND
    );
    let list = (StatusCode::SEE_OTHER, "/en/open-data".to_owned());
    assert_eq!(address("/open-data", "text/html").await, list);
}

#[test]
fn distinct_rows_are_bounded() {
    let rows = |count: usize| {
        let lines: String = (0..count).map(|row| format!("{row},a\n")).collect();
        Table::read(format!("number,letter\n{lines}").as_bytes(), None, |_| {
            Language::Az
        })
        .unwrap()
    };
    let distinct = |fields: &[&str]| Query {
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        distinct: true,
        limit: 10,
        ..Query::default()
    };
    let table = rows(100_001);
    assert_eq!(query::run(&table, &distinct(&["letter"])).unwrap().total, 1);
    let error = query::run(&table, &distinct(&["number"])).unwrap_err();
    assert!(format!("{error:?}").contains("too-many-distinct"), "{error:?}");
    assert_eq!(
        query::run(&rows(100_000), &distinct(&["number"])).unwrap().total,
        100_000
    );
}

#[test]
fn every_theme_and_frequency_has_a_text() {
    use crate::open_data::pages::OpenDataText;
    use crate::open_data::published::about::{FREQUENCIES, THEMES};
    for locale in [Locale::Az, Locale::En] {
        let text = OpenDataText::of(locale);
        assert_eq!(text.themes.codes().collect::<Vec<_>>(), THEMES);
        assert_eq!(text.frequencies.codes().collect::<Vec<_>>(), FREQUENCIES);
    }
}
