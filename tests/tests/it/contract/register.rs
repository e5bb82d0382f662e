//! A register of the population that fails, hangs, answers what cannot be right, or works so long that the citizen
//! changes their mind: what each call that needs it is told, records and changes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aim_gov::consent::{self, Consent};
use aim_gov::error::GovError;
use aim_gov::grant::{Attribute, Capability};
use aim_gov::identity::register::{Backend, NATIONALITIES_MAX, RECORD_TEXT_CHARS_MAX};
use aim_gov::identity::{Person, Predicate};
use aim_gov::invocation::CitizenId;
use aim_gov::message_template::{Kind, Template};
use aim_gov::notifications::NewMessage;
use aim_gov::payments::{Bill, NewPayment};
use aim_gov::remote::Fault;
use aim_gov::text::{Locale, Localised};
use reqwest::StatusCode;

use super::provider::Site;
use super::{ORDINARY, PURPOSE, Rig, on_both, text};

/// How long the register may take.
const DEADLINE: Duration = Duration::from_millis(50);
/// Somebody who reads Russian.
const READS_RUSSIAN: &str = "OTEST09";
const TEMPLATE: &str = "bill-due";

#[derive(Clone, Debug)]
enum Wrong {
    Fails,
    Hangs,
    /// It answers, and the record is not right.
    Answers(Change),
    Nobody,
    /// The citizen ends this consent while the register works.
    Meanwhile(Consent, CitizenId, String),
    Nothing,
}

#[derive(Debug)]
struct Faulty {
    right: Arc<dyn Backend>,
    wrong: Mutex<Wrong>,
    asked: AtomicUsize,
}

impl Faulty {
    fn becomes(&self, wrong: Wrong) {
        *self.wrong.lock().unwrap() = wrong;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn answer(&self, right: Result<Option<Person>, Fault>) -> Result<Option<Person>, Fault> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let wrong = self.wrong.lock().unwrap().clone();
        match wrong {
            Wrong::Fails => Err(Fault::Failed("broken".into())),
            Wrong::Hangs => std::future::pending().await,
            Wrong::Answers(change) => Ok(right?.map(|mut person| {
                change(&mut person);
                person
            })),
            Wrong::Nobody => Ok(None),
            Wrong::Meanwhile(theirs, citizen, id) => {
                theirs
                    .change(&citizen, &id, consent::Change::Revoke)
                    .await
                    .unwrap();
                right
            }
            Wrong::Nothing => right,
        }
    }
}

#[async_trait::async_trait]
impl Backend for Faulty {
    async fn by_fin(&self, fin: &str) -> Result<Option<Person>, Fault> {
        self.answer(self.right.by_fin(fin).await).await
    }

    async fn by_citizen(&self, citizen: &CitizenId) -> Result<Option<Person>, Fault> {
        self.answer(self.right.by_citizen(citizen).await).await
    }
}

/// What is wrong with a record.
type Change = fn(&mut Person);

/// Everything that a register can get wrong about a person.
fn wrongs() -> Vec<(&'static str, Wrong)> {
    let mut wrongs = vec![("fails", Wrong::Fails), ("hangs", Wrong::Hangs)];
    let answers: [(&str, Change); 12] = [
        ("another person", |person| person.fin = "OTEST02".to_owned()),
        ("not a FIN", |person| person.fin = "1".to_owned()),
        ("without a name", |person| person.given_name = " ".to_owned()),
        ("control characters", |person| {
            person.address.locality = Some("Bakı\u{7}".to_owned());
        }),
        ("too long", |person| {
            person.family_name = "ə".repeat(RECORD_TEXT_CHARS_MAX + 1);
        }),
        ("not born yet", |person| {
            person.birthdate = "2026-11-22".parse().unwrap()
        }),
        ("too old", |person| {
            person.birthdate = "1895-12-31".parse().unwrap()
        }),
        ("died before birth", |person| {
            person.died = person.birthdate.yesterday().ok();
        }),
        ("dies tomorrow", |person| {
            person.died = Some("2026-11-22".parse().unwrap())
        }),
        ("nationality", |person| {
            person.nationalities = vec!["az".to_owned()]
        }),
        ("nationalities", |person| {
            person.nationalities = vec!["AZE".to_owned(); NATIONALITIES_MAX + 1];
        }),
        ("household", |person| person.household = String::new()),
    ];
    wrongs.extend(answers.map(|(what, change)| (what, Wrong::Answers(change))));
    wrongs
}

