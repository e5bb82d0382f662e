//! Which crate depends on which, against the picture in `ARCHITECTURE.md`; and which module names which: nowhere in
//! a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use aim_tests::paths;
use serde_json::Value;

type Graph = BTreeMap<String, BTreeSet<String>>;

/// The lines `crate → crate, crate` of the document.
fn drawn() -> Graph {
    let document = std::fs::read_to_string(paths::project().join("ARCHITECTURE.md")).unwrap();
    let (_, picture) = document.split_once("Who knows whom").unwrap();
    let picture = picture.split("```").nth(1).unwrap();
    picture
        .lines()
        .filter_map(|line| line.split_once('→'))
        .map(|(from, to)| {
            let known = to.split(',').map(str::trim).filter(|name| *name != "nothing");
            (from.trim().to_owned(), known.map(str::to_owned).collect())
        })
        .collect()
}

/// What the manifests say, tests and build scripts included.
fn built() -> Graph {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(paths::project())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let folder = |path: &str| {
        let path = Path::new(path).strip_prefix(paths::project()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let manifest = package["manifest_path"].as_str().unwrap();
            let dependencies = package["dependencies"].as_array().unwrap();
            let ours = dependencies
                .iter()
                .filter_map(|dependency| dependency["path"].as_str())
                .map(folder);
            (folder(manifest.trim_end_matches("/Cargo.toml")), ours.collect())
        })
        .collect()
}

#[test]
fn dependencies_of_crates_are_those_of_the_picture() {
    assert_eq!(built(), drawn());
}

/// A module's own code: what tests and their fixtures name does not count.
fn code_of(src: &Path, file: &Path) -> Option<String> {
    const FIXTURES: [&str; 6] = ["tests", "testing", "scene", "attacks", "codes", "bin"];
    let is_fixture = file
        .with_extension("")
        .iter()
        .any(|part| FIXTURES.iter().any(|name| part == *name));
    if is_fixture {
        return None;
    }
    let text = std::fs::read_to_string(src.join(file)).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// The modules of a crate as paths, with the code of each.
fn modules(crate_root: &Path) -> BTreeMap<Vec<String>, String> {
    let src = crate_root.join("src");
    let (mut folders, mut found) = (vec![src.clone()], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix(&src).unwrap();
            let root = inside == Path::new("lib.rs") || inside == Path::new("main.rs");
            let is_rust = path.extension().is_some_and(|extension| extension == "rs");
            if let (true, false, Some(code)) = (is_rust, root, code_of(&src, inside)) {
                let inside = inside.with_extension("");
                let parts = inside.iter().map(|part| part.to_str().unwrap().to_owned());
                found.insert(parts.collect(), code);
            }
        }
    }
    found
}

/// Every path that the code of `module` names within its crate: `crate::a::b`, `super::{a, b::c}`.
fn named(module: &[String], code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (start, up) in [("crate::", None), ("super::", Some(1))] {
        for (at, _) in code.match_indices(start) {
            let before = code.get(..at).unwrap().chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || before == '_' || before == ':' {
                continue;
            }
            let mut rest = code.get(at + start.len()..).unwrap();
            let mut up = up;
            while let Some(more) = rest.strip_prefix("super::") {
                rest = more;
                up = up.map(|levels: usize| levels + 1);
            }
            let base = match up {
                None => &[][..],
                Some(levels) => &module[..module.len().saturating_sub(levels)],
            };
            for path in expanded(rest) {
                paths.push(base.iter().cloned().chain(path).collect());
            }
        }
    }
    paths
}

/// The paths of a `use` tree or of one path, as far as its modules go.
fn expanded(tree: &str) -> Vec<Vec<String>> {
    let length = tree
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(tree.len());
    let (name, rest) = tree.split_at(length);
    if let Some(inner) = tree.strip_prefix('{') {
        let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
        for (at, letter) in inner.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => {
                    parts.push(inner.get(start..at).unwrap());
                    break;
                }
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(inner.get(start..at).unwrap());
                    start = at + 1;
                }
                _ => {}
            }
        }
        return parts.into_iter().flat_map(|part| expanded(part.trim())).collect();
    }
    if name.is_empty() {
        return Vec::new();
    }
    match rest.strip_prefix("::") {
        Some(more) => {
            let longer = expanded(more).into_iter().map(|path| {
                let mut whole = vec![name.to_owned()];
                whole.extend(path);
                whole
            });
            let longer: Vec<_> = longer.collect();
            if longer.is_empty() {
                vec![vec![name.to_owned()]]
            } else {
                longer
            }
        }
        None => vec![vec![name.to_owned()]],
    }
}

/// Which siblings name each other, by the module that they are in. The pages of an interface (`pages`) are beside
/// the interface and not in it: they show citizens what several interfaces know.
fn siblings(modules: &BTreeMap<Vec<String>, String>) -> BTreeMap<Vec<String>, Graph> {
    let unit = |path: &[String]| {
        let mut path = path.to_vec();
        if path.get(1).is_some_and(|second| second == "pages") {
            let name = format!("{}::pages", path[0]);
            path.splice(..2, [name]);
        }
        path
    };
    let mut groups = BTreeMap::<Vec<String>, Graph>::new();
    for (module, code) in modules {
        for mut target in named(module, code) {
            while !target.is_empty() && !modules.contains_key(&target) {
                target.pop();
            }
            let (from, to) = (unit(module), unit(&target));
            let shared = from
                .iter()
                .zip(&to)
                .take_while(|(one, other)| one == other)
                .count();
            if let (Some(one), Some(other)) = (from.get(shared), to.get(shared)) {
                groups
                    .entry(from[..shared].to_vec())
                    .or_default()
                    .entry(one.clone())
                    .or_default()
                    .insert(other.clone());
            }
        }
    }
    groups
}

/// The nodes that are left once everything is gone that names nobody who is left: those in circles, and those
/// that lead there.
fn in_circles(graph: &Graph) -> BTreeSet<String> {
    let mut left: Graph = graph.clone();
    loop {
        let names: BTreeSet<_> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, named| named.iter().any(|other| names.contains(other)));
        if left.len() == before {
            return names;
        }
    }
}

#[test]
fn modules_name_each_other_in_no_circle() {
    for folder in [
        "host/gov",
        "host/runtime",
        "registry",
        "registry/server",
        "sdk/cli",
    ] {
        let modules = modules(&paths::project().join(folder));
        assert!(modules.len() > 5, "{folder}: {} modules", modules.len());
        for (inside, graph) in siblings(&modules) {
            let circles = in_circles(&graph);
            assert!(circles.is_empty(), "{folder} {}: {circles:?}", inside.join("::"));
        }
    }
}

#[test]
fn circle_of_modules_is_found() {
    let module = |path: &str, code: &str| (vec![path.to_owned()], code.to_owned());
    let modules = BTreeMap::from([
        module("a", "use crate::{b::Thing, c};"),
        module("b", "fn f() { super::c::g() }"),
        module("c", "use super::a;"),
        module("d", "use crate::a;"),
        module("e", ""),
    ]);
    let groups = siblings(&modules);
    let circles = in_circles(&groups[&Vec::new()]);
    let found: Vec<_> = circles.iter().map(String::as_str).collect();
    assert_eq!(found, ["a", "b", "c", "d"]);
}
