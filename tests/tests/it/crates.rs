//! Which crate depends on which, against the picture in `ARCHITECTURE.md`.

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
