use super::*;

fn plain(prose: &Prose) -> String {
    prose.0.iter().map(|(_, part)| part.as_str()).collect()
}

#[test]
fn interfaces_are_those_of_the_contract() {
    let names: Vec<_> = all().iter().map(|interface| interface.name.as_str()).collect();
    let mut expected: Vec<_> = FILES
        .iter()
        .filter_map(|(name, _)| name.strip_suffix(".wit"))
        .collect();
    expected.push("event-handler");
    assert_eq!(names, expected);
    // A file that is added to the folder is added here.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let files = std::fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names
        .filter(|name| name.ends_with(".wit") && name != "world.wit")
        .collect();
    names.sort();
    let mut listed: Vec<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    listed.sort();
    assert_eq!(names, listed);
}

#[test]
fn operation_has_its_signature_and_the_trigger_of_each_error() {
    let payments = find("payments").unwrap();
    let capture = payments
        .operations
        .iter()
        .find(|one| one.name == "capture")
        .unwrap();
    assert_eq!(
        capture.signature,
        "func(id: string) -> result<payment, gov-error>"
    );
    let errors: Vec<_> = capture.about.errors.iter().map(plain).collect();
    assert!(errors.len() > 1, "{errors:?}");
    assert!(
        errors.iter().any(|error| error.starts_with("conflict")),
        "{errors:?}"
    );
}

#[test]
fn everything_that_a_developer_calls_says_what_it_is() {
    for interface in all() {
        assert!(!interface.about.paragraphs.is_empty(), "{}", interface.name);
        for operation in &interface.operations {
            assert!(
                !operation.about.paragraphs.is_empty(),
                "{}.{}",
                interface.name,
                operation.name
            );
        }
        for named in &interface.types {
            for member in &named.members {
                let about = &member.about;
                assert!(
                    !about.paragraphs.is_empty(),
                    "{}.{}.{}",
                    interface.name,
                    named.name,
                    member.name
                );
            }
        }
    }
}

#[test]
fn operation_that_can_be_refused_names_its_errors() {
    for interface in all() {
        let refused = interface
            .operations
            .iter()
            .filter(|one| one.signature.contains("gov-error"));
        for operation in refused {
            assert!(
                !operation.about.errors.is_empty(),
                "{}.{}",
                interface.name,
                operation.name
            );
        }
    }
}

#[test]
fn type_is_documented_where_it_is_defined() {
    let payments = find("payments").unwrap();
    assert!(payments.types.iter().all(|named| named.name != "gov-error"));
    let types = find("types").unwrap();
    let error = types
        .types
        .iter()
        .find(|named| named.name == "gov-error")
        .unwrap();
    assert_eq!(error.kind, "variant");
    let denied = error
        .members
        .iter()
        .find(|case| case.name == "access-denied")
        .unwrap();
    assert_eq!(denied.kind.as_deref(), Some("problem"));
}

#[test]
fn documentation_of_an_operation_has_an_address() {
    let found = documentation("identity", "claims");
    assert_eq!(found.as_deref(), Some("/interfaces/identity#claims"));
    let found = documentation("payments", "bill-history");
    assert_eq!(found.as_deref(), Some("/interfaces/payments#bill-history"));
    for (interface, operation) in [("payments", "steal"), ("outbound", "request")] {
        assert_eq!(documentation(interface, operation), None);
    }
}

#[test]
fn errors_in_brackets_belong_to_the_one_before() {
    let found: Vec<_> = parts(" `a` (`b`; `c`); `d` for e.").collect();
    assert_eq!(found, ["`a` (`b`; `c`)", "`d` for e"]);
}
