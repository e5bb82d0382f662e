//! Which pages the platform has, so that none is forgotten.

use std::collections::BTreeSet;

use aim_tests::paths;

/// What is read by `GET` and is not a page: it leads on to one, or is a file.
const NO_PAGES: [&str; 15] = [
    "/{lang}/login",
    "/{lang}/my/consents/{id}",
    "/{lang}/my/consents/{id}/receipt.json",
    "/{lang}/my/consents/{id}/receipt.jws",
    "/{lang}/my/documents/{id}/showings",
    "/{lang}/my/messages/alerts",
    "/{lang}/my/messages/{id}/file",
    "/{lang}/my/signatures/{id}/agree",
    "/{lang}/my/signatures/{id}/choice",
    "/{lang}/my/signatures/{id}/documents/{place}",
    "/{lang}/my/signatures/{id}/files/{file}",
    "/{lang}/my/signatures/{id}/pair",
    "/{lang}/my/signatures/{id}/people/{place}",
    "/{lang}/pay/{id}/turn-back",
    "/{lang}/shown/{id}/{code}/proof",
];

/// What is wrong where nobody looked at a page: `seen` are the paths that somebody did look at.
pub fn missed(seen: &[String]) -> Vec<String> {
    let pages = pages();
    assert!(pages.len() > 15, "the sources are read wrongly: {pages:?}");
    pages
        .iter()
        .filter(|page| !NO_PAGES.contains(&page.as_str()))
        .filter(|page| !seen.iter().any(|path| is_at(page, path)))
        .map(|page| format!("nobody looked at `{page}`: add it to the walk"))
        .collect()
}

/// The pages of the platform as its sources have them: every `.route("/{lang}/…", get(…))`.
fn pages() -> BTreeSet<String> {
    let mut folders = vec![
        paths::project().join("host/gov/src"),
        paths::project().join("registry/src"),
    ];
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                found.extend(source.split(".route(").skip(1).filter_map(page));
            }
        }
    }
    found
}

/// The path of a route that has a page, from the text after its opening parenthesis.
fn page(route: &str) -> Option<String> {
    let mut depth = 1_u32;
    let end = route.find(|letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let (path, methods) = route
        .get(..end)?
        .trim_start()
        .strip_prefix('"')?
        .split_once('"')?;
    (path.starts_with("/{lang}/") && methods.contains("get(")).then(|| path.to_owned())
}

/// Whether `path` is one of the pages that `route` stands for.
fn is_at(route: &str, path: &str) -> bool {
    let (wanted, is) = (route.split('/'), path.split('/'));
    wanted.clone().count() == is.clone().count()
        && wanted
            .zip(is)
            .all(|(wanted, is)| wanted.starts_with('{') || wanted == is)
}
