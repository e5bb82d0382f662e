//! The government APIs together, as the runtime hands them to services.

use crate::consent::Consent;
use crate::gate::Platform;
use crate::identity::Identity;
use crate::open_data::OpenData;
use crate::payments::Payments;

/// Every government API over one platform. Clones share them.
#[derive(Clone, Debug)]
pub struct Apis {
    pub platform: Platform,
    pub identity: Identity,
    pub consent: Consent,
    pub payments: Payments,
    pub open_data: OpenData,
}
