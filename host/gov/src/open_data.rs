//! Open data: the catalogue of data sets and the rows of their files. WIT: `wit/open-data.wit`.
//!
//! Terms are those of DCAT-AP 3, operations those of the CKAN action API. Nothing here is about a citizen;
//! still every call of a service is recorded, with the data set as its object.
//!
//! **Performance with a million rows.** A version of a file does not change: it is read into an immutable table of columns
//! in memory, at the start for the platform's own files, and for publishers' when it is asked for ([`tables`]). A column has every distinct value once,
//! in order; a row has the position of its value ([`column`]), 8 bytes a field with the index. Filters become
//! ranges of positions, found by binary search, whose row counts are known at once; narrow ranges are read from
//! the index, wide ones by one pass over 4 bytes a row; sorting compares positions and orders only the
//! requested page ([`query`]). A query touches the database only for its audit record, which shares SQLite's
//! writer with payments. Large tables are searched off the async threads, by at most as many queries at once as
//! there are processors.
//! `cargo run -p aim-tests --example open_data_bench` measures it.
//! With a million rows of seven columns, two slow cores and 300 MB of memory, a page, a row by its number, a
//! prefix or a narrow filter takes well below a millisecond; a wide filter or a sort by several columns takes
//! 10 to 100 milliseconds.

pub mod catalogue;
pub mod column;
pub mod harvest;
pub mod language;
pub mod licence;
pub mod pages;
pub mod published;
pub mod publisher;
pub mod query;
pub mod reading;
pub mod search;
pub mod table;
mod tables;
mod terms;
mod texts;
pub mod upload;
mod value;

use std::sync::Arc;

use arc_swap::ArcSwap;
use futures::FutureExt as _;
use tokio::sync::{Mutex, Semaphore};

pub use catalogue::{Catalogue, CatalogueError, Dataset, Distribution};
pub use query::{Comparison, Filter, Query, Rows, Sort, Value};
pub use search::{Page, SearchQuery};

use self::catalogue::Content;
use self::harvest::{ClientError, Harvester, Source};
use self::language::Language;
use self::table::Table;
use self::tables::{TABLES_BYTES_MAX, Tables};
use crate::audit::Entry;
use crate::db::DbError;
use crate::error::{GovError, Problem};
use crate::grant::Capability;
use crate::invocation::Invocation;
use crate::platform::{Platform, admit};

/// Tables of at most this many rows are searched on the calling thread: handing the search over would take
/// longer.
const INLINE_ROWS_MAX: u32 = 20_000;
/// Characters of an unknown identifier that an audit record keeps.
const OBJECT_CHARS_MAX: usize = 80;

/// The most data sets in one catalogue.
pub const DATASETS_MAX: usize = 10_000;

/// The open-data interface. Clones share it.
#[derive(Clone, Debug)]
pub struct OpenData {
    platform: Platform,
    /// The platform's own data sets.
    base: Arc<Catalogue>,
    /// Those and the publishers'.
    catalogue: Arc<ArcSwap<Catalogue>>,
    /// The number of acts when the catalogue was read from the database.
    known: Arc<Mutex<Option<i64>>>,
    tables: Tables,
    harvester: Harvester,
    /// A permit for the one uploaded file that may be read at a time.
    readings: Arc<Semaphore>,
    /// A permit for each query of a large table that may run at once.
    large_queries: Arc<Semaphore>,
}

