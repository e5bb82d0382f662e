//! Authorization requests that the client sends itself.

use super::super::PUSHED_MS;
use super::*;

/// What the client `shop` pushes, with what proves it.
fn proven<'a>(challenge: &'a str, secret: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = good(challenge);
    fields.push(("client_secret", secret));
    fields
}

async fn push(site: &Site) -> String {
    let answer = site.post("/id/par", &proven(&challenge(), "s3cret")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let answer = answer.json();
    assert_eq!(answer["expires_in"], PUSHED_MS / 1000);
    answer["request_uri"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn pushed_request_leads_to_a_code_once() {
    let site = Site::open().await;
    let uri = push(&site).await;
    // What stands beside the reference does not count (RFC 9101, 6.3).
    let reference = [
        ("client_id", "shop"),
        ("request_uri", uri.as_str()),
        ("redirect_uri", "http://evil.example/"),
        ("scope", "openid address"),
    ];
    let page = site.authorize(&reference, "").await;
    let code = site.log_in(&page, "OTEST01").await;
    assert_eq!(code.sent("state").as_deref(), Some("st"));
    let tokens = site.token(&sound(&code.sent("code").unwrap())).await.json();
    assert_eq!(tokens["scope"], "openid profile");
    let again = site.authorize(&reference, "").await;
    assert_eq!(
        (again.status, again.location.as_str()),
        (StatusCode::BAD_REQUEST, "")
    );
    let kept: Vec<(String,)> = sql_rows(&site, "SELECT params FROM identity_pushed").await;
    assert!(kept.is_empty());
}

#[tokio::test]
async fn secret_of_a_pushed_request_is_not_kept() {
    let site = Site::open().await;
    push(&site).await;
    let [(kept,)] = sql_rows(&site, "SELECT params FROM identity_pushed")
        .await
        .try_into()
        .unwrap();
    assert!(
        kept.contains("client_id=shop") && !kept.contains("s3cret"),
        "{kept}"
    );
}

async fn sql_rows(site: &Site, sql: &'static str) -> Vec<(String,)> {
    let mut reader = site.scene.platform.db.reader().await.unwrap();
    sqlx::query_as(sql).fetch_all(&mut *reader).await.unwrap()
}

#[tokio::test]
async fn pushed_request_is_its_clients_and_short_lived() {
    let site = Site::open().await;
    let uri = push(&site).await;
    let refused = async |client: &str, uri: &str| {
        let answer = site
            .authorize(&[("client_id", client), ("request_uri", uri)], "")
            .await;
        assert_eq!(
            (answer.status, answer.location.as_str()),
            (StatusCode::BAD_REQUEST, ""),
            "{client}"
        );
    };
    refused("bank", &uri).await;
    refused("shop", "urn:ietf:params:oauth:request_uri:invented").await;
    site.scene.platform.clock.advance_ms(PUSHED_MS);
    refused("shop", &uri).await;
}

#[tokio::test]
async fn pushed_request_with_a_fault_is_refused_at_once() {
    let site = Site::open().await;
    let challenge = challenge();
    for (field, value, error) in [
        ("client_secret", "guess", "invalid_client"),
        ("client_secret", "", "invalid_client"),
        ("redirect_uri", "http://evil.example/", "invalid_request"),
        ("scope", "profile", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        (
            "request_uri",
            "urn:ietf:params:oauth:request_uri:x",
            "request_uri_not_supported",
        ),
    ] {
        let fields = with(proven(&challenge, "s3cret"), field, value);
        let answer = site.post("/id/par", &fields).await;
        assert_eq!(answer.json()["error"], error, "{field}: {}", answer.body);
    }
    let request = Request::post("/id/par")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{}"));
    assert_eq!(
        site.send(request.unwrap()).await.json()["error"],
        "invalid_request"
    );
}
