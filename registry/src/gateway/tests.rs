//! What the front door says before, instead of and after a service.

use axum::body::Body;

use super::*;
use crate::deploy;
use crate::domain::submission::Submission;
use crate::testing::{Answer, Stage, answering, grounds, manifest, request};

const NAME: &str = "water-meter";
const OFFICER: &str = "aysel@aim.example";

async fn deployed(stage: &Stage) -> Submission {
    let approved = stage.approved(&manifest(NAME, "1.0.0"), &answering("drip")).await;
    let officer = stage.person(OFFICER).await;
    deploy::deploy(&stage.app, &officer, &approved.id).await.unwrap()
}

/// A request to a service's origin, with headers of the browser.
async fn ask(stage: &Stage, service: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask_as(stage, "GET", service, path, headers).await
}

async fn ask_as(stage: &Stage, method: &str, service: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = http::Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, format!("{service}.localhost:8080"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    stage.send(request.body(Body::empty()).unwrap()).await
}

const ENGLISH: (&str, &str) = ("accept-language", "en-GB,en;q=0.9");

fn forgets(answer: &Answer) -> bool {
    answer
        .headers
        .get("clear-site-data")
        .is_some_and(|value| value == "\"cache\", \"storage\"")
}

/// A host's page that leads on, in both languages.
async fn page(stage: &Stage, status: u16, words: [&str; 2]) -> String {
    let azerbaijani = ask(stage, NAME, "/az/any?path", &[]).await;
    assert_eq!(azerbaijani.status.as_u16(), status);
    assert!(azerbaijani.body.contains(words[0]), "{}", azerbaijani.body);
    let english = ask(stage, NAME, "/", &[ENGLISH]).await;
    assert_eq!(english.status.as_u16(), status);
    assert!(english.body.contains(words[1]), "{}", english.body);
    assert!(forgets(&english), "{:?}", english.headers);
    assert!(
        english.body.contains("href=\"http://localhost:8080/en/\""),
        "{}",
        english.body
    );
    english.body
}

#[tokio::test]
async fn service_that_is_not_in_force_says_why_since_when_and_whom_to_ask() {
    let stage = Stage::with_compiler().await;
    let submission = deployed(&stage).await;
    let open = ask(&stage, NAME, "/", &[]).await;
    assert_eq!((open.status.as_u16(), open.body.as_str()), (200, "drip"));
    assert!(!forgets(&open));

    let officer = stage.person(OFFICER).await;
    deploy::suspend(&stage.app, &officer, &submission.id, &grounds("secret grounds"))
        .await
        .unwrap();
    let suspended = page(
        &stage,
        503,
        ["Bu xidmət dayandırılıb", "This service is suspended"],
    )
    .await;
    for known in [
        "Water meter",
        "Xəzər MMC",
        "18.11.2026 15:06",
        "It showed wrong amounts.",
        "http://localhost:8080/en/services/water-meter",
        "href=\"mailto:help@meter.example\"",
        "http://localhost:8080/en/my/consents",
        "http://localhost:8080/en/my/payments",
    ] {
        assert!(suspended.contains(known), "{known}: {suspended}");
    }
    assert!(!suspended.contains("secret grounds"), "the staff's own words");

    let director = stage.person("nigar@aim.example").await;
    deploy::resume(&stage.app, &director, &submission.id, "mended")
        .await
        .unwrap();
    assert_eq!(ask(&stage, NAME, "/", &[]).await.body, "drip");

    let by = (&stage.citizen, "Elçin");
    deploy::withdraw(&stage.app, by, &stage.organisation, &submission.id)
        .await
        .unwrap();
    let ended = page(&stage, 410, ["Bu xidmət başa çatıb", "This service has ended"]).await;
    for known in [
        "Water meter",
        "Xəzər MMC",
        "18.11.2026",
        "mailto:help@meter.example",
    ] {
        assert!(ended.contains(known), "{known}: {ended}");
    }
}

#[tokio::test]
async fn pages_of_a_service_end_with_its_test() {
    let stage = Stage::with_compiler().await;
    let submission = deployed(&stage).await;
    let ends = submission.grant().unwrap().boundary.ends_at;
    let clock = &stage.app.platform.clock;
    clock.advance_ms(ends.0 - clock.now().0 - 1);
    assert_eq!(ask(&stage, NAME, "/", &[]).await.body, "drip");
    clock.advance_ms(1);
    let ended = page(
        &stage,
        410,
        ["Bu xidmətin sınağı bitib", "The test of this service is over"],
    )
    .await;
    let day = aim_gov::web::date(ends);
    for known in [day.as_str(), "Xəzər MMC", "mailto:help@meter.example"] {
        assert!(ended.contains(known), "{known}: {ended}");
    }
}

#[tokio::test]
async fn name_that_never_was_open_is_a_page_that_says_nothing_about_it() {
    let stage = Stage::new().await;
    let words = ["Belə bir xidmət yoxdur", "There is no such service"];
    page(&stage, 404, words).await;
    stage.submitted(&manifest(NAME, "1.0.0")).await;
    let announced = page(&stage, 404, words).await;
    assert!(!announced.contains("Water meter"), "{announced}");
}

#[tokio::test]
async fn unlisted_methods_are_refused() {
    let stage = Stage::with_compiler().await;
    deployed(&stage).await;
    for method in ["CONNECT", "TRACE", "TRACK", "DEBUG", "PROPFIND", "get"] {
        for service in [NAME, "nobody"] {
            let refused = ask_as(&stage, method, service, "/", &[]).await;
            assert_eq!(refused.status.as_u16(), 405, "{method}");
            assert_eq!(refused.headers["allow"], admission::ALLOW, "{method}");
            assert!(!refused.body.contains("drip"), "{method}");
        }
        for path in ["/en/", "/api/v1/submissions", "/healthz"] {
            let refused = stage
                .send(request(method, path).body(Body::empty()).unwrap())
                .await;
            assert_eq!(refused.status.as_u16(), 405, "{method} {path}");
        }
    }
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let answer = ask_as(&stage, method, NAME, "/", &[]).await;
        assert_eq!(answer.status.as_u16(), 200, "{method}");
    }
}