impl OpenData {
    /// The interface to `catalogue`, and to the data sets of publishers once they are read from the database, which
    /// [`OpenData::open`] does.
    pub fn new(platform: Platform, catalogue: Arc<Catalogue>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            platform,
            catalogue: Arc::new(ArcSwap::new(catalogue.clone())),
            base: catalogue,
            known: Arc::default(),
            tables: Tables::with_bytes(TABLES_BYTES_MAX),
            harvester: Harvester::default(),
            readings: Arc::new(Semaphore::new(1)),
            large_queries: Arc::new(Semaphore::new(processors)),
        }
    }

    /// The interface to `catalogue` and to the data sets of publishers.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn open(platform: Platform, catalogue: Arc<Catalogue>) -> Result<Self, DbError> {
        let open_data = Self::new(platform, catalogue);
        open_data.try_refresh().await?;
        Ok(open_data)
    }

    /// The same with catalogues that are harvested.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn with_sources(self, sources: Vec<Source>) -> Result<Self, ClientError> {
        Ok(Self {
            harvester: Harvester::new(sources)?,
            ..self
        })
    }

    /// The platform under it.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The published data sets as they are now, for the public pages.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.load_full()
    }

    /// The table of a distribution, which may have to be read first.
    ///
    /// # Errors
    /// `not-found`, `unavailable`.
    pub async fn table(&self, distribution_id: &str) -> Result<Arc<Table>, GovError> {
        let catalogue = self.catalogue();
        let stored = catalogue.stored.get(distribution_id).ok_or(GovError::NotFound)?;
        let file = match &stored.content {
            Content::Memory { table, .. } => return Ok(table.clone()),
            Content::Kept(file) => file,
        };
        if let Some(table) = self.tables.get(file) {
            return Ok(table);
        }
        let _reading = self.tables.reading.lock().await;
        if let Some(table) = self.tables.get(file) {
            return Ok(table);
        }
        let content = published::file::content(&self.platform.db, file).await?;
        let types = stored.columns.iter().map(|column| column.column_type).collect();
        let read = move || Table::published(&content, types, |_| Language::Az);
        let read = tokio::task::spawn_blocking(read).await.map_err(|_| stopping())?;
        let table = Arc::new(read.map_err(|_| DbError::corrupt("open_data_file", file.as_str()))?);
        self.tables.keep(file, table.clone());
        Ok(table)
    }

    /// The data sets that match `query`, best match first.
    ///
    /// # Errors
    /// `invalid-request` (see [`search::run`]) and those of [`Platform::act`].
    pub async fn search(&self, invocation: &Invocation, query: &SearchQuery) -> Result<Page, GovError> {
        let answer = self.admitted(invocation, || search::run(&self.catalogue(), query));
        self.recorded(invocation, "search", None, answer).await
    }

    /// The data set of this identifier.
    ///
    /// # Errors
    /// `not-found` and those of [`Platform::act`].
    pub async fn get(&self, invocation: &Invocation, identifier: &str) -> Result<Dataset, GovError> {
        let answer = self.admitted(invocation, || {
            self.catalogue()
                .dataset(identifier)
                .cloned()
                .ok_or(GovError::NotFound)
        });
        self.recorded(invocation, "get", Some(identifier), answer).await
    }

    /// Rows of the distribution with this id.
    ///
    /// # Errors
    /// `not-found`, `invalid-request` (see [`query::run`]) and those of [`Platform::act`].
    pub async fn query(
        &self,
        invocation: &Invocation,
        distribution_id: &str,
        query: Query,
    ) -> Result<Rows, GovError> {
        let catalogue = self.catalogue();
        let stored = catalogue.stored.get(distribution_id);
        let dataset = stored.map(|stored| stored.dataset.as_str());
        let answer = match self.admitted(invocation, || Ok(())) {
            Ok(()) => self.rows(distribution_id, query).await,
            Err(refusal) => Err(refusal),
        };
        let object = dataset.unwrap_or(distribution_id);
        self.recorded(invocation, "query", Some(object), answer).await
    }

    /// Rows without the grant check and the record that a service's call needs: for the public pages.
    ///
    /// # Errors
    /// `not-found`, `invalid-request` (see [`query::run`]), `unavailable` while the platform stops.
    pub async fn rows(&self, distribution_id: &str, query: Query) -> Result<Rows, GovError> {
        let table = self.table(distribution_id).await?;
        if table.rows_count() <= INLINE_ROWS_MAX {
            return query::run(&table, &query);
        }
        let permit = self.large_queries.clone().acquire_owned().await;
        let permit = permit.map_err(|_| stopping())?;
        let run = move || {
            let answer = query::run(&table, &query);
            drop(permit);
            answer
        };
        tokio::task::spawn_blocking(run).await.map_err(|_| stopping())?
    }

    /// Runs `work` only for a service that is admitted, so that a refused call costs no search.
    fn admitted<T>(
        &self,
        invocation: &Invocation,
        work: impl FnOnce() -> Result<T, GovError>,
    ) -> Result<T, GovError> {
        admit(
            &invocation.service,
            Capability::OpenData,
            self.platform.clock.now(),
        )?;
        work()
    }

    /// Returns `answer` once its audit record is written. The search itself stays outside the transaction: it
    /// changes nothing, and on SQLite every other change would wait for it.
    async fn recorded<T: Send + 'static>(
        &self,
        invocation: &Invocation,
        operation: &'static str,
        object: Option<&str>,
        answer: Result<T, GovError>,
    ) -> Result<T, GovError> {
        let entry = Entry {
            object: object.map(|object| object.chars().take(OBJECT_CHARS_MAX).collect()),
            ..Entry::of(invocation, Capability::OpenData, operation)
        };
        self.platform
            .act(invocation, entry, move |_, _, _| async move { answer }.boxed())
            .await
    }
}

fn stopping() -> GovError {
    GovError::Unavailable(Problem::new("stopping", "the platform is stopping; retry later"))
}

#[cfg(test)]
mod tests;
