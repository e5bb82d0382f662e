//! Removes components that no submission needs any more, so that refused, replaced and withdrawn versions do
//! not fill the disk of the ledger.

use std::time::Duration;

use aim_gov::db::DbError;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::component_store::ComponentStoreError;
use crate::store;

/// The interval.
const EVERY: Duration = Duration::from_secs(60 * 60);

#[derive(Debug, thiserror::Error)]
pub enum HousekeepingError {
    #[error("the database failed")]
    Db(#[from] DbError),
    #[error("the store of components failed")]
    ComponentStore(#[from] ComponentStoreError),
    #[error("the compiled code could not be removed")]
    Artefacts(#[from] aim_runtime::CompileError),
}

/// Cleans up now and every hour, until it is stopped.
pub async fn run(app: App, stop: CancellationToken) {
    let step = async {
        loop {
            match clean(&app).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(files = removed, "housekeeping.removed"),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "housekeeping failed");
                }
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    stop.run_until_cancelled(step).await;
}

/// Removes every component and its compiled code that no submission may need, and old log lines; returns the
/// number of removed files.
pub async fn clean(app: &App) -> Result<usize, HousekeepingError> {
    crate::logs::expire(app).await?;
    // Listed before the query, so that components which another node is storing meanwhile are not in the list.
    let mut components = app.components.digests().await?;
    // No component arrives between the query and the removal.
    let _settling = app.uploads.settling.write().await;
    let needed = {
        let mut reader = app.platform.db.reader().await?;
        store::submission::digests_needed(&mut reader).await?
    };
    components.retain(|digest| !needed.contains(digest));
    app.components.remove(&components).await?;
    Ok(components
        .len()
        .saturating_add(app.runtime.keep_only(needed).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{EMPTY_COMPONENT, Stage, manifest};

    #[tokio::test]
    async fn component_is_kept_as_long_as_a_version_may_need_it() {
        let stage = Stage::new().await;
        let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
        assert_eq!(clean(&stage.app).await.unwrap(), 0);
        let by = (&stage.citizen, "Elçin");
        crate::deploy::withdraw(&stage.app, by, &stage.organisation, &submission.id)
            .await
            .unwrap();
        assert_eq!(clean(&stage.app).await.unwrap(), 1);
        let digest = crate::component_store::digest_of(EMPTY_COMPONENT);
        assert_eq!(stage.app.components.get(&digest).await.unwrap(), None);
    }
}
