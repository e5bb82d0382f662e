//! One payment whose child stops on the way: the ledger that both sides work on, child and parent.

use aim_gov::clock::Clock;
use aim_gov::db::Db;
use aim_gov::platform::Platform;
use aim_gov::random::Random;

use anyhow::Result;

use super::scene::{NOW, Scene};

/// One payment, in qəpik.
pub const QEPIK: u64 = 100;

/// The scene on this database, without caps on what is paid in all.
///
/// # Errors
/// When the database cannot be opened.
pub async fn open(address: &str, life: u32) -> Result<Scene> {
    let platform = Platform {
        db: Db::open(address).await?,
        clock: Clock::manual(NOW.plus_ms(i64::from(life))),
        random: Random::seeded(u64::from(life)),
    };
    Ok(Scene::on(platform, |boundary| {
        boundary.amount_per_citizen_max = u64::MAX;
        boundary.amount_total_max = u64::MAX;
    })
    .await)
}

/// Where the child stops to be killed: before the provider does what it is asked, or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum Stop {
    BeforePay,
    AfterPay,
    BeforeCapture,
    AfterCapture,
    BeforeRefund,
    AfterRefund,
}

impl Stop {
    pub const ALL: [Self; 6] = [
        Self::BeforePay,
        Self::AfterPay,
        Self::BeforeCapture,
        Self::AfterCapture,
        Self::BeforeRefund,
        Self::AfterRefund,
    ];

    /// Whether the payment itself waits for the provider's answer, not a refund of it.
    pub fn asks_about_the_payment(self) -> bool {
        !matches!(self, Self::BeforeRefund | Self::AfterRefund)
    }
}

/// The key of the payment that a child with a [`Stop`] makes.
pub fn key(life: u32) -> String {
    format!("gap-{life}")
}
