//! The response to the citizen's browser.

use crate::bindings::exports::aim::gov::handler;

/// The response to the citizen's browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    /// A response with this status (200 to 599) and without a body.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A page. Escape everything that comes from outside: [`html!`](crate::html!) does. It runs without
    /// scripts, and a link to another site leads the citizen through a page of the platform.
    pub fn html(page: impl Into<String>) -> Self {
        Self::typed("text/html; charset=utf-8", page.into())
    }

    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::typed("text/plain; charset=utf-8", text.into())
    }

    /// A body that is JSON already.
    pub fn json(json: impl Into<String>) -> Self {
        Self::typed("application/json", json.into())
    }

    /// A style sheet.
    pub fn css(style: impl Into<String>) -> Self {
        Self::typed("text/css; charset=utf-8", style.into())
            .with_header("cache-control", "public, max-age=3600")
    }

    /// Redirects the citizen to another address or path (303: the browser requests it with `GET`) of the
    /// service itself, the platform or an approved host. The platform blocks any other redirect; write a link
    /// instead.
    pub fn redirect(location: &str) -> Self {
        Self::new(303).with_header("location", location)
    }

    fn typed(media_type: &str, body: String) -> Self {
        Self::new(200)
            .with_header("content-type", media_type)
            .with_body(body)
    }

    /// The same response with another status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same response with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// The same response with another body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn into_host(self) -> handler::Response {
        let Self {
            status,
            headers,
            body,
        } = self;
        handler::Response {
            status,
            headers,
            body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_says_what_it_is() {
        assert_eq!(
            Response::html("<p>").header("Content-Type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(Response::json("{}").body(), b"{}");
        let redirect = Response::redirect("/next");
        assert_eq!(
            (redirect.status(), redirect.header("location")),
            (303, Some("/next"))
        );
        let host = Response::text("a").with_status(404).into_host();
        assert_eq!((host.status, host.body), (404, b"a".to_vec()));
    }
}
