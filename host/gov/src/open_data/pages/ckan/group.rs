//! Groups and organisations of CKAN: here the themes and the publishers of data sets.

use serde_json::{Value as Json, json};

use super::arguments::Arguments;
use super::kind::Kind;
use super::package::{FIXED, count};
use super::{ActionResult, Failure, form};
use crate::open_data::{Catalogue, Dataset};

pub(super) fn groups(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    list(catalogue, arguments, Kind::Group)
}

pub(super) fn organizations(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    list(catalogue, arguments, Kind::Organization)
}

pub(super) fn group(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    show(catalogue, arguments, Kind::Group)
}

pub(super) fn organization(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    show(catalogue, arguments, Kind::Organization)
}

pub(super) fn group_packages(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["id", "limit"], &FIXED)?;
    let all = Kind::Group.all(catalogue);
    let datasets = all.get(arguments.required("id")?).ok_or(Failure::NotFound)?;
    let limit = count(arguments.number("limit", u32::MAX)?);
    let packages = datasets.iter().take(limit);
    Ok(packages
        .map(|dataset| form::package(catalogue, dataset))
        .collect())
}

fn list(catalogue: &Catalogue, arguments: Arguments, kind: Kind) -> ActionResult {
    let selection = kind.selection();
    let known = [
        "all_fields",
        "sort",
        "order_by",
        "limit",
        "offset",
        selection,
        "include_dataset_count",
    ];
    let arguments = arguments.only(&known, &FIXED)?;
    let selected = arguments.names(selection)?;
    let mut all: Vec<_> = kind
        .all(catalogue)
        .into_iter()
        .filter(|(name, _)| selected.is_empty() || selected.contains(name))
        .collect();
    let sort = match arguments.text("sort")? {
        None | Some("") => arguments.text("order_by")?.unwrap_or_default(),
        Some(sort) => sort,
    };
    match sort {
        "" | "name" | "name asc" | "title" | "title asc" => {}
        "name desc" | "title desc" => all.reverse(),
        "package_count" | "package_count desc" | "packages" => {
            all.sort_by_key(|(_, datasets)| std::cmp::Reverse(datasets.len()));
        }
        "package_count asc" => all.sort_by_key(|(_, datasets)| datasets.len()),
        _ => {
            let message = "is `name`, `title` or `package_count`, with `asc` or `desc`";
            return Err(Failure::validation("sort", message));
        }
    }
    let all_fields = arguments.flag("all_fields", false)?;
    let skip = count(arguments.number("offset", 0)?);
    let page = all
        .into_iter()
        .skip(skip)
        .take(count(arguments.number("limit", u32::MAX)?));
    let described = |(name, datasets): (String, Vec<&Dataset>)| {
        if all_fields {
            form::group(kind, &name, &datasets)
        } else {
            json!(name)
        }
    };
    Ok(page.map(described).collect())
}

fn show(catalogue: &Catalogue, arguments: Arguments, kind: Kind) -> ActionResult {
    const KNOWN: [&str; 3] = ["id", "include_datasets", "include_dataset_count"];
    let arguments = arguments.only(&KNOWN, &FIXED)?;
    let id = arguments.required("id")?;
    let all = kind.all(catalogue);
    let datasets = all.get(id).ok_or(Failure::NotFound)?;
    let mut group = form::group(kind, id, datasets);
    if arguments.flag("include_datasets", false)?
        && let Some(fields) = group.as_object_mut()
    {
        let packages: Vec<Json> = datasets
            .iter()
            .map(|dataset| form::package(catalogue, dataset))
            .collect();
        fields.insert("packages".to_owned(), packages.into());
    }
    Ok(group)
}
