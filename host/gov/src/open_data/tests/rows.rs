use proptest::prelude::*;

use super::*;
use crate::open_data::column::ColumnType;
use crate::open_data::language::Language;
use crate::open_data::reading::Fault;
use crate::open_data::table::{Table, TableError};

fn table(csv: &str) -> Table {
    let language = |column: &str| match column {
        "en" => Language::En,
        _ => Language::Az,
    };
    Table::read(csv.as_bytes(), None, language).unwrap()
}

fn first_fields(table: &Table, query: &Query) -> Vec<Value> {
    let rows = query::run(table, query).unwrap();
    rows.records
        .into_iter()
        .map(|mut record| record.remove(0))
        .collect()
}

#[test]
fn codes_of_twenty_digits_stay_apart() {
    let table = table("code\n10000000000000000001\n10000000000000000002\n");
    assert_eq!(table.columns()[0].column_type(), ColumnType::Text);
    let rows = query::run(
        &table,
        &Query {
            limit: 2,
            ..Query::default()
        },
    );
    assert_eq!(
        rows.unwrap().records,
        [[text("10000000000000000001")], [text("10000000000000000002")]]
    );
}

#[test]
fn types_are_the_narrowest_that_fit_every_value() {
    let table = table(
        "whole,decimal,flag,code,date,mixed,nothing\n\
         1,1.5,true,09,2026-01-01,1,\n\
         -20,1e3,false,10,2026-01-02,x,\n\
         ,-0.0,,11,,,\n",
    );
    let types: Vec<_> = table
        .columns()
        .iter()
        .map(|column| column.column_type())
        .collect();
    use ColumnType::{Boolean, Integer, Number, Text};
    assert_eq!(types, [Integer, Number, Boolean, Text, Text, Text, Text]);
    let rows = query::run(
        &table,
        &Query {
            limit: 3,
            ..Query::default()
        },
    );
    assert_eq!(
        rows.unwrap().records[2],
        [
            Value::Null,
            Value::Number(0.0),
            Value::Null,
            text("11"),
            Value::Null,
            Value::Null,
            Value::Null
        ]
    );
}

#[test]
fn number_too_large_for_its_type_is_text() {
    let table = table("a,b,c\n9223372036854775808,1e999,NaN\n");
    let types: Vec<_> = table
        .columns()
        .iter()
        .map(|column| column.column_type())
        .collect();
    assert_eq!(types, [ColumnType::Text; 3]);
}

#[test]
fn files_that_are_no_tables_are_refused_by_name() {
    let read = |csv: &[u8]| Table::read(csv, None, |_| Language::Az).unwrap_err();
    assert!(matches!(read(b""), TableError::NoColumns));
    assert!(matches!(read(b"a,a\n"), TableError::ColumnName(name) if name == "a"));
    assert!(matches!(read(b"a,\n"), TableError::ColumnName(name) if name.is_empty()));
    assert!(matches!(
        read(b"a,b\n1\n"),
        TableError::Fault(Fault::Width { line: 2, .. })
    ));
    assert!(matches!(
        read(b"a\n\xff\n"),
        TableError::Fault(Fault::Encoding { line: 2 })
    ));
    let wide = vec!["c"; 257].join(",");
    assert!(matches!(read(wide.as_bytes()), TableError::TooLarge));
}

#[test]
fn text_sorts_by_its_alphabet_and_prefixes_ignore_case_by_its_rules() {
    let table = table("az,en\nŞəki,Island\nİmişli,India\nSalyan,ink\nIsıq,Zulu\nimkan,Yard\nQuba,Oak\n");
    let by_name = Query {
        sort: vec![Sort {
            field: "az".into(),
            descending: false,
        }],
        limit: 10,
        ..Query::default()
    };
    assert_eq!(
        first_fields(&table, &by_name),
        ["Isıq", "İmişli", "imkan", "Quba", "Salyan", "Şəki"].map(text)
    );
    let prefix = |field: &str, prefix: &str| {
        let query = Query {
            fields: vec![field.into()],
            filters: vec![filter(field, Comparison::Prefix, text(prefix))],
            limit: 10,
            ..Query::default()
        };
        first_fields(&table, &query)
    };
    assert_eq!(prefix("az", "İM"), ["İmişli", "imkan"].map(text));
    assert_eq!(prefix("az", "I"), ["Isıq"].map(text));
    assert_eq!(prefix("en", "in"), ["India", "ink"].map(text));
    assert_eq!(prefix("en", ""), prefix("en", "")[..6]);
    assert_eq!(prefix("en", "x"), []);
}

