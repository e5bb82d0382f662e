//! The interfaces that the host serves, the capability that each needs, and how it is linked. A linker has only
//! the imports of one component.

use aim_gov::grant::Capability;
use semver::Version;
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::bindings;
use crate::glue::RequestState;

mod wasi;

/// An interface that components may import.
pub(crate) struct Interface {
    /// Without the version: `aim:gov/payments`.
    name: &'static str,
    /// The version that is linked; compatible ones are accepted.
    version: &'static str,
    /// The required capability; `None` if the interface gives access to nothing.
    capability: Option<Capability>,
    add: fn(&mut Linker<RequestState>) -> wasmtime::Result<()>,
}

/// The version of `aim:gov` that is served.
const GOV: &str = "0.1.0";

/// A line for each served interface of `wit/`: its module in the bindings and in `glue/`, its name, and the
/// required capability.
macro_rules! interfaces {
    ($($package:ident::$wit:ident::$module:ident, $name:literal, $version:expr, $capability:expr;)*) => {
        /// The government APIs and the log; [`wasi::INTERFACES`] has the others.
        const INTERFACES: &[Interface] = &[$(Interface {
            name: $name,
            version: $version,
            capability: $capability,
            add: |linker| {
                bindings::$package::$wit::$module::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
            },
        }),*];
    };
}

interfaces! {
    aim::gov::types, "aim:gov/types", GOV, None;
    aim::gov::identity, "aim:gov/identity", GOV, Some(Capability::Identity);
    aim::gov::consent, "aim:gov/consent", GOV, Some(Capability::Consent);
    aim::gov::payments, "aim:gov/payments", GOV, Some(Capability::Payments);
    aim::gov::open_data, "aim:gov/open-data", GOV, Some(Capability::OpenData);
    aim::gov::notifications, "aim:gov/notifications", GOV, Some(Capability::Notifications);
    aim::gov::life_events, "aim:gov/life-events", GOV, Some(Capability::LifeEvents);
    aim::gov::exchange, "aim:gov/exchange", GOV, Some(Capability::Exchange);
    aim::gov::documents, "aim:gov/documents", GOV, Some(Capability::Documents);
    aim::gov::signature, "aim:gov/signature", GOV, Some(Capability::Signature);
    wasi::logging::logging, "wasi:logging/logging", "0.1.0-draft", Some(Capability::Logging);
}

/// The status of an import's name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is linked if the approval grants this capability.
    Linked(Option<Capability>),
    /// The host serves the interface only in this version.
    OtherVersion(&'static str),
    /// It is unknown.
    Unknown,
}

fn interfaces() -> impl Iterator<Item = &'static Interface> {
    INTERFACES.iter().chain(wasi::INTERFACES)
}

/// The status of an import by its full name, such as `wasi:clocks/wall-clock@0.2.3`.
pub(crate) fn known(import: &str) -> Known {
    let (name, version) = match import.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (import, None),
    };
    match interfaces().find(|interface| interface.name == name) {
        None => Known::Unknown,
        Some(interface) if version.is_some_and(|wanted| compatible(interface.version, wanted)) => {
            Known::Linked(interface.capability)
        }
        Some(interface) => Known::OtherVersion(interface.version),
    }
}

/// The first of these imports and exports that belongs to WASI 0.3, in a preview or released.
pub(crate) fn wasi_0_3<'a>(mut names: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    names.find(|name| {
        name.starts_with("wasi:")
            && name
                .split_once('@')
                .and_then(|(_, version)| Version::parse(version).ok())
                .is_some_and(|version| (version.major, version.minor) == (0, 3))
    })
}

/// Whether an import of version `wanted` can be linked to `offered`, by the rule of Wasmtime's linker: the same
/// first non-zero number, and equal pre-releases.
pub(crate) fn compatible(offered: &str, wanted: &str) -> bool {
    let (Ok(offered), Ok(wanted)) = (Version::parse(offered), Version::parse(wanted)) else {
        return false;
    };
    if !offered.pre.is_empty() || !wanted.pre.is_empty() {
        return offered == wanted;
    }
    match (offered.major, offered.minor) {
        (0, 0) => offered == wanted,
        (0, minor) => wanted.major == 0 && wanted.minor == minor,
        (major, _) => wanted.major == major,
    }
}

/// A linker for this component with each interface that it imports. Wasmtime's linker resolves compatible
/// versions to the host's; it must not stub the others, because stubs with the component's own version numbers
/// would take precedence.
///
/// # Errors
/// When an import has another type than the host's interface.
pub(crate) fn linker(engine: &Engine, component: &Component) -> wasmtime::Result<Linker<RequestState>> {
    let mut linker = Linker::new(engine);
    let imports: Vec<_> = component
        .component_type()
        .imports(engine)
        .map(|(import, _)| import.split('@').next().unwrap_or(import).to_owned())
        .collect();
    for interface in interfaces() {
        if imports.iter().any(|import| import == interface.name) {
            (interface.add)(&mut linker)?;
        }
    }
    Ok(linker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_follow_semver_below_one() {
        assert!(compatible("0.2.12", "0.2.0"));
        assert!(compatible("0.1.0", "0.1.7"));
        assert!(!compatible("0.1.0", "0.2.0"));
        assert!(!compatible("0.2.12", "0.3.0"));
        assert!(!compatible("0.1.0-draft", "0.1.0"));
        assert!(!compatible("0.2.12", "0.2.0-rc-2023-10-25"));
        assert!(!compatible("0.2.12", "two"));
    }

    #[test]
    fn import_is_known_by_name_and_version() {
        assert_eq!(
            known("wasi:clocks/wall-clock@0.2.3"),
            Known::Linked(Some(Capability::Clock))
        );
        assert_eq!(known("wasi:cli/stdout@0.2.6"), Known::Linked(None));
        assert_eq!(
            known("wasi:clocks/wall-clock@0.3.0"),
            Known::OtherVersion("0.2.12")
        );
        assert_eq!(known("evil:corp/spy@1.0.0"), Known::Unknown);
    }
}
