//! Data of a special category: agreements that citizens sign.

use std::sync::Arc;

use aim_gov::consent::{Record, State, agreement_digest, listeners, would_allow};
use aim_gov::directory::Directory;
use aim_gov::error::{GovError, LimitKind};
use aim_gov::event_type::EventType;
use aim_gov::grant::{Attribute, Capability, Purpose};
use aim_gov::invocation::{Invocation, Service, ServiceId};
use aim_gov::signature::{AGREEMENT_MS, Begun, Chosen, NewAgreement, Refusal};
use aim_gov::text::Locale;

use super::super::{PURPOSE, Rig, invocation, on_both, text};

/// A service that reads of the citizen's children, as a change leaves it.
fn family(rig: &Rig, change: impl FnOnce(&mut Service)) -> Invocation {
    let mut asking = invocation(&rig.citizen);
    let service = Arc::get_mut(&mut asking.service).unwrap();
    service.grant.capabilities.insert(Capability::Signature);
    service.grant.events.types.insert(EventType::BirthRegistered);
    for purpose in &mut service.grant.purposes {
        purpose.attributes.insert(Attribute::Children);
    }
    change(service);
    asking
}

fn purpose(asking: &Invocation) -> &Purpose {
    asking.service.grant.purpose(PURPOSE).unwrap()
}

fn directory(asking: &Invocation) -> Directory {
    let service = asking.service.clone();
    Directory::new(move |_| Some(service.clone()))
}

/// The signing of the agreement to the purpose, with this text.
async fn ask(rig: &Rig, asking: &Invocation, words: &str) -> String {
    let new = NewAgreement {
        citizen: &rig.citizen,
        service: &asking.service,
        purpose: PURPOSE,
        agreement: agreement_digest(&asking.service, purpose(asking)),
        description: text("Razılıq"),
        label: text("Razılıq"),
        text: words.to_owned(),
        back: "/my/consents",
        leads_to: None,
        lang: Locale::Az,
    };
    rig.apis.signatures.ask_agreement(new).await.unwrap()
}

/// The citizen signs on their device.
async fn sign(rig: &Rig, id: &str) {
    let signatures = &rig.apis.signatures;
    let begun = signatures.begin(&rig.citizen, id).await.unwrap();
    let Some(Begun::Attempt(attempt)) = begun else {
        panic!("{begun:?}");
    };
    let chosen = signatures.choose(&rig.citizen, id, &attempt.code).await;
    assert_eq!(chosen.unwrap(), Some(Chosen::Confirmed));
}

/// Records what was signed, with this version of the service.
async fn conclude(rig: &Rig, asking: &Invocation) {
    let signatures = &rig.apis.signatures;
    signatures
        .conclude(&rig.apis.consent, &directory(asking))
        .await
        .unwrap();
}

/// Whether the service may read of the citizen's children.
async fn may_read(rig: &Rig, asking: &Invocation) -> Result<String, GovError> {
    let mut reader = rig.db.reader().await.unwrap();
    would_allow(
        &mut reader,
        asking,
        PURPOSE,
        &[Attribute::Children],
        rig.clock.now(),
    )
    .await
}

/// The services that would be told of a birth.
async fn told(rig: &Rig) -> Vec<ServiceId> {
    let mut reader = rig.db.reader().await.unwrap();
    let born = EventType::BirthRegistered;
    let told = listeners(&mut reader, &rig.citizen, born, rig.clock.now()).await;
    told.unwrap().into_iter().collect()
}

async fn latest(rig: &Rig) -> Option<Record> {
    let records = rig.apis.consent.of_citizen(&rig.citizen, None).await.unwrap();
    records.into_iter().next()
}

