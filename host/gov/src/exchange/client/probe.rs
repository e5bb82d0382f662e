//! Asks the agencies through the security server what the platform may call there, which changes nothing: the service
//! `allowedMethods` of X-Road's metadata protocol for REST (PR-MREST, 4).

use std::collections::BTreeSet;

use super::{Client, body, failed, headers, text};
use crate::exchange::backend::AGENCY_WITHIN;
use crate::exchange::message::{self, PROTOCOL, head, request_hash};
use crate::random::Random;
use crate::registry_operation::{Operation, ServiceAddress};
use crate::remote::{self, Fault};

const ALLOWED_METHODS: &str = "allowedMethods";

/// Why the platform cannot use a security server.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nobody answers there, or not as a security server does.
    #[error("the security server does not answer as one")]
    Silent(#[from] Fault),
    /// It, or the security server of an agency, refuses the question with this `X-Road-Error`.
    #[error("the exchange refuses `{service}`: {error}")]
    Refused { service: String, error: String },
    /// The agency's security server got other headers than the platform sent.
    #[error("the hash of the request in the answer is that of another request")]
    Changed,
    /// Agencies do not let the platform call these operations.
    #[error("the platform may not call {}", .0.join(", "))]
    NotAllowed(Vec<&'static str>),
}

/// An answer of `allowedMethods`.
#[derive(serde::Deserialize)]
struct Allowed {
    service: Vec<AllowedService>,
}

#[derive(serde::Deserialize)]
struct AllowedService {
    service_code: String,
}

impl Client {
    /// Asks every agency for the services that the platform's member may call.
    ///
    /// # Errors
    /// [`ProbeError`].
    pub async fn probe(&self, random: &Random) -> Result<(), ProbeError> {
        let lists: BTreeSet<String> = Operation::all()
            .iter()
            .map(|operation| list_of(operation).path())
            .collect();
        let asked = lists.iter().map(|list| async move {
            let codes = remote::call(AGENCY_WITHIN, async { Ok(self.allowed(list, random).await) });
            Ok::<_, ProbeError>((list.clone(), codes.await??))
        });
        let allowed = futures::future::try_join_all(asked).await?;
        let may_call = |operation: &Operation| {
            let (list, code) = (list_of(operation).path(), operation.address().service_code);
            allowed
                .iter()
                .any(|(known, codes)| *known == list && codes.contains(&code))
        };
        let refused = Operation::all().iter().filter(|operation| !may_call(operation));
        let refused: Vec<_> = refused.map(|operation| operation.code.as_str()).collect();
        match refused.is_empty() {
            true => Ok(()),
            false => Err(ProbeError::NotAllowed(refused)),
        }
    }

    /// The codes of an agency's services that the platform may call.
    async fn allowed(&self, list: &str, random: &Random) -> Result<BTreeSet<String>, ProbeError> {
        let path = format!("/{PROTOCOL}/{list}");
        let (client, id) = (message::client(), random.uuid());
        let sent = [
            (message::CLIENT, client.as_str()),
            (message::ID, &id),
            ("Accept", message::JSON),
        ];
        let question = self.http.get(self.address(&path)).headers(headers(sent)?);
        let answered = question.send().await.map_err(failed)?;
        let (status, head_of) = (answered.status(), answered.headers().clone());
        if let Some(error) = text(&head_of, message::ERROR) {
            let (service, error) = (list.to_owned(), error.escape_default().to_string());
            return Err(ProbeError::Refused { service, error });
        }
        let Some(request_id) = text(&head_of, message::REQUEST_ID).filter(|_| status.is_success()) else {
            return Err(Fault::Unfit("it is not an answer of a security server").into());
        };
        let hash = request_hash(&head("GET", &path, &sent, &request_id), &[]);
        if text(&head_of, message::REQUEST_HASH) != Some(hash) {
            return Err(ProbeError::Changed);
        }
        let allowed: Allowed = serde_json::from_slice(&body(answered).await?)
            .map_err(|_| Fault::Unfit("it is not a list of services"))?;
        Ok(allowed.service.into_iter().map(|one| one.service_code).collect())
    }
}

/// The service of an agency that lists what the platform may call there.
fn list_of(operation: &Operation) -> ServiceAddress {
    ServiceAddress {
        service_code: ALLOWED_METHODS.to_owned(),
        ..operation.address()
    }
}
