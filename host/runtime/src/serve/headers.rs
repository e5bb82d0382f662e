//! Which headers pass between the browser and a service. Those that carry authority or describe the
//! connection are the host's on both sides; of a service's answer only what is listed passes, because many
//! headers make browsers fetch, report or navigate, and their number grows.

mod media_type;
mod policy;

use aim_gov::sessions::cookies;
use aim_gov::text::Locale;
use http::header::{
    ACCEPT_LANGUAGE, CONTENT_LENGTH, LINK, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::failure::{BadResponse, Failure};
use super::note;
use crate::limits::{HEADER_BYTES_MAX, HEADERS_MAX};
use crate::log::RequestLog;
use crate::reach::Reach;

/// Whether a request's header stays with the host.
fn stripped_from_request(name: &HeaderName, authorization: bool) -> bool {
    match name.as_str() {
        "accept-encoding"
        | "connection"
        | "content-length"
        | "expect"
        | "forwarded"
        | "host"
        | "keep-alive"
        | "te"
        | "trailer"
        | "transfer-encoding"
        | "upgrade"
        | "via"
        // Who the visitor is to a proxy in front, or one number for all that one page asks for: the same at
        // every service.
        | "traceparent"
        | "tracestate"
        | "true-client-ip"
        | "x-client-ip"
        | "x-correlation-id"
        | "x-request-id" => true,
        "authorization" => !authorization,
        name => ["proxy-", "x-forwarded-", "x-real-"]
            .iter()
            .any(|prefix| name.starts_with(prefix)),
    }
}

/// What a service may say with its answer: about its body, its freshness, its language, what a client may ask
/// next. None of these makes a browser fetch, report or navigate, but for those that [`clean_response`] looks into:
/// `content-security-policy`, `content-type`, `content-disposition`, `link`, `location`, `set-cookie`.
fn passes(name: &str, authorization: bool) -> bool {
    match name {
        "accept-ranges"
        | "age"
        | "allow"
        | "cache-control"
        | "content-digest"
        | "content-disposition"
        | "content-encoding"
        | "content-language"
        | "content-location"
        | "content-range"
        | "content-security-policy"
        | "content-type"
        | "deprecation"
        | "etag"
        | "expires"
        | "last-modified"
        | "link"
        | "location"
        | "pragma"
        | "ratelimit"
        | "ratelimit-limit"
        | "ratelimit-policy"
        | "ratelimit-remaining"
        | "ratelimit-reset"
        | "repr-digest"
        | "retry-after"
        | "server-timing"
        | "set-cookie"
        | "sunset"
        | "vary" => true,
        "www-authenticate" => authorization,
        name => name.starts_with("x-") && !is_an_instruction(name),
    }
}

/// Whether a header of nobody's standard is known to instruct browsers or the proxy in front of the host.
fn is_an_instruction(name: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "x-accel-",
        "x-cascade",
        "x-forwarded-",
        "x-lighttpd-",
        "x-litespeed-",
        "x-real-",
        "x-reproxy-",
        "x-sendfile",
        "x-varnish",
    ];
    const NAMES: [&str; 11] = [
        "x-content-security-policy",
        "x-content-security-policy-report-only",
        "x-content-type-options",
        "x-dns-prefetch-control",
        "x-frame-options",
        "x-permitted-cross-domain-policies",
        "x-request-id",
        "x-sourcemap",
        "x-ua-compatible",
        "x-webkit-csp",
        "x-xss-protection",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// What the host says itself, at least as strictly: common frameworks send them with every answer, and the
/// developer need not read about it.
const REPLACED: [&str; 8] = [
    "content-length",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "referrer-policy",
    "x-content-type-options",
    "x-dns-prefetch-control",
    "x-frame-options",
];

/// What every answer of a service says, beside the policy.
const ADDED: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (HeaderName::from_static("x-dns-prefetch-control"), "off"),
];

/// Takes away from a request what a service must not see, and says in which language the citizen reads:
/// the log-in's before the browser's, as on the host's own pages. `authorization` is whether the approval
/// gives that header to the service.
pub(super) fn clean_request(headers: &mut HeaderMap, locale: Locale, authorization: bool) {
    let strip: Vec<HeaderName> = headers
        .keys()
        .filter(|name| stripped_from_request(name, authorization))
        .cloned()
        .collect();
    for name in strip {
        headers.remove(name);
    }
    headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    cookies::hide_ours(headers);
}

/// What an answer is, as far as the host has to know.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answered {
    /// Whether its body is a page that [`super::markup`] filters.
    pub(super) html: bool,
    pub(super) declared: Option<u64>,
}

#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) path: &'a str,
    pub(super) reach: &'a Reach,
    pub(super) authorization: bool,
    /// Whether the answer has no body whatever it declares (`HEAD`).
    pub(super) head: bool,
    pub(super) log: &'a RequestLog,
}

