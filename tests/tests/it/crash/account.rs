//! The ledger that both sides work on, child and parent.

use std::path::Path;

use aim_gov::clock::Clock;
use aim_gov::db::{Db, sqlite_address};
use aim_gov::gate::Platform;
use aim_gov::random::Random;

use crate::scene::{NOW, Scene};

/// One payment, in qəpik.
pub const QEPIK: u64 = 100;

/// The scene on the database in `folder`, without caps on what is paid in all.
pub async fn open(folder: &Path, life: u32) -> Scene {
    let address = sqlite_address(&folder.join("aim.db"));
    let platform = Platform {
        db: Db::open(&address).await.unwrap(),
        clock: Clock::manual(NOW.plus_ms(i64::from(life))),
        random: Random::seeded(u64::from(life)),
    };
    Scene::on(platform, |boundary| {
        boundary.amount_per_citizen_max = u64::MAX;
        boundary.amount_total_max = u64::MAX;
    })
    .await
}
