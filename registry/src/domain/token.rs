//! API tokens: how the command line authenticates for an organisation.

use aim_gov::clock::Timestamp;
use aim_gov::invocation::CitizenId;
use aim_gov::random::Random;
use sha2::Digest as _;

use super::{OrganisationId, TokenId};

/// The prefix of every token, so that a scan can find leaked ones.
pub const TOKEN_PREFIX: &str = "aim_";
/// The most valid tokens of an organisation.
pub const TOKENS_MAX: usize = 20;
/// The most characters of a token's label.
pub const LABEL_CHARS_MAX: usize = 60;

/// Precision of a token's last use: once a minute for each network, so that an upload in many requests does not
/// cause as many writes.
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
    /// The expiry of a token that is made at `now`.
    pub fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::QuarterHour => now.plus_ms(15 * 60 * 1000),
            Self::Day => now.plus_days(1),
            Self::Month => now.plus_days(30),
            Self::Quarter => now.plus_days(90),
        }
    }
}

/// A stored token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: TokenId,
    pub organisation: OrganisationId,
    pub label: String,
    pub created_by: CitizenId,
    /// The person's name at that time.
    pub created_by_name: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    /// The last use, to within [`USE_NOTED_MS`], and its network.
    pub last_used: Option<LastUse>,
}

/// The last request with the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    pub at: Timestamp,
    /// The network: `192.0.2.0/24`, `2001:db8::/64`.
    pub from: String,
}

impl ApiToken {
    /// Whether it is valid at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// Whether a use at `now` from this network adds to the recorded one.
    pub fn is_news(&self, now: Timestamp, network: &str) -> bool {
        self.last_used
            .as_ref()
            .is_none_or(|last| last.from != network || last.at.plus_ms(USE_NOTED_MS) <= now)
    }
}

/// The text of a new token. It is shown once; the registry stores its [`secret_hash`].
pub fn new_secret(random: &Random) -> String {
    format!("{TOKEN_PREFIX}{}", random.token())
}

/// The stored hash of a token. A plain SHA-256 suffices: the text has 192 random bits, which cannot be guessed.
pub fn secret_hash(secret: &str) -> String {
    hex::encode(sha2::Sha256::digest(secret.as_bytes()))
}
