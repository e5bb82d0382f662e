//! Registries of other agencies: what a service learns, what it is refused, and what is left of each call.

mod civil_status;
mod faulty;
mod log;
mod objects;
mod pages;
mod refusals;
mod submissions;
mod submissions_refused;
mod unheard;
mod wire;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aim_gov::audit;
use aim_gov::db::sqlite_address;
use aim_gov::error::GovError;
use aim_gov::exchange::backend::AGENCY_WITHIN;
use aim_gov::exchange::client::Client;
use aim_gov::exchange::message::Request;
use aim_gov::exchange::{Answer, Backend, Context, Operation, Parameter, Subject};
use aim_gov::grant::{Attribute, Boundary, Capability, FetchType, Grant, LawfulBasis, Purpose};
use aim_gov::invocation::{CitizenId, Invocation, Service, Session};
use aim_tests::security_server::SecurityServer;
use serde_json::{Value, json};

use super::{ORDINARY, Rig, kept, on_both, text, used};

/// A purpose that covers all that registries know, periodically.
const REGISTERS: &str = "registers";
/// The same for one time.
const ONCE: &str = "registers-once";
/// A purpose that covers nothing of a registry.
const NOTHING: &str = "greeting";
/// Nobody's vehicle is registered to her.
const WITHOUT_VEHICLE: &str = "OTEST0B";

fn purpose(code: &str, fetch: FetchType, attributes: BTreeSet<Attribute>) -> Purpose {
    Purpose {
        code: code.to_owned(),
        text: text("Reyestrlər"),
        basis: LawfulBasis::Consent,
        attributes,
        optional: BTreeSet::new(),
        fetch,
        valid_days: 30,
        retention_days: 0,
        recipients: Vec::new(),
    }
}

/// A service that may call every operation, and its request for the person with this FIN.
fn asking(rig: &Rig, fin: &str, change: impl FnOnce(&mut Grant)) -> Invocation {
    let service = rig.service();
    let all = || {
        let attributes = Attribute::ALL.iter().copied();
        attributes
            .filter(|attribute| attribute.is_of_registries())
            .collect::<BTreeSet<_>>()
    };
    let mut grant = Grant {
        capabilities: BTreeSet::from([Capability::Identity, Capability::Exchange]),
        purposes: vec![
            purpose(REGISTERS, FetchType::Periodic, all()),
            purpose(ONCE, FetchType::OneTime, all()),
            purpose(
                NOTHING,
                FetchType::Periodic,
                BTreeSet::from([Attribute::GivenName]),
            ),
        ],
        exchange_operations: Operation::all().iter().map(|one| one.code.clone()).collect(),
        boundary: Boundary {
            registry_calls_max: 1_000,
            ..service.grant.boundary.clone()
        },
        ..Grant::default()
    };
    change(&mut grant);
    let citizen = rig.apis.identity.citizen(fin).unwrap();
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
        session: rig
            .invocation
            .session
            .clone()
            .map(|session| Session { citizen, ..session }),
        ..rig.invocation.clone()
    }
}

fn citizen(invocation: &Invocation) -> CitizenId {
    invocation.session.as_ref().unwrap().citizen.clone()
}

/// The citizen agrees to all of a purpose; the id of the consent.
async fn agree(rig: &Rig, invocation: &Invocation, purpose: &str) -> String {
    rig.clock.advance_ms(1);
    rig.agree_to(&invocation.service, &citizen(invocation), purpose)
        .await
}

/// A service whose citizen agreed.
async fn agreed(rig: &Rig, fin: &str) -> Invocation {
    let invocation = asking(rig, fin, |_| ());
    agree(rig, &invocation, REGISTERS).await;
    invocation
}

fn about(operation: &str, parameters: &[(&str, &str)]) -> Context {
    let parameters = parameters.iter().map(|(name, value)| Parameter {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    });
    let nobody = Operation::find(operation).is_some_and(|one| one.attribute.is_none());
    Context {
        operation: operation.to_owned(),
        subject: if nobody { Subject::Object } else { Subject::Current },
        parameters: parameters.collect(),
        purpose: REGISTERS.to_owned(),
        issue: "case-7".to_owned(),
    }
}

async fn exists(rig: &Rig, invocation: &Invocation, context: &Context) -> Result<bool, GovError> {
    // Records of one millisecond have no order among themselves.
    rig.clock.advance_ms(1);
    rig.apis.exchange.exists(invocation, context).await
}

