//! `aim.toml`: a startup's description of its service and the permissions that it asks for.
//!
//! The command line, the upload and vetting parse it with the same code. [`Manifest::parse`] reports all faults
//! at once, each with the field's name and what is allowed there.
//!
//! ```
//! let manifest = aim_registry::manifest::Manifest::parse(r#"
//!     name = "water-meter"
//!     version = "1.0.0"
//!     contact = "help@meter.example"
//!     capabilities = ["identity"]
//!     title = { az = "Su sayğacı", en = "Water meter" }
//!     summary = { az = "Su sayğacının göstəricisini göndərin." }
//!     [[purpose]]
//!     code = "greet"
//!     text = { az = "Sizə adınızla müraciət etmək üçün" }
//!     attributes = ["given_name"]
//! "#).unwrap();
//! assert_eq!(manifest.name.0, "water-meter");
//! ```

mod document;
mod error;
mod events;
mod exchange;
mod fields;
mod kept;
mod limits;
mod name;
mod presentation;
mod purpose;
mod signature;
mod template;

use std::collections::BTreeSet;

use aim_gov::clock::Timestamp;
use aim_gov::documents::{DocumentKind, PresentationTerms};
use aim_gov::event_type::{EventType, Subscriptions};
use aim_gov::exchange::Operation;
use aim_gov::grant::{Attribute, Capability, FetchType, Grant, Purpose};
use aim_gov::invocation::ServiceId;
use aim_gov::notifications::{Kind, Template};
use aim_gov::signature::SignatureTerms;
use aim_gov::text::Localised;

pub use error::{FieldError, ManifestErrors};
pub use limits::{CITIZENS_MAX, DAYS_MAX, LimitField, Limits};
pub use name::{
    NAME_CHARS_MAX, NAME_CHARS_MIN, check as check_name, is_service_name, mixes_scripts, skeleton,
};

use fields::Fields;

/// The most bytes of an `aim.toml`.
pub const MANIFEST_BYTES_MAX: usize = 64 * 1024;
/// The most characters of a title.
pub const TITLE_CHARS_MAX: usize = 80;
/// The most characters of a summary.
pub const SUMMARY_CHARS_MAX: usize = 600;
/// The most characters of a contact.
pub const CONTACT_CHARS_MAX: usize = 200;
/// The most budget accounts that one service may ask for.
pub const SERVICE_CODES_MAX: usize = 20;
/// The most hosts that one service may ask to call.
pub const OUTBOUND_HOSTS_MAX: usize = 10;

/// A valid `aim.toml`. Its JSON is the form that the registry stores; the rules are checked when it is
/// announced. The hash of the JSON is part of the vetting report, so a new field must be omitted from the JSON
/// while it has its default value.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Manifest {
    /// The service's name, also the first label of its origin.
    pub name: ServiceId,
    pub version: semver::Version,
    pub title: Localised,
    pub summary: Localised,
    /// The contact for citizens: an e-mail address or an `https` address.
    pub contact: String,
    /// The interfaces that the component may import.
    pub capabilities: BTreeSet<Capability>,
    pub purposes: Vec<Purpose>,
    /// Budget accounts for which it asks to take payments.
    pub payment_service_codes: BTreeSet<String>,
    /// The messages that it asks to send.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<Template>,
    /// The events that it asks to receive.
    #[serde(default, skip_serializing_if = "Subscriptions::is_empty")]
    pub events: Subscriptions,
    /// The operations of other agencies' registries that it asks to call.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub exchange_operations: BTreeSet<String>,
    /// The kinds of documents that it asks to issue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentKind>,
    /// The documents that it asks citizens to show, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presentations: Vec<PresentationTerms>,
    /// The signatures that it may ask for.
    #[serde(default, skip_serializing_if = "SignatureTerms::is_empty")]
    pub signature: SignatureTerms,
    /// Host names that it asks to call. Empty with `outbound`: the runtime of a language imports the interface,
    /// the service never uses it, and every call is refused.
    pub outbound_hosts: BTreeSet<String>,
    /// Whether it asks for the `Authorization` header of requests, which the host removes otherwise.
    #[serde(default)]
    pub authorization: bool,
    pub limits: Limits,
}

