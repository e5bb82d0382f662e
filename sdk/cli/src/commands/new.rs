//! `aim new`

use std::fs;
use std::path::{Path, PathBuf};

use aim_registry::manifest::check_name;
use clap::Args;

use crate::failure::Failure;
use crate::ui;

/// The files of a new project. `NAME` and `TITLE` in them are replaced.
const TEMPLATE: [(&str, &str); 5] = [
    ("Cargo.toml", include_str!("../../template/Cargo.toml.txt")),
    ("aim.toml", include_str!("../../template/aim.toml")),
    ("src/lib.rs", include_str!("../../template/src/lib.rs")),
    ("README.md", include_str!("../../template/README.md")),
    (".gitignore", include_str!("../../template/gitignore.txt")),
];

/// The SDK and the WIT package, by their paths from the root of the repository.
const VENDORED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/vendored.rs"));

/// `Cargo.lock` of the SDK, one of the vendored files.
const SDK_LOCK: &str = "sdk/rust/Cargo.lock";

/// The folder of a project that holds the SDK.
const VENDOR: &str = "vendor";

/// Start a new service in Rust
///
/// Makes a folder with a service that greets the citizen, its manifest, and the SDK beside it. It
/// builds at once with `aim build`.
#[derive(Args, Debug)]
pub struct NewArgs {
    /// The service's name, also the first part of its address: lower-case letters, digits and `-`
    name: String,
    /// The folder to create; by default one with the service's name
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Writes the project.
///
/// # Errors
/// When the name is not allowed, the folder is not empty, or it cannot be written.
pub fn run(arguments: &NewArgs) -> Result<(), Failure> {
    let name = &arguments.name;
    check_name(name).map_err(|(_, words)| Failure::usage(words))?;
    let dir = arguments.dir.clone().unwrap_or_else(|| PathBuf::from(name));
    if fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::project(format!("`{}` is not empty", dir.display()))
            .advise("choose another name, or another folder with `--dir`"));
    }
    let title = title(name);
    for (path, text) in TEMPLATE {
        write(
            &dir.join(path),
            &text.replace("NAME", name).replace("TITLE", &title),
        )?;
    }
    for (path, text) in VENDORED {
        write(&dir.join(VENDOR).join(path), text)?;
        // Starts from the versions that the SDK was tested with; cargo adds the project itself.
        if *path == SDK_LOCK {
            write(&dir.join("Cargo.lock"), text)?;
        }
    }
    ui::say(format_args!("made `{name}` in {}", dir.display()));
    ui::say(format_args!("next: cd {} && aim build", ui::shell_word(&dir)));
    Ok(())
}

/// `water-meter` as `Water meter`.
fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let problem = || format!("cannot write `{}`", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Failure::unexpected(problem()))?;
    }
    fs::write(path, text).map_err(Failure::unexpected(problem()))
}
