//! Signatures: what a service may ask for, what a signer does, and what the provider makes of it.

mod asking;
mod foreign;
mod marriage;
mod naming;
mod provider;
mod several;
mod signing;
mod verifying;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aim_gov::audit;
use aim_gov::directory::Directory;
use aim_gov::event_type::EventType;
use aim_gov::grant::{Attribute, Capability};
use aim_gov::invocation::{CitizenId, Invocation, Service};
use aim_gov::signature::{
    Asked, AskedContent, Assurance, Begun, Chosen, File, Format, Level, NewDocument, NewFile, NewSigning,
    Party, SignatureTerms, Signing, SigningOrder, blank_pdf,
};

use super::{NOW, PURPOSE, Rig, kept, on_both, text, used};

const MINUTE_MS: i64 = 60_000;
const TEXT: &str = "Razıyam: Nizami küçəsi 14.\n";

/// The rig's service, which asks for signatures, changed by `change`; its citizen is there.
fn asking(rig: &Rig, change: impl FnOnce(&mut Service)) -> Invocation {
    let service = rig.service();
    let mut grant = service.grant.clone();
    grant.capabilities.insert(Capability::Signature);
    grant.capabilities.insert(Capability::LifeEvents);
    grant.events.types = BTreeSet::from([EventType::SignatureChanged]);
    grant.signature = SignatureTerms {
        formats: BTreeSet::from([Format::Pades, Format::Jades]),
        assurances: BTreeSet::from([Assurance::Advanced]),
        named_by_citizen: true,
    };
    grant.boundary.signatures_max = 100;
    for purpose in &mut grant.purposes {
        purpose.attributes.extend([Attribute::Name, Attribute::Fin]);
    }
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
        ..rig.invocation.clone()
    }
}

/// The same service, to whose purpose the rig's citizen agreed, and which is told of changes.
async fn agreed(rig: &Rig, change: impl FnOnce(&mut Service)) -> Invocation {
    let invocation = asking(rig, change);
    let service = invocation.service.clone();
    agree(rig, &invocation, &rig.citizen).await;
    let told = service.clone();
    rig.apis
        .outbox
        .connect(Directory::new(move |id| (*id == told.id).then(|| told.clone())));
    invocation
}

/// A citizen agrees to the purpose of the service, and takes part in it.
async fn agree(rig: &Rig, invocation: &Invocation, citizen: &CitizenId) {
    rig.agree_to(&invocation.service, citizen, PURPOSE).await;
}

fn new_file(name: &str, media_type: &str, content: &[u8]) -> NewFile {
    NewFile {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        content: content.to_vec(),
    }
}

async fn stage(rig: &Rig, invocation: &Invocation, new: NewFile) -> File {
    rig.apis.signatures.stage(invocation, new).await.unwrap()
}

async fn text_file(rig: &Rig, invocation: &Invocation) -> File {
    stage(rig, invocation, new_file("a.txt", "text/plain", TEXT.as_bytes())).await
}

async fn pdf_file(rig: &Rig, invocation: &Invocation) -> File {
    let new = new_file("a.pdf", "application/pdf", &blank_pdf().unwrap());
    stage(rig, invocation, new).await
}

fn document(file: &File) -> NewDocument {
    NewDocument {
        label: text("Ərizə"),
        content: AskedContent::File(file.id.clone()),
    }
}

fn new(format: Format, level: Level, file: &File) -> NewSigning {
    NewSigning {
        signers: vec![(Party::Current, None)],
        order: SigningOrder::Any,
        documents: vec![document(file)],
        assurance: Asked::Offered(Assurance::Advanced),
        format: Asked::Offered(format),
        level: Asked::Offered(level),
        purpose: PURPOSE.to_owned(),
        description: text("Ərizəni imzalayın"),
        reference: "case-7".to_owned(),
        return_path: "/back?case=7".to_owned(),
        expires: NOW.plus_days(7),
    }
}

