//! The audit log, and the citizen's own list.

use aim_gov::audit;
use aim_gov::db::Db;
use aim_gov::directory::Directory;
use aim_gov::error::GovError;
use aim_gov::invocation::CitizenId;
use aim_gov::payments::PAY_WITHIN_MS;
use aim_gov::payments::checkout::{BankAnswer, CheckoutError};
use aim_gov::payments::reading::PAGE_PAYMENTS_MAX;

use super::scene::{GOOD_CARD, PURPOSE, Scene, card, invocation, payer};

pub async fn every_step_is_in_the_audit_log(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let payment = scene.paid(&citizen, "k", 100).await;
    let by = scene.by(&citizen);
    let read = scene.payments.bills(&by, "utilities", PURPOSE).await.unwrap_err();
    assert_eq!(read.code(), "consent-required");
    scene.agree(&citizen).await;
    scene.payments.bills(&by, "utilities", PURPOSE).await.unwrap();
    // A call without a citizen: the record still belongs to the payer.
    let machine = invocation(&scene.service, None);
    scene.payments.get(&machine, &payment.id).await.unwrap();
    scene
        .payments
        .receipt(&payer(&citizen), payment.receipt_id.as_ref().unwrap())
        .await
        .unwrap();
    scene.payments.payments_of(&payer(&citizen), None).await.unwrap();
    assert_eq!(
        seen(&scene, &citizen).await,
        [
            "communal-bills bills allowed- utility_bills consent",
            "communal-bills bills consent-required- utility_bills",
            "communal-bills create allowed+",
            "communal-bills get allowed+",
            "communal-bills pay allowed+",
            "communal-bills receipt allowed+",
            "communal-bills start allowed+",
            "platform my-payments allowed-",
        ]
    );
}

pub async fn audit_log_says_what_came_of_a_step(db: Db) {
    let scene = Scene::new(db).await;
    let (citizen, stranger) = (scene.citizen(0), scene.citizen(3));
    let (mine, theirs) = (payer(&citizen), payer(&stranger));
    let payments = &scene.payments;
    let made = async |key: &str| scene.create(&citizen, key, 100).await.unwrap();
    // Declined, paid with another card, and clicked again.
    let declined = made("declined").await;
    scene.pay(&declined, "4000000000000002").await;
    scene.pay(&declined, GOOD_CARD).await;
    scene.pay(&declined, GOOD_CARD).await;
    // Asked by the bank: no.
    let asked = made("asked").await;
    scene.pay(&asked, "4000002500003155").await;
    payments
        .answer_bank(&mine, &asked.id, &scene.services(), BankAnswer::Refuse)
        .await
        .unwrap();
    // Turned back.
    payments.turn_back(&mine, &made("back").await.id).await.unwrap();
    // Not the citizen's, not confirmed, not possible any more.
    let other = made("other").await;
    assert!(payments.start(&theirs, &other.id).await.is_err());
    let card = card(GOOD_CARD);
    let services = scene.services();
    let unconfirmed = payments.pay(&mine, &other.id, &services, String::new(), card);
    assert!(unconfirmed.await.is_err());
    let gone = Directory::new(|_| None);
    let confirmation = payments.confirmation(&other);
    let stopped = payments.pay(&mine, &other.id, &gone, confirmation, card);
    assert!(stopped.await.is_err());
    // Shown to somebody, and looked up by a stranger.
    let receipt = scene.paid(&citizen, "paid", 100).await.receipt_id.unwrap();
    let (shown, _) = payments.receipt(&mine, &receipt).await.unwrap();
    assert!(payments.receipt(&theirs, &receipt).await.is_err());
    let code = shown.verification_code();
    let checked = payments.check_receipt("req_check".to_owned(), receipt.clone(), code);
    assert!(checked.await.unwrap().is_some());
    // Out of time, which is the platform's doing.
    scene.platform.clock.advance_ms(PAY_WITHIN_MS);
    payments.expire_overdue().await.unwrap();
    assert_eq!(
        seen(&scene, &citizen).await,
        [
            "communal-bills answer-bank refused-at-bank+",
            "communal-bills create allowed+",
            "communal-bills create allowed+",
            "communal-bills create allowed+",
            "communal-bills create allowed+",
            "communal-bills create allowed+",
            "communal-bills outcome allowed+",
            "communal-bills outcome allowed+",
            "communal-bills outcome allowed+",
            "communal-bills pay allowed+",
            "communal-bills pay allowed+",
            "communal-bills pay allowed+",
            "communal-bills pay declined+",
            "communal-bills receipt allowed+",
            "communal-bills start allowed+",
            "communal-bills start allowed+",
            "communal-bills start allowed+",
            "communal-bills turn-back allowed+",
            "platform check-receipt allowed+",
            "platform expire allowed+",
            "platform expire allowed+",
            "platform pay suspended+",
            "platform pay unconfirmed+",
        ]
    );
    assert_eq!(
        seen(&scene, &stranger).await,
        ["platform receipt not-found+", "platform start not-found+"]
    );
    scene.verify().await;
}

