//! A citizen opens the request of a site.

use url::Url;

use super::jwe::{ENCRYPTION_ALGORITHM, ENCRYPTION_METHODS};
use super::request::{self, Parties, Refused, Request};
use super::stored::{self, Status, Stored};
use super::wanted;
use super::{ErrorCode, REQUEST, Refusal};
use crate::audit::{self, Entry};
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::documents::Documents;
use crate::grant::Capability;
use crate::identity::sites::{self, Site, Verifier};
use crate::invocation::{CitizenId, ServiceId};
use crate::sql;

/// How long an opened request waits for its citizen, in milliseconds.
pub const WAIT_MS: i64 = 10 * 60 * 1000;
/// Requests that one citizen opens in a day.
pub const REQUESTS_A_DAY_MAX: i64 = 100;

/// How long a request that was not answered is kept, so that it is not opened twice.
const KEPT_MS: i64 = DAY_MS;
/// The most bytes of an address.
const ADDRESS_BYTES_MAX: usize = 2048;

/// The parameters of the address that a citizen opens (RFC 9101, section 5).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct Asked {
    pub client_id: String,
    pub request_uri: String,
    pub request_uri_method: String,
    /// A request object by value, which is refused.
    pub request: String,
}

/// What came of opening a request.
#[derive(Clone, Debug)]
pub enum Opened {
    /// It waits for the citizen's answer under this id.
    Waiting(String),
    /// Somebody else opened it.
    Over,
    TooMany,
    /// The site's request is wrong. The site was told if the request is known to be its own, and may have said where its
    /// visitor goes on.
    Refused {
        refusal: Refusal,
        way_back: Option<String>,
    },
    /// The site does not hand out its request.
    Unreachable,
}

impl Opened {
    fn refused(refusal: Refusal) -> Self {
        Self::Refused {
            refusal,
            way_back: None,
        }
    }
}

/// A site that may ask.
#[derive(Clone, Debug)]
pub struct Asking {
    pub site: Site,
    pub(super) verifier: Verifier,
}

impl Documents {
    /// The wallet's issuer (RFC 8414): the audience of requests.
    pub fn wallet(&self) -> String {
        format!("{}/documents", self.issuer.address)
    }

    /// The address to which sites send citizens.
    pub fn wallet_endpoint(&self) -> String {
        format!("{}/documents/present", self.issuer.address)
    }

