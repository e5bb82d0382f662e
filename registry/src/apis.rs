//! The government APIs over one platform: the real one, or a throw-away one for vetting.

use std::sync::Arc;

use aim_gov::apis::Apis;
use aim_gov::consent::Consent;
use aim_gov::gate::Platform;
use aim_gov::identity::{Identity, SecretError};
use aim_gov::open_data::OpenData;
use aim_gov::open_data::catalogue::{Catalogue, CatalogueError};
use aim_gov::payments::Payments;

#[derive(Debug, thiserror::Error)]
pub enum ApisError {
    #[error("a secret of the platform cannot be used")]
    Secret(#[from] SecretError),
    #[error("the open data cannot be read")]
    Catalogue(#[from] CatalogueError),
}

/// The simulated APIs of a platform that people reach at `public_url` (without a trailing slash).
pub async fn open(platform: &Platform, public_url: &str) -> Result<Apis, ApisError> {
    let identity = Identity::open(platform.clone()).await?;
    Ok(Apis {
        consent: Consent::new(platform.clone()),
        payments: Payments::open(platform.clone(), identity.clone()).await?,
        open_data: OpenData::new(platform.clone(), Arc::new(Catalogue::embedded(public_url)?)),
        identity,
        platform: platform.clone(),
    })
}
