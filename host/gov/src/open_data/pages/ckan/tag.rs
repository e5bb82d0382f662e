//! `tag_list` and `tag_show`: the keywords of data sets.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::arguments::Arguments;
use super::{ActionResult, Failure, form};
use crate::open_data::Catalogue;

pub(super) fn list(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["query", "all_fields"], &[])?;
    let part = arguments.text("query")?.unwrap_or_default().to_lowercase();
    let tags: BTreeSet<&str> = catalogue
        .datasets()
        .flat_map(|dataset| &dataset.keyword)
        .map(String::as_str)
        .filter(|tag| tag.to_lowercase().contains(&part))
        .collect();
    let all_fields = arguments.flag("all_fields", false)?;
    let described = |tag: &str| if all_fields { form::tag(tag) } else { json!(tag) };
    Ok(tags.into_iter().map(described).collect())
}

pub(super) fn show(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["id", "include_datasets"], &[])?;
    let tag = arguments.required("id")?;
    let packages: Vec<Json> = catalogue
        .datasets()
        .filter(|dataset| dataset.keyword.iter().any(|keyword| keyword == tag))
        .map(|dataset| form::package(catalogue, dataset))
        .collect();
    if packages.is_empty() {
        return Err(Failure::NotFound);
    }
    let mut described = form::tag(tag);
    if arguments.flag("include_datasets", false)?
        && let Some(fields) = described.as_object_mut()
    {
        fields.insert("packages".to_owned(), packages.into());
    }
    Ok(described)
}
