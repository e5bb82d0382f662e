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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_data::language::Language;

    #[test]
    fn tables_beyond_the_memory_go_in_the_order_of_their_use() {
        let table = || Arc::new(Table::read(b"a,b\n1,2\n3,4\n", None, |_| Language::Az).unwrap());
        let bytes = table().bytes();
        // Two columns with two values each: 8 bytes a value; 4 bytes a row twice, and the start of 4 codes.
        assert_eq!(bytes, 2 * (2 * 8 + 4 * (2 + 2 + 4)));
        let tables = Tables::with_bytes(2 * bytes);
        for file in ["one", "two"] {
            tables.keep(file, table());
        }
        assert!(tables.get("one").is_some());
        tables.keep("three", table());
        assert_eq!(tables.held(), ["one", "three"]);
        assert!(tables.get("two").is_none());
        let small = Tables::with_bytes(1);
        small.keep("alone", table());
        assert_eq!(small.held(), ["alone"]);
    }
}
