//! A payment requested by a plug-in, and the checks that turn it into an [`Order`].

use super::money::Money;
use crate::error::GovError;
use crate::idempotency::hash_fields;
use crate::invocation::CitizenId;
use crate::service_code::ServiceCode;
use crate::shown::ShownText;
use crate::text::{Locale, Localised};

/// The largest payment, regardless of the approval (GOV.UK Pay's limit), in minor units.
pub const PAYMENT_MINOR_UNITS_MAX: u64 = 10_000_000;
/// Characters in a reference.
pub const REFERENCE_CHARS_MAX: usize = 255;
/// Characters in a description, in each language.
pub const DESCRIPTION_CHARS_MAX: usize = 255;
/// Bytes in a return path.
pub const RETURN_PATH_BYTES_MAX: usize = 2_000;
/// Pairs of metadata.
pub const METADATA_PAIRS_MAX: usize = 15;
/// Characters in a metadata key.
pub const METADATA_KEY_CHARS_MAX: usize = 30;
/// Characters in a metadata value.
pub const METADATA_VALUE_CHARS_MAX: usize = 100;

/// A request for a payment; the WIT `new-payment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayment {
    /// In minor units of `currency`.
    pub minor_units: u64,
    /// ISO 4217.
    pub currency: String,
    /// The budget account.
    pub service_code: String,
    /// The service's own reference; the id of a bill settles the bill.
    pub reference: String,
    /// What the citizen reads on the pay page.
    pub description: Localised,
    /// The path of the service to which the citizen returns.
    pub return_path: String,
    /// Whether the money waits for a capture.
    pub delayed_capture: bool,
    /// The service's own metadata.
    pub metadata: Vec<(String, String)>,
}

/// A well-formed request. Whether the approval covers it is checked separately.
#[derive(Clone, Debug)]
pub struct Order {
    pub(super) amount: Money,
    pub(super) service_code: &'static ServiceCode,
    pub(super) reference: String,
    pub(super) description: Localised,
    pub(super) return_path: String,
    pub(super) delayed_capture: bool,
    pub(super) metadata: Vec<(String, String)>,
}

impl TryFrom<NewPayment> for Order {
    type Error = GovError;

    fn try_from(new: NewPayment) -> Result<Self, GovError> {
        if new.currency != Money::CURRENCY {
            return Err(GovError::invalid(
                "currency-not-supported",
                "the only currency is `AZN`, in qəpik",
            ));
        }
        if !(1..=PAYMENT_MINOR_UNITS_MAX).contains(&new.minor_units) {
            return Err(GovError::invalid(
                "amount-out-of-range",
                format!("an amount is 1 to {PAYMENT_MINOR_UNITS_MAX} minor units"),
            ));
        }
        let amount = Money::limit(new.minor_units);
        let Some(service_code) = ServiceCode::find(&new.service_code) else {
            return Err(unknown_service_code(&new.service_code));
        };
        let described = |field, text: &String| shown(field, text, DESCRIPTION_CHARS_MAX);
        let description = Localised {
            az: described("description.az", &new.description.az)?,
            en: new
                .description
                .en
                .as_ref()
                .map(|text| described("description.en", text))
                .transpose()?,
            ru: new
                .description
                .ru
                .as_ref()
                .map(|text| described("description.ru", text))
                .transpose()?,
        };
        let reference = shown("reference", &new.reference, REFERENCE_CHARS_MAX)?;
        check_return_path(&new.return_path)?;
        check_metadata(&new.metadata)?;
        Ok(Self {
            amount,
            service_code,
            reference,
            description,
            return_path: new.return_path,
            delayed_capture: new.delayed_capture,
            metadata: new.metadata,
        })
    }
}

impl Order {
    /// The hash that distinguishes a retry from another request with the same key. It covers the payer.
    pub(super) fn hash(&self, citizen: &CitizenId) -> String {
        let mut fields = vec![
            "create",
            citizen.0.as_str(),
            self.service_code.code.as_str(),
            self.reference.as_str(),
            self.return_path.as_str(),
            if self.delayed_capture {
                "delayed"
            } else {
                "immediate"
            },
        ];
        for locale in [Locale::Az, Locale::En, Locale::Ru] {
            let text = match locale {
                Locale::Az => Some(&self.description.az),
                Locale::En => self.description.en.as_ref(),
                Locale::Ru => self.description.ru.as_ref(),
            };
            // An absent text is not an empty one; empty ones were refused.
            fields.push(text.map_or("", String::as_str));
        }
        for (key, value) in &self.metadata {
            fields.extend([key.as_str(), value.as_str()]);
        }
        let amount = self.amount.minor_units().to_string();
        fields.push(&amount);
        hash_fields(&fields)
    }
}

pub(super) fn unknown_service_code(code: &str) -> GovError {
    let known: Vec<_> = ServiceCode::all()
        .iter()
        .map(|known| format!("`{}`", known.code))
        .collect();
    GovError::invalid(
        "service-code-unknown",
        format!(
            "`{}` is not a budget account; the known ones are {}",
            code.escape_default(),
            known.join(", ")
        ),
    )
}

fn shown(field: &str, text: &str, chars_max: usize) -> Result<String, GovError> {
    ShownText::parse(text, chars_max)
        .map(ShownText::into_string)
        .map_err(|wrong| GovError::invalid("text-out-of-range", format!("`{field}` {wrong}")))
}

