//! `[exchange]`: the operations of other agencies' registries that the service asks to call.

use std::collections::BTreeSet;

use aim_gov::exchange::Operation;

use super::fields::Fields;
use super::one_of;

pub(super) fn read(fields: &mut Fields<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Some(mut inner) = fields.section("exchange") else {
        return found;
    };
    let items = inner.text_list("operations", Operation::all().len());
    for (index, code) in items.into_iter().enumerate() {
        let field = format!("operations[{index}]");
        match Operation::find(&code) {
            Some(_) if !found.insert(code.clone()) => {
                inner.error(&field, "duplicate", format!("`{code}` is listed twice"));
            }
            Some(_) => {}
            None => inner.error(
                &field,
                "unknown-operation",
                format!(
                    "`{code}` is not an operation; choose among {}",
                    one_of(Operation::all().iter().map(|known| known.code.as_str()))
                ),
            ),
        }
    }
    inner.finish();
    found
}

#[cfg(test)]
mod tests {
    use crate::manifest::Manifest;

    fn manifest(capabilities: &str, attribute: &str, section: &str) -> String {
        format!(
            "name = 'water-meter'\nversion = '1.0.0'\ncontact = 'help@meter.example'\ncapabilities = [{capabilities}]\n\
             title = {{ az = 'Su' }}\nsummary = {{ az = 'Su.' }}\n[[purpose]]\ncode = 'bills'\n\
             text = {{ az = 'Hesab' }}\nattributes = ['{attribute}']\n{section}"
        )
    }

    const OPERATIONS: &str = "[exchange]\noperations = ['vehicles.of-person', 'education.institutions']\n";

    #[test]
    fn operations_are_read_with_their_limit() {
        let read = Manifest::parse(&manifest("'exchange'", "vehicles", OPERATIONS)).unwrap();
        let codes: Vec<_> = read.exchange_operations.iter().map(String::as_str).collect();
        assert_eq!(codes, ["education.institutions", "vehicles.of-person"]);
        assert_eq!(read.limits.registry_calls_max, 10_000);
    }

    #[test]
    fn event_of_submissions_needs_an_operation_that_sends_something_in() {
        let with = |codes: &str| {
            let section = format!(
                "[exchange]\noperations = [{codes}]\n[events]\nsubscribes = ['az.gov.submission.changed.v1']\n"
            );
            Manifest::parse(&manifest("'exchange', 'life-events'", "vehicles", &section))
        };
        assert!(with("'vehicles.of-person', 'education.place-application'").is_ok());
        let errors = with("'vehicles.of-person'").unwrap_err();
        let found: Vec<_> = errors
            .0
            .iter()
            .map(|error| (error.field.as_str(), error.code))
            .collect();
        assert_eq!(found, [("events.subscribes", "operation-missing")]);
    }

    #[test]
    fn wrong_operations_are_refused_at_their_place() {
        let list = |codes: &str| format!("[exchange]\noperations = [{codes}]\n");
        for (capabilities, attribute, section, field, code) in [
            (
                "'exchange'",
                "vehicles",
                list("'vehicles.all'"),
                "exchange.operations[0]",
                "unknown-operation",
            ),
            (
                "'exchange'",
                "vehicles",
                list("'vehicles.of-person', 'vehicles.of-person'"),
                "exchange.operations[1]",
                "duplicate",
            ),
            (
                "'exchange'",
                "vehicles",
                String::new(),
                "exchange.operations",
                "required",
            ),
            (
                "'identity'",
                "address",
                list("'vehicles.of-person'"),
                "exchange.operations",
                "capability-missing",
            ),
            (
                "'exchange'",
                "income",
                list("'vehicles.of-person'"),
                "purpose[0].attributes",
                "operation-missing",
            ),
            (
                "'identity'",
                "income",
                String::new(),
                "purpose[0].attributes",
                "capability-missing",
            ),
        ] {
            let errors = Manifest::parse(&manifest(capabilities, attribute, &section)).unwrap_err();
            let found: Vec<_> = errors
                .0
                .iter()
                .map(|error| (error.field.as_str(), error.code))
                .collect();
            assert!(found.contains(&(field, code)), "{section} {found:?}");
        }
    }
}
