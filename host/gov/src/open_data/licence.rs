//! Licences: an address in the catalogue, an id in CKAN.

/// A licence of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Licence<'a> {
    /// CKAN's id; the address itself for a licence that is not in [`KNOWN`].
    pub id: &'a str,
    pub title: &'a str,
    /// `None` if the source states no licence.
    pub url: Option<&'a str>,
    /// Whether it conforms to the Open Definition 2.1.
    pub is_open: bool,
}

const fn known(
    id: &'static str,
    title: &'static str,
    url: Option<&'static str>,
    is_open: bool,
) -> Licence<'static> {
    Licence {
        id,
        title,
        url,
        is_open,
    }
}

/// The `license` of a data set whose source states none.
pub const NOT_STATED: &str = "not-stated";

/// The ids and titles are those of CKAN's default list (`licenses.opendefinition.org`).
pub const KNOWN: [Licence<'static>; 6] = [
    known("notspecified", "License not specified", None, false),
    known(
        "cc-by",
        "Creative Commons Attribution 4.0",
        Some("https://creativecommons.org/licenses/by/4.0/"),
        true,
    ),
    known(
        "cc-by-sa",
        "Creative Commons Attribution Share-Alike 4.0",
        Some("https://creativecommons.org/licenses/by-sa/4.0/"),
        true,
    ),
    known(
        "cc-zero",
        "Creative Commons CCZero 1.0",
        Some("https://creativecommons.org/publicdomain/zero/1.0/"),
        true,
    ),
    known(
        "odc-by",
        "Open Data Commons Attribution License 1.0",
        Some("https://opendatacommons.org/licenses/by/1-0/"),
        true,
    ),
    known(
        "MIT",
        "MIT License",
        Some("https://opensource.org/license/mit"),
        true,
    ),
];

/// The licence that a data set's `license` means: an address, or `not-stated`.
pub fn of(license: &str) -> Licence<'_> {
    let unstated = !license.contains("://");
    KNOWN
        .into_iter()
        .find(|known| match known.url {
            Some(url) => url == license,
            None => unstated,
        })
        .unwrap_or(Licence {
            id: license,
            title: license,
            url: Some(license),
            is_open: false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_have_an_id_and_an_address() {
        assert_eq!(of("https://creativecommons.org/licenses/by/4.0/").id, "cc-by");
        assert_eq!(of("not-stated"), KNOWN[0]);
        let other = of("https://example.az/licence");
        assert_eq!(
            (other.id, other.url),
            ("https://example.az/licence", Some(other.id))
        );
    }
}
