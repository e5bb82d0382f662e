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

/// Codes of the authority list `licence` of the European Union and of older lists of CKAN, for licences of [`KNOWN`].
const CODES: [(&str, &str); 8] = [
    ("cc_by_4_0", "cc-by"),
    ("cc-by-4.0", "cc-by"),
    ("cc_bysa_4_0", "cc-by-sa"),
    ("cc-by-sa-4.0", "cc-by-sa"),
    ("cc0", "cc-zero"),
    ("cc0-1.0", "cc-zero"),
    ("odc_by", "odc-by"),
    ("odc-by-1.0", "odc-by"),
];

/// The open licence of [`KNOWN`] that a foreign catalogue states, by its address, written in one of the usual ways, or by
/// its code.
pub fn open(stated: &str) -> Option<Licence<'static>> {
    fn plain(url: &str) -> &str {
        let url = url.trim();
        let url = url
            .strip_prefix("https://")
            .or(url.strip_prefix("http://"))
            .unwrap_or(url);
        let url = url.strip_prefix("www.").unwrap_or(url);
        url.trim_end_matches('/')
            .trim_end_matches("/legalcode")
            .trim_end_matches("/deed.en")
    }
    let stated = stated.trim();
    let code = stated.strip_prefix("http://publications.europa.eu/resource/authority/licence/");
    let code = code.unwrap_or(stated).to_ascii_lowercase();
    let code = CODES
        .iter()
        .find(|(other, _)| *other == code)
        .map_or(code.as_str(), |(_, id)| *id);
    KNOWN.into_iter().filter(|known| known.is_open).find(|known| {
        let by_address = known.url.is_some_and(|url| plain(url) == plain(stated));
        by_address || known.id.eq_ignore_ascii_case(code)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_licences_of_other_catalogues_are_known_by_address_and_code() {
        for (stated, id) in [
            ("https://creativecommons.org/licenses/by/4.0/", "cc-by"),
            (
                "http://www.creativecommons.org/licenses/by/4.0/legalcode",
                "cc-by",
            ),
            (
                "http://publications.europa.eu/resource/authority/licence/CC_BYSA_4_0",
                "cc-by-sa",
            ),
            ("CC0-1.0", "cc-zero"),
            ("odc-by", "odc-by"),
            ("mit", "MIT"),
        ] {
            assert_eq!(open(stated).map(|licence| licence.id), Some(id), "{stated}");
        }
        for stated in [
            "",
            "notspecified",
            "not-stated",
            "https://creativecommons.org/licenses/by-nc/4.0/",
            "https://creativecommons.org/licenses/by/4.0/nd",
            "http://publications.europa.eu/resource/authority/licence/OTHER",
            "https://evil.example/creativecommons.org/licenses/by/4.0/",
        ] {
            assert_eq!(open(stated), None, "{stated}");
        }
    }

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
