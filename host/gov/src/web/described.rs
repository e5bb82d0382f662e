//! Routes with their description.

use utoipa_axum::router::UtoipaMethodRouter;

use crate::described::{complete, page, pages_of_faults};

/// The same routes, described under this tag and with these pages about refusals, each a status and when it comes.
pub fn described<S>(
    tag: &str,
    refusals: &[(u16, &str)],
    (schemas, mut paths, router): UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    complete(&mut paths, |operation| {
        operation.tags = Some(vec![tag.to_owned()]);
        pages_of_faults(operation);
        for (status, words) in refusals {
            page(operation, *status, words);
        }
    });
    (schemas, paths, router)
}
