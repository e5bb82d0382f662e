//! Messages: what becomes of each, what a service is told, and what the citizen can do.

mod arriving;
mod faulty;
mod sending;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aim_gov::audit;
use aim_gov::clock::{DAY_MS, Timestamp};
use aim_gov::directory::Directory;
use aim_gov::error::GovError;
use aim_gov::grant::{Boundary, Capability, Grant, LawfulBasis};
use aim_gov::invocation::{CitizenId, Invocation, Service};
use aim_gov::notifications::message::Failure;
use aim_gov::notifications::rendering::Block;
use aim_gov::notifications::{
    Attachment, Choice, Field, FieldKind, InboxFile, Kind, Message, NewMessage, Open, Status, Template, Value,
};
use aim_gov::text::{Locale, Localised};

use super::{NOW, ORDINARY, PURPOSE, Rig, kept, on_both, text, used};

const HOUR_MS: i64 = 3_600_000;
/// Nobody's telephone or e-mail.
const NO_ADDRESS: &str = "OTEST07";
const PHONE_OFF: &str = "OTEST0D";
const ADDRESS_GONE: &str = "OTEST0B";
const ABROAD: &str = "OTEST0E";
/// The test string of EICAR, in two parts: no scanner shall refuse this file.
const EICAR: [&str; 2] = [
    "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-",
    "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
];

/// What makes a message wrong.
type Change = Box<dyn Fn(&mut NewMessage)>;

fn field(name: &str, kind: FieldKind, required: bool) -> Field {
    Field {
        name: name.to_owned(),
        kind,
        required,
    }
}

fn template(id: &str, kind: Kind) -> Template {
    Template {
        id: id.to_owned(),
        version: 2,
        name: text("Hesab"),
        kind,
        purpose: PURPOSE.to_owned(),
        subject: Localised {
            az: "Hesab ((period))".to_owned(),
            en: Some("Bill of ((period))".to_owned()),
            ru: None,
        },
        body: Localised {
            az: "Salam!\n((period)) üçün hesab\nSətirlər: ((lines))\nHesablar ((bills))\n((bill-file))"
                .to_owned(),
            en: Some(
                "Hello!\nThe bill of ((period))\nLines: ((lines))\nYour bills ((bills))\n((bill-file))"
                    .to_owned(),
            ),
            ru: None,
        },
        fields: vec![
            field("period", FieldKind::Text, true),
            field("lines", FieldKind::Items, false),
            field("bills", FieldKind::Link, false),
            field("bill-file", FieldKind::File, false),
        ],
    }
}

/// The rig's service with templates and room for messages.
fn sending(rig: &Rig, change: impl FnOnce(&mut Grant)) -> Invocation {
    let service = rig.service();
    let mut grant = Grant {
        templates: vec![
            template("bill-due", Kind::Transactional),
            template("news", Kind::Subscription),
            template("notice", Kind::FormalNotice),
        ],
        boundary: Boundary {
            messages_max: 1_000,
            messages_per_citizen_max: 5,
            ..service.grant.boundary.clone()
        },
        ..service.grant.clone()
    };
    grant.capabilities.insert(Capability::Notifications);
    change(&mut grant);
    Invocation {
        service: Arc::new(Service {
            id: service.id.clone(),
            title: service.title.clone(),
            controller: service.controller.clone(),
            tax_id: service.tax_id.clone(),
            version: service.version.clone(),
            digest: service.digest.clone(),
            grant,
            origin: service.origin.clone(),
            platform: service.platform.clone(),
            stopped: AtomicBool::new(false),
        }),
        ..rig.invocation.clone()
    }
}

/// The rig's service, at which this person takes part and agreed.
async fn joined(rig: &Rig, fin: &str) -> (Invocation, CitizenId, String) {
    let invocation = sending(rig, |_| ());
    let citizen = rig.apis.identity.citizen(fin).unwrap();
    let service = &invocation.service;
    rig.apis.consent.enrol(service, &citizen).await.unwrap();
    let all = &service.grant.purpose(PURPOSE).unwrap().attributes;
    rig.apis
        .consent
        .give(service, &citizen, PURPOSE, all)
        .await
        .unwrap();
    let sub = rig.apis.identity.sub(&service.id, &citizen);
    (invocation, citizen, sub)
}

fn to(sub: &str) -> NewMessage {
    NewMessage {
        to: sub.to_owned(),
        template: "bill-due".to_owned(),
        personalisation: vec![("period".to_owned(), Value::Text("2026-10".to_owned()))],
        reference: None,
        language: None,
        send_at: None,
        discard_at: None,
    }
}

fn with_file(sub: &str, content: &[u8]) -> NewMessage {
    let mut message = to(sub);
    message.personalisation.push((
        "bill-file".to_owned(),
        Value::File(Attachment {
            name: "hesab.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            content: content.to_vec(),
            keep_days: 7,
        }),
    ));
    message
}

async fn send(rig: &Rig, invocation: &Invocation, key: &str, new: NewMessage) -> Result<Message, GovError> {
    // Records of one millisecond have no order among themselves.
    rig.clock.advance_ms(1);
    rig.apis.notifications.send(invocation, key, new).await
}

async fn code(rig: &Rig, invocation: &Invocation, key: &str, new: NewMessage) -> &'static str {
    send(rig, invocation, key, new).await.unwrap_err().code()
}

async fn inbox(rig: &Rig, citizen: &CitizenId) -> Vec<Message> {
    rig.apis.notifications.inbox(citizen, None).await.unwrap().0
}

/// The job's next round, with every service in force.
async fn deliver(rig: &Rig) {
    let service = sending(rig, |_| ()).service;
    let services = Directory::new(move |_| Some(service.clone()));
    rig.apis.notifications.deliver_due(&services).await.unwrap();
}

async fn alert(rig: &Rig, invocation: &Invocation, id: &str) -> Option<Status> {
    deliver(rig).await;
    let message = rig.apis.notifications.get(invocation, id).await.unwrap();
    message.alert_at_provider().map(|(status, _)| status)
}

async fn get(rig: &Rig, invocation: &Invocation, id: &str) -> Message {
    rig.apis.notifications.get(invocation, id).await.unwrap()
}

async fn open(rig: &Rig, citizen: &CitizenId, id: &str) -> Option<Open> {
    rig.apis.notifications.open(citizen, id).await.unwrap()
}

async fn file(rig: &Rig, citizen: &CitizenId, id: &str) -> Option<InboxFile> {
    rig.apis.notifications.file(citizen, id).await.unwrap()
}

#[tokio::test]
async fn limits_that_a_message_counts_against_are_told() {
    on_both(|rig| async move {
        let (invocation, _, sub) = joined(&rig, ORDINARY).await;
        let asking = kept(&invocation);
        for number in 1..=5 {
            send(&rig, &asking, &format!("key-{number}"), to(&sub))
                .await
                .unwrap();
            let told = [
                format!("messages-per-citizen {number} of 5 week"),
                format!("messages {number} of 1000 test"),
            ];
            assert_eq!(used(&asking), told);
        }
        let refused = code(&rig, &asking, "key-6", to(&sub)).await;
        assert_eq!(refused, "citizen-messages-too-many");
        assert_eq!(used(&asking), ["messages-per-citizen 5 of 5 week"]);
    })
    .await;
}
