//! The description of the HTTP interfaces (`/api/openapi.json`) against the sources of the router and against a running
//! platform.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aim_tests::instance::Instance;
use aim_tests::{http, paths};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// Routes that are not described, beside the pages for people below `/{lang}`.
const NOT_DESCRIBED: &[&str] = &[
    // Ways to pages for people.
    "/",
    "/open-data",
    "/open-data/dataset/{name}",
    "/dataset/{name}",
    "CALLBACK_PATH",
    "LOGGED_OUT_PATH",
    // The style sheet of pages.
    "STYLE_PATH",
    // The operator's own port.
    "/healthz",
    "/readyz",
    "/metrics",
    // The actions of CKAN, which are described from their table, and addresses around them.
    "/api/action/{name}",
    "/api/{version}",
    "/api/{version}/action/{{name}}",
    "/api/{version}/{{*rest}}",
];

/// The sources that make routes, without their tests.
fn sources() -> Vec<PathBuf> {
    let crates = ["host/gov/src", "registry/src", "registry/server/src"];
    let mut folders: Vec<PathBuf> = crates.iter().map(|path| paths::project().join(path)).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            if ["tests", "testing"].contains(&name) {
                continue;
            } else if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// The addresses of the routes that a source makes without a description: texts, or names of constants.
fn undescribed(source: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(source).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let routes = code.split(".route(").skip(1);
    routes
        .map(|after| {
            let after = after.trim_start().trim_start_matches("&format!(");
            let end = match after.strip_prefix('"') {
                Some(text) => text.split('"').next(),
                None => after.split([',', ')']).next(),
            };
            end.unwrap().to_owned()
        })
        .collect()
}

/// A route is described where `routes!` makes both; `route` makes none.
#[test]
fn every_route_for_programs_is_described() {
    let sources = sources();
    assert!(sources.len() > 100, "{}", sources.len());
    let found: BTreeSet<String> = sources.iter().flat_map(|source| undescribed(source)).collect();
    let pages = found.iter().filter(|path| path.starts_with("/{lang}")).count();
    assert!(pages > 50, "{pages} pages");
    let missing: Vec<&String> = found
        .iter()
        .filter(|path| !path.starts_with("/{lang}") && !NOT_DESCRIBED.contains(&path.as_str()))
        .collect();
    assert_eq!(missing, Vec::<&String>::new(), "add a description (`routes!`)");
    let gone: Vec<&&str> = NOT_DESCRIBED
        .iter()
        .filter(|path| !found.contains(**path))
        .collect();
    assert_eq!(gone, Vec::<&&str>::new(), "these routes are gone");
}

/// The operations of a description: method, path with values in it, and the operation.
fn operations(document: &Value) -> Vec<(Method, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        let filled: Vec<&str> = path
            .split('/')
            .map(|part| if part.starts_with('{') { "aaa" } else { part })
            .collect();
        let filled = filled.join("/");
        item.as_object().unwrap().iter().map(move |(method, operation)| {
            (method.to_uppercase().parse().unwrap(), filled.clone(), operation)
        })
    });
    each.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_described_operation_is_served_and_answers_as_described() {
    let platform = Instance::start().await.unwrap();
    let client = http::plain().unwrap();
    let ask = client.get(format!("{}/api/openapi.json", platform.url));
    let document: Value = ask.send().await.unwrap().json().await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(document["servers"][0]["url"], platform.url);
    let operations = operations(&document);
    assert!(operations.len() >= 80, "{}", operations.len());
    for (method, path, operation) in operations {
        let told = format!("{method} {path}");
        for part in ["summary", "operationId", "tags"] {
            assert!(!operation[part].is_null(), "{told} has no {part}");
        }
        let answer = client
            .request(method, format!("{}{path}", platform.url))
            .send()
            .await
            .unwrap();
        let status = answer.status();
        assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{told}");
        if operation["security"][0]["api-token"].is_array() {
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
            assert!(
                refused.contains(&status),
                "{told} answers {status} without a token"
            );
        }
        let described = &operation["responses"][status.as_str()];
        assert!(
            described.is_object(),
            "{told} answers {status}, which is not described"
        );
        if let Some(content) = described["content"].as_object() {
            let kind = answer.headers()[reqwest::header::CONTENT_TYPE].to_str().unwrap();
            let kind = kind.split(';').next().unwrap();
            assert!(
                content.contains_key(kind),
                "{told} answers {kind}, which is not described"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_the_api_lead_to_the_description() {
    let platform = Instance::start().await.unwrap();
    let client = http::plain().unwrap();
    let answer = client
        .get(format!("{}/api/v1/whoami", platform.url))
        .send()
        .await
        .unwrap();
    let link = answer.headers()["link"].to_str().unwrap();
    assert_eq!(
        link,
        "</api/openapi.json>; rel=\"service-desc\"; type=\"application/json\""
    );
    let page = client
        .get(format!("{}/api/v1/whoami?verbose=1", platform.url))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    let problem: Value = page.json().await.unwrap();
    assert_eq!(problem["code"], "unknown-parameter");
    assert!(
        problem["detail"].as_str().unwrap().contains("`verbose`"),
        "{problem}"
    );
}
