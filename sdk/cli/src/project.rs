//! A startup's project: a folder with an `aim.toml`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aim_registry::manifest::Manifest;

use crate::failure::{Blame, Failure};

/// The manifest's file name.
pub const MANIFEST: &str = "aim.toml";

/// A project whose manifest is valid.
#[derive(Debug)]
pub struct Project {
    /// Its folder, absolute.
    pub dir: PathBuf,
    /// `aim.toml` as it is sent to the registry.
    pub manifest_text: String,
    /// The parsed `aim.toml`.
    pub manifest: Manifest,
}

impl Project {
    /// Reads the project in `dir`.
    ///
    /// # Errors
    /// When the folder or its manifest does not exist, or the manifest breaks a rule; the message names every
    /// invalid field.
    pub fn open(dir: &Path) -> Result<Self, Failure> {
        let shown = dir.display();
        let dir = dir.canonicalize().map_err(Failure::caused(
            Blame::Project,
            format!("cannot open the folder `{shown}`"),
        ))?;
        if !dir.is_dir() {
            return Err(Failure::project(format!("`{shown}` is not a folder"))
                .advise("name the folder of the project, not a file in it"));
        }
        let path = dir.join(MANIFEST);
        let manifest_text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Failure::project(format!("there is no `{MANIFEST}` in `{shown}`"))
                    .advise("start a project with `aim new NAME`, or name the folder of one"));
            }
            Err(error) => {
                return Err(Failure::caused(
                    Blame::Project,
                    format!("cannot read `{}`", path.display()),
                )(error));
            }
        };
        let manifest = Manifest::parse(&manifest_text).map_err(|errors| {
            Failure::project(format!("`{}` cannot be used:\n{errors}", path.display()))
                .advise("each line names the field and what is allowed there")
        })?;
        Ok(Self {
            dir,
            manifest_text,
            manifest,
        })
    }
}
