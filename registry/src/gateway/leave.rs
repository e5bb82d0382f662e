//! The host's page for a link of a service to another site. No browser policy restricts the data in a link's
//! address, so the citizen reads it first.

use aim_gov::invocation::ServiceId;
use aim_gov::text::Locale;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use url::Url;

use super::Gateway;
use super::page::{Fact, OriginPage, OriginText};

/// The page for the address `to`.
pub(super) fn page(gateway: &Gateway, service: &ServiceId, lang: Locale, to: &str) -> Response {
    let text = OriginText::of(lang);
    let known = gateway.0.services.find(service);
    let back = ("/".to_owned(), text.leave_back.as_str());
    let url = Url::parse(to)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    let host = url.as_ref().and_then(|url| url.host_str()).map(str::to_owned);
    let (status, title, what, facts, mut links) = match (url, host) {
        (Some(url), Some(host)) => (
            StatusCode::OK,
            &text.leave_title,
            &text.leave_text,
            vec![
                Fact::code(&text.leave_site_label, host),
                Fact::code(&text.leave_address_label, url.as_str().to_owned()),
            ],
            vec![(url.into(), text.leave_go.as_str())],
        ),
        _ => (
            StatusCode::BAD_REQUEST,
            &text.leave_bad_title,
            &text.leave_bad_text,
            Vec::new(),
            Vec::new(),
        ),
    };
    links.push(back);
    let page = OriginPage {
        lang,
        platform: Some(gateway.platform_address()),
        service: known.as_ref().map(|service| &service.title),
        title,
        paragraphs: vec![what.as_str()],
        facts,
        links,
    };
    let mut response = page.answer(status);
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
