//! Consent and money through the whole platform: a citizen's browser, the gateway, a component, the
//! ledger; also when the power goes.

use std::collections::BTreeSet;

use aim_gov::db::Db;
use aim_gov::payments::ledger;
use aim_tests::actors::citizen::{Citizen, DECLINED_CARD, GOOD_CARD, ORDINARY};
use aim_tests::http::Page;
use aim_tests::instance::Instance;

use crate::stage::Stage;

/// Citizens who pay at once until the power is cut.
const WORKERS: usize = 4;
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
async fn a_consent_taken_back_between_two_calls_stops_the_second() {
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
    citizen.change_consent("revoke").await.unwrap().ok().unwrap();
    assert_eq!(
        probe(&stage.platform, &citizen, "/claims").await.body,
        "consent-revoked"
    );
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_retried_a_thousand_times_is_one_payment() {
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
    assert!(found.body.contains("Failed "), "{found}");

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
    let db = Db::open(&format!("sqlite:{}", dir.join("aim.sqlite").display()))
        .await
        .unwrap();
    let verification = ledger::verify(&db).await.unwrap();
    assert!(verification.is_clean(), "{verification:?}");
}

/// Pays one payment after another until the platform is gone; answers with those that it confirmed.
async fn pay_until_the_end(origin: String, citizen: Citizen, worker: usize) -> Vec<String> {
    let mut confirmed = Vec::new();
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
            confirmed.push(receipt);
        }
    }
    confirmed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_during_payments_loses_nothing_that_was_confirmed() {
    let stage = Stage::start().await;
    stage.deploy_probe().await;
    let citizen = stage.citizen_at_probe(ORDINARY).await;
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            tokio::spawn(pay_until_the_end(
                stage.platform.origin("probe"),
                citizen.clone(),
                worker,
            ))
        })
        .collect();
    // Once a dozen payments are through, in the middle of the next ones.
    loop {
        let page = citizen.page("/my/payments").await.unwrap();
        if page
            .document()
            .links()
            .iter()
            .filter(|(href, _)| href.contains("/receipts/"))
            .count()
            >= 12
        {
            break;
        }
    }
    let killed = stage.platform.kill().await.unwrap();
    let mut confirmed = Vec::new();
    for worker in workers {
        confirmed.extend(worker.await.unwrap());
    }
    // Those on the page, less the one that each worker was about to be told.
    assert!(confirmed.len() + WORKERS >= 12, "{confirmed:?}");
    assert_balanced(killed.dir()).await;

    let platform = killed.start().await.unwrap();
    let citizen = Citizen::new(&platform.url, ORDINARY, "az").unwrap();
    citizen.log_in().await.unwrap().ok().unwrap();
    for receipt in &confirmed {
        let page = citizen.agent.get(platform.at(receipt)).await.unwrap();
        assert!(page.status.is_success(), "a confirmed payment is lost: {page}");
    }
    platform.stop().await.unwrap();
}