async fn read(
    rig: &Rig,
    invocation: &Invocation,
    context: &Context,
    fields: &[&str],
) -> Result<Answer, GovError> {
    page(rig, invocation, context, fields, None).await
}

async fn page(
    rig: &Rig,
    invocation: &Invocation,
    context: &Context,
    fields: &[&str],
    cursor: Option<&str>,
) -> Result<Answer, GovError> {
    rig.clock.advance_ms(1);
    let fields: Vec<_> = fields.iter().map(|field| (*field).to_owned()).collect();
    rig.apis.exchange.read(invocation, context, &fields, cursor).await
}

fn records(answer: &Answer) -> Value {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["records"].clone()
}

/// Decisions about `exists` and `read` in a citizen's log, oldest first.
async fn log_of(rig: &Rig, citizen: &CitizenId) -> Vec<audit::Record> {
    let records = audit::of_citizen(&rig.db, citizen, None, audit::PAGE_RECORDS_MAX)
        .await
        .unwrap();
    let exchange = |record: &audit::Record| record.interface == Capability::Exchange.code();
    records.into_iter().rev().filter(exchange).collect()
}

/// The simulated agencies of the rig's platform.
fn simulated(rig: &Rig) -> Arc<dyn Backend> {
    let root = rig.apis.signatures.backend().authorities().root;
    aim_gov::exchange::simulated(&rig.apis.platform, &rig.apis.identity, root)
}

/// How the platform reaches the agencies.
#[derive(Clone, Copy, Debug)]
enum Reached {
    Directly,
    /// Through the client of a security server.
    OverHttp,
}

impl Reached {
    /// What the platform asks; the server ends when it is dropped.
    async fn backend(self, exchange: Arc<dyn Backend>) -> (Option<SecurityServer>, Arc<dyn Backend>) {
        match self {
            Self::Directly => (None, exchange),
            Self::OverHttp => {
                let server = SecurityServer::start(exchange).await.unwrap();
                let client = Client::new(server.url.parse().unwrap()).unwrap();
                (Some(server), Arc::new(client))
            }
        }
    }
}

/// A rig of its own on SQLite; the folder goes with its first part.
async fn on_sqlite() -> (tempfile::TempDir, Rig) {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(&sqlite_address(&folder.path().join("aim.db"))).await;
    (folder, rig)
}

/// Runs one suite on both engines, and with agencies that are asked over HTTP.
async fn wherever<F: Future<Output = ()>>(suite: impl Fn(Rig, Reached) -> F) {
    super::on_both(async |rig: Rig| suite(rig, Reached::Directly).await).await;
    let (_folder, rig) = on_sqlite().await;
    suite(rig, Reached::OverHttp).await;
}

