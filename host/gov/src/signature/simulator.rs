//! The simulated provider: a root, an authority for people and one for time, people's keys, OCSP and time stamps.

mod authority;
pub(super) mod certificates;
mod people;
mod stamping;
mod status;

use der::Encode as _;

use self::authority::Authority;
use super::backend::{Authorities, Backend, Order, Signatory};
use super::key::NotAKey;
use crate::db::DbError;
use crate::identity::SecretError;
use crate::platform::Platform;
use crate::remote::Fault;
use crate::sealing::NotSealed;

/// The simulated provider.
#[derive(Debug)]
pub(super) struct Simulator {
    platform: Platform,
    authority: Authority,
}

/// Why the simulator has no answer.
#[derive(Debug, thiserror::Error)]
enum SimulatorError {
    #[error("the provider's storage failed")]
    Db(#[from] DbError),
    #[error("a key of the provider cannot be used")]
    Key(#[from] NotAKey),
    #[error("a key of the provider was not sealed for this database")]
    Sealed(#[from] NotSealed),
    #[error("the provider cannot encode its answer")]
    Der(#[from] der::Error),
    #[error("a key of the provider is not hexadecimal")]
    Hex(#[from] hex::FromHexError),
}

impl From<SimulatorError> for Fault {
    fn from(error: SimulatorError) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl Simulator {
    /// The provider with the keys of this platform's database; the first start makes them.
    pub(super) async fn open(platform: Platform, public_url: &str) -> Result<Self, SecretError> {
        Ok(Self {
            authority: Authority::open(&platform, public_url).await?,
            platform,
        })
    }
}

#[async_trait::async_trait]
impl Backend for Simulator {
    async fn certificates(&self, person: &Signatory) -> Result<Vec<Vec<u8>>, Fault> {
        Ok(self.chain_of(person).await?)
    }

    async fn sign(&self, order: &Order) -> Result<Vec<Vec<u8>>, Fault> {
        match self.carry_out(order).await? {
            Some(signatures) => Ok(signatures),
            None => Err(Fault::Unfit(
                "the certificate is unknown, or the order was given for other hashes",
            )),
        }
    }

    async fn time_stamp(&self, request: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(self.stamp(request)?)
    }

    async fn status(&self, request: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(self.answer_status(request).await?)
    }

    fn authorities(&self) -> Authorities {
        let der = |certificate: &x509_cert::Certificate| certificate.to_der().unwrap_or_default();
        Authorities {
            root: der(&self.authority.root),
            issuer: der(&self.authority.issuer),
        }
    }
}
