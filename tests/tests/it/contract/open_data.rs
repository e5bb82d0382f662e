mod harvesting;

use aim_gov::audit;
use aim_gov::error::GovError;
use aim_gov::open_data::{Comparison, Filter, Query, Rows, SearchQuery, Sort, Value};

use super::{Rig, on_both};

const HOLIDAYS: &str = "az-public-holidays";

/// Rows of the holidays on and after a day.
async fn holidays(rig: &Rig, since: Value, limit: u32) -> Result<Rows, GovError> {
    // Records of one millisecond have no order among themselves.
    rig.clock.advance_ms(1);
    let query = Query {
        fields: vec!["date".to_owned(), "name_az".to_owned()],
        filters: vec![Filter {
            field: "date".to_owned(),
            op: Comparison::Ge,
            value: since,
        }],
        sort: vec![Sort {
            field: "date".to_owned(),
            descending: false,
        }],
        offset: 0,
        limit,
        ..Query::default()
    };
    rig.apis.open_data.query(&rig.invocation, HOLIDAYS, query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn real_rows_come_in_order_and_wrong_questions_are_named() {
    on_both(async |rig: Rig| {
        let rows = holidays(&rig, Value::Text("2026-12-31".to_owned()), 2)
            .await
            .unwrap();
        assert!(rows.total > 2);
        assert_eq!(rows.records[0][0], Value::Text("2026-12-31".to_owned()));
        assert_eq!(rows.records[1][0], Value::Text("2027-01-01".to_owned()));
        for (since, limit, code) in [
            (Value::Text(String::new()), 1_001, "limit-too-large"),
            (Value::Integer(2026), 1, "wrong-value-type"),
            (Value::Null, 1, "null-has-no-order"),
        ] {
            assert_eq!(
                holidays(&rig, since, limit).await.unwrap_err().code(),
                code,
                "on {:?}",
                rig.db.engine()
            );
        }
        assert_eq!(
            rig.decisions("query").await,
            [
                "allowed",
                "limit-too-large",
                "wrong-value-type",
                "null-has-no-order"
            ]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn found_data_set_can_be_read_and_is_recorded() {
    on_both(async |rig: Rig| {
        let search = SearchQuery {
            text: "İSTİRAHƏT günü".to_owned(),
            rows: 10,
            ..SearchQuery::default()
        };
        let page = rig.apis.open_data.search(&rig.invocation, &search).await.unwrap();
        let found: Vec<_> = page
            .results
            .iter()
            .map(|dataset| dataset.identifier.as_str())
            .collect();
        assert_eq!(found, [HOLIDAYS]);
        rig.clock.advance_ms(1);
        let dataset = rig.apis.open_data.get(&rig.invocation, HOLIDAYS).await;
        assert_eq!(dataset.as_ref(), Ok(&page.results[0]));
        rig.clock.advance_ms(1);
        let missing = rig.apis.open_data.get(&rig.invocation, "az-snow").await;
        assert_eq!(missing, Err(GovError::NotFound));
        let log = audit::of_citizen(&rig.db, &rig.citizen, None, 10).await.unwrap();
        let told: Vec<_> = log
            .iter()
            .rev()
            .map(|record| (record.operation.as_str(), record.object.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("search", None),
                ("get", Some(HOLIDAYS)),
                ("get", Some("az-snow"))
            ]
        );
    })
    .await;
}