    /// The site that asks, before anything is fetched.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn asking(&self, asked: &Asked) -> Result<Result<Asking, Refusal>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let now = self.platform.clock.now();
        let site = asking(&mut reader, &asked.client_id, now).await?;
        Ok(site.and_then(|site| address(asked, &site.site).map(|_| site)))
    }

    /// Opens a request for this citizen: fetches it from the site, and keeps what is understood.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn open_request(&self, citizen: &CitizenId, asked: &Asked) -> Result<Opened, DbError> {
        let (site, address) = {
            let mut reader = self.platform.db.reader().await?;
            let now = self.platform.clock.now();
            if opened_today(&mut reader, citizen, now).await? >= REQUESTS_A_DAY_MAX {
                return Ok(Opened::TooMany);
            }
            let site = match asking(&mut reader, &asked.client_id, now).await? {
                Ok(site) => site,
                Err(refusal) => return Ok(Opened::refused(refusal)),
            };
            match address(asked, &site.site) {
                Ok(address) => (site, address),
                Err(refusal) => return Ok(Opened::refused(refusal)),
            }
        };
        let wallet_nonce = (asked.request_uri_method == "post").then(|| self.platform.random.token());
        let Some(object) = self.fetched(&address, wallet_nonce.as_deref()).await else {
            return Ok(Opened::Unreachable);
        };
        let wallet = self.wallet();
        let parties = Parties {
            site: &site.site,
            verifier: &site.verifier,
            wallet: &wallet,
            wallet_nonce: wallet_nonce.as_deref(),
        };
        match request::read(&object, parties, self.platform.clock.now()) {
            Ok(request) => self.keep(citizen, &site, request).await,
            Err(refused) => Ok(self.refuse_request(&site.site, refused).await),
        }
    }

    async fn fetched(&self, address: &Url, wallet_nonce: Option<&str>) -> Option<String> {
        let answer = match wallet_nonce {
            None => self.verifiers.fetch(address).await,
            Some(nonce) => self.verifiers.fetch_by_post(address, self.about_us(nonce)).await,
        };
        let answer = answer.inspect_err(|fault| {
            tracing::info!(error = fault as &dyn std::error::Error, "wallet.fetch failed");
        });
        let answer = answer.ok().filter(|answer| answer.is_ok)?;
        String::from_utf8(answer.body).ok()
    }

    /// What a site gets that hands out its request by `post` (section 5.10).
    fn about_us(&self, nonce: &str) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("wallet_metadata", &self.wallet_metadata().to_string())
            .append_pair("wallet_nonce", nonce)
            .finish()
    }

    /// Keeps a request, with its record.
    async fn keep(&self, citizen: &CitizenId, site: &Asking, request: Request) -> Result<Opened, DbError> {
        let Request { reply, query } = request;
        let mut tx = self.platform.db.begin_if_room().await?;
        let now = self.platform.clock.now();
        let wanted = match wanted::of_query(&mut tx, &self.issuer, &site.verifier, &query).await? {
            Ok(wanted) => wanted,
            Err(refusal) => {
                drop(tx);
                let refused = Refused {
                    refusal,
                    to: Some(Box::new(reply)),
                };
                return Ok(self.refuse_request(&site.site, refused).await);
            }
        };
        if opened_today(&mut tx, citizen, now).await? >= REQUESTS_A_DAY_MAX {
            return Ok(Opened::TooMany);
        }
        let random = &self.platform.random;
        let id = random.id(REQUEST, now);
        let json =
            |value: serde_json::Result<String>| value.map_err(|_| DbError::corrupt("verifier_request", &id));
        let inserted = sql!(
            "wallet/insert",
            &id,
            citizen,
            &site.site.id,
            &reply.nonce,
            json(serde_json::to_string(&reply))?,
            json(serde_json::to_string(&wanted))?,
            json(serde_json::to_string(&query.options))?,
            Status::Waiting,
            now,
            now.plus_ms(WAIT_MS),
            now.plus_ms(KEPT_MS)
        );
        if inserted.run(&mut tx).await? != 1 {
            let first: Option<Stored> = sql!("wallet/by_nonce", &site.site.id, &reply.nonce)
                .optional(&mut tx)
                .await?;
            return Ok(match first.filter(|stored| stored.citizen == *citizen) {
                Some(mine) => Opened::Waiting(mine.id),
                None => Opened::Over,
            });
        }
        let entry = self.entry_of_site(citizen, &site.site.id, &id, "open-request", now);
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        Ok(Opened::Waiting(id))
    }

    /// Tells the site why its request is not answered, where that is known to be its own.
    async fn refuse_request(&self, site: &Site, refused: Refused) -> Opened {
        let Refused { refusal, to } = refused;
        let way_back = match to {
            Some(reply) => {
                let form = reply.error(&refusal);
                let told = self.told(&reply.response_uri, form, site).await;
                told.and_then(|told| told.way_back)
            }
            None => None,
        };
        Opened::Refused { refusal, way_back }
    }

    /// The audit entry of what a citizen does with a site's request.
    pub(super) fn entry_of_site(
        &self,
        citizen: &CitizenId,
        site: &str,
        request: &str,
        operation: &'static str,
        now: Timestamp,
    ) -> Entry {
        Entry {
            request_id: self.platform.random.id("req", now),
            service: ServiceId(site.to_owned()),
            digest: String::new(),
            citizen: Some(citizen.clone()),
            interface: Capability::Documents,
            operation,
            purpose: None,
            consent_id: None,
            attributes: Vec::new(),
            object: Some(request.to_owned()),
            awaits_answer: false,
        }
    }

    /// A request that this citizen opened.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn request_of(&self, citizen: &CitizenId, id: &str) -> Result<Option<Stored>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        stored::of_citizen(&mut reader, citizen, id).await
    }

    /// The site of a request, also one that is not in force any more.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn site_of(&self, stored: &Stored) -> Result<Option<Site>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        sites::load(&mut reader, &stored.site).await
    }

    /// What the wallet says of itself (RFC 8414; OpenID4VP 1.0, section 10).
    pub fn wallet_metadata(&self) -> serde_json::Value {
        let algorithms = [request::SIGNATURE_ALGORITHM];
        serde_json::json!({
            "issuer": self.wallet(),
            "authorization_endpoint": self.wallet_endpoint(),
            "response_types_supported": ["vp_token"],
            "response_modes_supported": ["direct_post", "direct_post.jwt"],
            "vp_formats_supported": {
                super::query::FORMAT: { "sd-jwt_alg_values": algorithms, "kb-jwt_alg_values": algorithms },
            },
            "client_id_prefixes_supported": ["pre-registered"],
            "request_object_signing_alg_values_supported": algorithms,
            "require_signed_request_object": true,
            "authorization_encryption_alg_values_supported": [ENCRYPTION_ALGORITHM],
            "authorization_encryption_enc_values_supported": ENCRYPTION_METHODS,
        })
    }
}

async fn opened_today(conn: &mut Conn, citizen: &CitizenId, now: Timestamp) -> Result<i64, DbError> {
    let (today,) = sql!("wallet/opened_since", citizen, now.plus_ms(-DAY_MS))
        .one(conn)
        .await?;
    Ok(today)
}

/// The verifier with this id, in force.
pub(super) async fn asking(
    conn: &mut Conn,
    client_id: &str,
    now: Timestamp,
) -> Result<Result<Asking, Refusal>, DbError> {
    if client_id.contains(':') {
        return Ok(Err(Refusal::invalid(
            "client_id has a prefix: the only clients are web sites that are registered here, whose id has none",
        )));
    }
    let site = match crate::random::is_id(sites::ID_PREFIX.trim_end_matches('_'), client_id) {
        true => sites::load(conn, client_id).await?,
        false => None,
    };
    let site = site.filter(|site| site.is_in_force(now));
    let known = site.and_then(|site| {
        let verifier = site.content.verifier.clone()?;
        Some(Asking { site, verifier })
    });
    Ok(known.ok_or_else(|| {
        Refusal::new(
            ErrorCode::InvalidClient,
            "client_id is not a web site in force that may ask for documents",
        )
    }))
}

/// Where the request object is.
fn address(asked: &Asked, site: &Site) -> Result<Url, Refusal> {
    if !asked.request.is_empty() || asked.request_uri.is_empty() {
        return Err(Refusal::invalid(
            "send the request by request_uri: a request by value is not supported",
        ));
    }
    if !matches!(asked.request_uri_method.as_str(), "" | "get" | "post") {
        return Err(Refusal::new(
            ErrorCode::InvalidRequestUriMethod,
            "request_uri_method has to be get or post",
        ));
    }
    let short = asked.request_uri.len() <= ADDRESS_BYTES_MAX;
    short
        .then(|| request::bound(&asked.request_uri, site))
        .flatten()
        .ok_or_else(|| Refusal::invalid("request_uri is not an address of the registered origin"))
}
