//! The data sets of publishers in the catalogue.

use std::sync::Arc;

use super::{CSV_MEDIA_TYPE, Catalogue, ColumnSchema, Content, Dataset, Distribution, Stored};
use crate::open_data::DATASETS_MAX;
use crate::open_data::published::{Published, SetRecord};

impl Catalogue {
    /// This catalogue with the data sets of publishers behind its own. One whose identifier is taken is left out.
    pub(in crate::open_data) fn with_published(&self, published: Vec<Published>) -> Self {
        let mut catalogue = self.clone();
        for Published { set, version } in published {
            let identifier = set.identifier.clone();
            if catalogue.datasets.len() == DATASETS_MAX || catalogue.is_taken(&identifier) {
                continue;
            }
            let reading = version.reading;
            let columns = reading.columns.iter().map(|column| ColumnSchema {
                name: column.name.clone(),
                column_type: column.kind.column_type(),
            });
            let stored = Stored {
                dataset: identifier.clone(),
                columns: columns.collect(),
                rows_count: reading.rows_count,
                content: Content::Kept(version.file),
            };
            catalogue.stored.insert(identifier.clone(), Arc::new(stored));
            let distribution = Distribution {
                access_url: format!("{}/open-data/{identifier}.csv", self.public_url),
                id: identifier,
                title: None,
                media_type: Some(CSV_MEDIA_TYPE.to_owned()),
                license: set.about.license.clone(),
                byte_size: u64::try_from(version.bytes).ok(),
                sha256: Some(version.sha256),
            };
            catalogue.push(Dataset {
                distribution: vec![distribution],
                ..Dataset::from(set)
            });
        }
        catalogue
    }
}

/// Without its file.
impl From<SetRecord> for Dataset {
    fn from(set: SetRecord) -> Self {
        Self {
            identifier: set.identifier,
            title: set.about.title,
            description: set.about.description,
            publisher: set.publisher,
            theme: set.about.theme,
            keyword: set.about.keyword,
            license: set.about.license,
            accrual_periodicity: Some(set.about.accrual_periodicity),
            issued: set.issued,
            modified: set.modified,
            distribution: Vec::new(),
            source: set.about.source,
        }
    }
}
