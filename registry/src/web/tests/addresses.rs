//! Addresses that lead nowhere, and requests that are refused.

use super::*;

#[tokio::test]
async fn front_page_and_wrong_addresses_are_answered() {
    let stage = Stage::new().await;
    assert_eq!(stage.get("/", "").await.location(), "/az/");
    assert_eq!(stage.get("/healthz", "").await.body, "ok\n");
    assert_eq!(stage.get("/en", "").await.location(), "/en/");
    for path in [
        "/en/nothing",
        "/nothing/at/all",
        "/en/services/nothing",
        "/en/services/..%2f",
        "/favicon.ico",
        "/robots.txt",
        "/ru/",
        "/xx/staff",
        "/xx/developers",
        "/xx/services/hello",
    ] {
        let answer = stage.get(path, "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("<h1>"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn whatever_refuses_it_a_person_reads_a_page() {
    let stage = Stage::new().await;
    let get = |path: &str| request("GET", path).body(Body::empty()).unwrap();
    let large = request("POST", "/en/staff/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(vec![b'a'; 100_000]))
        .unwrap();
    for (request, status) in [
        (get("/en/?q=a&q=b"), StatusCode::BAD_REQUEST),
        (get("/en/developers/tokens"), StatusCode::METHOD_NOT_ALLOWED),
        (large, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let path = request.uri().clone();
        let answer = stage.send(request).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(
            answer.body.contains("<html lang=\"en\">") && answer.body.contains("<h1>"),
            "{path}: {}",
            answer.body
        );
        if status == StatusCode::METHOD_NOT_ALLOWED {
            assert_eq!(answer.headers[header::ALLOW], "POST");
        }
    }
}

#[tokio::test]
async fn page_about_our_own_fault_has_the_number_that_the_log_has() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    stage.change("UPDATE vetting_report SET content = '{}'").await;
    let officer = stage.staff("aysel@aim.example").await;
    let broken = request("GET", &format!("/en/staff/submissions/{}", submission.id))
        .header(header::COOKIE, officer)
        .header("x-request-id", "chosen-by-the-client")
        .body(Body::empty())
        .unwrap();
    let answer = stage.send(broken).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let id = answer.headers["x-request-id"].to_str().unwrap();
    assert_ne!(id, "chosen-by-the-client");
    assert!(
        answer.body.contains(&format!("<code>{id}</code>")),
        "{}",
        answer.body
    );
}
