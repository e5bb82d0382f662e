//! API tokens: how the command line proves for which organisation it speaks.

use aim_gov::clock::Timestamp;
use aim_gov::invocation::CitizenId;
use aim_gov::random::Random;
use sha2::Digest as _;

use super::{OrganisationId, TokenId};

/// What every token's text begins with, so that a leaked one is found by a scan.
pub const TOKEN_PREFIX: &str = "aim_";
/// Tokens of one organisation that are valid at once, at most.
pub const TOKENS_MAX: usize = 20;
/// Characters in a token's label at most.
pub const LABEL_CHARS_MAX: usize = 60;

/// How exactly the last use of a token is noted: once a minute for each network, so that an upload in many
/// requests is not as many writes.
pub const USE_NOTED_MS: i64 = 60_000;

/// How long a token lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
pub enum Lifetime {
    /// 15 minutes: one publication by hand.
    #[strum(serialize = "15m")]
    QuarterHour,
    #[strum(serialize = "1d")]
    Day,
    /// 30 days.
    #[strum(serialize = "30d")]
    Month,
    /// 90 days, the longest.
    #[strum(serialize = "90d")]
    Quarter,
}

aim_gov::coded!(Lifetime);

impl Lifetime {
    /// When a token made at `now` ends.
    pub fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::QuarterHour => now.plus_ms(15 * 60 * 1000),
            Self::Day => now.plus_days(1),
            Self::Month => now.plus_days(30),
            Self::Quarter => now.plus_days(90),
        }
    }
}

/// A token as the registry keeps it: without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: TokenId,
    pub organisation: OrganisationId,
    pub label: String,
    pub created_by: CitizenId,
    /// That person's name as it was then.
    pub created_by_name: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to within [`USE_NOTED_MS`], and from which network.
    pub last_used: Option<LastUse>,
}

/// The last request that a token was sent with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    pub at: Timestamp,
    /// The network: `192.0.2.0/24`, `2001:db8::/64`.
    pub from: String,
}

impl ApiToken {
    /// Whether it opens anything at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// Whether a use at `now` from this network tells more than what is noted already.
    pub fn is_news(&self, now: Timestamp, network: &str) -> bool {
        self.last_used
            .as_ref()
            .is_none_or(|last| last.from != network || last.at.plus_ms(USE_NOTED_MS) <= now)
    }
}

/// A token's text. It is shown once; the registry keeps [`secret_hash`] of it.
pub fn new_secret(random: &Random) -> String {
    format!("{TOKEN_PREFIX}{}", random.token())
}

/// What the registry keeps of a token's text. A plain SHA-256 will do: the text has 192 random bits,
/// so there is nothing to guess.
pub fn secret_hash(secret: &str) -> String {
    hex::encode(sha2::Sha256::digest(secret.as_bytes()))
}
