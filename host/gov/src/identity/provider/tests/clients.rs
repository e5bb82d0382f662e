//! What HTTP clients that nobody here wrote send and expect.

use axum::http::{HeaderMap, HeaderName, Method};
use base64::engine::general_purpose::STANDARD;

use super::*;

async fn send(site: &Site, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let response = site.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    (
        parts.status,
        parts.headers,
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

fn token_request(kind: &str, headers: &[(HeaderName, &str)], body: &str) -> Request<Body> {
    let mut request = Request::post("/id/token").header(header::CONTENT_TYPE, kind);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test]
async fn token_media_type_has_no_case_and_may_have_parameters() {
    let site = Site::open().await;
    let body = "grant_type=authorization_code&code=invented&client_id=shop&client_secret=s3cret";
    for (kind, error) in [
        ("application/x-www-form-urlencoded", "invalid_grant"),
        ("Application/X-WWW-Form-Urlencoded", "invalid_grant"),
        (
            "application/x-www-form-urlencoded; charset=UTF-8",
            "invalid_grant",
        ),
        (
            "application/x-www-form-urlencoded ;charset=UTF-8",
            "invalid_grant",
        ),
        ("application/json", "invalid_request"),
        ("application/x-www-form-urlencodedx", "invalid_request"),
    ] {
        let (_, _, answer) = send(&site, token_request(kind, &[], body)).await;
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["error"], error, "{kind}");
    }
}

#[tokio::test]
async fn wrong_secret_is_challenged_in_the_clients_own_way() {
    let site = Site::open().await;
    let form = "application/x-www-form-urlencoded";
    let posted = "grant_type=authorization_code&code=x&client_id=shop&client_secret=guess";
    let (status, headers, body) = send(&site, token_request(form, &[], posted)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(headers.get(header::WWW_AUTHENTICATE), None);
    assert!(body.contains("\"invalid_client\""), "{body}");

    let credentials = format!("Basic {}", STANDARD.encode("shop:guess"));
    let basic = [(header::AUTHORIZATION, credentials.as_str())];
    let request = token_request(form, &basic, "grant_type=authorization_code&code=x");
    let (status, headers, body) = send(&site, request).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(headers[header::WWW_AUTHENTICATE], "Basic realm=\"id\"");
    assert!(body.contains("\"invalid_client\""), "{body}");
}

#[tokio::test]
async fn userinfo_without_token_names_no_error() {
    let site = Site::open().await;
    for credentials in [None, Some("Basic c2hvcDpz")] {
        let mut request = Request::get("/id/userinfo");
        if let Some(credentials) = credentials {
            request = request.header(header::AUTHORIZATION, credentials);
        }
        let (status, headers, body) = send(&site, request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(headers[header::WWW_AUTHENTICATE], "Bearer");
        assert_eq!(body, "");
    }
    let request = Request::get("/id/userinfo").header(header::AUTHORIZATION, "Bearer invented");
    let (_, headers, body) = send(&site, request.body(Body::empty()).unwrap()).await;
    let challenge = headers[header::WWW_AUTHENTICATE].to_str().unwrap();
    assert!(challenge.contains("invalid_token"), "{challenge}");
    assert!(body.contains("invalid_token"), "{body}");
}

#[tokio::test]
async fn public_documents_are_readable_from_every_origin_and_nothing_else_is() {
    let site = Site::open().await;
    let ask = async |method: Method, path: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ORIGIN, "https://client.example");
        send(&site, request.body(Body::empty()).unwrap()).await
    };
    for path in ["/id/.well-known/openid-configuration", "/id/jwks"] {
        for method in [Method::GET, Method::OPTIONS] {
            let (status, headers, _) = ask(method.clone(), path).await;
            assert!(status.is_success(), "{method} {path}: {status}");
            assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
            assert_eq!(headers.get(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
        }
    }
    for path in ["/id/authorize", "/az/id/login", "/az/id/agree"] {
        let (_, headers, _) = ask(Method::GET, path).await;
        assert_eq!(headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN), None, "{path}");
    }
}

#[tokio::test]
async fn error_page_speaks_the_browsers_language() {
    let site = Site::open().await;
    for path in ["/id/authorize?client_id=nobody", "/id/end-session"] {
        for (wish, lang) in [("en-GB,en;q=0.9", "en"), ("az", "az"), ("\u{259}, en", "en")] {
            let request = Request::get(path).header(header::ACCEPT_LANGUAGE, wish.as_bytes());
            let (status, _, body) = send(&site, request.body(Body::empty()).unwrap()).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
            assert!(
                body.contains(&format!("<html lang=\"{lang}\"")),
                "{path} {wish}: {body}"
            );
        }
    }
}

#[tokio::test]
async fn one_time_code_is_taken_however_it_is_typed() {
    let site = Site::open().await;
    for code in [
        "111 111",
        "111-111",
        "111\u{a0}111",
        "\u{200b}111111",
        "\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}\u{ff11}",
    ] {
        let page = site.authorize(&good(&challenge()), "").await;
        let answer = fill_in(&site, &page, code).await;
        assert!(answer.sent("code").is_some(), "{code:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn malformed_code_costs_no_attempt() {
    let site = Site::open().await;
    let page = site.authorize(&good(&challenge()), "").await;
    for code in [
        "", "11111", "1111111", "abcdef", "\u{200b}", "-11111", "11111", "1",
    ] {
        let answer = fill_in(&site, &page, code).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{code:?}");
        assert!(
            answer.body.contains("Kod 6 r\u{259}q\u{259}mdir"),
            "{code:?}: {}",
            answer.body
        );
    }
    assert!(fill_in(&site, &page, "111111").await.sent("code").is_some());
}

#[tokio::test]
async fn one_time_code_of_the_operator_replaces_the_well_known_one() {
    let site = Site::at("http://localhost", "482913").await;
    let page = site.authorize(&good(&challenge()), "").await;
    let refused = fill_in(&site, &page, "111111").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let tells = |code: &str| refused.body.contains(code);
    assert!(!tells("111111") && !tells("482913"), "{}", refused.body);
    assert!(fill_in(&site, &page, "482913").await.sent("code").is_some());
}

async fn fill_in(site: &Site, page: &Answer, code: &str) -> Answer {
    let (path, query) = page.location.split_once('?').unwrap();
    let code: String = url::form_urlencoded::byte_serialize(code.as_bytes()).collect();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!(
            "{query}&fin=OTEST01&code={code}&action=log-in"
        )));
    site.send(request.unwrap()).await
}
