//! What a child says: each intent before it acts, and each acknowledgement after.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

/// What one child said.
#[derive(Debug, Default)]
pub struct Said {
    pub lines: usize,
    by_kind: BTreeMap<String, BTreeSet<String>>,
}

impl Said {
    /// Notes a line. One that was cut off was not said.
    pub fn note(&mut self, line: &str) {
        if let Some((kind, key)) = line.strip_suffix('\n').and_then(|line| line.split_once(' ')) {
            self.lines += 1;
            let keys = self.by_kind.entry(kind.to_owned()).or_default();
            keys.insert(key.to_owned());
        }
    }

    pub fn of(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.by_kind.get(kind).into_iter().flatten().map(String::as_str)
    }

    pub fn has(&self, kind: &str, key: &str) -> bool {
        self.by_kind.get(kind).is_some_and(|keys| keys.contains(key))
    }
}

/// One line to the parent. It is in the pipe, out of reach of a kill, before the call returns.
///
/// # Errors
/// When nobody listens.
pub fn tell(kind: &str, key: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{kind} {key}\n").as_bytes())?;
    out.flush()
}
