use serde_json::json;

use super::*;

fn credential(id: &str) -> Value {
    json!({ "id": id, "format": FORMAT, "meta": { "vct_values": ["https://aim.example/k"] } })
}

fn of(sets: Value) -> Result<Vec<Vec<String>>, Refusal> {
    let credentials = ["a", "b", "c"].map(credential);
    let query = json!({ "credentials": credentials, "credential_sets": sets });
    parse(&query).map(|query| query.options)
}

#[test]
fn without_sets_all_documents_are_asked_for_together() {
    let credentials = ["a", "b"].map(credential);
    let query = parse(&json!({ "credentials": credentials, "later": true })).unwrap();
    assert_eq!(query.options, [["a", "b"]]);
    assert_eq!(query.credentials[0].claim_sets, [[]]);
}

#[test]
fn sets_are_combined_and_those_that_are_not_required_may_be_left_out() {
    let sets = json!([
        { "options": [["a"], ["b"]] },
        { "options": [["a", "c"]], "required": false },
    ]);
    let combined = of(sets).unwrap();
    assert_eq!(
        combined,
        [vec!["a", "c"], vec!["a"], vec!["b", "a", "c"], vec!["b"]]
    );
    assert_eq!(
        of(json!([{ "options": [["a"]], "required": false }])).unwrap(),
        [["a"]]
    );
}

#[test]
fn combinations_have_a_limit() {
    let set = json!({ "options": [["a"], ["b"], ["c"]] });
    let refusal = of(json!([set, set])).unwrap_err();
    assert_eq!(
        refusal.detail,
        "dcql_query.credential_sets[1].options lead to more than 8 combinations"
    );
}

#[test]
fn claims_are_read_by_their_sets() {
    let mut asked = credential("a");
    asked["claims"] = json!([
        { "id": "x", "path": ["one"] },
        { "id": "y", "path": ["two", null], "values": [7, "seven", true] },
    ]);
    asked["claim_sets"] = json!([["y"], ["x"]]);
    let query = parse(&json!({ "credentials": [asked] })).unwrap();
    let [first, second] = query.credentials[0].claim_sets.as_slice() else {
        panic!("{query:?}");
    };
    assert_eq!(
        (&first[0].name, &first[0].values),
        (&None, &Some(vec![json!(7), json!("seven"), json!(true)]))
    );
    assert_eq!(second[0].name.as_deref(), Some("one"));
    asked["claim_sets"] = json!([["z"]]);
    let refusal = parse(&json!({ "credentials": [asked] })).unwrap_err();
    assert!(
        refusal.detail.ends_with("names a claim that is not in claims"),
        "{refusal:?}"
    );
}
