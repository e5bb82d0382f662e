//! The host's own pages at a service's origin. They do not use the platform's layout, whose links would lead
//! into the plug-in, which could show a fake log-in there.

use aim_gov::text::{Locale, Localised};
use aim_gov::web::{Html, LayoutText, wish};
use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Gateway;

aim_gov::catalogue! {
    /// The host's texts at a service's origin.
    pub struct OriginText from ("../../text/origin.az.toml", "../../text/origin.en.toml") {
        missing_title,
        missing_text,
        suspended_title,
        suspended_text,
        suspended_label,
        suspended_why,
        suspended_unsaid,
        ended_title,
        ended_text,
        ended_label,
        withdrawn_title,
        withdrawn_text,
        withdrawn_label,
        more_link,
        run_by_label,
        contact_label,
        leave_title,
        leave_text,
        leave_site_label,
        leave_address_label,
        leave_go,
        leave_back,
        leave_bad_title,
        leave_bad_text,
        method_title,
        method_text,
    }
}

/// One line of a page's facts.
pub(crate) struct Fact<'a> {
    label: &'a str,
    value: String,
    address: Option<String>,
    code: bool,
}

impl<'a> Fact<'a> {
    pub(super) fn text(label: &'a str, value: String) -> Self {
        Self {
            label,
            value,
            address: None,
            code: false,
        }
    }

    /// A value that is read character by character.
    pub(super) fn code(label: &'a str, value: String) -> Self {
        Self {
            code: true,
            ..Self::text(label, value)
        }
    }

    pub(super) fn link(label: &'a str, value: String, address: String) -> Self {
        Self {
            address: Some(address),
            ..Self::text(label, value)
        }
    }
}

/// The title, the text, the facts, and the links, which are shown in full.
#[derive(Template)]
#[template(path = "origin.html")]
pub(crate) struct OriginPage<'a> {
    pub lang: Locale,
    /// The platform's address, for the style sheet; `None` if it is not known.
    pub platform: Option<&'a str>,
    /// The service's own title.
    pub service: Option<&'a Localised>,
    pub title: &'a str,
    pub paragraphs: Vec<&'a str>,
    pub facts: Vec<Fact<'a>>,
    /// Address and label of each link; empty if the platform's address is not known.
    pub links: Vec<(String, &'a str)>,
}

impl OriginPage<'_> {
    /// The page as a response, which may load its style from the platform and nothing from the plug-in.
    pub(crate) fn answer(self, status: StatusCode) -> Response {
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
        service: None,
        title,
        paragraphs: vec![message.as_str()],
        facts: Vec::new(),
        links: vec![home(gateway, lang)],
    };
    page.answer(status)
}

/// The link to the platform.
pub(super) fn home(gateway: &Gateway, lang: Locale) -> (String, &'static str) {
    let address = format!("{}/{lang}/", gateway.platform_address());
    (address, LayoutText::of(lang).back_home.as_str())
}

/// The page of a service that is in force and not loaded: the platform is starting, or could not load it.
pub(crate) fn not_yet(headers: &HeaderMap) -> Response {
    let lang = wish(headers).for_page();
    let text = LayoutText::of(lang);
    let page = OriginPage {
        lang,
        platform: None,
        service: None,
        title: &text.unavailable_title,
        paragraphs: vec![text.unavailable_text.as_str()],
        facts: Vec::new(),
        links: Vec::new(),
    };
    let again = [(header::RETRY_AFTER, HeaderValue::from_static("5"))];
    (again, page.answer(StatusCode::SERVICE_UNAVAILABLE)).into_response()
}
