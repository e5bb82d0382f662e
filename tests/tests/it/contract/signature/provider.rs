//! A provider that fails, hangs, answers something else, or whose answer is lost.

use std::sync::Mutex;
use std::time::Duration;

use aim_gov::remote::Fault;
use aim_gov::signature::backend::{Authorities, Backend, Order, Signatory};
use aim_gov::signature::{Failure, Status};

use super::*;

/// What is wrong with the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// Signs, and the answer is lost.
    LosesSignature,
    /// Signs something else.
    OtherSignature,
    /// Does not answer at all.
    Hangs,
    /// Stamps something else.
    OtherStamp,
    NoStamp,
    /// Does not know the certificate.
    UnknownCertificate,
    /// Answers nothing about it.
    NoStatus,
    /// Does not answer when it is asked about it.
    SilentStatus,
}

#[derive(Debug)]
struct Bad {
    inner: Arc<dyn Backend>,
    wrong: Arc<Mutex<Wrong>>,
}

impl Bad {
    fn is(&self, wrong: Wrong) -> bool {
        *self.wrong.lock().unwrap() == wrong
    }
}

fn lost() -> Fault {
    Fault::Failed("the connection broke".into())
}

#[async_trait::async_trait]
impl Backend for Bad {
    async fn certificates(&self, person: &Signatory) -> Result<Vec<Vec<u8>>, Fault> {
        if self.is(Wrong::Hangs) {
            return std::future::pending().await;
        }
        let mut chain = self.inner.certificates(person).await?;
        if self.is(Wrong::UnknownCertificate) {
            // Of a person of another provider.
            chain[0] = self.inner.authorities().issuer;
        }
        Ok(chain)
    }

    async fn sign(&self, order: &Order) -> Result<Vec<Vec<u8>>, Fault> {
        let mut signatures = self.inner.sign(order).await?;
        if self.is(Wrong::LosesSignature) {
            return Err(lost());
        }
        if self.is(Wrong::OtherSignature) {
            signatures[0][3] ^= 1;
        }
        Ok(signatures)
    }

    async fn time_stamp(&self, request: &[u8]) -> Result<Vec<u8>, Fault> {
        if self.is(Wrong::NoStamp) {
            return Err(lost());
        }
        let mut request = request.to_vec();
        if self.is(Wrong::OtherStamp) {
            // The last byte of the hash, before the nonce and the flag.
            let at = request.len() - 14;
            request[at] ^= 1;
        }
        self.inner.time_stamp(&request).await
    }

    async fn status(&self, request: &[u8]) -> Result<Vec<u8>, Fault> {
        if self.is(Wrong::SilentStatus) {
            return std::future::pending().await;
        }
        match self.is(Wrong::NoStatus) {
            true => Ok(b"hello".to_vec()),
            false => self.inner.status(request).await,
        }
    }

    fn authorities(&self) -> Authorities {
        self.inner.authorities()
    }
}

/// The rig with a provider that goes wrong as the switch says.
fn with_bad(rig: Rig) -> (Rig, Arc<Mutex<Wrong>>) {
    let wrong = Arc::new(Mutex::new(Wrong::Nothing));
    let bad = Bad {
        inner: rig.apis.signatures.backend(),
        wrong: wrong.clone(),
    };
    let apis = rig
        .apis
        .with_signatures(Arc::new(bad), Duration::from_millis(500));
    (Rig { apis, ..rig }, wrong)
}

