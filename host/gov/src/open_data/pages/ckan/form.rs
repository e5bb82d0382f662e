//! Data sets and what belongs to them in CKAN's form.

use serde_json::{Value as Json, json};

use super::kind::Kind;
use crate::clock::Timestamp;
use crate::open_data::catalogue::ColumnSchema;
use crate::open_data::column::ColumnType;
use crate::open_data::pages::OpenDataText;
use crate::open_data::{Catalogue, Dataset, Distribution, licence};
use crate::text::Locale;

/// A data set: a package.
pub(super) fn package(catalogue: &Catalogue, dataset: &Dataset) -> Json {
    let resources: Vec<_> = (0..)
        .zip(&dataset.distribution)
        .map(|(position, file)| resource(catalogue, dataset, file, position))
        .collect();
    let licence = licence::of(&dataset.license);
    let groups = Kind::Group.names(dataset);
    let organization = Kind::Organization.names(dataset).pop().unwrap_or_default();
    json!({
        "id": dataset.identifier,
        "name": dataset.identifier,
        "title": dataset.title.az,
        "title_translated": dataset.title,
        "notes": dataset.description.az,
        "notes_translated": dataset.description,
        "author": dataset.publisher,
        "author_email": null,
        "maintainer": null,
        "maintainer_email": null,
        "creator_user_id": null,
        "version": null,
        "url": source_of(catalogue, dataset),
        "license_id": licence.id,
        "license_title": licence.title,
        "license_url": licence.url,
        "isopen": licence.is_open,
        "organization": group(Kind::Organization, &organization, &[dataset]),
        "owner_org": organization,
        "groups": groups.iter().map(|name| group_of_package(name)).collect::<Vec<_>>(),
        "tags": dataset.keyword.iter().map(|word| tag(word)).collect::<Vec<_>>(),
        "extras": [],
        "relationships_as_object": [],
        "relationships_as_subject": [],
        "metadata_created": moment(dataset.issued),
        "metadata_modified": moment(dataset.modified),
        "type": "dataset",
        "state": "active",
        "private": false,
        "num_tags": dataset.keyword.len(),
        "num_resources": resources.len(),
        "resources": resources,
    })
}

/// The address of a data set's source, or of its page here.
fn source_of(catalogue: &Catalogue, dataset: &Dataset) -> String {
    let here = || {
        format!(
            "{}/open-data/dataset/{}",
            catalogue.public_url, dataset.identifier
        )
    };
    dataset.source.clone().unwrap_or_else(here)
}

/// A file of a data set: a resource. `schema` is a Table Schema, as `ckanext-validation` keeps it.
pub(super) fn resource(
    catalogue: &Catalogue,
    dataset: &Dataset,
    file: &Distribution,
    position: usize,
) -> Json {
    let schema = catalogue
        .columns(&file.id)
        .map(|columns| table_schema(columns).to_string());
    json!({
        "id": file.id,
        "package_id": dataset.identifier,
        "name": file.title.as_ref().map_or(file.id.as_str(), |title| &title.az),
        "description": "",
        "url": file.access_url,
        "url_type": null,
        "resource_type": null,
        "format": "CSV",
        "mimetype": file.media_type,
        "mimetype_inner": null,
        "cache_url": null,
        "cache_last_updated": null,
        "size": file.byte_size,
        "hash": file.sha256.as_ref().map(|sha256| format!("sha256:{sha256}")),
        "created": moment(dataset.issued),
        "last_modified": moment(dataset.modified),
        "metadata_modified": moment(dataset.modified),
        "position": position,
        "state": "active",
        "schema": schema,
        "datastore_active": true,
    })
}

/// A theme or a publisher with its data sets.
pub(super) fn group(kind: Kind, name: &str, datasets: &[&Dataset]) -> Json {
    let title = match (kind, datasets.first()) {
        (Kind::Organization, Some(dataset)) => dataset.publisher.as_str(),
        _ => theme(name, Locale::Az),
    };
    let created = datasets.iter().map(|dataset| dataset.issued).min();
    json!({
        "id": name,
        "name": name,
        "title": title,
        "display_name": title,
        "description": "",
        "image_url": "",
        "image_display_url": "",
        "type": if kind == Kind::Group { "group" } else { "organization" },
        "is_organization": kind == Kind::Organization,
        "approval_status": "approved",
        "state": "active",
        "created": created.and_then(moment),
        "package_count": datasets.len(),
        "extras": [],
        "groups": [],
        "tags": [],
        "users": [],
    })
}

fn group_of_package(name: &str) -> Json {
    let title = theme(name, Locale::Az);
    json!({
        "id": name,
        "name": name,
        "title": title,
        "title_translated": { "az": title, "en": theme(name, Locale::En) },
        "display_name": title,
        "description": "",
        "image_display_url": "",
    })
}

/// The text of the theme with this code, in lower case here.
pub(super) fn theme(name: &str, locale: Locale) -> &str {
    let themes = &OpenDataText::of(locale).themes;
    themes.find(&name.to_uppercase()).unwrap_or(name)
}

pub(super) fn tag(word: &str) -> Json {
    json!({ "id": word, "name": word, "display_name": word, "state": "active", "vocabulary_id": null })
}

/// A time in CKAN's form: UTC without a zone.
pub(super) fn moment(at: Timestamp) -> Option<String> {
    let text = at.to_jiff()?.strftime("%Y-%m-%dT%H:%M:%S.%6f");
    Some(text.to_string())
}

/// <https://specs.frictionlessdata.io/table-schema/>
fn table_schema(columns: &[ColumnSchema]) -> Json {
    let fields: Vec<Json> = columns
        .iter()
        .map(|column| {
            let kind = match column.column_type {
                ColumnType::Integer => "integer",
                ColumnType::Number => "number",
                ColumnType::Boolean => "boolean",
                ColumnType::Text => "string",
            };
            json!({ "name": column.name, "type": kind })
        })
        .collect();
    json!({ "fields": fields })
}
