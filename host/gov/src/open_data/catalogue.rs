//! The data sets, in the terms of DCAT-AP 3, and their tables.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

mod described;
mod published;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use self::described::{Described, DescribedDataset, DescribedDistribution};
use super::DATASETS_MAX;
use super::column::ColumnType;
use super::table::{Table, TableError};
use super::texts::Texts;
use crate::clock::Timestamp;
use crate::text::Localised;

/// The name of the file that describes a folder of data sets.
pub const CATALOGUE_FILE: &str = "catalogue.toml";
/// The media type of every distribution.
pub const CSV_MEDIA_TYPE: &str = "text/csv";

const EMBEDDED: &str = include_str!("../../data/open-data/catalogue.toml");
const EMBEDDED_FILES: [(&str, &[u8]); 4] = [
    (
        "az-public-holidays.csv",
        include_bytes!("../../data/open-data/az-public-holidays.csv"),
    ),
    (
        "az-populated-places.csv",
        include_bytes!("../../data/open-data/az-populated-places.csv"),
    ),
    (
        "az-e-service-portals.csv",
        include_bytes!("../../data/open-data/az-e-service-portals.csv"),
    ),
    (
        "az-digital-government-statistics.csv",
        include_bytes!("../../data/open-data/az-digital-government-statistics.csv"),
    ),
];

/// One file of a data set (`dcat:Distribution`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Unique in the catalogue; the argument of [`super::OpenData::query`].
    pub id: String,
    pub title: Option<Localised>,
    pub access_url: String,
    pub media_type: Option<String>,
    /// The licence: an address, or `not-stated`.
    pub license: String,
    pub byte_size: Option<u64>,
    /// 64 hexadecimal digits.
    pub sha256: Option<String>,
}

/// One data set (`dcat:Dataset`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    pub identifier: String,
    pub title: Localised,
    pub description: Localised,
    pub publisher: String,
    pub theme: Vec<String>,
    pub keyword: Vec<String>,
    /// The licence: an address, or `not-stated`.
    pub license: String,
    pub accrual_periodicity: Option<String>,
    pub issued: Timestamp,
    pub modified: Timestamp,
    pub distribution: Vec<Distribution>,
    /// Where it was harvested from: an address of http or https.
    pub source: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("`{file}` could not be read")]
    Read {
        file: String,
        #[source]
        source: io::Error,
    },
    #[error("`{CATALOGUE_FILE}` does not describe a catalogue")]
    Description(#[from] Box<toml::de::Error>),
    #[error("data set `{dataset}` has a date that is not an RFC 3339 timestamp")]
    Date {
        dataset: String,
        #[source]
        source: jiff::Error,
    },
    /// An identifier that occurs twice, or is not 1 to 80 characters of `[a-z0-9-]`.
    #[error("identifier `{0}` occurs twice, or is not 1 to 80 characters of `[a-z0-9-]`")]
    Identifier(String),
    #[error("`{file}` is not a table")]
    Table {
        file: String,
        #[source]
        source: TableError,
    },
    #[error("there are more than {DATASETS_MAX} data sets")]
    TooLarge,
}

/// A column, as the catalogue knows it without the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSchema {
    pub name: String,
    pub column_type: ColumnType,
}

/// A distribution: its columns and where its rows are.
#[derive(Debug)]
pub(super) struct Stored {
    pub dataset: String,
    pub columns: Vec<ColumnSchema>,
    pub rows_count: u32,
    pub content: Content,
}

/// Where the rows of a distribution are.
#[derive(Debug)]
pub(super) enum Content {
    /// In memory, with the file: the platform's own data sets.
    Memory { table: Arc<Table>, file: Bytes },
    /// In the database, under the id of a file.
    Kept(String),
}

/// The complete catalogue, immutable: a change of a data set makes another one. Clones share the data sets.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub title: Localised,
    pub description: Localised,
    pub publisher: String,
    /// The address of the platform, without a trailing slash.
    pub public_url: String,
    /// In the order of the description.
    pub(super) datasets: Vec<Arc<(Dataset, Texts)>>,
    pub(super) stored: HashMap<String, Arc<Stored>>,
}