#[tokio::test]
async fn service_worker_scripts_are_refused() {
    let stage = Stage::with_compiler().await;
    deployed(&stage).await;
    for marks in [
        ("service-worker", "script"),
        ("sec-fetch-dest", "serviceworker"),
        ("sec-fetch-dest", "worker"),
        ("sec-fetch-dest", "SharedWorker"),
    ] {
        for path in ["/sw.js", "/.aim/start", "/.aim/enter?ticket=x"] {
            let refused = ask(&stage, NAME, path, &[marks]).await;
            assert_eq!(refused.status.as_u16(), 403, "{marks:?}");
            // A worker that is there already asks for its script from time to time, and ends with this.
            assert!(forgets(&refused), "{marks:?}");
        }
    }
    let page = ask(&stage, NAME, "/", &[("sec-fetch-dest", "document")]).await;
    assert_eq!(page.body, "drip");
    // On the way to the log-in, before the ticket is made.
    let start = ask(&stage, NAME, "/.aim/start?query=", &[]).await;
    assert_eq!(start.headers["clear-site-data"], "\"storage\"");
}

#[tokio::test]
async fn page_before_another_site_shows_the_whole_address() {
    let stage = Stage::with_compiler().await;
    deployed(&stage).await;
    let to = "https://evil.example/?fin=5ABC%26%3Cb%3E";
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("to", to)
        .finish();
    let answer = ask(
        &stage,
        NAME,
        &format!("{}?{query}", aim_runtime::LEAVE_PATH),
        &[ENGLISH],
    )
    .await;
    assert_eq!(answer.status.as_u16(), 200);
    for shown in [
        "Water meter",
        "<code>evil.example</code>",
        &format!("<code>{to}</code>"),
        &format!("href=\"{to}\""),
        "href=\"/\"",
    ] {
        assert!(answer.body.contains(shown), "{shown}: {}", answer.body);
    }
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    for bad in ["", "javascript:alert(1)", "data:text/html,x", "/path", "https://"] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("to", bad)
            .finish();
        let answer = ask(&stage, NAME, &format!("{}?{query}", aim_runtime::LEAVE_PATH), &[]).await;
        assert_eq!(answer.status.as_u16(), 400, "{bad}");
        assert_eq!(answer.body.matches("href=\"/\"").count(), 1, "{bad}");
        assert!(!answer.body.contains("javascript"), "{bad}");
    }
}

async fn visit(stage: &Stage, from: &str) -> Answer {
    let peer: std::net::SocketAddr = from.parse().unwrap();
    let request = http::Request::get("/")
        .header(header::HOST, "tea-house.localhost:8080")
        .header(header::ACCEPT_LANGUAGE, "en")
        .extension(axum::extract::ConnectInfo(peer));
    stage.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn address_that_floods_services_is_told_to_wait() {
    let stage = Stage::new().await;
    let mut answer = visit(&stage, "192.0.2.1:1").await;
    // Some come on top while the test sends.
    let mut left = 100 * crate::rate::VISITS_BURST.get();
    while answer.status == StatusCode::NOT_FOUND && left > 0 {
        answer = visit(&stage, "192.0.2.1:2").await;
        left -= 1;
    }
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
    assert_eq!(answer.headers[header::RETRY_AFTER], "1");
    assert!(answer.body.contains("Requests come too fast"), "{}", answer.body);
    // Nobody else notices.
    let other = visit(&stage, "192.0.2.2:1").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "{}", other.body);
}
