//! The pages that stand in for a service: small, in the citizen's language, and never more than that.

use aim_gov::invocation::Service;
use aim_gov::text::Locale;
use axum::body::Body;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};

use super::failure::Failure;
use super::headers::FORGET;
use crate::limits::RETRY_AFTER_SECONDS;

aim_gov::catalogue! {
    /// What a citizen reads where a service does not answer.
    pub struct PageText from ("../../text/page.az.toml", "../../text/page.en.toml") {
        failed_title,
        failed_text,
        slow_title,
        slow_text,
        busy_title,
        busy_text,
        suspended_title,
        suspended_text,
        ended_title,
        ended_text,
        elsewhere_title,
        elsewhere_text,
        missing_title,
        missing_text,
        request_title,
        request_text,
        request_number,
        to_services,
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Page<'a> {
    Failed(&'a Failure),
    /// Too many requests at once.
    Busy,
    Suspended,
    /// The service's test is over.
    Ended,
    Missing,
}

pub(crate) fn page(
    service: &Service,
    locale: Locale,
    page: Page<'_>,
    request_id: Option<&str>,
) -> Response<Body> {
    render(Some(service), locale, page, request_id)
}

/// The page where there is no service that could be named.
pub(crate) fn missing(locale: Locale) -> Response<Body> {
    render(None, locale, Page::Missing, None)
}

fn render(
    service: Option<&Service>,
    locale: Locale,
    page: Page<'_>,
    request_id: Option<&str>,
) -> Response<Body> {
    let text = PageText::of(locale);
    let (status, title, sentence) = match page {
        Page::Failed(failure @ Failure::Elsewhere { .. }) => {
            (failure.status(), &text.elsewhere_title, &text.elsewhere_text)
        }
        Page::Failed(failure) => {
            let status = failure.status();
            if status == StatusCode::GATEWAY_TIMEOUT {
                (status, &text.slow_title, &text.slow_text)
            } else if status.is_client_error() {
                (status, &text.request_title, &text.request_text)
            } else {
                (status, &text.failed_title, &text.failed_text)
            }
        }
        Page::Busy => (StatusCode::SERVICE_UNAVAILABLE, &text.busy_title, &text.busy_text),
        Page::Suspended => (
            StatusCode::SERVICE_UNAVAILABLE,
            &text.suspended_title,
            &text.suspended_text,
        ),
        Page::Ended => (StatusCode::GONE, &text.ended_title, &text.ended_text),
        Page::Missing => (StatusCode::NOT_FOUND, &text.missing_title, &text.missing_text),
    };
    let lang = locale.for_page();
    let number = request_id.map_or(String::new(), |id| {
        format!("<p>{}: <code>{}</code></p>\n", text.request_number, escape(id))
    });
    let (name, style, home) = service.map_or((String::new(), String::new(), String::new()), |service| {
        let platform = escape(&service.platform);
        let title = &service.title;
        (
            format!(
                "<p lang=\"{}\">{}</p>\n",
                title.lang(locale),
                escape(title.get(locale))
            ),
            format!(
                "<link rel=\"stylesheet\" href=\"{platform}{}\">\n",
                aim_gov::web::STYLE_PATH
            ),
            format!("<p><a href=\"{platform}/{lang}/\">{}</a></p>\n", text.to_services),
        )
    });
    let html = format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n{style}\
         </head>\n<body>\n<main class=\"width\">\n{name}<h1>{title}</h1>\n<p>{sentence}</p>\n{number}{home}\
         </main>\n</body>\n</html>\n"
    );
    let policy = service
        .and_then(|service| {
            HeaderValue::from_str(&format!(
                "default-src 'none'; style-src {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                service.platform
            ))
            .ok()
        })
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    if matches!(page, Page::Suspended | Page::Ended | Page::Missing) {
        let (name, value) = FORGET;
        headers.insert(name, value);
    }
    if matches!(page, Page::Busy) {
        headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
    }
    response
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn each_page_has_its_status_and_language_and_escapes_the_name() {
        let mut service = testing::service("bills");
        service.title.az = "<b>&".to_owned();
        let elsewhere = Failure::Elsewhere {
            host: "evil.example".to_owned(),
        };
        let failures = [
            elsewhere,
            Failure::Time,
            Failure::NoResponse,
            Failure::BodyTooLarge,
            Failure::Host,
        ];
        let pages = failures.iter().map(Page::Failed).chain([
            Page::Busy,
            Page::Suspended,
            Page::Ended,
            Page::Missing,
        ]);
        for (shown, status) in pages.zip([502, 504, 502, 413, 500, 503, 503, 410, 404]) {
            for (locale, tag) in [(Locale::Az, "az"), (Locale::En, "en"), (Locale::Ru, "az")] {
                let response = page(&service, locale, shown, Some("req_1"));
                assert_eq!(response.status(), status);
                assert_eq!(
                    response.headers().contains_key(RETRY_AFTER),
                    matches!(shown, Page::Busy)
                );
                // Whatever the service left in the browser goes when the service does.
                assert_eq!(
                    response.headers().contains_key("clear-site-data"),
                    matches!(shown, Page::Suspended | Page::Ended | Page::Missing)
                );
                let body = response.into_body().collect().await.unwrap().to_bytes();
                let html = String::from_utf8(body.to_vec()).unwrap();
                assert!(html.contains(&format!("<html lang=\"{tag}\">")), "{html}");
                assert!(html.contains("req_1"), "{html}");
                if locale == Locale::Az {
                    assert!(html.contains("&lt;b&gt;&amp;"), "{html}");
                }
            }
        }
    }
}