#[tokio::test]
async fn holidays_after_a_date_come_in_order_with_the_fields_asked_for() {
    let rows = scene()
        .await
        .holidays(Query {
            fields: vec!["name_en".into(), "date".into()],
            filters: vec![
                filter("date", Comparison::Ge, text("2026-03-20")),
                filter("date", Comparison::Lt, text("2026-04-01")),
                filter("name_en", Comparison::Prefix, text("SPRING")),
            ],
            sort: vec![Sort {
                field: "date".into(),
                descending: true,
            }],
            offset: 1,
            limit: 2,
            ..Query::default()
        })
        .await
        .unwrap();
    assert_eq!(rows.fields, ["name_en", "date"]);
    assert!(rows.total >= 5, "{rows:?}");
    let dates: Vec<_> = rows.records.iter().map(|record| record[1].clone()).collect();
    assert_eq!(dates.len(), 2);
    assert!(matches!((&dates[0], &dates[1]), (Value::Text(a), Value::Text(b)) if a > b));
}

#[tokio::test]
async fn each_wrong_query_is_refused_with_its_own_code() {
    let scene = scene().await;
    let with = |filter: Filter| Query {
        filters: vec![filter],
        ..Query::default()
    };
    let many = |count: usize| vec!["date".to_owned(); count];
    let cases = [
        (
            "unknown-field",
            Query {
                fields: vec!["day".into()],
                ..Query::default()
            },
        ),
        ("unknown-field", with(filter("day", Comparison::Eq, text("x")))),
        (
            "unknown-field",
            Query {
                sort: vec![Sort {
                    field: "day".into(),
                    descending: false,
                }],
                ..Query::default()
            },
        ),
        (
            "duplicate-field",
            Query {
                fields: many(2),
                ..Query::default()
            },
        ),
        (
            "too-many-fields",
            Query {
                fields: many(257),
                ..Query::default()
            },
        ),
        (
            "too-many-filters",
            Query {
                filters: vec![filter("date", Comparison::Eq, text("x")); 17],
                ..Query::default()
            },
        ),
        (
            "too-many-sorts",
            Query {
                sort: vec![
                    Sort {
                        field: "date".into(),
                        descending: false
                    };
                    9
                ],
                ..Query::default()
            },
        ),
        (
            "wrong-value-type",
            with(filter("date", Comparison::Lt, Value::Integer(1))),
        ),
        (
            "null-has-no-order",
            with(filter("date", Comparison::Lt, Value::Null)),
        ),
        (
            "value-too-long",
            with(filter("date", Comparison::Eq, text(&"x".repeat(1_025)))),
        ),
        (
            "limit-too-large",
            Query {
                limit: 1_001,
                ..Query::default()
            },
        ),
    ];
    for (code, query) in cases {
        let GovError::InvalidRequest(problem) = scene.holidays(query).await.unwrap_err() else {
            panic!("{code} is an invalid request");
        };
        assert_eq!(problem.code, code);
        assert!(!problem.detail.is_empty());
    }
    let places = |field: &str, op, value| {
        let query = with(filter(field, op, value));
        scene.open_data.rows("az-populated-places", query)
    };
    let refused = places("population", Comparison::Prefix, text("1")).await;
    assert_eq!(refused.unwrap_err().code(), "prefix-needs-text");
    let refused = places("latitude", Comparison::Gt, Value::Number(f64::NAN)).await;
    assert_eq!(refused.unwrap_err().code(), "value-not-finite");
    let north = places("latitude", Comparison::Gt, Value::Integer(40))
        .await
        .unwrap();
    assert!(0 < north.total && north.total < 245);
}

