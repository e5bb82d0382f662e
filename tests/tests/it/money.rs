//! Consent and money through the whole platform: a citizen's browser, the gateway, a component, the
//! ledger; also when the platform is killed.

use std::collections::BTreeSet;

use aim_gov::db::{Db, sqlite_address};
use aim_gov::payments::ledger;
use aim_tests::actors::citizen::{Citizen, DECLINED_CARD, GOOD_CARD, ORDINARY};
use aim_tests::http::{self, Page};
use aim_tests::instance::Instance;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;

use crate::stage::Stage;

/// Citizens who pay at once until the platform is killed.
const WORKERS: usize = 4;
/// Payments that must be through before that.
const PAID_MIN: usize = 12;
/// As many as the issue asks for.
const RETRIES: usize = 1_000;
/// Requests of them under way at once: what one service's place and queue take in.
const AT_ONCE: usize = 16;

async fn probe(platform: &Instance, citizen: &Citizen, path: &str) -> Page {
    let url = format!("{}{path}", platform.origin("probe"));
    citizen.agent.get_still(url).await.unwrap()
}

/// The words of the probe's `ok …`.
fn words(page: &Page) -> Vec<String> {
    assert!(page.body.starts_with("ok "), "{page}");
    page.body.split(' ').map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_taken_back_between_two_calls_stops_the_second() {
    let stage = Stage::start().await;
    stage.deploy_probe().await;
    let citizen = stage.citizen_at_probe(ORDINARY).await;
    assert_eq!(probe(&stage.platform, &citizen, "/claims").await.body, "ok Aygün");
    citizen.change_consent("pause").await.unwrap().ok().unwrap();
    assert_eq!(
        probe(&stage.platform, &citizen, "/claims").await.body,
        "consent-paused"
    );
    citizen.change_consent("resume").await.unwrap().ok().unwrap();
    assert_eq!(probe(&stage.platform, &citizen, "/claims").await.body, "ok Aygün");
    citizen.revoke_consent().await.unwrap().ok().unwrap();
    assert_eq!(
        probe(&stage.platform, &citizen, "/claims").await.body,
        "consent-revoked"
    );
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn payment_retried_a_thousand_times_is_one_payment() {
    use futures::StreamExt as _;
    let stage = Stage::start().await;
    stage.deploy_probe().await;
    let citizen = stage.citizen_at_probe(ORDINARY).await;
    let answers: Vec<Page> = futures::stream::iter(0..RETRIES)
        .map(|_| probe(&stage.platform, &citizen, "/create?key=once&amount=500"))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let ids: BTreeSet<String> = answers.iter().map(|page| words(page).swap_remove(1)).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");

    let next = words(&answers[0]).pop().unwrap();
    let checkout = citizen.agent.get(&next).await.unwrap().ok().unwrap();
    let declined = citizen.pay(&checkout, DECLINED_CARD).await.unwrap();
    assert!(declined.document().link("/receipts/").is_none(), "{declined}");
    let found = probe(&stage.platform, &citizen, "/find?key=once").await;
    assert!(found.body.contains("Started "), "{found}");

    let created = probe(&stage.platform, &citizen, "/create?key=twice&amount=700").await;
    let checkout = citizen
        .agent
        .get(words(&created).pop().unwrap())
        .await
        .unwrap()
        .ok()
        .unwrap();
    let (a, b) = tokio::join!(
        citizen.pay(&checkout, GOOD_CARD),
        citizen.pay(&checkout, GOOD_CARD)
    );
    let receipts: BTreeSet<_> = [a.unwrap(), b.unwrap()]
        .iter()
        .filter_map(|page| page.document().link("/receipts/"))
        .collect();
    assert_eq!(receipts.len(), 1, "{receipts:?}");
    let stopped = stage.platform.stop().await.unwrap();
    assert_balanced(stopped.dir()).await;
}

async fn assert_balanced(dir: &std::path::Path) {
    let db = Db::open(&sqlite_address(&dir.join("aim.sqlite"))).await.unwrap();
    let verification = ledger::verify(&db).await.unwrap();
    assert!(verification.is_clean(), "{verification:?}");
}

/// Pays one payment after another until the platform is gone, and tells the receipts of those that it
/// confirmed.
async fn pay_until_the_end(origin: String, citizen: Citizen, worker: usize, paid: UnboundedSender<String>) {
    for n in 0.. {
        let create = format!("{origin}/create?key=w{worker}-{n}&amount=100");
        let Ok(created) = citizen.agent.get_still(&create).await else {
            break;
        };
        let Some(next) = created
            .body
            .split(' ')
            .nth(4)
            .filter(|next| next.starts_with("http"))
        else {
            assert!(!created.body.starts_with("ok"), "{created}");
            break;
        };
        let Ok(checkout) = citizen.agent.get(next).await else {
            break;
        };
        let Ok(outcome) = citizen.pay(&checkout, GOOD_CARD).await else {
            break;
        };
        if let Some(receipt) = outcome.document().link("/receipts/") {
            paid.send(receipt).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_during_payments_loses_nothing_that_was_confirmed() {
    let stage = Stage::start().await;
    stage.deploy_probe().await;
    let citizen = stage.citizen_at_probe(ORDINARY).await;
    let (paid, mut payments) = tokio::sync::mpsc::unbounded_channel();
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let paid = paid.clone();
            tokio::spawn(pay_until_the_end(
                stage.platform.origin("probe"),
                citizen.clone(),
                worker,
                paid,
            ))
        })
        .collect();
    // Where all workers end before that, nobody holds the sender any more.
    drop(paid);
    let mut confirmed = Vec::new();
    while confirmed.len() < PAID_MIN {
        let receipt = timeout(http::ANSWER_MAX, payments.recv()).await.unwrap();
        confirmed.push(receipt.expect("a payment"));
    }
    // In the middle of the next ones.
    let killed = stage.platform.kill().await.unwrap();
    for worker in workers {
        worker.await.unwrap();
    }
    while let Some(receipt) = payments.recv().await {
        confirmed.push(receipt);
    }
    assert_balanced(killed.dir()).await;

    let platform = killed.start().await.unwrap();
    let citizen = Citizen::new(&platform.url, ORDINARY, "az").unwrap();
    citizen.log_in().await.unwrap().ok().unwrap();
    for receipt in &confirmed {
        let page = citizen.agent.get(platform.at(receipt)).await.unwrap();
        assert!(page.status.is_success(), "a confirmed payment is lost: {page}");
        let number = receipt.rsplit('/').next().unwrap();
        let text = page.text();
        assert!(text.contains(number) && text.contains("1,00 AZN"), "{page}");
    }
    platform.stop().await.unwrap();
}
