//! Harvesting: data sets of other catalogues, which the operator names in [`SOURCES_FILE`], are read at an interval and on
//! request of the staff, and published here with their licence, their publisher and where they come from.
//!
//! A source is another system: it is called outside any transaction, with deadlines, at admitted hosts alone
//! ([`fetch`]). What it says is checked like what a publisher says; a data set that breaks a rule is refused with the
//! reason, and the others go on. Each data set is one transaction, and a harvest changes only what changed, so that one that
//! was killed is completed by the next. The data sets belong to the source: those of publishers are never touched.

mod dcat;
mod fetch;
mod foreign;
mod job;
mod report;
mod sources;
pub(super) mod store;

use std::sync::Arc;
use std::time::Duration;

pub use fetch::ClientError;
pub use report::{Reason, Refused, Report};
pub use sources::{SOURCES_FILE, Source, SourceKind, SourcesError, parse};
pub use store::{LastHarvest, harvests};

/// The most sources.
pub const SOURCES_MAX: usize = 50;
/// The most data sets of one source; a larger catalogue is not harvested.
pub const SETS_MAX: usize = 200;
/// The most documents of one catalogue that has several pages.
pub const PAGES_MAX: usize = 20;
/// The largest document of a catalogue, in bytes.
pub const CATALOGUE_BYTES_MAX: u64 = 16 << 20;
/// The most statements of a catalogue in RDF.
pub const TRIPLES_MAX: usize = 500_000;
/// How long one call may take, with the answer's body.
pub const CALL_WITHIN: Duration = Duration::from_secs(60);
/// How long a harvest may take before the remaining data sets wait for the next one.
pub const HARVEST_WITHIN: Duration = Duration::from_secs(30 * 60);

/// The sources and the client that calls them. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Harvester {
    sources: Arc<Vec<Source>>,
    fetcher: Option<fetch::Fetcher>,
}

impl Harvester {
    /// # Errors
    /// [`ClientError`].
    pub(super) fn new(sources: Vec<Source>) -> Result<Self, ClientError> {
        Ok(Self {
            fetcher: Some(fetch::Fetcher::new()?),
            sources: Arc::new(sources),
        })
    }

    pub(super) fn sources(&self) -> &[Source] {
        &self.sources
    }
}