#[tokio::test]
async fn answer_that_nobody_heard_is_asked_for_again() {
    on_both(|rig| async move {
        let (rig, wrong) = with_bad(rig);
        let invocation = agreed(&rig, |_| ()).await;
        let signatures = &rig.apis.signatures;
        for (index, kind) in [
            Wrong::LosesSignature,
            Wrong::OtherSignature,
            Wrong::OtherStamp,
            Wrong::NoStamp,
        ]
        .into_iter()
        .enumerate()
        {
            let id = asked(&rig, &invocation, &format!("k{index}")).await.id;
            *wrong.lock().unwrap() = kind;
            sign(&rig, &id).await;
            let confirmed = rig.clock.now();
            let signing = get(&rig, &invocation, &id).await;
            assert_eq!(signing.status, Status::Submitted, "{kind:?}");
            assert!(signing.signed_files.is_empty());
            let cancelled = signatures.cancel(&invocation, &id).await;
            assert_eq!(cancelled.unwrap_err().code(), "signing-state");
            // Not at once, and then once more without an answer.
            signatures.sweep().await.unwrap();
            rig.clock.advance_ms(MINUTE_MS);
            signatures.sweep().await.unwrap();
            *wrong.lock().unwrap() = Wrong::Nothing;
            signatures.sweep().await.unwrap();
            assert_eq!(get(&rig, &invocation, &id).await.status, Status::Submitted);
            rig.clock.advance_ms(MINUTE_MS);
            signatures.sweep().await.unwrap();
            let signing = get(&rig, &invocation, &id).await;
            assert_eq!(signing.status, Status::Success, "{kind:?}");
            assert_eq!(signing.signers[0].answered, Some(confirmed));
            assert_eq!(signing.signed_files.len(), 1);
        }
        // Some have the same moment.
        let mut decisions = rig.decisions("sign").await;
        decisions.sort_unstable();
        assert_eq!(decisions, [["allowed"; 4], ["provider-silent"; 4]].concat());
    })
    .await;
}

#[tokio::test]
async fn signatures_that_nobody_heard_of_are_made_in_the_order_of_confirmations() {
    on_both(|rig| async move {
        let (rig, wrong) = with_bad(rig);
        let invocation = agreed(&rig, |_| ()).await;
        let second = rig.apis.identity.citizen("OTEST04").unwrap();
        agree(&rig, &invocation, &second).await;
        let sub = rig.apis.identity.sub(&invocation.service.id, &second);
        let file = pdf_file(&rig, &invocation).await;
        let new = NewSigning {
            signers: vec![(Party::Current, None), (Party::Citizen(sub), None)],
            ..new(Format::Pades, Level::BT, &file)
        };
        let id = create(&rig, &invocation, "k", new).await.id;
        *wrong.lock().unwrap() = Wrong::LosesSignature;
        sign_as(&rig, &second, &id).await;
        let partly = get(&rig, &invocation, &id).await;
        assert_eq!(partly.status, Status::PartlySigned);
        rig.clock.advance_ms(1);
        sign(&rig, &id).await;
        assert_eq!(get(&rig, &invocation, &id).await.status, Status::Submitted);
        let refused = rig.apis.signatures.cancel(&invocation, &id).await;
        assert_eq!(refused.unwrap_err().code(), "signing-state");
        *wrong.lock().unwrap() = Wrong::Nothing;
        rig.clock.advance_ms(MINUTE_MS);
        rig.apis.signatures.sweep().await.unwrap();
        let done = get(&rig, &invocation, &id).await;
        assert_eq!(done.status, Status::Success);
        let pdf = read(&rig, &invocation, &done).await;
        let fins: Vec<String> = signers_of(&pdf);
        assert_eq!(fins, ["PNOAZ-OTEST04", "PNOAZ-OTEST01"]);
    })
    .await;
}

/// Whom the certificates in a PDF name, in the order of the signatures.
fn signers_of(pdf: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(pdf);
    let mut found: Vec<(usize, String)> = Vec::new();
    for fin in ["PNOAZ-OTEST01", "PNOAZ-OTEST04"] {
        let digits = hex::encode_upper(fin);
        found.extend(text.find(&digits).map(|place| (place, fin.to_owned())));
    }
    found.sort();
    found.into_iter().map(|(_, fin)| fin).collect()
}

