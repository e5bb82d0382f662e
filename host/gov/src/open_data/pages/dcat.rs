//! The catalogue as DCAT-AP 3.0 in JSON-LD.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::files::public;
use crate::clock::Timestamp;
use crate::open_data::{Catalogue, Dataset, Distribution, OpenData};
use crate::text::Localised;

const THEMES: &str = "http://publications.europa.eu/resource/authority/data-theme/";
const FREQUENCIES: &str = "http://publications.europa.eu/resource/authority/frequency/";
const MEDIA_TYPES: &str = "http://www.iana.org/assignments/media-types/";

/// `GET /open-data/catalog.jsonld`
pub(super) async fn catalogue(State(open_data): State<OpenData>) -> Response {
    let media_type = HeaderValue::from_static("application/ld+json");
    let document = document(open_data.catalogue()).to_string();
    ([(header::CONTENT_TYPE, media_type)], public(), document).into_response()
}

fn document(catalogue: &Catalogue) -> Value {
    let datasets: Vec<_> = catalogue
        .datasets()
        .map(|dataset| described(&catalogue.public_url, dataset))
        .collect();
    json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": format!("{}/open-data/catalog.jsonld", catalogue.public_url),
        "@type": "dcat:Catalog",
        "dct:title": texts(&catalogue.title),
        "dct:description": texts(&catalogue.description),
        "dct:publisher": agent(&catalogue.publisher),
        "dcat:dataset": datasets,
    })
}

fn described(public_url: &str, dataset: &Dataset) -> Value {
    let identifier = &dataset.identifier;
    let mut node = json!({
        "@id": format!("{public_url}/open-data/catalog.jsonld#{identifier}"),
        "@type": "dcat:Dataset",
        "dct:identifier": identifier,
        "dct:title": texts(&dataset.title),
        "dct:description": texts(&dataset.description),
        "dct:publisher": agent(&dataset.publisher),
        "dcat:theme": dataset.theme.iter().map(|code| json!({ "@id": format!("{THEMES}{code}") }))
            .collect::<Vec<_>>(),
        "dcat:keyword": dataset.keyword,
        "dct:issued": moment(dataset.issued),
        "dct:modified": moment(dataset.modified),
        "dcat:distribution": dataset.distribution.iter()
            .map(|distribution| file(public_url, distribution)).collect::<Vec<_>>(),
    });
    if let (Some(fields), Some(code)) = (node.as_object_mut(), &dataset.accrual_periodicity) {
        let frequency = json!({ "@id": format!("{FREQUENCIES}{code}") });
        fields.insert("dct:accrualPeriodicity".to_owned(), frequency);
    }
    node
}

fn file(public_url: &str, distribution: &Distribution) -> Value {
    let address = json!({ "@id": distribution.access_url });
    let mut node = json!({
        "@id": format!("{public_url}/open-data/catalog.jsonld#{}-csv", distribution.id),
        "@type": "dcat:Distribution",
        "dct:identifier": distribution.id,
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
    });
    let Some(fields) = node.as_object_mut() else {
        return node;
    };
    if let Some(title) = &distribution.title {
        fields.insert("dct:title".to_owned(), texts(title));
    }
    if let Some(media_type) = &distribution.media_type {
        let media_type = json!({ "@id": format!("{MEDIA_TYPES}{media_type}") });
        fields.insert("dcat:mediaType".to_owned(), media_type);
    }
    // A licence that is not stated has no address.
    if distribution.license.contains("://") {
        fields.insert("dct:license".to_owned(), json!({ "@id": distribution.license }));
    }
    if let Some(bytes) = distribution.byte_size {
        let size = json!({ "@type": "xsd:nonNegativeInteger", "@value": bytes.to_string() });
        fields.insert("dcat:byteSize".to_owned(), size);
    }
    if let Some(sha256) = &distribution.sha256 {
        let checksum = json!({
            "@type": "spdx:Checksum",
            "spdx:algorithm": { "@id": "spdx:checksumAlgorithm_sha256" },
            "spdx:checksumValue": { "@type": "xsd:hexBinary", "@value": sha256 },
        });
        fields.insert("spdx:checksum".to_owned(), checksum);
    }
    node
}

fn agent(name: &str) -> Value {
    json!({ "@type": "foaf:Agent", "foaf:name": name })
}

fn texts(text: &Localised) -> Value {
    let Localised { az, en, ru } = text;
    [("az", Some(az)), ("en", en.as_ref()), ("ru", ru.as_ref())]
        .into_iter()
        .filter_map(|(tag, text)| Some(json!({ "@language": tag, "@value": text? })))
        .collect()
}

fn moment(at: Timestamp) -> Value {
    let text = at.to_jiff().map(|at| at.to_string());
    json!({ "@type": "xsd:dateTime", "@value": text })
}