fn check_return_path(path: &str) -> Result<(), GovError> {
    // Browsers read `//host` and `/\host` as another site, and first remove tabs and line breaks.
    let stays_here = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic())
        && path.len() <= RETURN_PATH_BYTES_MAX;
    if stays_here {
        Ok(())
    } else {
        Err(GovError::invalid(
            "return-path-malformed",
            format!(
                "`return-path` is a path of the service that begins with one `/`, percent-encoded, at most {RETURN_PATH_BYTES_MAX} bytes"
            ),
        ))
    }
}

fn check_metadata(metadata: &[(String, String)]) -> Result<(), GovError> {
    let invalid = |detail: String| Err(GovError::invalid("metadata-out-of-range", detail));
    if metadata.len() > METADATA_PAIRS_MAX {
        return invalid(format!("at most {METADATA_PAIRS_MAX} pairs of metadata"));
    }
    for (index, (key, value)) in metadata.iter().enumerate() {
        if !(1..=METADATA_KEY_CHARS_MAX).contains(&key.chars().count()) {
            return invalid(format!(
                "a metadata key is 1 to {METADATA_KEY_CHARS_MAX} characters"
            ));
        }
        if value.chars().count() > METADATA_VALUE_CHARS_MAX {
            return invalid(format!(
                "a metadata value is at most {METADATA_VALUE_CHARS_MAX} characters"
            ));
        }
        if metadata.iter().take(index).any(|(earlier, _)| earlier == key) {
            return invalid(format!(
                "the metadata key `{}` is given twice",
                key.escape_default()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewPayment {
        NewPayment {
            minor_units: 1_234,
            currency: "AZN".to_owned(),
            service_code: "utilities.water".to_owned(),
            reference: "R-1".to_owned(),
            description: Localised {
                az: "Su".to_owned(),
                ..Localised::default()
            },
            return_path: "/paid?ref=1".to_owned(),
            delayed_capture: false,
            metadata: vec![("house".to_owned(), "7".to_owned())],
        }
    }

    #[track_caller]
    fn refused(code: &str, change: impl FnOnce(&mut NewPayment)) {
        let mut payment = new();
        change(&mut payment);
        assert_eq!(Order::try_from(payment).unwrap_err().code(), code);
    }

    #[test]
    fn each_field_has_its_own_refusal() {
        assert!(Order::try_from(new()).is_ok());
        refused("currency-not-supported", |new| new.currency = "azn".to_owned());
        refused("amount-out-of-range", |new| new.minor_units = 0);
        refused("amount-out-of-range", |new| new.minor_units = u64::MAX);
        refused("service-code-unknown", |new| {
            new.service_code = "taxes".to_owned()
        });
        refused("text-out-of-range", |new| new.reference.clear());
        refused("text-out-of-range", |new| new.reference = "x".repeat(256));
        refused("text-out-of-range", |new| {
            new.description.az = "\u{202e}".to_owned()
        });
        refused("text-out-of-range", |new| {
            new.description.en = Some(" ".to_owned())
        });
        for hidden in [
            "\u{200b}",
            "\u{3164}",
            "Su \u{200f}100",
            "a\u{61c}1",
            "Su\u{2028}PAID",
            "\u{feff}Su",
        ] {
            refused("text-out-of-range", |new| new.reference = hidden.to_owned());
            refused("text-out-of-range", |new| new.description.az = hidden.to_owned());
            refused("text-out-of-range", |new| {
                new.description.ru = Some(hidden.to_owned())
            });
        }
        refused("text-out-of-range", |new| {
            new.description.az = format!("S{}", "\u{301}".repeat(200));
        });
        refused("metadata-out-of-range", |new| {
            new.metadata = vec![("a".to_owned(), String::new()); 2];
        });
        refused("metadata-out-of-range", |new| {
            new.metadata = (0..16).map(|n| (n.to_string(), String::new())).collect();
        });
        refused("metadata-out-of-range", |new| new.metadata[0].1 = "x".repeat(101));
        refused("metadata-out-of-range", |new| new.metadata[0].0.clear());
    }

    #[test]
    fn citizen_comes_back_to_the_service_and_nowhere_else() {
        for path in [
            "",
            "paid",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/a\tb",
            "/ə",
        ] {
            refused("return-path-malformed", |new| new.return_path = path.to_owned());
        }
    }

    #[test]
    fn every_field_and_the_payer_make_another_request() {
        let citizen = CitizenId("c1".to_owned());
        let hash = |change: fn(&mut NewPayment)| {
            let mut payment = new();
            change(&mut payment);
            Order::try_from(payment).unwrap().hash(&citizen)
        };
        let changes: [fn(&mut NewPayment); 9] = [
            |_| (),
            |new| new.minor_units += 1,
            |new| new.service_code = "utilities.gas".to_owned(),
            |new| new.reference.push('2'),
            |new| new.description.en = Some("Water".to_owned()),
            |new| new.description.ru = Some("Water".to_owned()),
            |new| new.return_path.push('2'),
            |new| new.delayed_capture = true,
            |new| new.metadata[0].1.push('2'),
        ];
        let mut hashes: Vec<_> = changes.into_iter().map(hash).collect();
        hashes.push(Order::try_from(new()).unwrap().hash(&CitizenId("c2".to_owned())));
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), 10);
    }
}
