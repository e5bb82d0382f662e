//! The government APIs together, as the runtime hands them to services.

use crate::consent::Consent;
use crate::gate::Platform;
use crate::identity::Identity;
use crate::open_data::OpenData;
use crate::payments::Payments;

/// Every government API over one platform. Clones share them.
#[derive(Clone, Debug)]
pub struct Apis {
    /// What they all work with.
    pub platform: Platform,
    /// `aim:gov/identity`.
    pub identity: Identity,
    /// `aim:gov/consent`.
    pub consent: Consent,
    /// `aim:gov/payments`.
    pub payments: Payments,
    /// `aim:gov/open-data`.
    pub open_data: OpenData,
}
