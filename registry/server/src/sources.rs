//! The catalogues of open data that are harvested, which the operator names in a file of the data folder.

use std::io::ErrorKind;
use std::path::Path;

use aim_gov::open_data::harvest::{self, SOURCES_FILE, Source, SourcesError};

/// The sources that the file in the data folder names; none without a file.
///
/// # Errors
/// [`SourcesError`].
pub fn read(data_dir: &Path) -> Result<Vec<Source>, SourcesError> {
    match std::fs::read_to_string(data_dir.join(SOURCES_FILE)) {
        Ok(text) => harvest::parse(&text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
