//! The compiled functions of one version, so that the next one compiles only what changed: Wasmtime's
//! incremental cache, in one piece. Only the child reads and writes its content; what a hostile component could
//! make of it reaches no other service (see `artefact::functions`).
//!
//! A sequence of functions, each with 32 bytes of Cranelift's key, a length of 32 bits, and the function.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

use wasmtime::CacheStore;

use super::progress::Counts;
use crate::limits::FUNCTIONS_BYTES_MAX;

/// Cranelift's key: a SHA-256 of everything that a function's machine code depends on.
type Key = [u8; 32];

/// The cache that the compiler asks before each function, and fills after it.
#[derive(Debug)]
pub(super) struct Functions {
    before: OnceLock<Before>,
    now: Mutex<Now>,
    /// Called after every hundredth part.
    tell: fn(Counts),
}

/// The functions of the version before.
#[derive(Debug, Default)]
struct Before {
    bytes: Vec<u8>,
    places: HashMap<Key, Range<usize>>,
}

#[derive(Debug, Default)]
struct Now {
    counts: Counts,
    bytes: Vec<u8>,
    keys: HashSet<Key>,
}

impl Functions {
    pub(super) fn new(tell: fn(Counts)) -> Self {
        Self {
            before: OnceLock::new(),
            now: Mutex::default(),
            tell,
        }
    }

    /// Begins a compilation of `total` functions after a version with the functions `before`.
    pub(super) fn begin(&self, before: Vec<u8>, total: u32) {
        let places = places(&before);
        let _ = self.before.set(Before {
            bytes: before,
            places,
        });
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.counts.total = total;
    }

    /// The functions for the next compilation, and the counts of this one.
    pub(super) fn end(&self) -> (Vec<u8>, Counts) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut now.bytes), now.counts)
    }

    fn before(&self, key: &Key) -> Option<&[u8]> {
        let before = self.before.get()?;
        before.bytes.get(before.places.get(key)?.clone())
    }
}

/// The range of each function. Anything that is not a function ends the list.
fn places(bytes: &[u8]) -> HashMap<Key, Range<usize>> {
    let mut places = HashMap::new();
    let mut rest = bytes;
    while let Some((key, more)) = rest.split_first_chunk::<32>()
        && let Some((length, more)) = more.split_first_chunk::<4>()
        && let Ok(length) = usize::try_from(u32::from_le_bytes(*length))
        && let Some((_, more)) = more.split_at_checked(length)
    {
        let end = bytes.len().saturating_sub(more.len());
        places.insert(*key, end.saturating_sub(length)..end);
        rest = more;
    }
    places
}

impl Now {
    /// Keeps a function for the next version, while there is space.
    fn keep(&mut self, key: Key, function: &[u8]) -> bool {
        let size = key.len().saturating_add(4).saturating_add(function.len());
        let Ok(length) = u32::try_from(function.len()) else {
            return false;
        };
        if self.bytes.len().saturating_add(size) > FUNCTIONS_BYTES_MAX || !self.keys.insert(key) {
            return false;
        }
        self.bytes.extend_from_slice(&key);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(function);
        true
    }

    /// Counts one more function. Returns the counts when another hundredth part is complete.
    fn count(&mut self, reused: bool) -> Option<Counts> {
        let shown = self.counts.percent();
        self.counts.done = self.counts.done.saturating_add(1);
        self.counts.reused = self.counts.reused.saturating_add(u32::from(reused));
        (self.counts.percent() != shown).then_some(self.counts)
    }
}

impl CacheStore for Functions {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let key: &Key = key.try_into().ok()?;
        let found = self.before(key);
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counts) = now.count(found.is_some()) {
            (self.tell)(counts);
        }
        let found = found?;
        now.keep(*key, found);
        Some(Cow::Borrowed(found))
    }

    fn insert(&self, key: &[u8], function: Vec<u8>) -> bool {
        let Ok(key) = key.try_into() else { return false };
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.keep(key, &function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(before: Vec<u8>) -> Functions {
        let functions = Functions::new(|_| {});
        functions.begin(before, 2);
        functions
    }

    #[test]
    fn next_version_finds_what_this_one_used_and_made() {
        let first = functions(Vec::new());
        assert!(first.get(&[1; 32]).is_none());
        assert!(first.insert(&[1; 32], b"one".to_vec()));
        assert!(first.insert(&[2; 32], b"two".to_vec()));
        assert!(!first.insert(&[2; 32], b"two".to_vec()), "once is enough");
        assert!(!first.insert(b"no key", Vec::new()));

        let second = functions(first.end().0);
        assert_eq!(second.get(&[2; 32]).as_deref(), Some(&b"two"[..]));
        assert!(second.get(&[3; 32]).is_none());
        assert!(second.insert(&[3; 32], Vec::new()));
        let (bytes, counts) = second.end();
        assert_eq!((counts.done, counts.reused, counts.total), (2, 1, 2));

        let third = functions(bytes);
        assert!(third.get(&[1; 32]).is_none(), "version 2 had no such function");
        assert!(third.get(&[2; 32]).is_some() && third.get(&[3; 32]).is_some());
    }

    #[test]
    fn malformed_function_ends_the_list() {
        let whole = functions(Vec::new());
        whole.insert(&[1; 32], b"one".to_vec());
        whole.insert(&[2; 32], b"two".to_vec());
        let (bytes, _) = whole.end();
        for length in 0..bytes.len() {
            let places = places(bytes.get(..length).unwrap());
            assert_eq!(places.len(), length / 39, "{length} bytes");
        }
        let mut endless = bytes.clone();
        endless.extend([3; 32]);
        endless.extend(u32::MAX.to_le_bytes());
        assert_eq!(places(&endless).len(), 2);
    }

    #[test]
    fn functions_beyond_the_size_limit_are_compiled_again() {
        let full = functions(Vec::new());
        assert!(full.insert(&[1; 32], vec![0; FUNCTIONS_BYTES_MAX - 36]));
        assert!(!full.insert(&[2; 32], Vec::new()));
        assert_eq!(full.end().0.len(), FUNCTIONS_BYTES_MAX);
    }
}
