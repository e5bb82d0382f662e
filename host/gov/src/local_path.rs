//! Return addresses in requests, to which a redirect leads.

/// Bytes of a return path at a service; see [`way_back`].
pub const RETURN_PATH_BYTES_MAX: usize = 2048;
/// Bytes of any return path: enough for a percent-encoded path of a service in its query.
pub const LOCAL_PATH_BYTES_MAX: usize = 4 * RETURN_PATH_BYTES_MAX;

/// The path, if it stays on the same origin: it begins with one slash, and no browser can read another host
/// from it. `None` for anything else.
pub fn local_path(path: &str) -> Option<&str> {
    let harmless = path.len() <= LOCAL_PATH_BYTES_MAX
        && path.starts_with('/')
        && !path.starts_with("//")
        && path
            .chars()
            .all(|letter| !letter.is_control() && !letter.is_whitespace() && letter != '\\');
    harmless.then_some(path)
}

/// The return path at a service: the path, without its query if that makes it longer than
/// [`RETURN_PATH_BYTES_MAX`], or the service's front page if it is still too long or invalid.
pub fn way_back(path: &str) -> &str {
    let fits = |path| local_path(path).filter(|path| path.len() <= RETURN_PATH_BYTES_MAX);
    let bare = path.split('?').next().unwrap_or_default();
    fits(path).or_else(|| fits(bare)).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_path_stays_on_the_same_origin() {
        for good in ["/", "/az/my/log?before=log_1", "/p?next=http://evil.example/"] {
            assert_eq!(local_path(good), Some(good));
        }
        let long = format!("/{}", "a".repeat(LOCAL_PATH_BYTES_MAX));
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

    #[test]
    fn way_back_that_is_too_long_or_leads_elsewhere_gets_shorter() {
        let query = "q".repeat(RETURN_PATH_BYTES_MAX);
        for (asked, back) in [
            ("/menu?day=1", "/menu?day=1"),
            (&format!("/menu?{query}"), "/menu"),
            (&format!("/{query}"), "/"),
            ("//evil.example/?q=1", "/"),
            ("", "/"),
        ] {
            assert_eq!(way_back(asked), back, "{asked}");
        }
        // The longest path, with every byte escaped at each step, still passes through the log-in.
        let escaped = format!("/menu?{}", "%C6%8F".repeat(RETURN_PATH_BYTES_MAX / 6 - 1));
        assert_eq!(way_back(&escaped), escaped);
        let once: String = url::form_urlencoded::byte_serialize(escaped.as_bytes()).collect();
        assert!(local_path(&format!("/az/services/tea-house/enter?return={once}")).is_some());
    }
}
