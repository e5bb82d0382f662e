//! The table of actions.

use serde_json::json;

use super::arguments::Arguments;
use super::write::Write;
use super::{ActionResult, Failure, group, licences, package, resource, site, tag};
use crate::open_data::Catalogue;

/// Characters of an unknown action's name that its error repeats.
const NAME_ECHO_CHARS_MAX: usize = 64;

/// An action and its help text.
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) arguments: &'static [&'static str],
    pub(super) run: Run,
}

pub(super) enum Run {
    /// Answers from the catalogue alone.
    Catalogue(fn(&Catalogue, Arguments) -> ActionResult),
    /// Searches rows.
    Rows,
    /// Changes the data sets of the publisher whose token is sent.
    Write(Write),
    /// Answers from this table.
    Help,
}

const fn action(
    name: &'static str,
    help: &'static str,
    arguments: &'static [&'static str],
    run: fn(&Catalogue, Arguments) -> ActionResult,
) -> Action {
    Action {
        name,
        help,
        arguments,
        run: Run::Catalogue(run),
    }
}

const fn change(
    name: &'static str,
    help: &'static str,
    arguments: &'static [&'static str],
    write: Write,
) -> Action {
    Action {
        name,
        help,
        arguments,
        run: Run::Write(write),
    }
}

/// Every action, sorted by name.
pub(super) const ACTIONS: &[Action] = &[
    action(
        "current_package_list_with_resources",
        "Data sets with their files, the last modified first. Arguments: `limit`, `offset`.",
        &["limit", "offset", "page"],
        package::current,
    ),
    change(
        "datastore_create",
        "Publishes rows. Arguments: `resource_id`, or `resource` with `package_id`; `fields`, `records`. An API token is needed.",
        &["resource_id", "resource", "fields", "records"],
        Write::DatastoreCreate,
    ),
    action(
        "datastore_info",
        "The columns of a file and the number of its rows. Argument: `id`.",
        &["id", "resource_id"],
        resource::datastore_info,
    ),
    Action {
        name: "datastore_search",
        help: "Rows of a file. Arguments: `resource_id` or `id`, `filters`, `q`, `distinct`, `fields`, `sort`, \
               `limit`, `offset`, `include_total`, `records_format`.",
        arguments: &[
            "resource_id",
            "id",
            "filters",
            "q",
            "distinct",
            "fields",
            "sort",
            "limit",
            "offset",
            "include_total",
            "records_format",
        ],
        run: Run::Rows,
    },
    change(
        "datastore_upsert",
        "Adds rows, as a new version. Arguments: `resource_id`, `records`, `method` with `insert`. An API token is needed.",
        &["resource_id", "records", "method"],
        Write::DatastoreUpsert,
    ),
    action(
        "group_list",
        "The themes of the data sets. Arguments: `all_fields`, `groups`, `sort`, `limit`, `offset`.",
        &["all_fields", "groups", "sort", "limit", "offset"],
        group::groups,
    ),
    action(
        "group_package_show",
        "The data sets of a theme. Arguments: `id`, `limit`.",
        &["id", "limit"],
        group::group_packages,
    ),
    action(
        "group_show",
        "A theme. Arguments: `id`, `include_datasets`.",
        &["id", "include_datasets"],
        group::group,
    ),
    Action {
        name: "help_show",
        help: "The help text of an action. Argument: `name`.",
        arguments: &["name"],
        run: Run::Help,
    },
    action(
        "license_list",
        "The licences that data sets may have.",
        &[],
        licences::list,
    ),
    action(
        "organization_list",
        "The publishers. Arguments: `all_fields`, `organizations`, `sort`, `limit`, `offset`.",
        &["all_fields", "organizations", "sort", "limit", "offset"],
        group::organizations,
    ),
    action(
        "organization_show",
        "A publisher. Arguments: `id`, `include_datasets`.",
        &["id", "include_datasets"],
        group::organization,
    ),
    action(
        "package_autocomplete",
        "Data sets by the beginning of a word. Arguments: `q`, `limit`.",
        &["q", "limit"],
        package::autocomplete,
    ),
    change(
        "package_create",
        "Names a data set, which is published with its file. Arguments: `name`, `title` or `title_translated`, `notes` or \
         `notes_translated`, `license_id`, `groups`, `tags`, `frequency`, `owner_org`. An API token is needed.",
        &[
            "name",
            "title",
            "title_translated",
            "notes",
            "notes_translated",
            "license_id",
            "groups",
            "tags",
            "frequency",
            "owner_org",
        ],
        Write::PackageCreate,
    ),
    change(
        "package_delete",
        "Withdraws a data set. Argument: `id`. An API token is needed.",
        &["id"],
        Write::PackageDelete,
    ),
    action(
        "package_list",
        "The names of the data sets. Arguments: `limit`, `offset`.",
        &["limit", "offset"],
        package::list,
    ),
    change(
        "package_patch",
        "Changes what is given of a data set. Arguments: `id` and those of `package_create`. An API token is needed.",
        &[
            "id",
            "title",
            "title_translated",
            "notes",
            "notes_translated",
            "license_id",
            "groups",
            "tags",
            "frequency",
            "owner_org",
        ],
        Write::PackagePatch,
    ),
    action(
        "package_search",
        "Data sets. Arguments: `q`, `fq`, `fq_list`, `sort`, `start`, `rows`, `facet`, `facet.field`, \
         `facet.limit`, `facet.mincount`.",
        &[
            "q",
            "fq",
            "fq_list",
            "sort",
            "start",
            "rows",
            "facet",
            "facet.field",
            "facet.limit",
            "facet.mincount",
        ],
        package::search,
    ),
    action(
        "package_show",
        "A data set. Argument: `id` or `name_or_id`.",
        &["id", "name_or_id"],
        package::show,
    ),
    change(
        "package_update",
        "Describes a data set anew. Arguments: those of `package_create`. An API token is needed.",
        &[
            "name",
            "title",
            "title_translated",
            "notes",
            "notes_translated",
            "license_id",
            "groups",
            "tags",
            "frequency",
            "owner_org",
        ],
        Write::PackageUpdate,
    ),
    change(
        "resource_create",
        "Publishes a file, CSV or JSON. Arguments: `package_id`, `upload`, `encoding`, `separator`, `header_line`. An API \
         token is needed.",
        &["package_id", "upload", "encoding", "separator", "header_line"],
        Write::ResourceCreate,
    ),
    change(
        "resource_delete",
        "Withdraws a data set with its file. Argument: `id`. An API token is needed.",
        &["id"],
        Write::PackageDelete,
    ),
    action(
        "resource_search",
        "Files. Arguments: `query` as `field:part` of `name`, `description`, `format`, `url` or `hash`, `order_by`, \
         `offset`, `limit`.",
        &["query", "order_by", "offset", "limit"],
        resource::search,
    ),
    action(
        "resource_show",
        "A file. Argument: `id`.",
        &["id"],
        resource::show,
    ),
    change(
        "resource_update",
        "Replaces the rows of a file. Arguments: `id` and those of `resource_create`. An API token is needed.",
        &["id", "upload", "encoding", "separator", "header_line"],
        Write::ResourceUpdate,
    ),
    action(
        "site_read",
        "Whether the catalogue may be read: always.",
        &[],
        site::read,
    ),
    action("status_show", "What this catalogue is.", &[], site::status),
    action(
        "tag_list",
        "The keywords. Arguments: `query`, `all_fields`.",
        &["query", "all_fields"],
        tag::list,
    ),
    action(
        "tag_show",
        "A keyword. Arguments: `id`, `include_datasets`.",
        &["id", "include_datasets"],
        tag::show,
    ),
];

/// `help_show`
pub(super) fn help(arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["name"], &[])?;
    let action = find(arguments.required("name")?).ok_or(Failure::NotFound)?;
    Ok(json!(format!("{}: {}", action.name, action.help)))
}

/// The error for a name that no action has.
pub(super) fn unknown(name: &str) -> Failure {
    let name: String = name.chars().take(NAME_ECHO_CHARS_MAX).collect();
    let known: Vec<&str> = ACTIONS.iter().map(|action| action.name).collect();
    let known = known.join("`, `");
    Failure::UnknownAction(format!(
        "Action name not known: {name}; the actions are `{known}`"
    ))
}

pub(super) fn find(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == name)
}
