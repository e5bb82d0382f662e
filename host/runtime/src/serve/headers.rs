//! Which headers pass between the browser and a service. Those that carry authority or describe the
//! connection are the host's on both sides.

use aim_gov::sessions::cookies;
use aim_gov::text::Locale;
use http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, ALT_SVC, AUTHORIZATION, CONNECTION, CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY, DATE, EXPECT, FORWARDED, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, SERVER,
    STRICT_TRANSPORT_SECURITY, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VIA, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::failure::BadResponse;
use super::note;
use crate::limits::{HEADER_BYTES_MAX, HEADERS_MAX};
use crate::log::RequestLog;

/// Whether a request's header stays with the host.
fn stripped_from_request(name: &HeaderName) -> bool {
    const STRIPPED: [HeaderName; 20] = [
        ACCEPT_ENCODING,
        AUTHORIZATION,
        CONNECTION,
        CONTENT_LENGTH,
        EXPECT,
        FORWARDED,
        HOST,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        VIA,
        HeaderName::from_static("keep-alive"),
        // Who the visitor is to a proxy in front, or one number for all that one page asks for: the same at
        // every service.
        HeaderName::from_static("traceparent"),
        HeaderName::from_static("tracestate"),
        HeaderName::from_static("true-client-ip"),
        HeaderName::from_static("x-client-ip"),
        HeaderName::from_static("x-correlation-id"),
        HeaderName::from_static("x-request-id"),
    ];
    let text = name.as_str();
    STRIPPED.contains(name)
        || text.starts_with("x-forwarded-")
        || text.starts_with("x-real-")
        || text.starts_with("proxy-")
}

/// Whether a response's header is the host's to set.
fn stripped_from_response(name: &HeaderName) -> bool {
    const STRIPPED: [HeaderName; 16] = [
        ALT_SVC,
        CONNECTION,
        CONTENT_LENGTH,
        DATE,
        PROXY_AUTHENTICATE,
        SERVER,
        STRICT_TRANSPORT_SECURITY,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        // These speak for more than the response: for the whole site, the platform's log-ins among it, or
        // for where the browser sends its reports.
        HeaderName::from_static("clear-site-data"),
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("nel"),
        HeaderName::from_static("report-to"),
        HeaderName::from_static("reporting-endpoints"),
        HeaderName::from_static("x-request-id"),
    ];
    STRIPPED.contains(name) || name.as_str().starts_with("proxy-")
}

/// Takes away from a request what a service must not see, and says in which language the citizen reads:
/// the log-in's before the browser's, as on the host's own pages.
pub(super) fn clean_request(headers: &mut HeaderMap, locale: Locale) {
    let strip: Vec<HeaderName> = headers
        .keys()
        .filter(|name| stripped_from_request(name))
        .cloned()
        .collect();
    for name in strip {
        headers.remove(name);
    }
    headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    cookies::hide_ours(headers);
}

/// Takes away from a response what is not the service's to say, and adds what every response has.
///
/// # Errors
/// [`BadResponse::Headers`].
pub(super) fn clean_response(headers: &mut HeaderMap, log: &RequestLog) -> Result<(), BadResponse> {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if headers.len() > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        return Err(BadResponse::Headers);
    }
    let strip: Vec<HeaderName> = headers
        .keys()
        .filter(|name| stripped_from_response(name))
        .cloned()
        .collect();
    let mut dropped = Vec::new();
    for name in &strip {
        headers.remove(name);
        if name != CONTENT_LENGTH {
            dropped.push(name.as_str());
        }
    }
    if !dropped.is_empty() {
        let dropped = dropped.join("`, `");
        note(log, "header-dropped", &format!("the host's to set: `{dropped}`"));
    }
    if cookies::keep_theirs(headers) > 0 {
        note(
            log,
            "cookie-dropped",
            "a cookie must not begin with `aim_` or `__Host-aim_`, or name a `Domain`",
        );
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(())
}

/// What a service's page may load where the service does not say: what comes from its own origin.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aim_gov::clock::{Clock, Timestamp};

    use super::*;
    use crate::log::Logs;

    fn map(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn a_service_sees_no_authority_and_no_address() {
        let mut headers = map(&[
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
        clean_request(&mut headers, Locale::Az);
        let expected = [
            ("cookie", "theme=dark"),
            ("accept", "text/html"),
            ("accept-language", "az"),
        ];
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
        clean_request(&mut headers, Locale::Az);
        assert_eq!(headers, map(&[("accept-language", "az")]));
    }

    #[test]
    fn a_cookie_header_of_the_host_alone_disappears() {
        let mut headers = map(&[("cookie", "aim_session=secret")]);
        clean_request(&mut headers, Locale::En);
        assert_eq!(headers, map(&[("accept-language", "en")]));
    }

    fn clean(pairs: &[(&'static str, &str)]) -> (Result<(), BadResponse>, HeaderMap, usize) {
        let logs = Arc::new(Logs::default());
        let log = RequestLog::new(logs.clone(), Clock::manual(Timestamp(0)), String::new());
        let mut headers = map(pairs);
        let result = clean_response(&mut headers, &log);
        (result, headers, logs.lines().len())
    }

    #[test]
    fn a_response_cannot_speak_for_the_host() {
        let (result, headers, lines) = clean(&[
            ("content-type", "text/html"),
            ("server", "evil"),
            ("strict-transport-security", "max-age=0"),
            ("clear-site-data", "\"*\""),
            ("report-to", "{}"),
            ("nel", "{}"),
            ("reporting-endpoints", "x=\"https://evil.example\""),
            ("content-length", "5"),
            ("set-cookie", "theme=dark; Path=/"),
        ]);
        assert_eq!(result, Ok(()));
        let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names.len(), 4, "{names:?}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("frame-ancestors 'none'")
        );
        assert_eq!(lines, 1);
    }

    #[test]
    fn a_service_cannot_set_the_cookies_of_the_host_or_of_others() {
        for bad in [
            "aim_session=x",
            "AIM_session=x",
            "__Host-aim_session=x; Path=/; Secure",
            "a=b; Domain=localhost",
            "a=b;domain =x",
        ] {
            let (_, headers, lines) = clean(&[("set-cookie", bad)]);
            assert!(!headers.contains_key("set-cookie"), "{bad}");
            assert_eq!(lines, 1, "{bad}");
        }
    }

    #[test]
    fn a_flood_of_headers_is_refused() {
        let large = "x".repeat(HEADER_BYTES_MAX);
        assert_eq!(clean(&[("x-large", &large)]).0, Err(BadResponse::Headers));
    }
}
