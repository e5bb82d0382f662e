//! The shared parts of all pages: language, layout, sessions, protection of forms, errors.
//!
//! The host's own screens (log-in, consent, pay, receipt) are beside their interfaces in this crate; the
//! registry adds the portal and the staff's pages on the same layout.

mod address;
pub mod banner;
mod coded;
pub mod confirm;
mod csrf;
mod date;
mod described;
mod header;
mod html;
mod language;
mod page_context;
mod qr;
mod session;
mod signed_in;
mod text;
mod unknown_language;

pub use crate::local_path::{LOCAL_PATH_BYTES_MAX, RETURN_PATH_BYTES_MAX, local_path, way_back};
pub use address::login_address;
pub use banner::Banner;
pub use coded::{Codes, Texts};
pub use confirm::Confirm;
pub use csrf::refuse_cross_site;
pub use date::{date, date_time, rfc3339};
pub use described::described;
pub use header::header_text;
pub use html::{
    Html, OrMissing, OrPage, PageError, STYLE_PATH, assets, away, form_leads_to, forms_lead_to_services,
};
pub use language::wish;
pub use page_context::{InSpace, PageContext, PageLang};
pub use qr::qr_picture;
pub use session::{Role, Who, citizen, keys};
pub use signed_in::SignedIn;
pub use text::LayoutText;
#[doc(hidden)] // for the expansion of `catalogue!` in other crates
pub use toml;
pub use unknown_language::refuse_unknown_language;

/// Parses a text catalogue, one TOML file a language, into a struct whose fields are its keys. A missing or
/// unknown key fails at first use, and the test that renders every page finds it. A field of type [`Texts`] or
/// [`Codes`] is a table of texts by code.
///
/// ```ignore
/// catalogue! { pub struct LayoutText from ("text/layout.az.toml", "text/layout.en.toml") { log_in, log_out } }
/// ```
#[macro_export]
macro_rules! catalogue {
    ($(#[$meta:meta])* pub struct $name:ident from ($az:literal, $en:literal) { $($field:ident $(: $type:ty)?),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $(pub $field: $crate::catalogue!(@type $($type)?)),* }

        impl $name {
            /// The texts in a page's language.
            pub fn of(locale: $crate::text::Locale) -> &'static Self {
                static AZ: std::sync::LazyLock<$name> = std::sync::LazyLock::new(|| $name::parse(include_str!($az)));
                static EN: std::sync::LazyLock<$name> = std::sync::LazyLock::new(|| $name::parse(include_str!($en)));
                match locale.for_page() {
                    $crate::text::Locale::En => &EN,
                    _ => &AZ,
                }
            }

            #[allow(clippy::expect_used, reason = "the catalogue is part of the program, and a test reads it")]
            fn parse(source: &str) -> Self {
                $crate::web::toml::from_str(source).expect(concat!("the catalogue of ", stringify!($name), " has every key"))
            }
        }
    };
    (@type) => { String };
    (@type $type:ty) => { $type };
}
