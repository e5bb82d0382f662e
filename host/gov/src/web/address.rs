//! Addresses that a request brings along and a redirect leads to.

use crate::text::Locale;

/// Bytes of a path to come back to.
pub const RETURN_PATH_BYTES_MAX: usize = 2048;

/// The path as a place on the same origin: it begins with one slash, and nothing in it lets a browser
/// read another host out of it. `None` for anything else.
pub fn local_path(path: &str) -> Option<&str> {
    let harmless = path.len() <= RETURN_PATH_BYTES_MAX
        && path.starts_with('/')
        && !path.starts_with("//")
        && path
            .chars()
            .all(|letter| !letter.is_control() && !letter.is_whitespace() && letter != '\\');
    harmless.then_some(path)
}

/// The log-in page that leads back to `path` of the platform.
pub fn login_address(lang: Locale, path: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("return", path)
        .finish();
    format!("/{lang}/login?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_place_on_the_same_origin_is_a_way_back() {
        for good in ["/", "/az/my/log?before=log_1", "/p?next=http://evil.example/"] {
            assert_eq!(local_path(good), Some(good));
        }
        let long = format!("/{}", "a".repeat(RETURN_PATH_BYTES_MAX));
        for bad in [
            "",
            "az",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\tevil",
            "/a\nb",
            "/a b",
            "\\\\evil.example",
            &long,
        ] {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }
}
