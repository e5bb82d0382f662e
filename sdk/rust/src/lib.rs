//! The SDK for services on AIM Sandbox.
//!
//! A service is one function from a citizen's request to a response. The platform runs it once for each
//! request, in a fresh instance, and it reaches the state's systems only through the modules here.
//!
//! ```
//! use aim_sdk::prelude::*;
//!
//! #[aim_sdk::service]
//! fn hello(_request: Request) -> Response {
//!     Response::html("<h1>Salam!</h1>")
//! }
//! # fn main() {}
//! ```
//!
//! The function may return `Result<Response, Error>`, and every call of the platform may end in `?`: if the
//! citizen must first log in, prove their identity with a stronger method or agree, the platform's own screen
//! does that and leads back; any other error becomes a plain page in the citizen's language.
//!
//! ```no_run
//! use aim_sdk::prelude::*;
//!
//! #[aim_sdk::service]
//! fn greet(request: Request) -> Result<Response, Error> {
//!     let claims = identity::current()?.claims(&["given_name"], "greeting")?;
//!     let name = claims.given_name.unwrap_or_default();
//!     Ok(Page::new(request.locale(), "Salam").body(html!("<h1>Salam, {}!</h1>", name)).into())
//! }
//! # fn main() {}
//! ```
//!
//! **Imports are permissions.** The component imports only the interfaces whose modules the code calls. Each
//! must be listed in `capabilities` of `aim.toml`; officers read the list from the binary.
//!
//! | module | capability |
//! |---|---|
//! | [`identity`] | `identity` |
//! | [`consent`] | `consent` |
//! | [`payments`] | `payments` |
//! | [`open_data`] | `open-data` |
//! | [`notifications`] | `notifications` |
//! | [`life_events`] | `life-events` |
//! | [`exchange`] | `exchange` |
//! | [`documents`] | `documents` |
//! | [`signature`] | `signature` |
//! | `log` (feature `logging`) | `logging` |
//! | [`clock`] | `clock` |
//! | [`random`] | `random` |
//! | everything else | none |
//!
//! The message and location of a panic are written to the developer's log through `wasi:cli/stderr`, which
//! needs no capability.

#[allow(missing_docs, reason = "generated; the WIT package documents it")]
#[allow(unsafe_code, reason = "generated: the canonical ABI")]
#[allow(
    clippy::all,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "generated"
)]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "service",
        generate_all,
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_component",
        default_bindings_module: "aim_sdk::bindings",
    });
}

#[allow(missing_docs, reason = "generated; the WIT package documents it")]
#[allow(unsafe_code, reason = "generated: the canonical ABI")]
#[allow(
    clippy::all,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "generated"
)]
#[doc(hidden)]
pub mod event_bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "event-listener",
        with: {
            "aim:gov/types@0.1.0": crate::bindings::aim::gov::types,
            "aim:gov/life-events@0.1.0": crate::bindings::aim::gov::life_events,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_event_listener",
        default_bindings_module: "aim_sdk::event_bindings",
    });
}

pub mod chart;
pub mod clock;
pub mod consent;
pub mod date;
pub mod documents;
pub mod error;
pub mod exchange;
pub mod html;
pub mod http;
pub mod identity;
pub mod life_events;
#[cfg(feature = "logging")]
pub mod log;
#[cfg(target_family = "wasm")]
mod memory;
pub mod notifications;
pub mod open_data;
#[cfg(all(target_family = "wasm", not(target_os = "wasi")))]
mod panic;
pub mod payments;
pub mod random;
pub mod service;
pub mod signature;
pub mod text;

pub use aim_sdk_macros::{event_handler, service};

/// What almost every service uses.
pub mod prelude {
    pub use crate::error::{Error, GovError};
    pub use crate::html::{Html, Page};
    pub use crate::http::{Request, Response};
    pub use crate::text::{Locale, Localised};
    pub use crate::{
        consent, documents, exchange, html, identity, life_events, notifications, open_data, payments,
        signature,
    };
}
