//! The request of a citizen's browser.

use super::params::Params;
use crate::bindings::exports::aim::gov::handler;
use crate::text::Locale;

/// The request of a citizen's browser.
#[derive(Clone, Debug)]
pub struct Request {
    id: String,
    method: String,
    path_with_query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn from_host(request: handler::Request) -> Self {
        let handler::Request {
            id,
            method,
            path_with_query,
            headers,
            body,
        } = request;
        Self {
            id,
            method,
            path_with_query,
            headers,
            body,
        }
    }

    /// A request for tests: `Request::new("GET", "/bills?month=5")`.
    pub fn new(method: &str, path_with_query: &str) -> Self {
        Self {
            id: "test".to_owned(),
            method: method.to_owned(),
            path_with_query: path_with_query.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The same request with a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// The same request with a body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The request id; also in the platform's log lines and audit records.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Upper case, such as `GET`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, beginning with `/`, still encoded.
    pub fn path(&self) -> &str {
        self.split().0
    }

    /// The parts of the path between slashes, for `match`: `/bills/7/` is `["bills", "7"]`.
    pub fn segments(&self) -> Vec<&str> {
        self.path().split('/').filter(|part| !part.is_empty()).collect()
    }

    /// The names and values of the query.
    pub fn query(&self) -> Params {
        Params::parse(self.split().1)
    }

    fn split(&self) -> (&str, &str) {
        self.path_with_query
            .split_once('?')
            .unwrap_or((&self.path_with_query, ""))
    }

    /// The first header with this name, if its value is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Every header.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The names and values of a submitted form; empty if the body is not a form.
    pub fn form(&self) -> Params {
        const FORM: &str = "application/x-www-form-urlencoded";
        let kind = self.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case(FORM) {
            return Params::default();
        }
        Params::parse(&String::from_utf8_lossy(&self.body))
    }

    /// The language that the citizen reads: the first of `Accept-Language` that the platform knows, otherwise
    /// Azerbaijani.
    pub fn locale(&self) -> Locale {
        self.header("accept-language")
            .unwrap_or_default()
            .split(',')
            .filter_map(|range| Locale::from_tag(range.split(';').next()?.trim()))
            .next()
            .unwrap_or(Locale::Az)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_queries_and_headers_are_taken_apart() {
        let request = Request::new("GET", "/bills/7/?month=5&q=a%20b").with_header("X-Thing", "1");
        assert_eq!(request.path(), "/bills/7/");
        assert_eq!(request.segments(), ["bills", "7"]);
        assert_eq!(request.query().get("q"), Some("a b"));
        assert_eq!(request.header("x-thing"), Some("1"));
        assert_eq!(Request::new("GET", "/").query(), Params::default());
    }

    #[test]
    fn form_is_read_only_from_a_form() {
        let request = Request::new("POST", "/").with_body("bill=7");
        assert_eq!(request.form(), Params::default());
        let request = request.with_header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(request.form().get("bill"), Some("7"));
    }

    #[test]
    fn first_known_language_wins() {
        let locale = |value| {
            Request::new("GET", "/")
                .with_header("accept-language", value)
                .locale()
        };
        assert_eq!(locale("fr, en-GB;q=0.8, az"), Locale::En);
        assert_eq!(locale("ru"), Locale::Ru);
        assert_eq!(locale("fr"), Locale::Az);
    }
}
