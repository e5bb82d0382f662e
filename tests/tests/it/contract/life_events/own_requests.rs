//! Events of what a service itself asked for: payments, refunds, messages, consents.

use aim_gov::consent::Change;
use aim_gov::message_template::{Kind, Template};
use aim_gov::notifications::{Choice, NewMessage};
use aim_gov::payments::card::{Card, CardForm};
use aim_gov::payments::checkout::Payer;
use aim_gov::payments::{NewPayment, Payment};

use super::super::{PURPOSE, text};
use super::*;

const ALL: [EventType; 5] = [
    EventType::PaymentChanged,
    EventType::RefundChanged,
    EventType::MessageFinished,
    EventType::MessageConfirmed,
    EventType::ConsentChanged,
];

/// A service that subscribes to these types, at which the rig's citizen takes part.
async fn subscribed(rig: &Rig, types: &[EventType]) -> Invocation {
    let notice = Template {
        id: "notice".to_owned(),
        version: 1,
        name: text("Bildiriş"),
        kind: Kind::FormalNotice,
        purpose: PURPOSE.to_owned(),
        subject: text("Bildiriş"),
        body: text("Bildiriş"),
        fields: Vec::new(),
    };
    let mut invocation = listening(rig, |service| {
        let grant = &mut service.grant;
        grant.events.types = types.iter().copied().collect();
        grant.capabilities.insert(Capability::Notifications);
        grant.templates = vec![notice];
        grant.boundary.messages_max = 10;
        grant.boundary.messages_per_citizen_max = 10;
    });
    invocation.session.clone_from(&rig.invocation.session);
    rig.apis.outbox.connect(services(&invocation));
    rig.apis
        .consent
        .enrol(&invocation.service, &rig.citizen)
        .await
        .unwrap();
    invocation
}

async fn agree(rig: &Rig, invocation: &Invocation) -> String {
    let service = &invocation.service;
    let all = &service.grant.purpose(PURPOSE).unwrap().attributes;
    rig.apis
        .consent
        .give(service, &rig.citizen, PURPOSE, all)
        .await
        .unwrap()
}

async fn create(rig: &Rig, invocation: &Invocation, key: &str) -> Payment {
    let new = NewPayment {
        minor_units: 500,
        currency: "AZN".to_owned(),
        service_code: "utilities.water".to_owned(),
        reference: "R-1".to_owned(),
        description: text("Su haqqı"),
        return_path: "/".to_owned(),
        delayed_capture: false,
        metadata: Vec::new(),
    };
    rig.apis.payments.create(invocation, key, new).await.unwrap()
}

async fn pay(rig: &Rig, invocation: &Invocation, payment: &Payment) {
    let payer = Payer {
        citizen: rig.citizen.clone(),
        request_id: "req_page".to_owned(),
    };
    let payments = &rig.apis.payments;
    let shown = payments.start(&payer, &payment.id).await.unwrap();
    let form = CardForm {
        number: "4242 4242 4242 4242".into(),
        expiry_month: "12".to_owned(),
        expiry_year: "2030".to_owned(),
        cvc: "123".into(),
    };
    let card = Card::parse(&form, NOW).unwrap();
    let confirmation = payments.confirmation(&shown);
    payments
        .pay(&payer, &payment.id, &services(invocation), confirmation, card)
        .await
        .unwrap();
}

/// What was delivered: type, status and id of the data, oldest first. Everything about it is checked on the way.
async fn told(rig: &Rig, invocation: &Invocation) -> Vec<(EventType, String, String)> {
    let handler = Scripted::default();
    let mut attempts = Vec::new();
    loop {
        let more = round(rig, invocation, &handler).await;
        if more.is_empty() {
            break;
        }
        attempts.extend(more);
    }
    attempts.sort_by(|one, other| one.event.id.cmp(&other.event.id));
    let told = attempts.into_iter().map(|attempt| {
        let event = attempt.event;
        let data: serde_json::Value = serde_json::from_slice(event.data.as_deref().unwrap()).unwrap();
        let of = |name: &str| data[name].as_str().unwrap().to_owned();
        assert_eq!(event.content_type.as_deref(), Some("application/json"));
        assert_eq!(
            event.extensions(),
            [("correlationid".to_owned(), of("id"))],
            "{data}"
        );
        (event.event_type, of("status"), of("id"))
    });
    told.collect()
}

fn about(event_type: EventType, id: &str, states: &[&str]) -> Vec<(EventType, String, String)> {
    let states = states.iter();
    states
        .map(|status| (event_type, (*status).to_owned(), id.to_owned()))
        .collect()
}