/// The plainest possible answer, to compare with.
fn naive(table: &Table, query: &Query) -> (u64, Vec<Vec<Value>>) {
    let all = 0..table.rows_count();
    let value = |row: u32, field: &str| table.column(field).unwrap().value(row);
    let order = |left: &Value, right: &Value| match (left, right) {
        (Value::Null, Value::Null) => std::cmp::Ordering::Equal,
        (Value::Null, _) => std::cmp::Ordering::Less,
        (_, Value::Null) => std::cmp::Ordering::Greater,
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        _ => panic!("the test compares values of one column"),
    };
    let mut rows: Vec<u32> = all
        .filter(|row| {
            query.filters.iter().all(|filter| {
                let value = value(*row, &filter.field);
                if value == Value::Null || filter.value == Value::Null {
                    let same = value == filter.value;
                    return match filter.op {
                        Comparison::Eq => same,
                        _ => !same && filter.value == Value::Null,
                    };
                }
                let order = order(&value, &filter.value);
                match filter.op {
                    Comparison::Eq => order.is_eq(),
                    Comparison::Ne => order.is_ne(),
                    Comparison::Lt => order.is_lt(),
                    Comparison::Le => order.is_le(),
                    Comparison::Gt => order.is_gt(),
                    Comparison::Ge => order.is_ge(),
                    Comparison::Prefix => matches!((&value, &filter.value),
                        (Value::Text(text), Value::Text(prefix)) if text.starts_with(prefix)),
                }
            })
        })
        .collect();
    rows.sort_by(|left, right| {
        query.sort.iter().fold(std::cmp::Ordering::Equal, |so_far, sort| {
            so_far.then_with(|| {
                let order = order(&value(*left, &sort.field), &value(*right, &sort.field));
                if sort.descending { order.reverse() } else { order }
            })
        })
    });
    let page = rows
        .iter()
        .skip(query.offset as usize)
        .take(query.limit as usize)
        .map(|row| table.columns().iter().map(|column| column.value(*row)).collect())
        .collect();
    (rows.len() as u64, page)
}

fn any_filter() -> impl Strategy<Value = Filter> {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne, Prefix};
    let op = || prop::sample::select(vec![Eq, Ne, Lt, Le, Gt, Ge]);
    prop_oneof![
        (op(), -1_i64..40).prop_map(|(op, value)| filter("number", op, Value::Integer(value))),
        (op(), 0_i64..500).prop_map(|(op, value)| filter("wide", op, Value::Integer(value))),
        (op(), "[a-c]{0,2}").prop_map(|(op, value)| filter("word", op, text(&value))),
        "[a-c]{0,2}".prop_map(|value| filter("word", Prefix, text(&value))),
        prop::sample::select(vec![Eq, Ne]).prop_map(|op| filter("word", op, Value::Null)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_answers_what_a_plain_scan_answers(
        rows in prop::collection::vec((prop::option::of(0_i64..40), 0_i64..500, "[a-c]{0,3}"), 0..300),
        filters in prop::collection::vec(any_filter(), 0..4),
        sort in prop::sample::subsequence(vec!["number", "word", "wide"], 0..3),
        descending in any::<[bool; 3]>(),
        (offset, limit) in (0_u32..50, 0_u32..40),
    ) {
        let mut csv = String::from("number,wide,word\n0,0,x\n");
        for (number, wide, word) in rows {
            let number = number.map(|number| number.to_string()).unwrap_or_default();
            csv.push_str(&format!("{number},{wide},{word}\n"));
        }
        let table = table(&csv);
        let query = Query {
            fields: Vec::new(),
            filters,
            sort: sort.into_iter().zip(descending)
                .map(|(field, descending)| Sort { field: field.into(), descending }).collect(),
            offset,
            limit,
            ..Query::default()
        };
        let answer = query::run(&table, &query).unwrap();
        prop_assert_eq!((answer.total, answer.records), naive(&table, &query));
    }
}

#[test]
fn words_of_a_query_are_bounded() {
    let table = table("name\nKür\n");
    let asked = |text: String| {
        let words = vec![query::Words { field: None, text }];
        let query = Query {
            words,
            limit: 1,
            ..Query::default()
        };
        query::run(&table, &query).map(|rows| rows.total)
    };
    let refused = |text: String| asked(text).unwrap_err().code();
    assert_eq!(asked("a ".repeat(query::WORDS_MAX)), Ok(0));
    assert_eq!(refused("a ".repeat(query::WORDS_MAX + 1)), "too-many-words");
    assert_eq!(asked("a".repeat(query::WORDS_BYTES_MAX)), Ok(0));
    assert_eq!(refused("a".repeat(query::WORDS_BYTES_MAX + 1)), "too-many-words");
}

#[test]
fn distinct_rows_of_a_query_are_bounded() {
    let lines = |count: usize| (0..count).map(|number| format!("{number}\n")).collect::<String>();
    let distinct = |count: usize| {
        let query = Query {
            distinct: true,
            limit: 1,
            ..Query::default()
        };
        query::run(&table(&format!("number\n{}", lines(count))), &query).map(|rows| rows.total)
    };
    assert_eq!(distinct(query::DISTINCT_ROWS_MAX), Ok(100_000));
    let refused = distinct(query::DISTINCT_ROWS_MAX + 1).unwrap_err();
    assert_eq!(refused.code(), "too-many-distinct");
}