impl Manifest {
    /// Parses and validates the text of an `aim.toml`.
    ///
    /// # Errors
    /// Every fault, in the order of the file's fields.
    pub fn parse(text: &str) -> Result<Self, ManifestErrors> {
        if text.len() > MANIFEST_BYTES_MAX {
            return Err(ManifestErrors::one(
                "",
                "too-long",
                format!(
                    "the manifest has {} bytes; at most {MANIFEST_BYTES_MAX} are allowed",
                    text.len()
                ),
            ));
        }
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            ManifestErrors::one(
                "",
                "not-toml",
                format!("the manifest is not TOML: {}", error.to_string().trim_end()),
            )
        })?;
        let mut errors = Vec::new();
        let mut fields = Fields::new("", table, &mut errors);
        let manifest = Self::read(&mut fields);
        fields.finish();
        let manifest = manifest.filter(|manifest| {
            manifest.check_agreement(&mut errors);
            true
        });
        match manifest {
            Some(manifest) if errors.is_empty() => Ok(manifest),
            _ => Err(ManifestErrors(errors)),
        }
    }

    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let name = fields.required_text("name", NAME_CHARS_MAX).and_then(|name| {
            name::check(&name)
                .map_err(|(code, message)| fields.error("name", code, message))
                .ok()
                .map(|()| ServiceId(name))
        });
        let version = fields.required_text("version", 40).and_then(|version| {
            version
                .parse::<semver::Version>()
                .map_err(|_| {
                    fields.error(
                        "version",
                        "not-a-version",
                        format!("`{version}` is not a version; write three numbers, as in `1.0.0`"),
                    );
                })
                .ok()
        });
        let title = fields.localised("title", TITLE_CHARS_MAX);
        let summary = fields.localised("summary", SUMMARY_CHARS_MAX);
        let contact = fields
            .required_text("contact", CONTACT_CHARS_MAX)
            .filter(|contact| {
                let good = is_contact(contact);
                if !good {
                    fields.error(
                        "contact",
                        "not-a-contact",
                        format!("`{contact}` is neither an e-mail address nor an `https://` address"),
                    );
                }
                good
            });
        let capabilities = capabilities(fields);
        let purposes = purpose::read(fields);
        let payment_service_codes = section_list(
            fields,
            "payments",
            "service-codes",
            SERVICE_CODES_MAX,
            is_service_code,
            "a budget account is lower-case words joined by dots, as in `utilities.water`",
        );
        let templates = template::read(fields);
        let events = events::read(fields);
        let exchange_operations = exchange::read(fields);
        let documents = document::read(fields);
        let presentations = presentation::read(fields);
        let signature = signature::read(fields);
        let outbound_hosts = section_list(
            fields,
            "outbound",
            "hosts",
            OUTBOUND_HOSTS_MAX,
            is_host,
            "a host is a public DNS name in lower case without scheme, port or `*`, as in `api.example.az`",
        );
        let authorization = fields.section("requests").is_some_and(|mut requests| {
            let wanted = requests.switch("authorization");
            requests.finish();
            wanted
        });
        let limits = Limits::read(fields, &capabilities, !presentations.is_empty());
        Some(Self {
            name: name?,
            version: version?,
            title: title?,
            summary: summary?,
            contact: contact?,
            capabilities,
            purposes,
            payment_service_codes,
            templates,
            events,
            exchange_operations,
            documents,
            presentations,
            signature,
            outbound_hosts,
            authorization,
            limits,
        })
    }

    /// Rules between fields.
    fn check_agreement(&self, errors: &mut Vec<FieldError>) {
        let has = |capability| self.capabilities.contains(&capability);
        let mut refuse = |field: &str, code, message: String| {
            errors.push(FieldError {
                field: field.to_owned(),
                code,
                message,
            });
        };
        if has(Capability::Payments) && self.payment_service_codes.is_empty() {
            refuse(
                "payments.service-codes",
                "required",
                "`payments` is asked for, so name at least one budget account".to_owned(),
            );
        }
        if !has(Capability::Payments) && !self.payment_service_codes.is_empty() {
            refuse(
                "payments.service-codes",
                "capability-missing",
                "add `payments` to `capabilities`, or remove the section".to_owned(),
            );
        }
        if !has(Capability::Outbound) && !self.outbound_hosts.is_empty() {
            refuse(
                "outbound.hosts",
                "capability-missing",
                "add `outbound` to `capabilities`, or remove the section".to_owned(),
            );
        }
        if has(Capability::Notifications) && self.templates.is_empty() {
            refuse(
                "template",
                "required",
                "`notifications` is asked for, so write at least one `[[template]]`".to_owned(),
            );
        }
        if !has(Capability::Notifications) && !self.templates.is_empty() {
            refuse(
                "template",
                "capability-missing",
                "add `notifications` to `capabilities`, or remove the templates".to_owned(),
            );
        }
        if has(Capability::LifeEvents) && self.events.is_empty() {
            refuse(
                "events.subscribes",
                "required",
                "`life-events` is asked for, so subscribe to at least one type of events".to_owned(),
            );
        }
        if !has(Capability::LifeEvents) && !self.events.is_empty() {
            refuse(
                "events.subscribes",
                "capability-missing",
                "add `life-events` to `capabilities`, or remove the section".to_owned(),
            );
        }
        for event in &self.events.types {
            if let Some(needed) = event.needs().filter(|needed| !has(*needed)) {
                refuse(
                    "events.subscribes",
                    "capability-missing",
                    format!(
                        "`{}` tells of what the service does through `{}`; add it to `capabilities`",
                        event.code(),
                        needed.code()
                    ),
                );
            }
        }
        for event in &self.events.types {
            let Some(attribute) = event.attribute() else {
                continue;
            };
            let carries = |purpose: &Purpose| {
                purpose.fetch == FetchType::Periodic && purpose.attributes.contains(&attribute)
            };
            if !self.purposes.iter().any(carries) {
                refuse(
                    "events.subscribes",
                    "purpose-missing",
                    format!(
                        "`{}` carries `{}`; write a `[[purpose]]` that reads it periodically",
                        event.code(),
                        attribute.code()
                    ),
                );
            }
        }
        if self.events.types.contains(&EventType::MessageConfirmed)
            && !self
                .templates
                .iter()
                .any(|template| template.kind == Kind::FormalNotice)
        {
            refuse(
                "events.subscribes",
                "template-missing",
                format!(
                    "`{}` tells of formal notices; write a `[[template]]` with `kind = \"formal-notice\"`",
                    EventType::MessageConfirmed.code()
                ),
            );
        }
        if self.events.types.contains(&EventType::ConsentChanged) && self.purposes.is_empty() {
            refuse(
                "events.subscribes",
                "purpose-missing",
                format!(
                    "`{}` tells of consents; write the `[[purpose]]` that citizens agree to",
                    EventType::ConsentChanged.code()
                ),
            );
        }
        if self.events.types.contains(&EventType::SubmissionChanged)
            && !Operation::submits(&self.exchange_operations)
        {
            refuse(
                "events.subscribes",
                "operation-missing",
                format!(
                    "`{}` tells of what an operation sends in; add one to `[exchange] operations`",
                    EventType::SubmissionChanged.code()
                ),
            );
        }
        if has(Capability::Exchange) && self.exchange_operations.is_empty() {
            refuse(
                "exchange.operations",
                "required",
                "`exchange` is asked for, so name at least one operation".to_owned(),
            );
        }
        if !has(Capability::Exchange) && !self.exchange_operations.is_empty() {
            refuse(
                "exchange.operations",
                "capability-missing",
                "add `exchange` to `capabilities`, or remove the section".to_owned(),
            );
        }
        if has(Capability::Documents) && self.documents.is_empty() && self.presentations.is_empty() {
            refuse(
                "document",
                "required",
                "`documents` is asked for, so write at least one `[[document]]` to issue, or a `[[presentation]]` to ask for"
                    .to_owned(),
            );
        }
        if !has(Capability::Documents) && !self.presentations.is_empty() {
            refuse(
                "presentation",
                "capability-missing",
                "add `documents` to `capabilities`, or remove the section".to_owned(),
            );
        }
        for (index, terms) in self.presentations.iter().enumerate() {
            if self.purposes.iter().any(|purpose| purpose.code == terms.code) {
                refuse(
                    &format!("presentation[{index}].code"),
                    "duplicate",
                    format!("`{}` is the code of a `[[purpose]]` too", terms.code),
                );
            }
        }
        if self.events.types.contains(&EventType::PresentationFinished) && self.presentations.is_empty() {
            refuse(
                "events.subscribes",
                "presentation-missing",
                format!(
                    "`{}` tells of documents that citizens are asked to show; write a `[[presentation]]`",
                    EventType::PresentationFinished.code()
                ),
            );
        }
        if self.events.types.contains(&EventType::DocumentChanged) && self.documents.is_empty() {
            refuse(
                "events.subscribes",
                "document-missing",
                format!(
                    "`{}` tells of documents that the service issues; write a `[[document]]`",
                    EventType::DocumentChanged.code()
                ),
            );
        }
        if !has(Capability::Documents) && !self.documents.is_empty() {
            refuse(
                "document",
                "capability-missing",
                "add `documents` to `capabilities`, or remove the section".to_owned(),
            );
        }
        let terms = &self.signature;
        if has(Capability::Signature) && (terms.formats.is_empty() || terms.assurances.is_empty()) {
            refuse(
                "signature",
                "required",
                "`signature` is asked for, so write `[signature]` with `formats` and `assurances`".to_owned(),
            );
        }
        if has(Capability::Signature) && self.purposes.is_empty() {
            refuse(
                "purpose",
                "required",
                "`signature` is asked for, so write the `[[purpose]]` for which citizens sign".to_owned(),
            );
        }
        if !has(Capability::Signature) && !self.signature.is_empty() {
            refuse(
                "signature",
                "capability-missing",
                "add `signature` to `capabilities`, or remove the section".to_owned(),
            );
        }
        for (index, template) in self.templates.iter().enumerate() {
            if !self
                .purposes
                .iter()
                .any(|purpose| purpose.code == template.purpose)
            {
                refuse(
                    &format!("template[{index}].purpose"),
                    "unknown-purpose",
                    format!("`{}` is not the code of a `[[purpose]]`", template.purpose),
                );
            }
        }
        for (index, purpose) in self.purposes.iter().enumerate() {
            for attribute in &purpose.attributes {
                // What an event carries, no operation has to read.
                let carries = |event: &EventType| event.attribute() == Some(*attribute);
                if has(Capability::LifeEvents) && self.events.types.iter().any(carries) {
                    continue;
                }
                if attribute.is_of_registries() && has(Capability::Exchange) {
                    if !Operation::reads(*attribute, &self.exchange_operations) {
                        refuse(
                            &format!("purpose[{index}].attributes"),
                            "operation-missing",
                            format!(
                                "`{}` is read by an operation of `exchange`; add it to `[exchange] operations`",
                                attribute.code()
                            ),
                        );
                    }
                    continue;
                }
                let needed = match attribute {
                    Attribute::UtilityBills => Capability::Payments,
                    registry if registry.is_of_registries() => Capability::Exchange,
                    // A signed file names its signer.
                    Attribute::Name | Attribute::Fin if has(Capability::Signature) => Capability::Signature,
                    _ => Capability::Identity,
                };
                if !has(needed) {
                    refuse(
                        &format!("purpose[{index}].attributes"),
                        "capability-missing",
                        format!(
                            "`{}` is read through `{}`; add it to `capabilities`",
                            attribute.code(),
                            needed.code()
                        ),
                    );
                }
            }
        }
    }

    /// The rule that needs the platform's configuration: `domain` is the platform's own host name, which is
    /// also the parent of its services. With a call to any of them the platform would call itself, past the
    /// citizen's log-in.
    ///
    /// # Errors
    /// The hosts that belong to the platform.
    pub fn check_hosts(&self, domain: &str) -> Result<(), ManifestErrors> {
        let is_own = |host: &str| {
            host.strip_suffix(domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let own: Vec<_> = self
            .outbound_hosts
            .iter()
            .filter(|host| is_own(host))
            .map(|host| FieldError {
                field: "outbound.hosts".to_owned(),
                code: "platform-host",
                message: format!(
                    "`{host}` is the platform's own or one of its services'; remove it, and use the interfaces of \
                     `aim:gov` instead"
                ),
            })
            .collect();
        match own.is_empty() {
            true => Ok(()),
            false => Err(ManifestErrors(own)),
        }
    }

    /// Whether it asks for `outbound` without naming a host: the import exists, but no call is possible.
    pub fn imports_outbound_unused(&self) -> bool {
        self.capabilities.contains(&Capability::Outbound) && self.outbound_hosts.is_empty()
    }

    /// The grant of an approval with `limits`, for a test that starts at `start`.
    pub fn grant(&self, limits: &Limits, start: Timestamp) -> Grant {
        Grant {
            capabilities: self.capabilities.clone(),
            purposes: self.purposes.clone(),
            payment_service_codes: self.payment_service_codes.clone(),
            templates: self.templates.clone(),
            events: self.events.clone(),
            exchange_operations: self.exchange_operations.clone(),
            documents: self.documents.clone(),
            presentations: self.presentations.clone(),
            signature: self.signature.clone(),
            outbound_hosts: self.outbound_hosts.clone(),
            authorization: self.authorization,
            boundary: limits.boundary(start),
        }
    }
}

fn capabilities(fields: &mut Fields<'_>) -> BTreeSet<Capability> {
    let mut found = BTreeSet::new();
    for (index, code) in fields
        .text_list("capabilities", Capability::ALL.len())
        .into_iter()
        .enumerate()
    {
        let field = format!("capabilities[{index}]");
        match code.parse::<Capability>().ok() {
            Some(capability) if !found.insert(capability) => {
                fields.error(&field, "duplicate", format!("`{code}` is listed twice"));
            }
            Some(_) => {}
            None => fields.error(
                &field,
                "unknown-capability",
                format!(
                    "`{code}` is not a capability; choose among {}",
                    one_of(Capability::ALL.iter().map(|capability| capability.code()))
                ),
            ),
        }
    }
    found
}

fn section_list(
    fields: &mut Fields<'_>,
    section: &str,
    key: &str,
    max: usize,
    allowed: fn(&str) -> bool,
    rule: &str,
) -> BTreeSet<String> {
    let Some(mut inner) = fields.section(section) else {
        return BTreeSet::new();
    };
    let mut found = BTreeSet::new();
    for (index, item) in inner.text_list(key, max).into_iter().enumerate() {
        let field = format!("{key}[{index}]");
        if !allowed(&item) {
            inner.error(&field, "not-allowed", format!("`{item}` cannot be used: {rule}"));
        } else if !found.insert(item.clone()) {
            inner.error(&field, "duplicate", format!("`{item}` is listed twice"));
        }
    }
    inner.finish();
    found
}

fn is_contact(text: &str) -> bool {
    if text.starts_with("https://") {
        return url::Url::parse(text).is_ok_and(|url| url.host_str().is_some_and(|host| host.contains('.')));
    }
    let Some((user, host)) = text.split_once('@') else {
        return false;
    };
    !user.is_empty()
        && user
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._%+-".contains(c))
        && host.contains('.')
        && is_host(host)
}

fn is_service_code(text: &str) -> bool {
    text.len() <= 64
        && text.split('.').all(|part| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
}

/// A public DNS name: at least two labels, the last one alphabetic, and not one of the internal names.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    const INSIDE: [&str; 11] = [
        "arpa",
        "corp",
        "home",
        "internal",
        "intranet",
        "invalid",
        "lan",
        "local",
        "localdomain",
        "localhost",
        "private",
    ];
    text.len() <= 253
        && text.split('.').all(label)
        && text.rsplit_once('.').is_some_and(|(_, last)| {
            last.len() >= 2 && !INSIDE.contains(&last) && last.chars().any(|c| c.is_ascii_lowercase())
        })
}

/// A list for people: `` `a`, `b` or `c` ``.
fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
