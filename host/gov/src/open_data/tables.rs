//! The tables of published data sets. A table is read from its file when it is asked for, and the ones that were not asked
//! for longest go when together they take more than [`TABLES_BYTES_MAX`]: the memory does not grow with the catalogue.

use std::sync::{Arc, Mutex, PoisonError};

use super::table::Table;

/// Memory for tables of published data sets, in bytes; the last one that was read stays, even if it alone takes more.
pub const TABLES_BYTES_MAX: usize = 512 << 20;

/// Tables by the id of their file. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    bytes_max: usize,
    /// The one that was asked for last is the last.
    held: Arc<Mutex<Vec<Held>>>,
    /// Held while a table is read: two requests for it read it once, and one table is read at a time.
    pub(super) reading: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug)]
struct Held {
    file: String,
    table: Arc<Table>,
    bytes: usize,
}

impl Tables {
    pub(super) fn with_bytes(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            held: Arc::default(),
            reading: Arc::default(),
        }
    }

    pub(super) fn get(&self, file: &str) -> Option<Arc<Table>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let place = held.iter().position(|held| held.file == file)?;
        let found = held.remove(place);
        let table = found.table.clone();
        held.push(found);
        Some(table)
    }

    pub(super) fn keep(&self, file: &str, table: Arc<Table>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = table.bytes();
        held.push(Held {
            file: file.to_owned(),
            table,
            bytes,
        });
        let mut all: usize = held.iter().map(|held| held.bytes).sum();
        while all > self.bytes_max && held.len() > 1 {
            all = all.saturating_sub(held.remove(0).bytes);
        }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> Vec<String> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().map(|held| held.file.clone()).collect()
    }
}
