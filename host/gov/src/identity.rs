//! Who the citizen of a request is: the WIT `identity` for services, and the OpenID Connect provider
//! that logs citizens in at the platform.
//!
//! A service knows a citizen by a pairwise pseudonym only ([`Identity::sub`], OpenID Connect Core 8.1).
//! Their data is in the register of the population, another system ([`register`]), and never leaves through
//! here without an approved purpose and a live consent.

pub mod age;
mod calls;
mod notice;
mod person;
pub mod personas;
pub mod provider;
pub mod register;
mod scope;
mod secrets;
pub mod sites;
mod types;
mod words;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub use age::LoginAge;
pub use calls::QUESTIONS_MAX;
pub(crate) use calls::REGISTER;
pub use notice::Notice;
pub(crate) use person::local_date;
pub use person::{Gender, Person};
pub use personas::Persona;
pub use scope::Scope;
pub use secrets::{SecretError, seal_old, secret};
pub use types::{Address, Claims, Predicate, SessionInfo};

use self::register::{Backend, REGISTER_WITHIN, Register};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::invocation::{CitizenId, Invocation, ServiceId};
use crate::platform::Platform;
use crate::remote::Fault;
use crate::statement::StatementKey;

/// The sector of the portal: its pairwise `sub` of a citizen is the platform's [`CitizenId`].
pub const PORTAL_SECTOR: &str = "portal";

/// From this age on a citizen may take part in a test, in years.
pub const ADULT_YEARS: i16 = 18;

/// Citizens and their pseudonyms. Clones share them.
#[derive(Clone, Debug)]
pub struct Identity {
    platform: Platform,
    pairwise: Arc<PairwiseKey>,
    statements: Arc<StatementKey>,
    register: Register,
    /// Who tells citizens that their FIN was read.
    notice: Option<Arc<dyn Notice>>,
}

impl Identity {
    /// Citizens in the simulated register, with the keys of the platform's database; the first start makes them.
    pub async fn open(platform: Platform) -> Result<Self, SecretError> {
        let key = secrets::secret(&platform, "pairwise").await?;
        let pairwise = Arc::new(PairwiseKey(key));
        // A sector that no client and no service has keeps this key apart from every pseudonym.
        let statements = StatementKey::of(&pairwise.mac("statement-key", ""))
            .map_err(|error| SecretError::Key(error.to_string()))?;
        let backend = personas::Simulator::new(platform.db.clone(), |fin| pairwise.citizen(fin));
        Ok(Self {
            platform,
            pairwise,
            statements: Arc::new(statements),
            register: Register {
                backend: Arc::new(backend),
                deadline: REGISTER_WITHIN,
            },
            notice: None,
        })
    }

    /// The same citizens, who are told when their FIN is read.
    #[must_use]
    pub(crate) fn with_notice(self, notice: Arc<dyn Notice>) -> Self {
        Self {
            notice: Some(notice),
            ..self
        }
    }

    /// Who keeps the register.
    pub fn register(&self) -> Arc<dyn Backend> {
        self.register.backend.clone()
    }

    /// The same citizens in another register, which has `deadline` to answer.
    #[must_use]
    pub fn with_register(self, backend: Arc<dyn Backend>, deadline: Duration) -> Self {
        Self {
            register: Register { backend, deadline },
            ..self
        }
    }

    /// Tells a citizen that a service read their FIN for this purpose of its grant.
    pub(crate) async fn tell_fin_read(
        &self,
        tx: &mut Conn,
        inv: &Invocation,
        citizen: &CitizenId,
        purpose: &str,
        now: Timestamp,
    ) -> Result<(), DbError> {
        match &self.notice {
            Some(notice) => notice.fin_read(tx, inv, citizen, purpose, now).await,
            None => Ok(()),
        }
    }

    /// The key that signs what the platform states about citizens.
    pub(crate) fn statements(&self) -> &StatementKey {
        &self.statements
    }

    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The name of a citizen at one service: the same at every log-in, unlinkable to the names at
    /// other services.
    pub fn sub(&self, service: &ServiceId, citizen: &CitizenId) -> String {
        self.pairwise
            .pseudonym(&format!("service:{}", service.0), &citizen.0)
    }

    /// The pairwise `sub` of a person at a client of the OpenID Connect provider.
    pub fn client_sub(&self, sector: &str, fin: &str) -> String {
        self.pairwise.pseudonym(sector, fin)
    }

    /// The platform's identifier of the person with this FIN; `None` for a text that cannot be a FIN.
    pub fn citizen(&self, fin: &str) -> Option<CitizenId> {
        person::is_fin(fin).then(|| self.pairwise.citizen(fin))
    }

    /// Whether the citizen is under [`ADULT_YEARS`] today: tests are for adults.
    ///
    /// # Errors
    /// [`Fault`], also where the register does not know the citizen.
    pub async fn is_minor(&self, citizen: &CitizenId) -> Result<bool, Fault> {
        let person = self
            .person(citizen)
            .await?
            .ok_or(Fault::Unfit("the citizen is not in the register"))?;
        Ok(person.age_years(self.platform.clock.now()) < ADULT_YEARS)
    }
}

/// The key of every pseudonym.
struct PairwiseKey(secrecy::SecretString);

impl std::fmt::Debug for PairwiseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PairwiseKey")
    }
}

impl PairwiseKey {
    fn citizen(&self, fin: &str) -> CitizenId {
        CitizenId(self.pseudonym(PORTAL_SECTOR, fin))
    }

    fn pseudonym(&self, sector: &str, person: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(sector, person))
    }

    /// HMAC-SHA-256 of sector and person. A NUL, which neither contains, keeps the two apart.
    fn mac(&self, sector: &str, person: &str) -> [u8; 32] {
        use secrecy::ExposeSecret as _;
        // HMAC takes one block of the hash as its key: the digest of the secret, filled up with zeros.
        let digest = <Sha256 as sha2::Digest>::digest(self.0.expose_secret().as_bytes());
        let mut block = [0; 64];
        block.iter_mut().zip(digest).for_each(|(slot, byte)| *slot = byte);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(sector.as_bytes());
        mac.update(&[0]);
        mac.update(person.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests;