/// PostgreSQL takes no text with a NUL in it; a wrong id is a wrong id, and recorded, on both.
pub async fn no_text_is_an_id_that_only_one_engine_takes(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let (by, payer) = (scene.by(&citizen), payer(&citizen));
    let payments = &scene.payments;
    for odd in ["\0", "pay_\0", "ödəniş", "pay_' OR ''='"] {
        assert_eq!(payments.get(&by, odd).await, Err(GovError::NotFound));
        assert_eq!(payments.cancel(&by, odd).await, Err(GovError::NotFound));
        assert_eq!(
            payments.refund_payment(&by, "k", odd, 1, 1).await,
            Err(GovError::NotFound)
        );
        let find = payments.find(&by, odd).await.unwrap_err();
        assert_eq!(find.code(), "idempotency-key-malformed");
        let bills = payments.bills(&by, "utilities", odd).await.unwrap_err();
        assert_eq!(bills.code(), "purpose-not-approved");
        let opened = payments.start(&payer, odd).await;
        assert!(matches!(opened, Err(CheckoutError::NotFound)));
        let receipt = payments.receipt(&payer, odd).await;
        assert!(matches!(receipt, Err(CheckoutError::NotFound)));
        let checked = payments.check_receipt("req".to_owned(), odd.to_owned(), odd.to_owned());
        assert!(checked.await.unwrap().is_none());
        payments.payments_of(&payer, Some(odd.to_owned())).await.unwrap();
    }
    let records = audit::of_citizen(&scene.platform.db, &citizen, None, 100)
        .await
        .unwrap();
    assert_eq!(records.len(), 4 * 8);
    // What a plug-in calls a purpose and the approval does not know is not kept.
    assert!(records.iter().all(|record| record.purpose.is_none()));
}

pub async fn full_page_leads_on_only_where_there_is_more(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let page = async |before: Option<String>| {
        let (payments, older) = scene
            .payments
            .payments_of(&payer(&citizen), before)
            .await
            .unwrap();
        (payments.len(), older)
    };
    assert_eq!(page(None).await, (0, None));
    let full = PAGE_PAYMENTS_MAX as usize;
    let mut last = String::new();
    for number in 0..full {
        let payment = scene.create(&citizen, &number.to_string(), 1).await.unwrap();
        if number == 1 {
            last = payment.id;
        }
        scene.platform.clock.advance_ms(1);
    }
    assert_eq!(page(None).await, (full, None));
    scene.create(&citizen, "more", 1).await.unwrap();
    assert_eq!(page(None).await, (full, Some(last.clone())));
    assert_eq!(page(Some(last)).await, (1, None));
}

/// Service, operation, decision, whether it is about something, attributes and consent of each record
/// about a citizen's payments, in alphabetical order.
async fn seen(scene: &Scene, citizen: &CitizenId) -> Vec<String> {
    let records = audit::of_citizen(&scene.platform.db, citizen, None, 100)
        .await
        .unwrap();
    let mut seen: Vec<_> = records
        .iter()
        .filter(|record| record.interface == "payments")
        .map(|record| {
            let whose = if record.object.is_some() { "+" } else { "-" };
            let consent = record.consent_id.as_ref().map_or("", |_| " consent");
            let attributes = record.attributes.join(" ");
            let (service, operation) = (&record.service.0, &record.operation);
            let line = format!(
                "{service} {operation} {}{whose} {attributes}{consent}",
                record.decision
            );
            line.trim_end().to_owned()
        })
        .collect();
    seen.sort();
    seen
}
