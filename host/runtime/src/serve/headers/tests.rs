use std::sync::Arc;

use aim_gov::clock::{Clock, Timestamp};
use http::header::{AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE};

use super::*;
use crate::log::Logs;
use crate::testing;

fn map(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(
            HeaderName::from_static(name),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    map
}

#[test]
fn service_sees_no_authority_and_no_address() {
    let sent = map(&[
        ("host", "x.localhost"),
        ("authorization", "Bearer secret"),
        ("x-forwarded-for", "10.0.0.1"),
        ("forwarded", "for=10.0.0.1"),
        ("proxy-authorization", "x"),
        ("transfer-encoding", "chunked"),
        ("cookie", "theme=dark; aim_session=secret; aim_other=1"),
        ("accept", "text/html"),
        ("accept-language", "fr, en"),
    ]);
    let mut headers = sent.clone();
    clean_request(&mut headers, Locale::Az, false);
    let expected = [
        ("cookie", "theme=dark"),
        ("accept", "text/html"),
        ("accept-language", "az"),
    ];
    assert_eq!(headers, map(&expected));
    // The one that an approval may give.
    let mut headers = sent;
    clean_request(&mut headers, Locale::Az, true);
    assert_eq!(headers.remove(AUTHORIZATION).unwrap(), "Bearer secret");
    assert_eq!(headers, map(&expected));
}

/// A proxy in front marks all that one visitor asks for, at whichever service.
#[test]
fn marks_of_a_proxy_do_not_reach_a_service() {
    let mut headers = map(&[
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("tracestate", "x=1"),
        ("true-client-ip", "10.0.0.1"),
        ("via", "1.1 proxy"),
        ("x-client-ip", "10.0.0.1"),
        ("x-correlation-id", "1"),
        ("x-request-id", "1"),
    ]);
    clean_request(&mut headers, Locale::Az, false);
    assert_eq!(headers, map(&[("accept-language", "az")]));
}

#[test]
fn cookie_header_of_the_host_alone_disappears() {
    let mut headers = map(&[("cookie", "aim_session=secret")]);
    clean_request(&mut headers, Locale::En, false);
    assert_eq!(headers, map(&[("accept-language", "en")]));
}

struct Clean {
    result: Result<Answered, Failure>,
    headers: HeaderMap,
    lines: usize,
}

impl Clean {
    fn all(&self, name: &str) -> Vec<&str> {
        let values = self.headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }

    fn broken(&self) -> BadResponse {
        match &self.result {
            Err(Failure::Response(rule)) => *rule,
            other => panic!("{other:?}"),
        }
    }
}

fn clean_as(status: u16, authorization: bool, pairs: &[(&'static str, &str)]) -> Clean {
    let logs = Arc::new(Logs::default());
    let log = RequestLog::new(
        logs.clone(),
        Clock::manual(Timestamp(0)),
        crate::log::Asked::default(),
    );
    let mut headers = map(pairs);
    let asked = Asked {
        path: "/a/b",
        reach: &Reach::of(&testing::service("bills")),
        authorization,
        head: false,
        log: &log,
    };
    let status = StatusCode::from_u16(status).unwrap();
    let result = clean_response(&mut headers, status, asked);
    Clean {
        result,
        headers,
        lines: logs.lines().len(),
    }
}

fn clean(pairs: &[(&'static str, &str)]) -> Clean {
    clean_as(200, false, pairs)
}

/// From the IANA registry of header fields, MDN and the specifications that they name, as of November 2025.
#[test]
fn unlisted_headers_are_dropped() {
    let makes_browsers_fetch_report_or_navigate = [
        "accept-ch",
        "access-control-allow-credentials",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "activate-storage-access",
        "alt-svc",
        "alt-used",
        "attribution-reporting-register-source",
        "attribution-reporting-register-trigger",
        "clear-site-data",
        "connection-allowlist",
        "content-security-policy-report-only",
        "critical-ch",
        "cross-origin-embedder-policy",
        "cross-origin-embedder-policy-report-only",
        "cross-origin-opener-policy-report-only",
        "delegate-ch",
        "document-policy",
        "expect-ct",
        "integrity-policy",
        "integrity-policy-report-only",
        "large-allocation",
        "login-status",
        "nel",
        "observe-browsing-topics",
        "origin-agent-cluster",
        "origin-trial",
        "permissions-policy",
        "proxy-authenticate",
        "public-key-pins",
        "public-key-pins-report-only",
        "refresh",
        "report-to",
        "reporting-endpoints",
        "sec-websocket-accept",
        "server",
        "service-worker-allowed",
        "set-login",
        "shared-storage-write",
        "sourcemap",
        "speculation-rules",
        "strict-transport-security",
        "supports-loading-mode",
        "timing-allow-origin",
        "upgrade",
        "use-as-dictionary",
        "www-authenticate",
        "x-accel-redirect",
        "x-request-id",
        "x-sendfile",
        "x-sourcemap",
        "x-webkit-csp",
        "x-xss-protection",
    ];
    for name in makes_browsers_fetch_report_or_navigate {
        let answer = clean(&[("content-type", "text/html"), (name, "https://evil.example")]);
        assert!(answer.result.is_ok(), "{name}");
        assert_eq!(answer.headers.get(name), None, "{name}");
        assert_eq!(answer.lines, 1, "{name}");
    }
    let own = [
        ("cache-control", "max-age=60"),
        ("etag", "\"1\""),
        ("set-cookie", "theme=dark; Path=/"),
        ("x-my-own", "1"),
        ("retry-after", "5"),
    ];
    let answer = clean(&own);
    assert_eq!(answer.lines, 0);
    for (name, value) in own {
        assert_eq!(answer.all(name), [value]);
    }
    assert_eq!(
        clean_as(401, true, &[("www-authenticate", "Bearer")]).all("www-authenticate"),
        ["Bearer"]
    );
}

#[test]
fn host_headers_are_in_every_answer() {
    let answer = clean(&[
        ("content-type", "text/html"),
        ("x-content-type-options", "none"),
        ("x-dns-prefetch-control", "on"),
        ("referrer-policy", "unsafe-url"),
        ("cross-origin-opener-policy", "unsafe-none"),
        ("content-length", "5"),
    ]);
    assert_eq!(answer.lines, 0);
    for (name, value) in ADDED {
        assert_eq!(answer.all(name.as_str()), [value]);
    }
    assert!(!answer.headers.contains_key("content-length"));
    let expected = Answered {
        html: true,
        declared: Some(5),
    };
    assert_eq!(answer.result.unwrap(), expected);
}

#[test]
fn services_own_policy_stands_beside_the_hosts_without_its_reports() {
    let host = Reach::of(&testing::service("bills")).policy();
    let host = host.to_str().unwrap();
    assert_eq!(clean(&[]).all("content-security-policy"), [host]);
    let answer = clean(&[
        (
            "content-security-policy",
            "default-src *; report-uri https://evil.example; sandbox allow-scripts",
        ),
        (
            "content-security-policy",
            "REPORT-TO evil, img-src 'none';Report-URI /x",
        ),
        ("content-security-policy", "report-uri https://evil.example"),
        ("content-security-policy", "ə"),
    ]);
    assert_eq!(
        answer.all("content-security-policy"),
        [host, "default-src *; sandbox allow-scripts", "img-src 'none'"]
    );
}

#[test]
fn redirect_leads_only_where_the_service_may() {
    for status in [201, 300, 301, 302, 303, 307, 308] {
        for (location, host) in [
            ("https://evil.example/?data", "evil.example"),
            ("//evil.example", "evil.example"),
            ("/\\evil.example", "evil.example"),
            ("HTTPS:evil.example", "evil.example"),
            ("http://bills.localhost:8080@evil.example", "evil.example"),
            ("http://bills.localhost:8081/", "bills.localhost"),
            ("http://other.localhost:8080/", "other.localhost"),
            ("javascript:x", "no host"),
            ("http://[", "no host"),
        ] {
            let answer = clean_as(status, false, &[("location", location)]);
            match answer.result {
                Err(Failure::Elsewhere { host: found }) => assert_eq!(found, host, "{location}"),
                other => panic!("{status} {location}: {other:?}"),
            }
        }
        for within in [
            "/next?a=b",
            "next",
            "?q",
            "http://bills.localhost:8080/x",
            "http://localhost:8080/az/consent/bills?purpose=a&return=%2F",
        ] {
            let answer = clean_as(status, false, &[("location", within)]);
            assert_eq!(answer.all("location"), [within]);
        }
    }
    // What browsers would read as something else is written as it was judged.
    let spelt = clean_as(302, false, &[("location", "/ə\\x y")]);
    assert_eq!(
        spelt.all("location"),
        ["http://bills.localhost:8080/%C9%99/x%20y"]
    );
    let two = clean_as(
        302,
        false,
        &[("location", "/a"), ("location", "https://evil.example")],
    );
    assert_eq!(two.broken(), BadResponse::Locations);
    // Nobody follows it here, and nobody shall learn it.
    let shown = clean(&[("location", "https://evil.example")]);
    assert_eq!((shown.all("location").len(), shown.lines), (0, 1));
}

#[test]
fn link_header_names_the_own_origin_only() {
    for stays in [
        "</style.css>; rel=preload; as=style",
        "</a>; rel=next, <?page=3>; rel=last",
    ] {
        assert_eq!(clean(&[("link", stays)]).all("link"), [stays]);
    }
    for gone in [
        "<https://evil.example>; rel=preconnect",
        "<//data.evil.example>; rel=dns-prefetch",
        "</a>; rel=next, <https://evil.example>; rel=preload; as=image",
        "</a.png>; rel=preload; as=image; imagesrcset=\"https://evil.example/a 1x\"",
        "</a; rel=next",
        "https://evil.example; rel=preconnect",
    ] {
        let answer = clean(&[("link", gone)]);
        assert_eq!((answer.all("link").len(), answer.lines), (0, 1), "{gone}");
    }
}

#[test]
fn page_is_utf_8_and_what_else_shows_links_is_downloaded() {
    let settled = |pairs: &[(&'static str, &str)]| {
        let answer = clean(pairs);
        let html = answer.result.as_ref().unwrap().html;
        let text = |name: HeaderName| answer.all(name.as_str()).first().map(|value| (*value).to_owned());
        (html, text(CONTENT_TYPE).unwrap(), text(CONTENT_DISPOSITION))
    };
    let html = || (true, "text/html; charset=utf-8".to_owned(), None);
    for page in [
        "text/html",
        "TEXT/HTML ;charset=UTF-8",
        "text/html; charset=\"utf8\"; x=y",
    ] {
        assert_eq!(settled(&[("content-type", page)]), html(), "{page}");
    }
    assert_eq!(
        settled(&[]),
        (false, "text/plain; charset=utf-8".to_owned(), None)
    );
    for shown in [
        "text/css",
        "application/json",
        "image/png",
        "font/woff2",
        "text/plain; charset=utf-16",
    ] {
        assert_eq!(
            settled(&[("content-type", shown)]),
            (false, shown.to_owned(), None)
        );
    }
    for opened in [
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
        "application/xml",
        "application/pdf",
        "text/xsl",
        "application/vnd.startup",
    ] {
        let expected = (false, opened.to_owned(), Some("attachment".to_owned()));
        assert_eq!(settled(&[("content-type", opened)]), expected);
    }
    let named = [
        ("content-type", "application/pdf"),
        ("content-disposition", "inline; filename=\"a.pdf\""),
    ];
    assert_eq!(settled(&named).2.unwrap(), "attachment; filename=\"a.pdf\"");
}

#[test]
fn body_that_browsers_could_take_for_another_is_refused() {
    use BadResponse::{Charset, Encoding, MediaType, Parts};
    for (pairs, rule) in [
        (&[("content-type", "text/html; charset=utf-16")][..], Charset),
        (
            &[("content-type", "text/html"), ("content-encoding", "gzip")][..],
            Encoding,
        ),
        (
            &[("content-type", "text/plain"), ("content-type", "text/html")][..],
            MediaType,
        ),
        (&[("content-type", "text/plain, text/html")][..], MediaType),
        (&[("content-type", "html")][..], MediaType),
        (&[("content-type", "")][..], MediaType),
        (
            &[("content-type", "multipart/x-mixed-replace; boundary=x")][..],
            Parts,
        ),
        (&[("content-type", "message/rfc822")][..], Parts),
        (&[("content-type", "application/signed-exchange;v=b3")][..], Parts),
    ] {
        assert_eq!(clean(pairs).broken(), rule, "{pairs:?}");
    }
}

#[test]
fn service_cannot_set_the_cookies_of_the_host_or_of_others() {
    for bad in [
        "aim_session=x",
        "AIM_session=x",
        "__Host-aim_session=x; Path=/; Secure",
        "a=b; Domain=localhost",
        "a=b;domain =x",
    ] {
        let answer = clean(&[("set-cookie", bad)]);
        assert!(!answer.headers.contains_key("set-cookie"), "{bad}");
        assert_eq!(answer.lines, 1, "{bad}");
    }
}

#[test]
fn flood_of_headers_is_refused() {
    let large = "x".repeat(HEADER_BYTES_MAX);
    assert_eq!(clean(&[("x-large", &large)]).broken(), BadResponse::Headers);
}
