//! Addresses of databases.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// What a path has unescaped in an address: the unreserved characters of RFC 3986, section 2.3, and `/`.
/// Anything else could start a query (`?`), a fragment (`#`) or an escape (`%`).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address of the SQLite database in `file`, for [`Db::open`](super::Db::open): the only way from a path to
/// an address. A path that is not UTF-8 is refused when it is opened.
pub fn sqlite_address(file: &Path) -> String {
    // Two slashes at the beginning would introduce a host.
    let file: PathBuf = file.components().collect();
    format!("sqlite:{}", percent_encode(file.as_os_str().as_bytes(), ESCAPED))
}

/// The file of an SQLite address, as [`Db::open`](super::Db::open) reads it; `None` for an address of another
/// engine.
pub fn sqlite_file(address: &str) -> Option<PathBuf> {
    let path = address.strip_prefix("sqlite:")?.trim_start_matches("//");
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    Some(OsString::from_vec(percent_decode_str(path).collect()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_escapes_what_means_something_in_it() {
        for (path, address) in [
            ("/data/aim.sqlite", "sqlite:/data/aim.sqlite"),
            ("//data//aim.db", "sqlite:/data/aim.db"),
            ("/a?b/x%41y", "sqlite:/a%3Fb/x%2541y"),
            ("/a#b/my data", "sqlite:/a%23b/my%20data"),
            ("/ə", "sqlite:/%C9%99"),
        ] {
            let path = Path::new(path);
            assert_eq!(sqlite_address(path), address);
            assert_eq!(sqlite_file(address).as_deref(), Some(path));
        }
        for (address, file) in [
            ("sqlite:/data/aim.db?mode=ro", Some("/data/aim.db")),
            ("sqlite:///data/x%2541y", Some("/data/x%41y")),
            ("sqlite:aim.db", Some("aim.db")),
            ("postgres://aim@localhost/aim", None),
        ] {
            assert_eq!(sqlite_file(address), file.map(PathBuf::from), "{address}");
        }
    }

    #[tokio::test]
    async fn address_leads_to_the_file_that_was_named() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "a?b",
            "a?mode=memory",
            "a#b",
            "100%25",
            "x%41y",
            " my data ",
            "\n",
            "ə",
        ] {
            let file = dir.path().join(name);
            let db = super::super::Db::open(&sqlite_address(&file)).await.unwrap();
            drop(db);
            assert!(file.is_file(), "`{name}` is not there");
        }
    }
}
