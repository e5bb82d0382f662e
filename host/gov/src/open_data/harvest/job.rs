//! Harvests the sources that are due.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::foreign::{Checked, Foreign};
use super::report::{BAD_ROWS_MAX, Reason, Refused, Report};
use super::{HARVEST_WITHIN, Source, SourceKind, dcat, store};
use crate::clock::DAY_MS;
use crate::db::DbError;
use crate::open_data::OpenData;
use crate::open_data::published::{Actor, Harvested, PublishError, Publisher, Put};
use crate::open_data::upload::{self, Choice, FILE_BYTES_MAX, Reading, WriteError};

const HOUR_MS: i64 = DAY_MS / 24;
/// How long a request of the staff waits at most.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// After what time a harvest whose process is gone may be taken over: longer than one can take.
const LEASE_MS: i64 = 2 * HOUR_MS;
const ACCEPT: &str = "text/csv, application/json;q=0.9, */*;q=0.5";

impl OpenData {
    /// The sources that the operator named.
    pub fn sources(&self) -> &[Source] {
        self.harvester.sources()
    }

    /// Harvests until it is dropped.
    pub(in crate::open_data) async fn keep_harvesting(&self) {
        if self.sources().is_empty() {
            return;
        }
        loop {
            if let Err(error) = self.harvest_due().await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "open-data: harvesting failed"
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Makes a source due at once; `false` if there is none of this name.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn ask_harvest(&self, name: &str) -> Result<bool, DbError> {
        if !self.sources().iter().any(|source| source.name == name) {
            return Ok(false);
        }
        let mut tx = self.platform.db.begin().await?;
        store::ask(&mut tx, name, self.platform.clock.now()).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Harvests each source that is due, one after the other.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn harvest_due(&self) -> Result<(), DbError> {
        for source in self.sources() {
            let (db, clock) = (&self.platform.db, &self.platform.clock);
            let now = clock.now();
            let lease = now.plus_ms(LEASE_MS);
            let mut tx = db.begin().await?;
            let taken = store::take(&mut tx, &source.name, now, lease).await?;
            tx.commit().await?;
            if !taken {
                continue;
            }
            let report = self.harvest(source).await;
            let now = clock.now();
            let due = now.plus_ms(HOUR_MS.saturating_mul(i64::from(source.every_hours)));
            let mut tx = db.begin().await?;
            store::finish(&mut tx, &source.name, lease, (now, due), &report).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn harvest(&self, source: &Source) -> Report {
        let mut report = Report::default();
        let Some(fetcher) = &self.harvester.fetcher else {
            return report;
        };
        let begun = Instant::now();
        let gathered = match source.kind {
            SourceKind::Dcat => dcat::gather(fetcher, source).await,
        };
        let gathered = match gathered {
            Ok(gathered) => gathered,
            Err(fault) => {
                report.fault = Some(fault);
                return report;
            }
        };
        // One whose licence is not open any more is taken out, as one that is gone.
        let mut stays = BTreeSet::new();
        for foreign in gathered {
            let identifier = foreign.identifier(source);
            let put = match begun.elapsed() < HARVEST_WITHIN {
                true => self.take_over(source, &foreign).await,
                false => Err(Refused::new(
                    &foreign.id,
                    Reason::Time,
                    "the time of the harvest is over",
                )),
            };
            let keeps = !matches!(&put, Err(refused) if refused.reason == Reason::Licence);
            match put {
                Ok(Put::Added) => report.added.push(identifier.clone()),
                Ok(Put::Changed) => report.changed.push(identifier.clone()),
                Ok(Put::Unchanged) => report.unchanged_count = report.unchanged_count.saturating_add(1),
                Err(refused) => report.refused.push(refused),
            }
            if keeps {
                stays.insert(identifier);
            }
        }
        match self.take_out(source, &stays).await {
            Ok(gone) => report.gone = gone,
            Err(error) => report.refused.push(platform(source.address.as_str(), &error)),
        }
        self.refresh().await;
        report
    }

    /// Publishes a foreign data set as it is now.
    async fn take_over(&self, source: &Source, foreign: &Foreign) -> Result<Put, Refused> {
        let Checked {
            about,
            publisher,
            file,
        } = foreign.check(source)?;
        let fetcher = self.harvester.fetcher.as_ref();
        let fetcher = fetcher.ok_or_else(|| Refused::new(&foreign.id, Reason::Platform, "no client"))?;
        let fetched = fetcher.get(source, &file, ACCEPT, FILE_BYTES_MAX).await?;
        let _permit = self.readings.acquire().await;
        let read = tokio::task::spawn_blocking(move || read(&fetched.body)).await;
        let read = read.map_err(|error| platform(&foreign.id, &error))?;
        let (reading, content) = read.map_err(|fault| fault.at(file.as_str()))?;
        let name = file
            .path_segments()
            .and_then(|mut parts| parts.next_back())
            .unwrap_or_default();
        let harvested = Harvested {
            about,
            reading,
            content,
            file_name: name.chars().take(FILE_NAME_CHARS_MAX).collect(),
        };
        let put = self.put_harvested(&acting(source, publisher), harvested).await;
        put.map_err(|error| refused(&foreign.id, &error))
    }

    /// Takes out the source's data sets that are not in the foreign catalogue any more.
    async fn take_out(&self, source: &Source, stays: &BTreeSet<String>) -> Result<Vec<String>, PublishError> {
        let mut reader = self.platform.db.reader().await?;
        let mut published = store::published(&mut reader, &source.owner()).await?;
        drop(reader);
        published.retain(|identifier| !stays.contains(identifier));
        let acting = acting(source, source.publisher.clone());
        for identifier in &published {
            self.withdraw_harvested(&acting, identifier).await?;
        }
        Ok(published)
    }
}

/// The longest name of a file that is kept, in characters.
const FILE_NAME_CHARS_MAX: usize = 100;

/// Why a file is not a table without faults.
enum Fault {
    Unread(upload::FileFault),
    Bad(Box<Reading>),
    Write(WriteError),
}

impl Fault {
    fn at(self, place: &str) -> Refused {
        match self {
            Self::Unread(fault) => Refused::new(place, Reason::Unread, fault),
            Self::Write(error) => Refused::new(place, Reason::Unread, error),
            Self::Bad(reading) => {
                let count = format!("{} rows cannot be read", reading.bad_count);
                let mut refused = Refused::new(place, Reason::BadRows, count);
                refused.bad = reading.bad.into_iter().take(BAD_ROWS_MAX).collect();
                refused
            }
        }
    }
}

/// Reads a file like one that a publisher sends without a word about it.
fn read(file: &[u8]) -> Result<(Reading, Vec<u8>), Fault> {
    let reading = upload::read(file, &Choice::default()).map_err(Fault::Unread)?;
    if reading.bad_count > 0 {
        return Err(Fault::Bad(Box::new(reading)));
    }
    let mut content = Vec::new();
    upload::write(file, &reading, &mut content).map_err(Fault::Write)?;
    Ok((reading, content))
}

/// Who acts for a source, under the name of a data set's publisher.
fn acting(source: &Source, publisher: String) -> Publisher {
    Publisher {
        organisation: source.owner(),
        name: publisher,
        actor: Actor {
            kind: "source",
            id: source.name.clone(),
            name: source.name.clone(),
            token: None,
        },
    }
}

fn refused(place: &str, error: &PublishError) -> Refused {
    match error {
        PublishError::Taken(_) => Refused::new(place, Reason::Taken, error),
        PublishError::TooMany { .. } => Refused::new(place, Reason::TooMany, error),
        PublishError::TooLarge { .. } => Refused::new(place, Reason::TooLarge, error),
        error => platform(place, error),
    }
}

fn platform(place: &str, error: &(dyn std::error::Error + 'static)) -> Refused {
    tracing::error!(error, "open-data: a data set cannot be taken over");
    Refused::new(place, Reason::Platform, error)
}
