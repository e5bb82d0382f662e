//! Who gets into a test space: whom its organisation lets in. What runs there was approved by nobody, so that an address
//! of it opens for no passer-by.

use aim_gov::clock::Timestamp;
use aim_gov::sessions::Secure;
use aim_gov::sessions::cookies::{self, SPACE_COOKIE};
use aim_gov::web::header_text;
use axum_extra::extract::cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderName};

use super::SpaceHost;
use crate::domain::space::{Space, SpaceName};
use crate::gateway::SPACE_PAGES;
use crate::spaces::{Access, SpaceError};

/// The host's own path in a space that lets a browser in.
pub(super) const ENTRY_PATH: &str = "/.aim/space";
/// For programs: the token that lets them in. A service does not receive it.
pub(super) const TOKEN_HEADER: HeaderName = HeaderName::from_static("aim-space");
/// How long an address lets a browser in.
const ENTRY_MS: i64 = 60 * 1000;
/// How long a browser or a program has access.
const ACCESS_MS: i64 = 12 * 60 * 60 * 1000;
/// Separate the two kinds of passes from each other and from other sealed values.
const ENTRY: &str = "test space entry";
const ACCESS: &str = "test space access";

/// What a sealed value says.
#[derive(serde::Serialize, serde::Deserialize)]
struct Pass {
    space: SpaceName,
    /// A later space of the same name has another value.
    created: Timestamp,
    until: Timestamp,
}

impl SpaceHost {
    fn pass(&self, kind: &str, space: &Space, ms: i64) -> Result<(String, Timestamp), SpaceError> {
        let until = self.0.app.platform.clock.now().plus_ms(ms);
        let pass = Pass {
            space: space.name.clone(),
            created: space.created_at,
            until,
        };
        let sealed = self.0.key.seal(kind, &pass);
        let sealed = sealed.map_err(|error| SpaceError::Open(error.to_string()))?;
        Ok((sealed, until))
    }

    fn is_pass(&self, kind: &str, space: &Space, sealed: &str) -> bool {
        let pass: Option<Pass> = self.0.key.open(kind, sealed);
        pass.is_some_and(|pass| {
            pass.space == space.name
                && pass.created == space.created_at
                && self.0.app.platform.clock.now() < pass.until
        })
    }

    /// The address that lets a browser in, to `service` or to the pages of the space.
    pub(super) fn entry(&self, space: &Space, at: &str, to: Option<&str>) -> Result<String, SpaceError> {
        let (pass, _) = self.pass(ENTRY, space, ENTRY_MS)?;
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("pass", &pass);
        if let Some(to) = to {
            query.append_pair("to", to);
        }
        let origin = super::origin(&self.0.app, at, &space.name);
        Ok(format!("{origin}{ENTRY_PATH}?{}", query.finish()))
    }

    pub(super) fn is_entry(&self, space: &Space, pass: &str) -> bool {
        self.is_pass(ENTRY, space, pass)
    }

    pub(super) fn access_to(&self, space: &Space, service: Option<&str>) -> Result<Access, SpaceError> {
        let (token, expires) = self.pass(ACCESS, space, ACCESS_MS)?;
        Ok(Access {
            token,
            expires,
            address: self.entry(space, SPACE_PAGES, service)?,
        })
    }

    /// The cookie that keeps a browser in.
    pub(super) fn cookie(&self, space: &Space) -> Result<Cookie<'static>, SpaceError> {
        let secure = Secure::of(&self.0.app.public_url);
        let (pass, _) = self.pass(ACCESS, space, ACCESS_MS)?;
        Ok(Cookie::build((secure.name(SPACE_COOKIE), pass))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(secure == Secure::Yes)
            .build())
    }

    /// Whether the sender of a request was let in.
    pub(super) fn is_let_in(&self, space: &Space, headers: &HeaderMap) -> bool {
        let name = Secure::of(&self.0.app.public_url).name(SPACE_COOKIE);
        let cookie = cookies::value(headers, name);
        let token = header_text(headers, TOKEN_HEADER);
        let has = |pass: &str| self.is_pass(ACCESS, space, pass);
        cookie.is_some_and(|pass| has(&pass)) || token.is_some_and(|pass| has(&pass))
    }
}