#[tokio::test]
async fn provider_that_stays_silent_is_given_up() {
    on_both(|rig| async move {
        let (rig, wrong) = with_bad(rig);
        let invocation = agreed(&rig, |_| ()).await;
        let id = asked(&rig, &invocation, "k").await.id;
        let (code, _) = begin(&rig, &id).await;
        *wrong.lock().unwrap() = Wrong::Hangs;
        assert_eq!(choose(&rig, &id, &code).await, Some(Chosen::Confirmed));
        rig.clock.advance_ms(24 * 60 * MINUTE_MS);
        rig.apis.signatures.sweep().await.unwrap();
        let signing = get(&rig, &invocation, &id).await;
        assert_eq!(signing.status, Status::Error);
        assert_eq!(signing.failure, Some(Failure::ProviderFailed));
        assert_eq!(
            rig.decisions("sign").await,
            ["provider-silent", "provider-failed"]
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_confirms_with_a_certificate_that_is_not_good() {
    on_both(|rig| async move {
        let (rig, wrong) = with_bad(rig);
        let invocation = agreed(&rig, |_| ()).await;
        let id = asked(&rig, &invocation, "k").await.id;
        for kind in [Wrong::UnknownCertificate, Wrong::NoStatus, Wrong::Hangs] {
            *wrong.lock().unwrap() = kind;
            let begun = rig.apis.signatures.begin(&rig.citizen, &id).await.unwrap();
            assert_eq!(begun, Some(Begun::NoCertificate), "{kind:?}");
            assert_eq!(get(&rig, &invocation, &id).await.status, Status::Created);
        }
        *wrong.lock().unwrap() = Wrong::Nothing;
        sign(&rig, &id).await;
    })
    .await;
}

#[tokio::test]
async fn order_is_carried_out_for_its_hashes_alone() {
    on_both(|rig| async move {
        let backend = rig.apis.signatures.backend();
        let person = Signatory {
            fin: "OTEST01".to_owned(),
            given_name: "Aygün".to_owned(),
            family_name: "Məmmədova".to_owned(),
        };
        let chain = backend.certificates(&person).await.unwrap();
        assert_eq!(chain, backend.certificates(&person).await.unwrap());
        let order = |id: &str, hash: u8| Order {
            id: id.to_owned(),
            certificate: chain[0].clone(),
            hashes: vec![[hash; 32]],
        };
        let first = backend.sign(&order("sgn_1", 1)).await.unwrap();
        assert_eq!(backend.sign(&order("sgn_1", 1)).await.unwrap(), first);
        assert!(backend.sign(&order("sgn_1", 2)).await.is_err());
        assert_ne!(backend.sign(&order("sgn_2", 2)).await.unwrap(), first);
        let unknown = Order {
            certificate: backend.authorities().issuer,
            ..order("sgn_3", 1)
        };
        assert!(backend.sign(&unknown).await.is_err());
        // Another name is another certificate, and so is one that is about to end.
        let renamed = Signatory {
            family_name: "Əliyeva".to_owned(),
            ..person.clone()
        };
        assert_ne!(backend.certificates(&renamed).await.unwrap()[0], chain[0]);
        rig.clock.advance_ms(701 * 24 * 60 * MINUTE_MS);
        assert_ne!(backend.certificates(&person).await.unwrap()[0], chain[0]);
    })
    .await;
}

#[tokio::test]
async fn signature_is_not_passed_while_the_authority_says_nothing() {
    on_both(|rig| async move {
        let (rig, wrong) = with_bad(rig);
        let invocation = agreed(&rig, |_| ()).await;
        let id = asked(&rig, &invocation, "k").await.id;
        sign(&rig, &id).await;
        let signing = get(&rig, &invocation, &id).await;
        let content = read(&rig, &invocation, &signing).await;
        let signed = new_file("signatures.json", "application/jose+json", &content);
        let signed = stage(&rig, &invocation, signed).await;
        let over = [text_file(&rig, &invocation).await.id];
        for (kind, expected) in [
            (Wrong::NoStatus, Some("TRY_LATER")),
            (Wrong::SilentStatus, Some("TRY_LATER")),
            (Wrong::Nothing, None),
        ] {
            *wrong.lock().unwrap() = kind;
            let report = rig.apis.signatures.verify(&invocation, &signed.id, &over).await;
            let why = report.unwrap().signatures[0].sub_indication;
            assert_eq!(why.map(|why| why.code()), expected, "{kind:?}");
        }
    })
    .await;
}
