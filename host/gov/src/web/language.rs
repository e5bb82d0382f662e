//! The language of a page, from the browser's preferences.

use axum::http::{HeaderMap, header};

use super::header::header_text;
use crate::text::Locale;

/// The first language of `Accept-Language` that the platform knows. Weights are ignored: browsers list
/// languages in the order of preference. For a page, take its [`Locale::for_page`].
pub fn wish(headers: &HeaderMap) -> Locale {
    header_text(headers, header::ACCEPT_LANGUAGE)
        .unwrap_or_default()
        .split(',')
        .filter_map(|range| {
            let tag = range.split([';', '-']).next()?.trim().to_ascii_lowercase();
            tag.parse().ok()
        })
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn wish_is_the_first_known_language() {
        for (ranges, locale) in [
            ("", Locale::Az),
            ("en-GB,en;q=0.9", Locale::En),
            ("EN", Locale::En),
            ("de, en;q=0.5", Locale::En),
            ("ru-RU,ru;q=0.9,en;q=0.8", Locale::Ru),
            ("az,en", Locale::Az),
            ("english,azb,en", Locale::En),
            ("\u{259}, en", Locale::En),
            (";;,", Locale::Az),
        ] {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_bytes(ranges.as_bytes()).unwrap();
            headers.insert(header::ACCEPT_LANGUAGE, value);
            assert_eq!(wish(&headers), locale, "{ranges}");
        }
        assert_eq!(wish(&HeaderMap::new()), Locale::Az);
    }
}
