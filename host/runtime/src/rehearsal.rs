//! What the services of a test space meet beside its APIs.

use aim_gov::random::Random;

use crate::arguments::Fingerprints;
use crate::call_log::CallLog;
use crate::faults::Faults;

/// The faults of one open test space, and the calls of its services. Clones share them.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    pub faults: Faults,
    pub calls: CallLog,
    pub(crate) fingerprints: Fingerprints,
}

impl Rehearsal {
    /// Without faults, and without calls yet.
    pub fn new(random: &Random) -> Self {
        Self {
            faults: Faults::default(),
            calls: CallLog::default(),
            fingerprints: Fingerprints::new(random),
        }
    }
}
