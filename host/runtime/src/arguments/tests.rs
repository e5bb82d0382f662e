use serde_json::{Value, json};

use super::*;

fn written(arguments: [(&'static str, Argument); 1]) -> Value {
    let fingerprints = Fingerprints::new(&Random::seeded(1));
    serde_json::to_value(Arguments::new(arguments, &fingerprints)).unwrap()
}

fn one(argument: Argument) -> Value {
    written([("a", argument)])["a"].clone()
}

#[test]
fn word_is_shown_and_a_text_is_its_length() {
    assert_eq!(one(word("utilities.water")), json!("utilities.water"));
    assert_eq!(one(word("")), json!(""));
    for text in ["Aygün", "Aygun Mammadova", "aygun@example.az", "+994501234567"] {
        let size = text.chars().count();
        assert_eq!(one(word(text)), json!({ "redacted": "text", "size": size }));
    }
    let long = "x".repeat(WORD_BYTES_MAX + 1);
    assert_eq!(
        one(word(&long)),
        json!({ "redacted": "text", "size": WORD_BYTES_MAX + 1 })
    );
    assert_eq!(
        one(media_type("text/html; charset=utf-8")),
        json!("text/html; charset=utf-8")
    );
}

#[test]
fn path_is_shown_without_the_values_of_its_query() {
    assert_eq!(one(path("/paid?fin=OTEST01&to=bills")), json!("/paid?fin&to"));
    assert_eq!(one(path("/paid")), json!("/paid"));
    assert_eq!(
        one(path("/people/Ayg%C3%BCn")),
        json!({ "redacted": "text", "size": 18 })
    );
}

#[test]
fn key_is_a_fingerprint_that_only_the_same_key_of_the_same_log_has() {
    let of = |seed, text| {
        let fingerprints = Fingerprints::new(&Random::seeded(seed));
        let made = Arguments::new([("key", keyed(text))], &fingerprints);
        serde_json::to_value(made).unwrap()["key"].clone()
    };
    let first = of(1, "place--Leyla--1");
    assert_eq!(first["size"], 15);
    assert_eq!(
        first["fingerprint"].as_str().unwrap().len(),
        2 * FINGERPRINT_BYTES
    );
    assert!(!first.to_string().contains("Leyla"));
    assert_eq!(of(1, "place--Leyla--1"), first);
    assert_ne!(of(1, "place--Leyla--2"), first);
    assert_ne!(of(2, "place--Leyla--1"), first);
}

#[test]
fn long_list_is_cut_and_says_how_many_are_missing() {
    let items = vec!["a".to_owned(); ITEMS_SHOWN_MAX + 3];
    let shown = one(list(&items, |item| word(item)));
    let shown = shown.as_array().unwrap();
    assert_eq!(shown.len(), ITEMS_SHOWN_MAX + 1);
    assert_eq!(shown[ITEMS_SHOWN_MAX], json!({ "more": 3 }));
}

#[test]
fn arguments_over_the_limit_are_their_sizes() {
    let items = vec!["x".repeat(WORD_BYTES_MAX); ITEMS_SHOWN_MAX];
    let many = vec![(); ITEMS_SHOWN_MAX];
    let shown = one(list(&many, |()| list(&items, |item| word(item))));
    assert_eq!(shown, json!({ "redacted": "list", "size": ITEMS_SHOWN_MAX }));
    let shown = one(record([("a", list(&many, |()| list(&items, |item| word(item))))]));
    assert_eq!(shown, json!({ "redacted": "record", "size": 1 }));
}