/// The same over the simulated agencies.
async fn everywhere<F: Future<Output = ()>>(suite: impl Fn(Rig) -> F) {
    wherever(async |mut rig: Rig, reached: Reached| {
        let (_server, agencies) = reached.backend(simulated(&rig)).await;
        rig.apis = rig.apis.with_exchange(agencies, AGENCY_WITHIN);
        suite(rig).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_of_the_approval_are_listed_with_their_purposes() {
    super::on_both(async |rig: Rig| {
        let invocation = asking(&rig, ORDINARY, |grant| {
            grant.exchange_operations = ["vehicles.owns", "education.institutions", "gone.since"]
                .map(str::to_owned)
                .into();
        });
        let allowed = rig.apis.exchange.allowed(&invocation).await.unwrap();
        let found: Vec<_> = allowed
            .iter()
            .map(|(operation, purposes)| (operation.code.as_str(), purposes.join(" ")))
            .collect();
        assert_eq!(
            found,
            [
                (
                    "education.institutions",
                    "registers registers-once greeting".to_owned()
                ),
                ("vehicles.owns", "registers registers-once".to_owned()),
            ]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registries_answer_what_agrees_with_the_population() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        let residence = about("population.residence", &[]);
        let answer = read(&rig, &invocation, &residence, &["region", "postal_code"])
            .await
            .unwrap();
        assert_eq!(
            records(&answer),
            json!([{ "region": "Bakı", "postal_code": "AZ1000" }])
        );
        assert_eq!(answer.answered.0, rig.clock.now().0);
        let property = about("property.of-person", &[]);
        let answer = read(&rig, &invocation, &property, &["address", "share"])
            .await
            .unwrap();
        let home = "Bakı, Nəsimi rayonu, Nizami küçəsi 14, mənzil 7";
        assert_eq!(records(&answer), json!([{ "address": home, "share": "1/2" }]));
        for (question, yes) in [
            (about("property.owns-home", &[]), true),
            (about("vehicles.owns", &[("plate", "10-SM-001")]), true),
            (about("vehicles.owns", &[("plate", "10-SM-002")]), false),
            (
                about("education.has-diploma", &[("number", "SM-B-2012-0417")]),
                true,
            ),
        ] {
            assert_eq!(
                exists(&rig, &invocation, &question).await,
                Ok(yes),
                "{question:?}"
            );
        }
        let institutions = about("education.institutions", &[("name", "kindergarten")]);
        let answer = read(&rig, &invocation, &institutions, &["code"]).await.unwrap();
        assert_eq!(records(&answer).as_array().unwrap().len(), 12);
        // Nothing that a service gets, and no address, has the number of the citizen; the agency does.
        assert!(!String::from_utf8_lossy(&answer.body).contains(ORDINARY));
        let logged = rig
            .apis
            .exchange
            .logged(&answer.evidence.message_id)
            .await
            .unwrap();
        assert_eq!(logged.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn question_is_answered_four_times_differently_for_one_consent() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        let ask = async |amount: &str| {
            exists(&rig, &invocation, &about("income.below", &[("amount", amount)])).await
        };
        for (amount, below) in [("500", false), ("1000", false), ("1500", true), ("1250", true)] {
            assert_eq!(ask(amount).await, Ok(below), "{amount}");
            // The same again is not a new question.
            assert_eq!(ask(amount).await, Ok(below), "{amount}");
        }
        assert_eq!(ask("1125").await.unwrap_err().code(), "questions-too-many");
        // Nor is a question to another registry free.
        let home = exists(&rig, &invocation, &about("property.owns-home", &[])).await;
        assert_eq!(home.unwrap_err().code(), "questions-too-many");
        let log = log_of(&rig, &citizen(&invocation)).await;
        let asked = |record: &audit::Record| {
            record.object.as_deref() == Some("income.below amount=1250")
                && record.attributes == ["income_below"]
                && record.consent_id.is_some()
        };
        assert!(log.iter().any(asked), "{log:?}");
        agree(&rig, &invocation, REGISTERS).await;
        assert_eq!(ask("1125").await, Ok(false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handler_reads_of_those_who_take_part_for_a_periodic_purpose() {
    everywhere(async |rig: Rig| {
        let theirs = asking(&rig, ORDINARY, |_| ());
        let theirs_id = citizen(&theirs);
        let handler = Invocation {
            session: None,
            ..theirs.clone()
        };
        let sub = rig.apis.identity.sub(&theirs.service.id, &theirs_id);
        let of = |sub: &str, purpose: &str| Context {
            subject: Subject::Citizen(sub.to_owned()),
            purpose: purpose.to_owned(),
            ..about("vehicles.of-person", &[])
        };
        let ask = async |context: Context| read(&rig, &handler, &context, &["make"]).await;
        // They do not take part yet.
        assert_eq!(ask(of(&sub, REGISTERS)).await.unwrap_err(), GovError::NotFound);
        rig.apis.consent.enrol(&theirs.service, &theirs_id).await.unwrap();
        assert_eq!(
            ask(of(&sub, REGISTERS)).await.unwrap_err().code(),
            "consent-required"
        );
        agree(&rig, &theirs, REGISTERS).await;
        agree(&rig, &theirs, ONCE).await;
        let answer = ask(of(&sub, REGISTERS)).await.unwrap();
        assert_eq!(records(&answer), json!([{ "make": "Hyundai" }]));
        assert_eq!(
            ask(of(&sub, ONCE)).await.unwrap_err().code(),
            "purpose-not-periodic"
        );
        assert_eq!(
            ask(of("nobody", REGISTERS)).await.unwrap_err(),
            GovError::NotFound
        );
        // The call is in the log of the citizen whom it is about.
        let decisions: Vec<_> = log_of(&rig, &theirs_id)
            .await
            .into_iter()
            .map(|record| record.decision)
            .collect();
        assert_eq!(decisions, ["consent-required", "allowed"]);
    })
    .await;
}

#[tokio::test]
async fn limit_that_a_call_to_a_register_counts_against_is_told() {
    on_both(|rig| async move {
        let invocation = kept(&agreed(&rig, ORDINARY).await);
        let question = about("population.residence", &[]);
        read(&rig, &invocation, &question, &["region"]).await.unwrap();
        assert_eq!(used(&invocation), ["registry-calls 1 of 1000 test"]);
    })
    .await;
}
