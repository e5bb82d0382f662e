//! The front door: routes a request by its host name.
//!
//! The platform answers at its own name, each service at an origin of its own below it. A request to a service
//! gets the citizen's log-in from the cookie of that origin; the platform's cookies never reach it, and the
//! host's own never reach the plug-in.

mod admission;
mod entry;
mod gone;
mod leave;
mod page;

use std::sync::Arc;

use aim_gov::directory::Directory;
use aim_gov::invocation::{Availability, ServiceId, Session};
use aim_gov::platform::Platform;
use aim_gov::sessions::cookies::{self, SERVICE_COOKIE};
use aim_gov::sessions::{Secure, ServiceSessions};
use aim_gov::web::{header_text, wish};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use futures::future::BoxFuture;
use tower::ServiceExt as _;
use url::{Host, Url};

use crate::domain::space::SpaceName;
use crate::rate::{self, Peer, Rate};

/// The host's own paths at a service's origin; the plug-in never sees them.
const RESERVED_PREFIX: &str = "/.aim/";

/// Runs a service for one request; never fails.
pub type Serve =
    dyn Fn(ServiceId, Option<Session>, Request<Body>) -> BoxFuture<'static, Response<Body>> + Send + Sync;

/// Answers a request for a host name of a test space; the address's label is `<service>--<space>`.
pub type AnswerInSpace = dyn Fn(SpaceName, Request) -> BoxFuture<'static, Response> + Send + Sync;

pub(crate) use page::{OriginPage, not_yet};

/// Between the name of a service and the name of a space in a host name. No service's name has it.
pub(crate) const SPACE_SEPARATOR: &str = "--";
/// In the place of a service's name, for the pages of a space itself. No service has this name.
pub(crate) const SPACE_PAGES: &str = "space";

/// The host names of a front door, below the platform's domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// The platform at the domain itself, services at `<service>.<domain>`.
    OfPlatform,
    /// The pages at `space--<space>.<domain>`, services at `<service>--<space>.<domain>`.
    OfSpace(SpaceName),
}

/// What a front door consists of.
pub struct Door {
    pub platform: Platform,
    /// The address of `pages`.
    pub public_url: Url,
    /// The platform's host name.
    pub domain: String,
    pub names: Names,
    pub pages: Router,
    pub services: Directory,
    /// Runs a service of `services`.
    pub serve: Box<Serve>,
    /// `None` where there are no test spaces.
    pub spaces: Option<Box<AnswerInSpace>>,
}

/// The dependencies of the front door. Clones share it.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    sessions: ServiceSessions,
    platform: Platform,
    public_url: Url,
    domain: String,
    names: Names,
    secure: Secure,
    pages: Router,
    services: Directory,
    serve: Box<Serve>,
    spaces: Option<Box<AnswerInSpace>>,
    visits: Rate,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gateway")
    }
}

impl Gateway {
    pub fn new(door: Door) -> Self {
        Self(Arc::new(Inner {
            sessions: ServiceSessions::new(door.platform.clone()),
            platform: door.platform,
            domain: door.domain.to_ascii_lowercase(),
            names: door.names,
            secure: Secure::of(&door.public_url),
            public_url: door.public_url,
            pages: door.pages,
            services: door.services,
            serve: door.serve,
            spaces: door.spaces,
            visits: Rate::of_visits(),
        }))
    }

    fn platform_address(&self) -> &str {
        self.0.public_url.as_str().trim_end_matches('/')
    }

    /// The router of the platform's port.
    pub fn into_router(self) -> Router {
        Router::new().fallback(answer).with_state(self)
    }
}

/// The destination of a host name.
#[derive(Debug, PartialEq, Eq)]
enum Destination {
    Platform,
    Service(ServiceId),
    Space(SpaceName),
    /// A foreign name: another site may have pointed it here to read the platform's pages as its own.
    Nowhere,
}

