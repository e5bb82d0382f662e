//! The progress of a compilation.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::digest::Digest;

/// Counts of functions of one compilation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) done: u32,
    /// The functions of the component. An estimate: the compiler adds glue between modules.
    pub(crate) total: u32,
    /// The functions among `done` that were reused from the version before.
    pub(crate) reused: u32,
}

impl Counts {
    /// The size of [`Counts::bytes`].
    pub(super) const BYTES: usize = 12;

    /// The counts in the form that the child sends.
    pub(super) fn bytes(self) -> Vec<u8> {
        [self.done, self.total, self.reused]
            .into_iter()
            .flat_map(u32::to_le_bytes)
            .collect()
    }

    /// The counts from the form that the host receives.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut numbers = bytes
            .chunks_exact(4)
            .filter_map(|number| number.try_into().ok().map(u32::from_le_bytes));
        Some(Self {
            done: numbers.next()?,
            total: numbers.next()?,
            reused: numbers.next()?,
        })
    }

    /// 0 to 100.
    pub(crate) fn percent(self) -> u8 {
        let percent = u64::from(self.done) * 100 / u64::from(self.total.max(1));
        u8::try_from(percent).map_or(100, |percent| percent.min(100))
    }
}

/// The newest counts of running compilations: one side writes, others read.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<Counts>);

impl Progress {
    pub(super) fn set(&self, counts: Counts) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }

    pub(crate) fn counts(&self) -> Counts {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
pub(crate) struct UnderWay(Mutex<Vec<(Digest, Arc<Progress>)>>);

impl UnderWay {
    fn all(&self) -> MutexGuard<'_, Vec<(Digest, Arc<Progress>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a compilation until the return value is dropped.
    pub(crate) fn begin(&self, digest: Digest) -> Shown<'_> {
        let progress = Arc::new(Progress::default());
        self.all().push((digest, progress.clone()));
        Shown {
            under_way: self,
            progress,
        }
    }

    /// The progress of this component's compilation, while it runs.
    pub(crate) fn of(&self, digest: &str) -> Option<Counts> {
        let all = self.all();
        let (_, progress) = all.iter().find(|(one, _)| one.to_string() == digest)?;
        Some(progress.counts())
    }
}

/// A compilation whose progress is visible.
pub(crate) struct Shown<'a> {
    under_way: &'a UnderWay,
    pub(crate) progress: Arc<Progress>,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.under_way
            .all()
            .retain(|(_, progress)| !Arc::ptr_eq(progress, &self.progress));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentage_is_one_whatever_was_counted() {
        let percent = |done, total| {
            Counts {
                done,
                total,
                reused: 0,
            }
            .percent()
        };
        assert_eq!([percent(0, 0), percent(1, 3), percent(3, 3)], [0, 33, 100]);
        assert_eq!([percent(4, 3), percent(u32::MAX, 0)], [100, 100]);
    }
    #[test]
    fn each_compilation_under_way_is_shown_until_it_ends() {
        let (under_way, one, other) = (UnderWay::default(), Digest::of(b"1"), Digest::of(b"2"));
        let percent = |digest: Digest| under_way.of(&digest.to_string()).map(Counts::percent);
        let shown = under_way.begin(one);
        let also = under_way.begin(other);
        also.progress.set(Counts {
            done: 1,
            total: 2,
            reused: 0,
        });
        assert_eq!([percent(one), percent(other)], [Some(0), Some(50)]);
        drop(shown);
        assert_eq!([percent(one), percent(other)], [None, Some(50)]);
    }
}
