//! What the services of a test space meet beside its APIs.

use crate::call_log::CallLog;
use crate::faults::Faults;

/// The faults of one open test space, and the calls of its services. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    pub faults: Faults,
    pub calls: CallLog,
}