/// The destination of the name in `Host` (HTTP/1) or in the address (HTTP/2).
fn destination(domain: &str, names: &Names, request: &Request) -> Destination {
    let header =
        header_text(request.headers(), header::HOST).and_then(|value| value.parse::<Authority>().ok());
    let Some(authority) = request.uri().authority().cloned().or(header) else {
        return Destination::Nowhere;
    };
    let name = authority.host().to_ascii_lowercase();
    let label = name
        .strip_suffix(domain)
        .and_then(|rest| rest.strip_suffix('.'))
        .filter(|label| !label.is_empty() && !label.contains('.'));
    if let Names::OfSpace(space) = names {
        let service = label
            .and_then(|label| label.split_once(SPACE_SEPARATOR))
            .filter(|(_, named)| *named == space.0);
        return match service {
            Some((SPACE_PAGES, _)) => Destination::Platform,
            Some((service, _)) => Destination::Service(ServiceId(service.to_owned())),
            None => Destination::Nowhere,
        };
    }
    if name == domain {
        return Destination::Platform;
    }
    if let Some(label) = label {
        return match label.split_once(SPACE_SEPARATOR) {
            Some((_, space)) => Destination::Space(SpaceName(space.to_owned())),
            None => Destination::Service(ServiceId(label.to_owned())),
        };
    }
    // A probe of this machine has no host name; a browser cannot be made to send a bare address instead of a
    // name.
    match Host::parse(&name) {
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => Destination::Platform,
        Ok(Host::Domain(_)) | Err(_) => Destination::Nowhere,
    }
}

async fn answer(State(gateway): State<Gateway>, mut request: Request) -> Response {
    if let Some(refusal) = admission::refuse_method(&gateway, &request) {
        return refusal;
    }
    match destination(&gateway.0.domain, &gateway.0.names, &request) {
        Destination::Platform => {
            cookies::keep_ours(request.headers_mut());
            match gateway.0.pages.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
        Destination::Service(service) => gateway.service(service, request).await,
        Destination::Space(space) => gateway.space(space, request).await,
        Destination::Nowhere => {
            let locale = wish(request.headers()).for_page();
            page::of(&gateway, locale, StatusCode::MISDIRECTED_REQUEST)
        }
    }
}

impl Gateway {
    async fn space(&self, space: SpaceName, request: Request) -> Response {
        let locale = wish(request.headers()).for_page();
        let Some(answer) = &self.0.spaces else {
            return page::of(self, locale, StatusCode::NOT_FOUND);
        };
        if !self.0.visits.admits_visit(Peer::of(request.extensions())) {
            return rate::later(page::of(self, locale, StatusCode::TOO_MANY_REQUESTS));
        }
        answer(space, request).await
    }

    async fn service(&self, service: ServiceId, mut request: Request) -> Response {
        // Before anything that reads the database.
        if !self.0.visits.admits_visit(Peer::of(request.extensions())) {
            let locale = wish(request.headers()).for_page();
            return rate::later(page::of(self, locale, StatusCode::TOO_MANY_REQUESTS));
        }
        if let Some(refusal) = admission::refuse_worker(&request) {
            return refusal;
        }
        if let Some(visit) = entry::Visit::of(&mut request) {
            return visit.answer(self, &service).await;
        }
        let session = match self.session(&service, request.headers()).await {
            Ok(session) => session,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "gateway.session failed");
                let locale = wish(request.headers()).for_page();
                return page::of(self, locale, StatusCode::INTERNAL_SERVER_ERROR);
            }
        };
        // The record of decisions does not know the services of a space.
        if self.0.names == Names::OfPlatform && !self.is_open(&service) {
            let wish = || wish(request.headers()).for_page();
            let lang = session
                .as_ref()
                .map_or_else(wish, |session| session.locale.for_page());
            if let Some(page) = gone::page(self, &service, lang).await {
                return page;
            }
        }
        cookies::hide_ours(request.headers_mut());
        let mut response = (self.0.serve)(service, session, request).await;
        cookies::keep_theirs(response.headers_mut());
        response
    }

    fn is_open(&self, service: &ServiceId) -> bool {
        let now = self.0.platform.clock.now();
        let known = self.0.services.find(service);
        known.is_some_and(|service| service.availability(now) == Availability::Open)
    }

    async fn session(
        &self,
        service: &ServiceId,
        headers: &HeaderMap,
    ) -> Result<Option<Session>, aim_gov::db::DbError> {
        match cookies::value(headers, self.0.secure.name(SERVICE_COOKIE)) {
            Some(cookie) => self.0.sessions.resolve(service, &cookie).await,
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
