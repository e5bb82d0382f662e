//! The address of the log-in page.

use crate::text::Locale;

/// The log-in page that leads back to `path` of the platform.
pub fn login_address(lang: Locale, path: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("return", path)
        .finish();
    format!("/{lang}/login?{query}")
}
