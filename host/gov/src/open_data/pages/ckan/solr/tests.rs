use super::*;

fn one_of(field: &str, values: &[&str]) -> Clause {
    Clause {
        negated: false,
        field: field.to_owned(),
        value: Value::OneOf(values.iter().map(|value| (*value).to_owned()).collect()),
    }
}

#[test]
fn words_all_have_to_be_found() {
    for (q, expected) in [
        ("", ""),
        ("*:*", ""),
        ("public AND holi*", "public holi"),
        ("e-xidmət 2026", "e-xidmət 2026"),
    ] {
        let parsed = parse(q).unwrap();
        assert_eq!(parsed.words.join(" "), expected, "{q}");
        assert!(parsed.alternatives.is_empty(), "{q}");
    }
}

#[test]
fn conditions_are_alternatives_only_with_or_between_them() {
    let parsed = parse("groups:a OR groups:b +res_format:CSV AND tags:\"iş günü\" word").unwrap();
    assert_eq!(parsed.words, ["word"]);
    let expected = [
        vec![one_of("groups", &["a"]), one_of("groups", &["b"])],
        vec![one_of("res_format", &["CSV"])],
        vec![one_of("tags", &["iş günü"])],
    ];
    assert_eq!(parsed.alternatives, expected);
    let grouped = parse("+(groups:a OR groups:b) (tags:c)").unwrap();
    assert_eq!(
        grouped.alternatives,
        [
            vec![one_of("groups", &["a"]), one_of("groups", &["b"])],
            vec![one_of("tags", &["c"])],
        ]
    );
}

#[test]
fn values_are_lists_ranges_or_anything() {
    let value = |query: &str| parse(query).unwrap().alternatives.remove(0).remove(0);
    assert_eq!(value("groups:(a OR \"b c\")"), one_of("groups", &["a", "b c"]));
    assert_eq!(value("groups:*").value, Value::Any);
    assert_eq!(
        value("metadata_modified:[2026-01-31T00:00:00Z TO *]").value,
        Value::Range(Some("2026-01-31T00:00:00Z".to_owned()), None)
    );
    for negated in ["-groups:a", "!groups:a", "NOT groups:a"] {
        assert!(value(negated).negated, "{negated}");
    }
}

#[test]
fn other_syntax_is_refused() {
    for query in [
        "a OR b",
        "NOT a",
        "!a",
        "+a",
        "-a",
        "\"a b\"",
        "(a b)",
        "a~",
        "a^2",
        "*a",
        "*",
        "a?b",
        "/a/",
        "a || b",
        "[a TO b]",
        "groups:",
        "groups:a OR",
        "OR groups:a",
        "groups:a OR OR groups:b",
        "(groups:a",
        "groups:a)",
        "()",
        "((groups:a))",
        "(groups:a AND tags:b)",
        "(groups:a tags:b)",
        "groups:a OR (tags:b)",
        "groups:a*",
        "groups:\"a",
        "groups:(a AND b)",
        "groups:(a",
        "groups:{a TO b}",
        "groups:[a]",
        "groups:a OR word",
        "a:b:c",
        "gro ups\\:a",
        "groups:\"a\\\"b\"",
        "_query_:\"{!join from=a}\"x\"",
    ] {
        assert!(parse(query).is_err(), "{query}: {:?}", parse(query));
    }
}

#[test]
fn parts_of_a_query_are_bounded() {
    let values = |count: usize| format!("groups:(a{})", " OR a".repeat(count - 1));
    for too_long in [
        "a ".repeat(CLAUSES_MAX + 1),
        "groups:a ".repeat(CLAUSES_MAX + 1),
        values(CLAUSES_MAX + 1),
        "a".repeat(QUERY_BYTES_MAX + 1),
    ] {
        assert!(parse(&too_long).is_err(), "{too_long}");
    }
    for longest in [
        "a ".repeat(CLAUSES_MAX),
        "groups:a ".repeat(CLAUSES_MAX),
        values(CLAUSES_MAX),
        "a".repeat(QUERY_BYTES_MAX),
    ] {
        assert!(parse(&longest).is_ok(), "{longest}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(query in "\\PC{0,40}", syntax in "[-+!()\\[\\]\":* a-cANDORT]{0,40}") {
        let _ = parse(&query);
        let _ = parse(&syntax);
    }
}
