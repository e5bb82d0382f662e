//! The vocabularies of catalogues.

use oxrdf::NamedNodeRef;

/// Prefixes of the written forms.
pub(super) const PREFIXES: [(&str, &str); 8] = [
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("hydra", "http://www.w3.org/ns/hydra/core#"),
    ("prov", "http://www.w3.org/ns/prov#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("spdx", "http://spdx.org/rdf/terms#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// Authority lists of the Publications Office of the European Union, which DCAT-AP prescribes.
pub(super) const AUTHORITY: &str = "http://publications.europa.eu/resource/authority";
pub(super) const MEDIA_TYPES: &str = "http://www.iana.org/assignments/media-types/";

macro_rules! terms {
    ($($module:ident: $iri:literal { $($name:ident = $local:literal),* $(,)? })*) => {
        $(pub(super) mod $module {
            use super::NamedNodeRef;
            $(pub const $name: NamedNodeRef<'static> = NamedNodeRef::new_unchecked(concat!($iri, $local));)*
        })*
    };
}

terms! {
    dcat: "http://www.w3.org/ns/dcat#" {
        ACCESS_URL = "accessURL", BYTE_SIZE = "byteSize", CATALOG = "Catalog", DATASET = "dataset",
        DATASET_CLASS = "Dataset", DATA_SERVICE = "DataService", DISTRIBUTION = "distribution",
        DISTRIBUTION_CLASS = "Distribution", DOWNLOAD_URL = "downloadURL", ENDPOINT_DESCRIPTION = "endpointDescription",
        ENDPOINT_URL = "endpointURL", KEYWORD = "keyword", LANDING_PAGE = "landingPage", MEDIA_TYPE = "mediaType",
        SERVES_DATASET = "servesDataset", SERVICE = "service", THEME = "theme", THEME_TAXONOMY = "themeTaxonomy",
    }
    dct: "http://purl.org/dc/terms/" {
        ACCESS_RIGHTS = "accessRights", ACCRUAL_PERIODICITY = "accrualPeriodicity", CONFORMS_TO = "conformsTo",
        DESCRIPTION = "description", FORMAT = "format", FREQUENCY = "Frequency", IDENTIFIER = "identifier",
        ISSUED = "issued", LANGUAGE = "language", LICENSE = "license", LICENSE_DOCUMENT = "LicenseDocument",
        LINGUISTIC_SYSTEM = "LinguisticSystem", MEDIA_TYPE = "MediaType", MEDIA_TYPE_OR_EXTENT = "MediaTypeOrExtent",
        MODIFIED = "modified", PUBLISHER = "publisher", RIGHTS_STATEMENT = "RightsStatement", STANDARD = "Standard",
        TITLE = "title",
    }
    foaf: "http://xmlns.com/foaf/0.1/" {
        AGENT = "Agent", DOCUMENT = "Document", HOMEPAGE = "homepage", NAME = "name",
    }
    hydra: "http://www.w3.org/ns/hydra/core#" {
        FIRST_PAGE = "firstPage", ITEMS_PER_PAGE = "itemsPerPage", LAST_PAGE = "lastPage", NEXT = "next", NEXT_PAGE = "nextPage",
        PAGED_COLLECTION = "PagedCollection", PREVIOUS_PAGE = "previousPage", TOTAL_ITEMS = "totalItems",
    }
    prov: "http://www.w3.org/ns/prov#" {
        WAS_DERIVED_FROM = "wasDerivedFrom",
    }
    skos: "http://www.w3.org/2004/02/skos/core#" {
        CONCEPT = "Concept", CONCEPT_SCHEME = "ConceptScheme", IN_SCHEME = "inScheme", PREF_LABEL = "prefLabel",
    }
    spdx: "http://spdx.org/rdf/terms#" {
        ALGORITHM = "algorithm", CHECKSUM = "checksum", CHECKSUM_ALGORITHM = "ChecksumAlgorithm",
        CHECKSUM_CLASS = "Checksum", CHECKSUM_VALUE = "checksumValue", SHA256 = "checksumAlgorithm_sha256",
    }
}
