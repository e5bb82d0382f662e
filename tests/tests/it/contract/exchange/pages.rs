//! Pages of an answer, and the cursors that lead from one to the next.

use aim_gov::consent::Change;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn months_of_income_come_in_pages() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        let income = about("income.monthly", &[]);
        let mut months = Vec::new();
        let mut cursor = None;
        let mut pages = 0;
        loop {
            let answer = page(&rig, &invocation, &income, &["month"], cursor.as_deref())
                .await
                .unwrap();
            let found = records(&answer);
            let found = found.as_array().unwrap().iter();
            months.extend(found.map(|month| month["month"].as_str().unwrap().to_owned()));
            pages += 1;
            match answer.cursor {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!((pages, months.len()), (3, 36));
        assert_eq!((months[0].as_str(), months[35].as_str()), ("2026-10", "2023-11"));
        months.dedup();
        assert_eq!(months.len(), 36);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cursor_leads_on_in_its_own_answer_alone() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        let income = about("income.monthly", &[]);
        let first = read(&rig, &invocation, &income, &["month"]).await.unwrap();
        let cursor = first.cursor.unwrap();
        let other = agreed(&rig, "OTEST02").await;
        let mut changed = cursor.clone();
        changed.pop();
        for (who, context, cursor) in [
            (&other, &income, cursor.as_str()),
            (&invocation, &about("vehicles.of-person", &[]), &cursor),
            (&invocation, &income, &changed),
            (&invocation, &income, "12"),
            (&invocation, &income, ""),
        ] {
            let field = if context.operation == "income.monthly" {
                "month"
            } else {
                "make"
            };
            let refused = page(&rig, who, context, &[field], Some(cursor)).await;
            assert_eq!(refused.unwrap_err().code(), "cursor-malformed", "{cursor}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_that_ends_between_pages_ends_the_reading() {
    everywhere(async |rig: Rig| {
        let invocation = asking(&rig, ORDINARY, |_| ());
        let id = agree(&rig, &invocation, REGISTERS).await;
        let income = about("income.monthly", &[]);
        let first = read(&rig, &invocation, &income, &["month"]).await.unwrap();
        let change = async |change| {
            rig.clock.advance_ms(1);
            let theirs = &rig.apis.consent;
            theirs.change(&citizen(&invocation), &id, change).await.unwrap();
        };
        let next = async || page(&rig, &invocation, &income, &["month"], first.cursor.as_deref()).await;
        change(Change::Pause).await;
        assert_eq!(next().await.unwrap_err().code(), "consent-paused");
        change(Change::Resume).await;
        assert!(next().await.is_ok());
        change(Change::Revoke).await;
        assert_eq!(next().await.unwrap_err().code(), "consent-revoked");
        rig.clock.advance_ms(31 * aim_gov::clock::DAY_MS);
        agree(&rig, &invocation, REGISTERS).await;
        rig.clock.advance_ms(31 * aim_gov::clock::DAY_MS);
        assert_eq!(next().await.unwrap_err().code(), "consent-expired");
    })
    .await;
}
