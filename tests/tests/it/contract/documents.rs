//! Digital documents: what a service may issue, what becomes of it in its holder's box, and what others are shown.

mod holder;
mod issuing;
mod offers;
mod presenting;
mod requests;
mod showing;
mod standing;
mod verifiers;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aim_gov::documents::{
    Answer, Claim, ClaimKind, ClaimRule, Document, DocumentKind, Issued, NewDocument, Step,
};
use aim_gov::grant::Capability;
use aim_gov::invocation::{Invocation, Service};
use aim_gov::life_events::Event;
use aim_gov::text::Localised;

use super::{NOW, Rig, kept, on_both, text, used};

const MINUTE_MS: i64 = 60_000;
/// The kind of the service under test.
const CARD: &str = "reader-card";

fn rule(name: &str, kind: ClaimKind, required: bool) -> ClaimRule {
    ClaimRule {
        name: name.to_owned(),
        title: text(name),
        kind,
        required,
    }
}

fn card() -> DocumentKind {
    DocumentKind {
        code: CARD.to_owned(),
        title: text("Oxucu bileti"),
        claims: vec![
            rule("family_name", ClaimKind::Text, true),
            rule("born", ClaimKind::Date, false),
            rule("loans_max", ClaimKind::Number, false),
            rule("adult", ClaimKind::YesNo, false),
        ],
        valid_days: 30,
    }
}

/// The rig's service, which issues cards, changed by `change`.
fn issuing(rig: &Rig, change: impl FnOnce(&mut Service)) -> Invocation {
    let service = rig.service();
    let mut grant = service.grant.clone();
    grant.capabilities.insert(Capability::Documents);
    grant.documents = vec![card()];
    let mut service = Service {
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
    };
    change(&mut service);
    Invocation {
        service: Arc::new(service),
        session: None,
        ..rig.invocation.clone()
    }
}

/// The same service, at which the rig's citizen takes part, and their pseudonym there.
async fn joined(rig: &Rig) -> (Invocation, String) {
    let invocation = issuing(rig, |_| ());
    let service = &invocation.service;
    rig.apis.consent.enrol(service, &rig.citizen).await.unwrap();
    let sub = rig.apis.identity.sub(&service.id, &rig.citizen);
    (invocation, sub)
}

fn claim(name: &str, value: &str) -> Claim {
    Claim {
        path: vec![Step::Key(name.to_owned())],
        value: value.to_owned(),
    }
}

fn new(sub: &str) -> NewDocument {
    NewDocument {
        holder: sub.to_owned(),
        kind: CARD.to_owned(),
        claims: vec![
            claim("family_name", "\"Məmmədova\""),
            claim("born", "\"1990-02-03\""),
            claim("loans_max", "5"),
            claim("adult", "true"),
        ],
        valid_from: None,
        expires: None,
        replaces: None,
    }
}

async fn issue(rig: &Rig, invocation: &Invocation, key: &str, new: NewDocument) -> Issued {
    rig.apis.documents.issue(invocation, key, new).await.unwrap()
}

/// The code of the refusal.
async fn refused(rig: &Rig, invocation: &Invocation, key: &str, new: NewDocument) -> &'static str {
    rig.apis
        .documents
        .issue(invocation, key, new)
        .await
        .unwrap_err()
        .code()
}

/// A card that the rig's citizen accepted.
async fn accepted(rig: &Rig, invocation: &Invocation, key: &str, sub: &str) -> Issued {
    let issued = issue(rig, invocation, key, new(sub)).await;
    answer(rig, &issued.id, Answer::Accept).await.unwrap();
    issued
}

async fn answer(rig: &Rig, id: &str, answer: Answer) -> Option<Document> {
    rig.apis.documents.answer(&rig.citizen, id, answer).await.unwrap()
}

/// The id and the status that an event tells, and its subject.
fn changed(event: Event) -> (String, String, Option<String>) {
    let data: serde_json::Value = serde_json::from_slice(event.data.as_deref().unwrap()).unwrap();
    let of = |name: &str| data[name].as_str().unwrap().to_owned();
    (of("id"), of("status"), event.subject)
}

fn reason() -> Localised {
    text("Bilet itib")
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn limit_that_a_document_counts_against_is_told() {
    on_both(|rig| async move {
        let (invocation, sub) = joined(&rig).await;
        let invocation = kept(&invocation);
        issue(&rig, &invocation, "key", new(&sub)).await;
        let told = used(&invocation);
        assert!(
            told.len() == 1 && told[0].starts_with("documents 1 of ") && told[0].ends_with(" test"),
            "{told:?}"
        );
    })
    .await;
}
