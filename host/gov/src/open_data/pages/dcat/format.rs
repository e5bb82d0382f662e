//! The forms of RDF.

use std::io;

use axum::http::{HeaderMap, header};
use oxjsonld::JsonLdSerializer;
use oxrdf::{GraphNameRef, Triple};
use oxrdfxml::RdfXmlSerializer;
use oxttl::TurtleSerializer;

use crate::open_data::terms::PREFIXES;

/// A form of RDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Format {
    JsonLd,
    Turtle,
    RdfXml,
}

/// What a request accepts best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Asked {
    Format(Format),
    /// HTML.
    Page,
    /// Nothing that there is.
    Other,
}

/// The writer failed, which it does only for a prefix that is not an IRI.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct FormatError(#[from] pub(super) io::Error);

/// Media ranges of one request.
const RANGES_MAX: usize = 32;

impl Format {
    /// The first is the answer to a request that accepts anything.
    pub(super) const ALL: [Self; 3] = [Self::JsonLd, Self::Turtle, Self::RdfXml];

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::JsonLd => "application/ld+json",
            Self::Turtle => "text/turtle; charset=utf-8",
            Self::RdfXml => "application/rdf+xml; charset=utf-8",
        }
    }

    pub(super) fn extension(self) -> &'static str {
        self.extensions().first().copied().unwrap_or_default()
    }

    pub(super) fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::JsonLd => &["jsonld"],
            Self::Turtle => &["ttl"],
            Self::RdfXml => &["rdf", "xml"],
        }
    }

    /// The form with this extension.
    pub(in super::super) fn of_extension(extension: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.extensions().contains(&extension))
    }

    /// The other media types that clients ask for this form by.
    fn is(self, essence: &str) -> bool {
        match self {
            Self::JsonLd => matches!(essence, "application/ld+json" | "application/json"),
            Self::Turtle => matches!(essence, "text/turtle" | "application/x-turtle" | "text/n3"),
            Self::RdfXml => matches!(essence, "application/rdf+xml" | "application/xml" | "text/xml"),
        }
    }

    pub(super) fn write(self, triples: &[Triple]) -> Result<Vec<u8>, FormatError> {
        let wrong = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        match self {
            Self::JsonLd => {
                let mut serializer = JsonLdSerializer::new();
                for (name, iri) in PREFIXES {
                    serializer = serializer.with_prefix(name, iri).map_err(wrong)?;
                }
                let mut writer = serializer.for_writer(Vec::new());
                for triple in triples {
                    writer.serialize_quad(triple.as_ref().in_graph(GraphNameRef::DefaultGraph))?;
                }
                Ok(writer.finish()?)
            }
            Self::Turtle => {
                let mut serializer = TurtleSerializer::new();
                for (name, iri) in PREFIXES {
                    serializer = serializer.with_prefix(name, iri).map_err(wrong)?;
                }
                let mut writer = serializer.for_writer(Vec::new());
                for triple in triples {
                    writer.serialize_triple(triple)?;
                }
                Ok(writer.finish()?)
            }
            Self::RdfXml => {
                let mut serializer = RdfXmlSerializer::new();
                for (name, iri) in PREFIXES {
                    serializer = serializer.with_prefix(name, iri).map_err(wrong)?;
                }
                let mut writer = serializer.for_writer(Vec::new());
                for triple in triples {
                    writer.serialize_triple(triple)?;
                }
                Ok(writer.finish()?)
            }
        }
    }
}

/// What `Accept` asks for (RFC 9110, 12.5.1): the range with the highest weight, the first of several. Ranges for
/// many types count as JSON-LD.
pub(in super::super) fn asked(headers: &HeaderMap) -> Asked {
    let accepted: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .take(RANGES_MAX)
        .collect();
    if accepted.is_empty() {
        return Asked::Format(Format::JsonLd);
    }
    let mut best = (0.0, Asked::Other);
    for range in accepted {
        let mut parts = range.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(Some(1.0), |weight| weight.parse::<f64>().ok())
            .filter(|weight| (0.0..=1.0).contains(weight))
            .unwrap_or(0.0);
        let asked = match essence.as_str() {
            "text/html" | "application/xhtml+xml" => Some(Asked::Page),
            "*/*" | "application/*" => Some(Asked::Format(Format::JsonLd)),
            "text/*" => Some(Asked::Format(Format::Turtle)),
            essence => Format::ALL
                .into_iter()
                .find(|format| format.is(essence))
                .map(Asked::Format),
        };
        if let Some(asked) = asked
            && weight > best.0
        {
            best = (weight, asked);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn accept_is_honoured_with_its_weights() {
        for (accept, expected) in [
            ("", Asked::Format(Format::JsonLd)),
            ("*/*", Asked::Format(Format::JsonLd)),
            ("Text/Turtle", Asked::Format(Format::Turtle)),
            (
                "application/rdf+xml;q=0.9, text/turtle;q=0.5",
                Asked::Format(Format::RdfXml),
            ),
            (
                "text/turtle;q=0.5, application/rdf+xml;q=0.9",
                Asked::Format(Format::RdfXml),
            ),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Asked::Page,
            ),
            (
                "application/ld+json; profile=\"x\"; q=0.3, image/png",
                Asked::Format(Format::JsonLd),
            ),
            ("text/turtle;q=0", Asked::Other),
            ("image/png", Asked::Other),
            ("text/turtle;q=nan, image/*", Asked::Other),
            (";;,,q=", Asked::Other),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(asked(&headers), expected, "{accept}");
        }
        assert_eq!(asked(&HeaderMap::new()), Asked::Format(Format::JsonLd));
    }
}