/// The rig over a faulty register, and a request to a service that may ask for everything that needs it.
fn with(mut rig: Rig, fin: &str) -> (Rig, Arc<Faulty>) {
    let faulty = Arc::new(Faulty {
        right: rig.apis.identity.register(),
        wrong: Mutex::new(Wrong::Nothing),
        asked: AtomicUsize::new(0),
    });
    rig.apis = rig.apis.with_register(faulty.clone(), DEADLINE);
    rig.citizen = rig.apis.identity.citizen(fin).unwrap();
    rig.invocation = super::invocation(&rig.citizen);
    let grant = &mut Arc::get_mut(&mut rig.invocation.service).unwrap().grant;
    grant.capabilities.insert(Capability::Notifications);
    grant.purposes[0]
        .attributes
        .extend([Attribute::AgeOver, Attribute::Fin]);
    grant.boundary.messages_max = 100;
    grant.boundary.messages_per_citizen_max = 100;
    let both = |az: &str, ru: &str| Localised {
        ru: Some(ru.to_owned()),
        ..text(az)
    };
    grant.templates = vec![Template {
        id: TEMPLATE.to_owned(),
        version: 1,
        name: text("Hesab"),
        kind: Kind::Transactional,
        purpose: PURPOSE.to_owned(),
        subject: both("Hesab", "Счёт"),
        body: both("Hesabınız gəldi.", "Пришёл счёт."),
        fields: Vec::new(),
    }];
    (rig, faulty)
}

/// A payment that settles this bill.
fn settling(bill: &Bill) -> NewPayment {
    NewPayment {
        minor_units: bill.amount.minor_units(),
        currency: "AZN".to_owned(),
        service_code: bill.service_code.code.clone(),
        reference: bill.id.clone(),
        description: text("Su"),
        return_path: "/".to_owned(),
        delayed_capture: false,
        metadata: Vec::new(),
    }
}

fn message(rig: &Rig) -> NewMessage {
    NewMessage {
        to: rig.apis.identity.sub(&rig.service().id, &rig.citizen),
        template: TEMPLATE.to_owned(),
        personalisation: Vec::new(),
        reference: None,
        language: None,
        send_at: None,
        discard_at: None,
    }
}

/// Every operation that needs the register.
const OPERATIONS: [&str; 7] = [
    "claims",
    "check",
    "fin",
    "bills",
    "bill-history",
    "create",
    "send",
];

/// What a service is told by an operation, as text.
async fn call(rig: &Rig, operation: &str, question: u8, payment: &NewPayment) -> Result<String, GovError> {
    // Records of one millisecond have no order among themselves.
    rig.clock.advance_ms(1);
    let (apis, invocation) = (&rig.apis, &rig.invocation);
    Ok(match operation {
        "claims" => {
            let names = ["given_name".to_owned()];
            let claims = apis.identity.claims(invocation, &names, PURPOSE).await?;
            claims.given_name.unwrap()
        }
        "check" => {
            let question = Predicate::AgeOver(question);
            let answer = apis.identity.check(invocation, question, PURPOSE).await?;
            answer.to_string()
        }
        "fin" => apis.identity.fin(invocation, PURPOSE).await?,
        "bills" => {
            let bills = apis.payments.bills(invocation, "utilities", PURPOSE).await?;
            bills.len().to_string()
        }
        "bill-history" => {
            let bills = apis
                .payments
                .bill_history(invocation, "utilities", PURPOSE)
                .await?;
            bills.len().to_string()
        }
        "create" => {
            let payment = apis.payments.create(invocation, "key-1", payment.clone()).await?;
            payment.bill.unwrap_or_default()
        }
        _ => {
            let sent = apis.notifications.send(invocation, "key-1", message(rig)).await?;
            sent.language.to_string()
        }
    })
}