/// Takes away from a response what is not the service's to say, and adds what every response has.
///
/// # Errors
/// [`Failure::Response`] where the response breaks a rule, [`Failure::Elsewhere`] where it is a redirect to an
/// origin that the service may not lead to.
pub(super) fn clean_response(
    headers: &mut HeaderMap,
    status: StatusCode,
    asked: Asked<'_>,
) -> Result<Answered, Failure> {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if headers.len() > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        return Err(Failure::Response(BadResponse::Headers));
    }
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    drop_unlisted(headers, asked);
    redirect(headers, status, asked)?;
    links(headers, asked);
    let html = media_type::settle(headers, status).map_err(Failure::Response)?;
    if cookies::keep_theirs(headers) > 0 {
        note(
            asked.log,
            "cookie-dropped",
            "a cookie must not begin with `aim_` or `__Host-aim_`, or name a `Domain`",
        );
    }
    if !policy::combine(headers, asked.reach.policy()) {
        note(
            asked.log,
            "header-dropped",
            "a `content-security-policy` holds bytes outside ASCII",
        );
    }
    for (name, value) in ADDED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(Answered { html, declared })
}

fn drop_unlisted(headers: &mut HeaderMap, asked: Asked<'_>) {
    let unlisted: Vec<HeaderName> = headers
        .keys()
        .filter(|name| !passes(name.as_str(), asked.authorization))
        .cloned()
        .collect();
    let mut told = Vec::new();
    for name in &unlisted {
        headers.remove(name);
        if !REPLACED.contains(&name.as_str()) {
            told.push(name.as_str());
        }
    }
    if !told.is_empty() {
        let told = told.join("`, `");
        note(
            asked.log,
            "header-dropped",
            &format!("these headers do not pass from a service to browsers: `{told}`"),
        );
    }
}

/// Whether browsers follow `Location`, or say that they would.
fn leads(status: StatusCode) -> bool {
    status.is_redirection() || status == StatusCode::CREATED
}

/// Lets a redirect pass where the service may lead; see [`Reach`].
fn redirect(headers: &mut HeaderMap, status: StatusCode, asked: Asked<'_>) -> Result<(), Failure> {
    // Browsers differ in what they make of two.
    let all: Vec<HeaderValue> = headers.get_all(LOCATION).iter().cloned().collect();
    let location = match &*all {
        [] => return Ok(()),
        [one] => String::from_utf8_lossy(one.as_bytes()).into_owned(),
        _ => return Err(Failure::Response(BadResponse::Locations)),
    };
    let url = asked.reach.resolve(asked.path, &location);
    if let Some(url) = url.filter(|url| asked.reach.covers(url)) {
        let plain = |letter: char| letter.is_ascii_graphic() && letter != '\\';
        if !location.chars().all(plain) {
            let spelt = HeaderValue::try_from(url.as_str()).map_err(|_| BadResponse::Header);
            headers.insert(LOCATION, spelt.map_err(Failure::Response)?);
        }
        return Ok(());
    }
    if leads(status) {
        let url = asked.reach.resolve(asked.path, &location);
        let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or("no host");
        return Err(Failure::Elsewhere {
            host: host.to_owned(),
        });
    }
    headers.remove(LOCATION);
    note(asked.log, "header-dropped", "`location` leads to another origin");
    Ok(())
}

/// Drops each `Link` (RFC 8288) that names another origin: browsers connect to it, or fetch from it.
fn links(headers: &mut HeaderMap, asked: Asked<'_>) {
    let all: Vec<HeaderValue> = headers.get_all(LINK).iter().cloned().collect();
    if all.is_empty() {
        return;
    }
    headers.remove(LINK);
    let mut dropped = false;
    for link in all {
        if link.to_str().is_ok_and(|link| link_stays(link, asked)) {
            headers.append(LINK, link);
        } else {
            dropped = true;
        }
    }
    if dropped {
        note(asked.log, "header-dropped", "a `link` leads to another origin");
    }
}

/// Whether every address in angle brackets is one that the service may lead to, and no parameter holds another.
fn link_stays(link: &str, asked: Asked<'_>) -> bool {
    let lower = link.to_ascii_lowercase();
    let mut parts = link.split('<');
    let first = parts.next().unwrap_or_default();
    first.trim().is_empty()
        && !lower.contains("imagesrcset")
        && parts.all(|part| {
            part.split_once('>').is_some_and(|(reference, _)| {
                let url = asked.reach.resolve(asked.path, reference);
                url.is_some_and(|url| asked.reach.covers(&url))
            })
        })
}

/// The header of a page of the host at a service's origin that make browsers forget what the service left there:
/// its cache, its storage and its workers. Not its cookies: browsers clear those of the whole site, the platform's
/// log-in among them (Clear Site Data, 3.1).
pub const FORGET: (HeaderName, HeaderValue) = (
    HeaderName::from_static("clear-site-data"),
    HeaderValue::from_static("\"cache\", \"storage\""),
);

#[cfg(test)]
mod tests;