/// Events of one millisecond have no order among themselves.
fn sorted(mut told: Vec<(EventType, String, String)>) -> Vec<(EventType, String, String)> {
    told.sort();
    told
}

#[tokio::test]
async fn every_state_of_a_payment_and_its_refund_is_told() {
    on_both(|rig| async move {
        let invocation = subscribed(&rig, &ALL).await;
        let payment = create(&rig, &invocation, "key-1").await;
        assert_eq!(told(&rig, &invocation).await, []);
        pay(&rig, &invocation, &payment).await;
        let paid = about(
            EventType::PaymentChanged,
            &payment.id,
            &["started", "submitted", "success"],
        );
        assert_eq!(sorted(told(&rig, &invocation).await), sorted(paid));
        let refund = rig
            .apis
            .payments
            .refund_payment(&invocation, "refund-1", &payment.id, 500, 500)
            .await
            .unwrap();
        let refunded = about(EventType::RefundChanged, &refund.id, &["success"]);
        assert_eq!(told(&rig, &invocation).await, refunded);
        assert_eq!(rig.decisions("payment-changed").await, ["allowed"; 3]);
        assert_eq!(rig.decisions("refund-changed").await, ["allowed"]);
    })
    .await;
}

#[tokio::test]
async fn payment_that_is_cancelled_or_expires_is_told() {
    on_both(|rig| async move {
        let invocation = subscribed(&rig, &ALL).await;
        let cancelled = create(&rig, &invocation, "key-1").await.id;
        rig.apis.payments.cancel(&invocation, &cancelled).await.unwrap();
        let expired = create(&rig, &invocation, "key-2").await.id;
        rig.clock.advance_ms(2 * HOUR_MS);
        rig.apis.payments.expire_overdue().await.unwrap();
        // Whoever comes later finds it expired already, and it is told once.
        rig.apis.payments.get(&invocation, &expired).await.unwrap();
        let mut expected = about(EventType::PaymentChanged, &cancelled, &["cancelled"]);
        expected.extend(about(EventType::PaymentChanged, &expired, &["failed"]));
        assert_eq!(told(&rig, &invocation).await, expected);
    })
    .await;
}

#[tokio::test]
async fn every_state_of_a_consent_is_told() {
    on_both(|rig| async move {
        let invocation = subscribed(&rig, &ALL).await;
        let consent = &rig.apis.consent;
        let first = agree(&rig, &invocation).await;
        for change in [Change::Pause, Change::Resume, Change::Revoke] {
            rig.clock.advance_ms(1);
            consent.change(&rig.citizen, &first, change).await.unwrap();
        }
        let states = ["active", "paused", "active", "revoked"];
        let expected = about(EventType::ConsentChanged, &first, &states);
        assert_eq!(told(&rig, &invocation).await, expected);
        consent
            .refuse(&invocation.service, &rig.citizen, PURPOSE)
            .await
            .unwrap();
        assert_eq!(told(&rig, &invocation).await[0].1, "denied");
        let second = agree(&rig, &invocation).await;
        consent.release(&invocation, &second).await.unwrap();
        let released = about(EventType::ConsentChanged, &second, &["active", "revoked"]);
        assert_eq!(sorted(told(&rig, &invocation).await), released);
        // Only a change that was made is told.
        let again = consent.change(&rig.citizen, &second, Change::Pause).await;
        assert!(again.is_err());
        assert_eq!(told(&rig, &invocation).await, []);
    })
    .await;
}

/// Time ends it without anybody's action; it is told once, and over before.
#[tokio::test]
async fn consent_that_expires_is_told_once() {
    on_both(|rig| async move {
        let invocation = subscribed(&rig, &ALL).await;
        let id = agree(&rig, &invocation).await;
        assert_eq!(told(&rig, &invocation).await.len(), 1);
        let consent = &rig.apis.consent;
        let end = consent
            .record(&rig.citizen, &id)
            .await
            .unwrap()
            .unwrap()
            .expires_at;
        consent.expire_due().await.unwrap();
        assert_eq!(told(&rig, &invocation).await, []);
        rig.clock.advance_ms(end.0 - rig.clock.now().0 + HOUR_MS);
        consent.expire_due().await.unwrap();
        consent.expire_due().await.unwrap();
        let expired = about(EventType::ConsentChanged, &id, &["expired"]);
        assert_eq!(told(&rig, &invocation).await, expired);
        let record = consent.record(&rig.citizen, &id).await.unwrap().unwrap();
        assert_eq!(record.since(), end);
    })
    .await;
}