async fn waiting(rig: &Rig) -> i64 {
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM signing_agreement");
    let mut reader = rig.db.reader().await.unwrap();
    count.fetch_one(&mut *reader).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn family_data_is_not_agreed_to_without_a_signature() {
    on_both(async |rig: Rig| {
        let asking = family(&rig, |_| ());
        let all = &purpose(&asking).attributes;
        let given = rig
            .apis
            .consent
            .give(&asking.service, &rig.citizen, PURPOSE, all)
            .await;
        let Err(GovError::AccessDenied(problem)) = given else {
            panic!("{given:?}");
        };
        assert_eq!(problem.code, "signature-required");
        assert_eq!(rig.decisions("give").await, ["signature-required"]);
        assert_eq!(latest(&rig).await, None);
        // The rest of the purpose can be agreed to alone, and does not open the family's data.
        let rest = [Attribute::GivenName].into();
        let given = rig
            .apis
            .consent
            .give(&asking.service, &rig.citizen, PURPOSE, &rest);
        given.await.unwrap();
        let refused = may_read(&rig, &asking).await;
        assert!(
            matches!(refused, Err(GovError::ConsentRequired(_))),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_agreement_becomes_one_consent_that_names_its_signing() {
    on_both(async |rig: Rig| {
        let asking = family(&rig, |_| ());
        let id = ask(&rig, &asking, "Razıyam").await;
        assert_eq!(
            ask(&rig, &asking, "Razıyam").await,
            id,
            "the same text is one signing"
        );
        conclude(&rig, &asking).await;
        assert_eq!(latest(&rig).await, None, "nothing is signed yet");

        sign(&rig, &id).await;
        let signatures = &rig.apis.signatures;
        let services = directory(&asking);
        let page = signatures.conclude_one(&rig.apis.consent, &services, &id);
        let job = signatures.conclude(&rig.apis.consent, &services);
        let (page, job) = tokio::join!(page, job);
        page.unwrap();
        job.unwrap();
        let records = rig.apis.consent.of_citizen(&rig.citizen, None).await.unwrap();
        let [record] = records.as_slice() else {
            panic!("{records:?}");
        };
        assert_eq!(record.state, State::Active);
        assert_eq!(record.signing.as_deref(), Some(id.as_str()));
        assert_eq!(may_read(&rig, &asking).await.as_ref(), Ok(&record.id));
        assert_eq!(waiting(&rig).await, 0);
        // The citizen keeps the text and the signature; the service does not learn of the signing.
        let (_, _, files) = signatures.of_signer(&rig.citizen, &id).await.unwrap().unwrap();
        let [file] = files.as_slice() else {
            panic!("{files:?}");
        };
        let kept = signatures.signed(&rig.citizen, &id, &file.id).await.unwrap();
        assert!(kept.is_some());
        assert_eq!(signatures.get(&asking, &id).await, Err(GovError::NotFound));
        let read = signatures.read(&asking, &file.id, 0).await;
        assert_eq!(read, Err(GovError::NotFound));
        for (operation, decision) in [
            ("agreement", "allowed"),
            ("confirm", "allowed"),
            ("give", "allowed"),
        ] {
            assert_eq!(rig.decisions(operation).await, [decision], "{operation}");
        }
    })
    .await;
}

/// As rows of before this release are.
#[tokio::test(flavor = "multi_thread")]
async fn agreement_without_a_signature_covers_no_family_data() {
    on_both(async |rig: Rig| {
        let asking = family(&rig, |_| ());
        rig.agree_to(&asking.service, &rig.citizen, PURPOSE).await;
        may_read(&rig, &asking).await.unwrap();
        assert_eq!(told(&rig).await, std::slice::from_ref(&asking.service.id));
        let forget = sqlx::query("UPDATE consent_record SET signing = NULL");
        rig.db.run(forget).await.unwrap();
        let refused = may_read(&rig, &asking).await;
        assert!(
            matches!(refused, Err(GovError::ConsentRequired(_))),
            "{refused:?}"
        );
        assert_eq!(told(&rig).await, []);
        let agreed = rig
            .apis
            .consent
            .agreed(&asking.service, &rig.citizen, purpose(&asking));
        assert_eq!(agreed.await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_terms_than_the_signed_ones_are_not_agreed_to() {
    on_both(async |rig: Rig| {
        let asking = family(&rig, |_| ());
        let id = ask(&rig, &asking, "Razıyam").await;
        sign(&rig, &id).await;
        let newer = family(&rig, |service| {
            for purpose in &mut service.grant.purposes {
                purpose.recipients.push("Reklam MMC".to_owned());
            }
        });
        conclude(&rig, &newer).await;
        assert_eq!(latest(&rig).await, None);
        assert_eq!(rig.decisions("give").await, ["agreement-changed"]);
        assert_eq!(waiting(&rig).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusal_after_the_signature_stays() {
    on_both(async |rig: Rig| {
        let asking = family(&rig, |_| ());
        let id = ask(&rig, &asking, "Razıyam").await;
        sign(&rig, &id).await;
        rig.clock.advance_ms(1);
        let refused = rig.apis.consent.refuse(&asking.service, &rig.citizen, PURPOSE);
        refused.await.unwrap();
        conclude(&rig, &asking).await;
        assert_eq!(latest(&rig).await.unwrap().state, State::Denied);
        assert_eq!(rig.decisions("give").await, ["consent-moved"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agreement_that_is_not_signed_is_forgotten() {
    on_both(async |rig: Rig| {
        let asking = family(&rig, |_| ());
        let first = ask(&rig, &asking, "Razıyam").await;
        rig.clock.advance_ms(AGREEMENT_MS);
        let late = rig.apis.signatures.begin(&rig.citizen, &first).await.unwrap();
        assert_eq!(late, Some(Begun::Over));
        rig.apis.signatures.sweep().await.unwrap();
        let second = ask(&rig, &asking, "Razıyam").await;
        assert_ne!(first, second);
        let refused = rig
            .apis
            .signatures
            .refuse(&rig.citizen, &second, Refusal::Refused)
            .await;
        assert_eq!(refused.unwrap(), Some(true));
        conclude(&rig, &asking).await;
        assert_eq!((latest(&rig).await, waiting(&rig).await), (None, 0));
    })
    .await;
}

/// A test may end, or its service be loaded again, between the signature and its record.
#[tokio::test(flavor = "multi_thread")]
async fn signed_agreement_waits_for_its_service_for_a_day() {
    on_both(async |rig: Rig| {
        let asking = family(&rig, |_| ());
        let id = ask(&rig, &asking, "Razıyam").await;
        sign(&rig, &id).await;
        let nobody = Directory::new(|_| None);
        let (signatures, consent) = (&rig.apis.signatures, &rig.apis.consent);
        signatures.conclude(consent, &nobody).await.unwrap();
        assert_eq!(waiting(&rig).await, 1);
        rig.clock.advance_ms(aim_gov::clock::DAY_MS);
        signatures.conclude(consent, &nobody).await.unwrap();
        assert_eq!((latest(&rig).await, waiting(&rig).await), (None, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn full_test_asks_nobody_to_sign() {
    on_both(async |rig: Rig| {
        let asking = family(&rig, |service| service.grant.boundary.citizens_max = 1);
        let consent = &rig.apis.consent;
        consent.may_join(&asking.service, &rig.citizen).await.unwrap();
        consent.enrol(&asking.service, &rig.citizen).await.unwrap();
        consent.may_join(&asking.service, &rig.citizen).await.unwrap();
        let other = rig.apis.identity.citizen("OTEST02").unwrap();
        let refused = consent.may_join(&asking.service, &other).await;
        assert_eq!(refused, Err(GovError::LimitExceeded(LimitKind::Citizens)));
        let ended = family(&rig, |service| service.grant.boundary.ends_at = rig.clock.now());
        let refused = consent.may_join(&ended.service, &rig.citizen).await;
        assert_eq!(refused, Err(GovError::LimitExceeded(LimitKind::EndDate)));
    })
    .await;
}
