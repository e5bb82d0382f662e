//! The deployed services, for pages that show them.

use std::sync::Arc;

use crate::invocation::{Service, ServiceId};

/// Finds a deployed service by its name. Clones share it.
#[derive(Clone)]
pub struct Directory(Arc<Find>);

type Find = dyn Fn(&ServiceId) -> Option<Arc<Service>> + Send + Sync;

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Directory")
    }
}

impl Directory {
    /// A directory that asks `find`.
    pub fn new(find: impl Fn(&ServiceId) -> Option<Arc<Service>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    /// The service of this name, while it is deployed.
    pub fn find(&self, id: &ServiceId) -> Option<Arc<Service>> {
        (self.0)(id)
    }
}
