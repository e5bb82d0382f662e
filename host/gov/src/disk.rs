//! A reserve of disk space for the ledger.
//!
//! Payments, consents and their records are written as long as the disk has space. Everything else that needs
//! space asks here first and stops while less than the reserve is free: components, compiled code, logs,
//! sessions, announced versions.

use std::sync::Arc;

/// The reserve for the ledger: 1 GiB, enough for some millions of records.
pub const RESERVE_BYTES: u64 = 1 << 30;

/// Reads the number of bytes on the disk that are free for this process.
type Free = dyn Fn() -> std::io::Result<u64> + Send + Sync;

/// The reserve. Clones share it.
#[derive(Clone, Default)]
pub struct DiskReserve(Option<Arc<Free>>);

impl std::fmt::Debug for DiskReserve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DiskReserve")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("less than {} MiB are free on the disk, which are kept for payments and consents", RESERVE_BYTES >> 20)]
pub struct NoRoom;

impl DiskReserve {
    /// No reserve: for temporary data, such as the database of a vetting run.
    pub fn none() -> Self {
        Self::default()
    }

    /// A reserve on the disk whose free bytes `free` returns.
    pub fn on(free: impl Fn() -> std::io::Result<u64> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(free)))
    }

    /// Checks that there is space for data that does not belong to the ledger.
    ///
    /// # Errors
    /// [`NoRoom`], also if the free space cannot be read.
    pub fn check(&self) -> Result<(), NoRoom> {
        let Some(free) = &self.0 else {
            return Ok(());
        };
        match free() {
            Ok(bytes) if bytes >= RESERVE_BYTES => Ok(()),
            Ok(bytes) => {
                tracing::warn!(disk.free = bytes, "disk: refused what is not the ledger's");
                Err(NoRoom)
            }
            Err(error) => {
                tracing::error!(%error, "disk: the free room cannot be read");
                Err(NoRoom)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserve_is_kept_from_the_first_byte_that_is_missing() {
        assert_eq!(DiskReserve::none().check(), Ok(()));
        assert_eq!(DiskReserve::on(|| Ok(RESERVE_BYTES)).check(), Ok(()));
        assert_eq!(DiskReserve::on(|| Ok(RESERVE_BYTES - 1)).check(), Err(NoRoom));
        let unknown = DiskReserve::on(|| Err(std::io::ErrorKind::NotFound.into()));
        assert_eq!(unknown.check(), Err(NoRoom));
    }
}