impl Catalogue {
    /// The data sets that are embedded in the platform. `public_url` is the platform's address, without a
    /// trailing slash; the addresses of the files begin with it.
    ///
    /// # Errors
    /// [`CatalogueError`], if the build has a broken file; a test verifies that it has none.
    pub fn embedded(public_url: &str) -> Result<Self, CatalogueError> {
        Self::build(EMBEDDED, public_url, |name| {
            EMBEDDED_FILES
                .iter()
                .find(|(file, _)| *file == name)
                .map(|(_, bytes)| Bytes::from_static(bytes))
                .ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }

    /// The data sets of a folder: `catalogue.toml` and its files.
    pub fn load(folder: &Path, public_url: &str) -> Result<Self, CatalogueError> {
        let description =
            std::fs::read_to_string(folder.join(CATALOGUE_FILE)).map_err(|source| CatalogueError::Read {
                file: CATALOGUE_FILE.to_owned(),
                source,
            })?;
        Self::build(&description, public_url, |name| {
            // A name, not a path: the description cannot refer to files outside of its folder.
            let name = Path::new(name).file_name().ok_or(io::ErrorKind::InvalidInput)?;
            std::fs::read(folder.join(name)).map(Bytes::from)
        })
    }

    fn build(
        description: &str,
        public_url: &str,
        read: impl Fn(&str) -> io::Result<Bytes>,
    ) -> Result<Self, CatalogueError> {
        let described: Described = toml::from_str(description).map_err(Box::new)?;
        if described.dataset.len() > DATASETS_MAX {
            return Err(CatalogueError::TooLarge);
        }
        let mut catalogue = Self {
            title: described.title,
            description: described.description,
            publisher: described.publisher,
            public_url: public_url.to_owned(),
            datasets: Vec::with_capacity(described.dataset.len()),
            stored: HashMap::new(),
        };
        for dataset in described.dataset {
            catalogue.add(dataset, &read)?;
        }
        Ok(catalogue)
    }

    fn add(
        &mut self,
        described: DescribedDataset,
        read: &impl Fn(&str) -> io::Result<Bytes>,
    ) -> Result<(), CatalogueError> {
        let identifier = described.identifier;
        if !is_identifier(&identifier) || self.dataset(&identifier).is_some() {
            return Err(CatalogueError::Identifier(identifier));
        }
        let date = |text: &str| match text.parse::<jiff::Timestamp>() {
            Ok(at) => Ok(Timestamp(at.as_millisecond())),
            Err(source) => Err(CatalogueError::Date {
                dataset: identifier.clone(),
                source,
            }),
        };
        let (issued, modified) = (date(&described.issued)?, date(&described.modified)?);
        let mut distribution = Vec::with_capacity(described.distribution.len());
        for described_file in described.distribution {
            let DescribedDistribution {
                id,
                title,
                file: name,
                separator,
                languages,
            } = described_file;
            if !is_identifier(&id) || self.stored.contains_key(&id) {
                return Err(CatalogueError::Identifier(id));
            }
            let file = read(&name).map_err(|source| CatalogueError::Read {
                file: name.clone(),
                source,
            })?;
            let language = |column: &str| languages.get(column).copied().unwrap_or_default();
            let separator = separator.map(|separator| separator.0);
            let table = Table::read(&file, separator, language).map_err(|source| CatalogueError::Table {
                file: name.clone(),
                source,
            })?;
            distribution.push(Distribution {
                access_url: format!("{}/open-data/{id}.csv", self.public_url),
                title,
                media_type: Some(CSV_MEDIA_TYPE.to_owned()),
                license: described.license.clone(),
                byte_size: u64::try_from(file.len()).ok(),
                sha256: Some(hex::encode(Sha256::digest(&file))),
                id: id.clone(),
            });
            let dataset = identifier.clone();
            let stored = Stored {
                dataset,
                columns: schema(&table),
                rows_count: table.rows_count(),
                content: Content::Memory {
                    table: Arc::new(table),
                    file,
                },
            };
            self.stored.insert(id, Arc::new(stored));
        }
        let dataset = Dataset {
            identifier,
            title: described.title,
            description: described.description,
            publisher: described.publisher,
            theme: described.theme,
            keyword: described.keyword,
            license: described.license,
            accrual_periodicity: described.accrual_periodicity,
            issued,
            modified,
            distribution,
            source: None,
        };
        self.push(dataset);
        Ok(())
    }

    /// Every data set, in the order of the description.
    pub fn datasets(&self) -> impl ExactSizeIterator<Item = &Dataset> {
        self.datasets.iter().map(|entry| &entry.0)
    }

    /// The data set of this identifier.
    pub fn dataset(&self, identifier: &str) -> Option<&Dataset> {
        self.datasets().find(|dataset| dataset.identifier == identifier)
    }

    /// The columns of the distribution of this id.
    pub fn columns(&self, distribution_id: &str) -> Option<&[ColumnSchema]> {
        self.stored
            .get(distribution_id)
            .map(|stored| stored.columns.as_slice())
    }

    /// The number of rows of the distribution of this id.
    pub fn rows_count(&self, distribution_id: &str) -> Option<u32> {
        self.stored.get(distribution_id).map(|stored| stored.rows_count)
    }

    /// The table of one of the platform's own distributions.
    pub fn table(&self, distribution_id: &str) -> Option<Arc<Table>> {
        match &self.stored.get(distribution_id)?.content {
            Content::Memory { table, .. } => Some(table.clone()),
            Content::Kept(_) => None,
        }
    }

    /// Whether a data set or a distribution has this identifier.
    pub fn is_taken(&self, identifier: &str) -> bool {
        self.dataset(identifier).is_some() || self.stored.contains_key(identifier)
    }

    fn push(&mut self, dataset: Dataset) {
        let texts = Texts::of(
            &dataset.title,
            &dataset.description,
            &dataset.publisher,
            &dataset.keyword,
        );
        self.datasets.push(Arc::new((dataset, texts)));
    }
}

fn schema(table: &Table) -> Vec<ColumnSchema> {
    let columns = table.columns().iter().map(|column| ColumnSchema {
        name: column.name.clone(),
        column_type: column.column_type(),
    });
    columns.collect()
}

fn is_identifier(text: &str) -> bool {
    (1..=80).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
