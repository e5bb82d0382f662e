//! The operations of registries that a service can ask for. The table is data (`data/exchange.toml`).

use std::sync::LazyLock;

use crate::document_kind::ClaimKind;
use crate::grant::Attribute;
use crate::text::Localised;

/// The exchange on which the platform and the agencies are (`instance` of X-Road).
pub const INSTANCE: &str = "AZ";
/// The class of the agencies and of the platform.
pub const MEMBER_CLASS: &str = "GOV";
/// The system of an agency that keeps its register.
const SUBSYSTEM: &str = "registry";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Answers yes or no, and discloses nothing else.
    Check,
    Read,
    /// Sends something in.
    Submit,
}

/// Whom or what an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    Person,
    /// A thing with a number of its own.
    Object,
    /// A code list.
    Nothing,
}

/// A service of an agency, by its X-Road identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAddress {
    pub instance: String,
    pub member_class: String,
    pub member_code: String,
    pub subsystem: Option<String>,
    pub service_code: String,
}

/// A field of the JSON object that an operation takes in.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyField {
    pub name: String,
    pub kind: ClaimKind,
    /// Whether it may be left out.
    #[serde(default)]
    pub optional: bool,
}

/// An operation of a registry.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// What manifests and calls name: `vehicles.of-person`.
    pub code: String,
    /// What citizens and officers read.
    pub title: Localised,
    pub verb: Verb,
    pub about: About,
    /// What a citizen agrees to; `None` where no personal data is read.
    pub attribute: Option<Attribute>,
    member: String,
    service: String,
    /// The names of its parameters, all of which a call gives.
    #[serde(default)]
    pub parameters: Vec<String>,
    /// The fields that anybody with the approval may read.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Fields of an object that only its owner may have read.
    #[serde(default)]
    pub personal: Vec<String>,
    /// The media types that it takes in; exactly these.
    #[serde(default, rename = "content-types")]
    pub content_types: Vec<String>,
    /// The fields of a body of the type `application/json`, which is one flat object.
    #[serde(default)]
    pub body: Vec<BodyField>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    operation: Vec<Operation>,
}

#[allow(
    clippy::expect_used,
    reason = "the table is part of the program, and a test reads it"
)]
static TABLE: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("../data/exchange.toml"))
        .expect("the table of operations parses")
        .operation
});

impl Operation {
    /// Every operation, in the order of pages.
    pub fn all() -> &'static [Self] {
        &TABLE
    }

    pub fn find(code: &str) -> Option<&'static Self> {
        TABLE.iter().find(|known| known.code == code)
    }

    /// Which service of which agency answers it.
    pub fn address(&self) -> ServiceAddress {
        ServiceAddress {
            instance: INSTANCE.to_owned(),
            member_class: MEMBER_CLASS.to_owned(),
            member_code: self.member.clone(),
            subsystem: Some(SUBSYSTEM.to_owned()),
            service_code: self.service.clone(),
        }
    }

    /// The operation that this service of this agency answers.
    pub fn at(address: &ServiceAddress) -> Option<&'static Self> {
        TABLE.iter().find(|known| known.address() == *address)
    }

    /// Every field that a call may ask for.
    pub fn all_fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().chain(&self.personal).map(String::as_str)
    }

    /// The field of the JSON that it takes in.
    pub fn body_field(&self, name: &str) -> Option<&BodyField> {
        self.body.iter().find(|field| field.name == name)
    }

    /// Whether one of these codes sends something in.
    pub fn submits<'a>(codes: impl IntoIterator<Item = &'a String>) -> bool {
        let mut known = codes.into_iter().filter_map(|code| Self::find(code));
        known.any(|operation| operation.verb == Verb::Submit)
    }

    /// Whether an operation of these codes reads this attribute.
    pub fn reads<'a>(attribute: Attribute, codes: impl IntoIterator<Item = &'a String>) -> bool {
        codes
            .into_iter()
            .filter_map(|code| Self::find(code))
            .any(|operation| operation.attribute == Some(attribute))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn operations_have_codes_addresses_and_fields_of_their_own() {
        let codes: BTreeSet<_> = Operation::all().iter().map(|one| &one.code).collect();
        assert_eq!(codes.len(), Operation::all().len());
        for operation in Operation::all() {
            let code = &operation.code;
            assert_eq!(Operation::at(&operation.address()), Some(operation), "{code}");
            assert!(operation.title.en.is_some(), "{code}");
            assert_eq!(
                operation.verb != Verb::Read,
                operation.fields.is_empty(),
                "{code}"
            );
            let submits = operation.verb == Verb::Submit;
            assert_eq!(submits, !operation.content_types.is_empty(), "{code}");
            // What is sent in is about a person, who agrees to it.
            assert!(!submits || operation.about == About::Person, "{code}");
            let json = operation
                .content_types
                .iter()
                .any(|one| one == "application/json");
            assert_eq!(json, !operation.body.is_empty(), "{code}");
            let names: BTreeSet<_> = operation.body.iter().map(|field| &field.name).collect();
            assert_eq!(names.len(), operation.body.len(), "{code}");
            let personal = operation.about == About::Person || !operation.personal.is_empty();
            assert_eq!(operation.attribute.is_some(), personal, "{code}");
            assert!(
                operation.about == About::Object || operation.personal.is_empty(),
                "{code}"
            );
        }
    }

    #[test]
    fn each_piece_of_registry_data_is_read_by_an_operation() {
        let all: Vec<_> = Operation::all().iter().map(|one| one.code.clone()).collect();
        for attribute in Attribute::ALL {
            assert_eq!(
                Operation::reads(*attribute, &all),
                attribute.is_of_registries(),
                "{attribute:?}"
            );
        }
    }
}