/// A payment that settles a bill of the citizen's household.
async fn own_bill(rig: &Rig) -> NewPayment {
    let bills = rig
        .apis
        .payments
        .bills(&rig.invocation, "utilities", PURPOSE)
        .await;
    settling(bills.unwrap().first().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_unavailable_and_change_nothing_while_the_register_is_broken() {
    on_both(async |rig: Rig| {
        let (rig, faulty) = with(rig, READS_RUSSIAN);
        rig.agree().await;
        let payment = own_bill(&rig).await;
        for (question, (what, wrong)) in (30..).zip(wrongs()) {
            faulty.becomes(wrong);
            for operation in OPERATIONS {
                let told = call(&rig, operation, question, &payment).await;
                let code = told.unwrap_err().code();
                assert_eq!(code, "system-unavailable", "{what} {operation}");
                let decisions = rig.decisions(operation).await;
                assert_eq!(decisions.last().unwrap(), code, "{what} {operation}");
            }
        }
        let inbox = rig.apis.notifications.inbox(&rig.citizen, None).await.unwrap();
        assert!(inbox.0.is_empty());
        faulty.becomes(Wrong::Nothing);
        // No question of before was counted, and no key was used up.
        let told = |operation| call(&rig, operation, 20, &payment);
        assert_eq!(told("check").await.unwrap(), "true");
        assert_eq!(told("fin").await.unwrap(), READS_RUSSIAN);
        assert_eq!(told("create").await.unwrap(), payment.reference);
        assert_eq!(told("send").await.unwrap(), Locale::Ru.to_string());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn register_is_not_asked_about_a_citizen_who_withdrew() {
    on_both(async |rig: Rig| {
        let (rig, faulty) = with(rig, ORDINARY);
        let id = rig.agree().await;
        let payment = own_bill(&rig).await;
        let revoked = rig
            .apis
            .consent
            .change(&rig.citizen, &id, consent::Change::Revoke);
        revoked.await.unwrap();
        let before = faulty.asked();
        for operation in OPERATIONS {
            let told = call(&rig, operation, 20, &payment).await;
            assert_eq!(told.unwrap_err().code(), "consent-revoked", "{operation}");
        }
        assert_eq!(faulty.asked(), before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_that_ends_while_the_register_works_refuses_the_call() {
    on_both(async |rig: Rig| {
        let (rig, faulty) = with(rig, ORDINARY);
        let mut id = rig.agree().await;
        let payment = own_bill(&rig).await;
        for operation in OPERATIONS {
            let before = faulty.asked();
            let theirs = rig.apis.consent.clone();
            faulty.becomes(Wrong::Meanwhile(theirs, rig.citizen.clone(), id));
            let told = call(&rig, operation, 20, &payment).await;
            assert_eq!(told.unwrap_err().code(), "consent-revoked", "{operation}");
            assert_eq!(faulty.asked(), before + 1, "{operation}");
            faulty.becomes(Wrong::Nothing);
            id = rig.agree().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn citizen_whom_the_register_does_not_know_has_no_data() {
    on_both(async |rig: Rig| {
        let (rig, faulty) = with(rig, READS_RUSSIAN);
        rig.agree().await;
        let payment = own_bill(&rig).await;
        faulty.becomes(Wrong::Nobody);
        for operation in OPERATIONS {
            let told = call(&rig, operation, 20, &payment).await;
            match operation {
                "bills" | "bill-history" => assert_eq!(told.unwrap(), "0", "{operation}"),
                "send" => assert_eq!(told.unwrap(), Locale::Az.to_string()),
                // The bill is not of a household of theirs: the reference is the service's own.
                "create" => assert_eq!(told.unwrap(), ""),
                _ => assert!(matches!(told, Err(GovError::NotFound)), "{operation} {told:?}"),
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn log_in_waits_for_the_register_and_counts_no_attempt() {
    on_both(async |rig: Rig| {
        let (rig, faulty) = with(rig, ORDINARY);
        let site = Site::open(&rig).await;
        let code = site.code().await;
        let token = site.token(&code).await.unwrap();
        for (what, wrong) in wrongs() {
            faulty.becomes(wrong);
            for code in ["111111", "000000"] {
                let (status, body) = site.log_in(code).await;
                assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{what}");
                assert!(body.contains("Xidmət hazırda əlçatan deyil"), "{body}");
            }
            assert_eq!(
                site.userinfo(&token).await,
                StatusCode::SERVICE_UNAVAILABLE,
                "{what}"
            );
        }
        let decisions = rig.decisions("userinfo").await;
        assert_eq!(decisions.len(), wrongs().len());
        assert!(decisions.iter().all(|decision| decision == "system-unavailable"));
        faulty.becomes(Wrong::Nothing);
        assert_eq!(site.userinfo(&token).await, StatusCode::OK);
        // As many wrong codes as are allowed, and none of those above.
        site.code().await;
    })
    .await;
}
