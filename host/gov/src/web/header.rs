//! Headers of a request as text.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName};

/// The first header of this name as text, with replacement characters for what is not UTF-8.
/// `HeaderValue::to_str` refuses every byte beyond ASCII, so that a header which is present would count as
/// absent: wrong for a language, dangerous for an `Origin`.
pub fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<Cow<'_, str>> {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header};

    use super::*;

    #[test]
    fn header_beyond_ascii_is_not_absent() {
        let mut headers = HeaderMap::new();
        assert_eq!(header_text(&headers, header::ORIGIN), None);
        for (bytes, text) in [
            (&b"http://localhost"[..], "http://localhost"),
            ("http://\u{259}".as_bytes(), "http://\u{259}"),
            (b"\xff", "\u{fffd}"),
        ] {
            headers.insert(header::ORIGIN, HeaderValue::from_bytes(bytes).unwrap());
            assert_eq!(header_text(&headers, header::ORIGIN).as_deref(), Some(text));
        }
    }
}