async fn create(rig: &Rig, invocation: &Invocation, key: &str, new: NewSigning) -> Signing {
    rig.apis.signatures.create(invocation, key, new).await.unwrap()
}

/// The code of the refusal.
async fn refused(rig: &Rig, invocation: &Invocation, key: &str, new: NewSigning) -> &'static str {
    let refused = rig.apis.signatures.create(invocation, key, new).await;
    refused.unwrap_err().code()
}

/// A request to sign a text.
async fn asked(rig: &Rig, invocation: &Invocation, key: &str) -> Signing {
    let file = text_file(rig, invocation).await;
    create(rig, invocation, key, new(Format::Jades, Level::BT, &file)).await
}

async fn get(rig: &Rig, invocation: &Invocation, id: &str) -> Signing {
    rig.apis.signatures.get(invocation, id).await.unwrap()
}

/// The code of an attempt that begins.
async fn begin(rig: &Rig, id: &str) -> (String, Vec<String>) {
    begin_as(rig, &rig.citizen, id).await
}

async fn begin_as(rig: &Rig, citizen: &CitizenId, id: &str) -> (String, Vec<String>) {
    let begun = rig.apis.signatures.begin(citizen, id).await.unwrap();
    let Some(Begun::Attempt(attempt)) = begun else {
        panic!("{begun:?}");
    };
    (attempt.code, attempt.choices)
}

async fn choose(rig: &Rig, id: &str, choice: &str) -> Option<Chosen> {
    rig.apis
        .signatures
        .choose(&rig.citizen, id, choice)
        .await
        .unwrap()
}

async fn sign(rig: &Rig, id: &str) {
    sign_as(rig, &rig.citizen, id).await;
}

async fn sign_as(rig: &Rig, citizen: &CitizenId, id: &str) {
    let (code, _) = begin_as(rig, citizen, id).await;
    let chosen = rig.apis.signatures.choose(citizen, id, &code).await.unwrap();
    assert_eq!(chosen, Some(Chosen::Confirmed));
}

/// All bytes of the only signed file.
async fn read(rig: &Rig, invocation: &Invocation, signing: &Signing) -> Vec<u8> {
    let [file] = signing.signed_files.as_slice() else {
        panic!("{signing:?}");
    };
    let signatures = &rig.apis.signatures;
    signatures.read(invocation, &file.id, 0).await.unwrap()
}

/// Operations and decisions in a citizen's log, oldest first.
async fn log_of(rig: &Rig, citizen: &CitizenId) -> Vec<(String, String)> {
    let records = audit::of_citizen(&rig.db, citizen, None, audit::PAGE_RECORDS_MAX)
        .await
        .unwrap();
    let lines = records.into_iter().rev();
    let lines = lines.filter(|record| record.interface == "signature");
    lines.map(|record| (record.operation, record.decision)).collect()
}

/// What the service was told of a signing, in the order of the words: some events have the same moment.
async fn told_of(rig: &Rig, invocation: &Invocation, id: &str) -> Vec<String> {
    let recent = rig.apis.life_events.recent(invocation, None).await.unwrap();
    let own = recent
        .events
        .iter()
        .filter(|event| event.object.as_deref() == Some(id));
    let mut told: Vec<String> = own
        .map(|event| {
            let data: serde_json::Value = serde_json::from_slice(event.data.as_deref().unwrap()).unwrap();
            data["status"].as_str().unwrap().to_owned()
        })
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn limits_that_files_and_signings_count_against_are_told() {
    on_both(|rig| async move {
        let invocation = kept(&agreed(&rig, |_| ()).await);
        let file = text_file(&rig, &invocation).await;
        let told = [
            "staged-files 1 of 1000 day".to_owned(),
            format!("staged-bytes {} of 67108864 day", TEXT.len()),
        ];
        assert_eq!(used(&invocation), told);
        let signing = new(Format::Jades, Level::BT, &file);
        create(&rig, &invocation, "key", signing).await;
        assert_eq!(used(&invocation), ["signatures 1 of 100 test"]);
    })
    .await;
}
