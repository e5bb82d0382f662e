//! `status_show` and `site_read`.

use serde_json::json;

use super::ActionResult;
use super::arguments::Arguments;
use crate::open_data::Catalogue;

/// The version of CKAN whose actions these are.
const CKAN_VERSION: &str = "2.11.0";

pub(super) fn status(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    arguments.only(&[], &[])?;
    Ok(json!({
        "site_title": catalogue.title.az,
        "site_description": catalogue.description.az,
        "site_url": catalogue.public_url,
        "ckan_version": CKAN_VERSION,
        "error_emails_to": null,
        "locale_default": "az",
        "extensions": ["datastore"],
    }))
}

pub(super) fn read(_: &Catalogue, arguments: Arguments) -> ActionResult {
    arguments.only(&[], &[])?;
    Ok(json!(true))
}
