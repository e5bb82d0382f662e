//! The host's own pages at a service's origin. They stand outside the platform's layout, whose links would
//! lead into the plug-in, which could show a log-in of its own behind them.

use aim_gov::text::Locale;
use aim_gov::web::{Html, LayoutText, wish};
use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Gateway;

/// A title, a sentence, and a way on, which is written in full.
#[derive(Template)]
#[template(path = "origin.html")]
pub(super) struct OriginPage<'a> {
    pub lang: Locale,
    /// Our own address, where the style is; none where we do not know it.
    pub platform: Option<&'a str>,
    pub title: &'a str,
    pub message: &'a str,
    /// Address and words of the link; none where we do not know our own address.
    pub link: Option<(String, &'a str)>,
}

impl OriginPage<'_> {
    /// The page, which may take its style from the platform and nothing from the plug-in.
    pub(super) fn answer(self, status: StatusCode) -> Response {
        let policy = self.platform.and_then(|platform| {
            let policy = format!(
                "default-src 'none'; style-src {platform}; img-src data:; base-uri 'none'; form-action 'none'; \
                 frame-ancestors 'none'"
            );
            HeaderValue::from_str(&policy).ok()
        });
        let mut response = (status, Html(self)).into_response();
        if let Some(policy) = policy {
            response
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// The page of a status.
pub(super) fn of(gateway: &Gateway, lang: Locale, status: StatusCode) -> Response {
    let text = LayoutText::of(lang);
    let (title, message) = match status {
        StatusCode::NOT_FOUND | StatusCode::MISDIRECTED_REQUEST => {
            (&text.not_found_title, &text.not_found_text)
        }
        StatusCode::TOO_MANY_REQUESTS => (&text.too_many_title, &text.too_many_text),
        _ => (&text.server_error_title, &text.server_error_text),
    };
    let page = OriginPage {
        lang,
        platform: Some(gateway.platform_address()),
        title,
        message,
        link: Some((format!("{}/{lang}/", gateway.platform_address()), &text.back_home)),
    };
    page.answer(status)
}

/// The page of a service while the platform starts.
pub(crate) fn not_yet(headers: &HeaderMap) -> Response {
    let lang = wish(headers).for_page();
    let text = LayoutText::of(lang);
    let page = OriginPage {
        lang,
        platform: None,
        title: &text.unavailable_title,
        message: &text.unavailable_text,
        link: None,
    };
    let again = [(header::RETRY_AFTER, HeaderValue::from_static("5"))];
    (again, page.answer(StatusCode::SERVICE_UNAVAILABLE)).into_response()
}