#[tokio::test]
async fn service_of_a_citizen_who_left_is_told_without_their_name() {
    on_both(|rig| async move {
        let invocation = subscribed(&rig, &ALL).await;
        let consent = agree(&rig, &invocation).await;
        let payment = create(&rig, &invocation, "key-1").await;
        assert_eq!(told(&rig, &invocation).await.len(), 1);
        let service = &invocation.service.id;
        assert!(rig.apis.consent.leave(service, &rig.citizen).await.unwrap());
        rig.clock.advance_ms(1);
        rig.apis.payments.cancel(&invocation, &payment.id).await.unwrap();
        let handler = Scripted::default();
        let mut attempts = round(&rig, &invocation, &handler).await;
        attempts.sort_by(|one, other| one.event.id.cmp(&other.event.id));
        let objects: Vec<_> = attempts
            .iter()
            .map(|attempt| attempt.event.object.as_deref().unwrap())
            .collect();
        assert_eq!(objects, [consent.as_str(), payment.id.as_str()]);
        assert!(attempts.iter().all(|attempt| attempt.event.subject.is_none()));
        // The citizen still reads in the log that the service was told.
        assert_eq!(rig.decisions("consent-changed").await, ["allowed"; 2]);
        let recent = rig.apis.life_events.recent(&invocation, None).await.unwrap();
        assert_eq!(recent.events.len(), 3);
        assert!(recent.events.iter().all(|event| event.subject.is_none()));
    })
    .await;
}

#[tokio::test]
async fn end_and_receipt_of_a_message_are_told() {
    on_both(|rig| async move {
        let invocation = subscribed(&rig, &ALL).await;
        agree(&rig, &invocation).await;
        let sub = rig.apis.identity.sub(&invocation.service.id, &rig.citizen);
        let new = NewMessage {
            to: sub,
            template: "notice".to_owned(),
            personalisation: Vec::new(),
            reference: None,
            language: None,
            send_at: None,
            discard_at: None,
        };
        let notifications = &rig.apis.notifications;
        let message = notifications
            .send(&invocation, "key-1", new.clone())
            .await
            .unwrap();
        told(&rig, &invocation).await;
        let finished = about(EventType::MessageFinished, &message.id, &["delivered"]);
        // The alert is not over yet.
        notifications.deliver_due(&services(&invocation)).await.unwrap();
        assert_eq!(told(&rig, &invocation).await, []);
        for _ in 0..20 {
            rig.clock.advance_ms(HOUR_MS);
            notifications.deliver_due(&services(&invocation)).await.unwrap();
        }
        assert_eq!(told(&rig, &invocation).await, finished);
        for _ in 0..2 {
            let chosen = notifications
                .choose(&rig.citizen, &message.id, Choice::Confirm)
                .await;
            assert!(chosen.unwrap().is_some());
        }
        let confirmed = about(EventType::MessageConfirmed, &message.id, &["delivered"]);
        assert_eq!(told(&rig, &invocation).await, confirmed);
        let later = NewMessage {
            send_at: Some(rig.clock.now().plus_days(1)),
            ..new
        };
        let taken_back = notifications.send(&invocation, "key-2", later).await.unwrap();
        notifications.cancel(&invocation, &taken_back.id).await.unwrap();
        let cancelled = about(EventType::MessageFinished, &taken_back.id, &["cancelled"]);
        assert_eq!(told(&rig, &invocation).await, cancelled);
    })
    .await;
}

/// Nothing is kept for a service that asked for nothing.
#[tokio::test]
async fn type_that_is_not_subscribed_to_is_not_written() {
    on_both(|rig| async move {
        let invocation = subscribed(&rig, &[EventType::RefundChanged]).await;
        agree(&rig, &invocation).await;
        let payment = create(&rig, &invocation, "key-1").await;
        rig.apis.payments.cancel(&invocation, &payment.id).await.unwrap();
        assert_eq!(deliveries(&rig, &invocation).await, []);
    })
    .await;
}

/// A service that is being started again misses nothing.
#[tokio::test]
async fn change_for_a_service_that_is_not_loaded_waits() {
    on_both(|rig| async move {
        rig.apis.outbox.connect(Directory::new(|_| None));
        let invocation = subscribed(&rig, &ALL).await;
        let payment = create(&rig, &invocation, "key-1").await;
        rig.apis.payments.cancel(&invocation, &payment.id).await.unwrap();
        let cancelled = about(EventType::PaymentChanged, &payment.id, &["cancelled"]);
        assert_eq!(told(&rig, &invocation).await, cancelled);
    })
    .await;
}
