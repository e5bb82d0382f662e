//! What the log of a test space keeps of the arguments of each operation: their names as the WIT has them, and no data.
//! Every call here is refused, since nothing is granted.

use std::collections::BTreeMap;

use serde_json::Value;
use wit_parser::{Resolve, Type, TypeDefKind};

use super::*;
use crate::bindings::aim::gov::types::Localised;
use crate::bindings::aim::gov::{
    consent, documents, exchange, identity, life_events, notifications, open_data, payments, signature,
};

/// What is data of a citizen in each argument that may have some.
const PERSONAL: &str = "Aygün";

fn personal() -> String {
    PERSONAL.to_owned()
}

fn code() -> String {
    "code-1".to_owned()
}

fn texts() -> Localised {
    Localised {
        az: personal(),
        en: Some(personal()),
        ru: None,
    }
}

fn bytes() -> Vec<u8> {
    PERSONAL.as_bytes().to_vec()
}

async fn calls_of_identity(state: &mut RequestState) {
    use identity::{Host as _, HostPrincipal as _};
    let _ = state.current().await;
    let mut principal = || Resource::new_own(state.table.push(Principal).unwrap().rep());
    let principals = [(); 4].map(|()| principal());
    let [a, b, c, d] = principals;
    let _ = state.claims(a, vec![code()], code()).await;
    let question = identity::Predicate::ResidentOf(code());
    let _ = state.check(b, question, code()).await;
    let _ = state.require_acr(c, identity::Acr::High, Some(60)).await;
    let _ = state.fin(d, code()).await;
}

async fn calls_of_payments(state: &mut RequestState) {
    use payments::Host as _;
    let new = payments::NewPayment {
        amount: payments::Money {
            minor_units: 1_000,
            currency: "AZN".to_owned(),
        },
        service_code: code(),
        reference: code(),
        description: texts(),
        return_path: format!("/paid?name={PERSONAL}"),
        delayed_capture: true,
        metadata: vec![(code(), personal())],
    };
    let _ = state.create(personal(), new).await;
    let _ = state.get(code()).await;
    let _ = state.find(personal()).await;
    let _ = state.capture(code()).await;
    let _ = state.cancel(code()).await;
    let _ = state.refund_payment(personal(), code(), 1, 2).await;
    let _ = state.bills(code(), code()).await;
    let _ = state.bill_history(code(), code()).await;
}

async fn calls_of_consent(state: &mut RequestState) {
    use consent::Host as _;
    let _ = state.find(code()).await;
    let _ = state.request_url(vec![code()]).await;
    let _ = state.release(code()).await;
}

async fn calls_of_open_data(state: &mut RequestState) {
    use open_data::Host as _;
    let search = open_data::SearchQuery {
        text: personal(),
        theme: vec![code()],
        publisher: vec![code()],
        start: 0,
        rows: 10,
    };
    let _ = state.search(search).await;
    let _ = state.get(code()).await;
    let filter = open_data::Filter {
        field: code(),
        op: open_data::Comparison::Prefix,
        value: open_data::Value::Text(personal()),
    };
    let sort = open_data::Sort {
        field: code(),
        descending: true,
    };
    let _ = state
        .query(code(), vec![code()], vec![filter], vec![sort], 0, 10)
        .await;
}

async fn calls_of_notifications(state: &mut RequestState) {
    use notifications::{Attachment, Host as _, NewMessage, Value};
    let values = || {
        let file = Attachment {
            name: personal(),
            media_type: "text/plain".to_owned(),
            content: bytes(),
            keep_days: 7,
        };
        vec![
            (code(), Value::Text(personal())),
            (code(), Value::Items(vec![personal()])),
            (code(), Value::Link(format!("/bills?of={PERSONAL}"))),
            (code(), Value::File(file)),
        ]
    };
    let _ = state.templates().await;
    let locale = crate::bindings::aim::gov::types::Locale::En;
    let _ = state.preview(code(), values(), locale).await;
    let new = NewMessage {
        to: personal(),
        template_id: code(),
        personalisation: values(),
        reference: Some(code()),
        language: Some(locale),
        send_at: Some(1),
        discard_at: None,
    };
    let _ = state.send(personal(), new).await;
    let _ = state.get(code()).await;
    let _ = state.find(personal()).await;
    let _ = state.cancel(code()).await;
    let _ = state.search(Some(code()), Some(personal())).await;
}

async fn calls_of_life_events(state: &mut RequestState) {
    use life_events::{Host as _, NewTimer};
    let new = NewTimer {
        due: 1,
        subject: Some(personal()),
        name: code(),
        data: Some(bytes()),
    };
    let _ = state.set_timer(personal(), new).await;
    let _ = state.clear_timer(code()).await;
    let _ = state.recent(Some(personal())).await;
}

async fn calls_of_exchange(state: &mut RequestState) {
    use exchange::{Context, Host as _, Parameter, Subject};
    let context = || Context {
        operation: code(),
        subject: Subject::Citizen(personal()),
        parameters: vec![Parameter {
            name: code(),
            value: personal(),
        }],
        purpose: code(),
        issue: code(),
    };
    let _ = state.allowed().await;
    let _ = state.exists(context()).await;
    let _ = state.read(context(), vec![code()], Some(personal())).await;
    let _ = state
        .submit(personal(), context(), "application/json".to_owned(), bytes())
        .await;
    let _ = state.get(code()).await;
    let _ = state.find(personal()).await;
}

async fn calls_of_documents(state: &mut RequestState) {
    use documents::{Change, Claim, Host as _, NewDocument, NewPresentation, Presenter, Step, Wanted};
    let new = NewDocument {
        holder: personal(),
        doc_type: code(),
        claims: vec![Claim {
            path: vec![Step::Key(code()), Step::Index(1), Step::Every],
            value: personal(),
        }],
        valid_from: None,
        expires: Some(1),
        replaces: Some(code()),
    };
    let _ = state.issue(personal(), new).await;
    let _ = state.get_issued(code()).await;
    let _ = state.find_issued(personal()).await;
    let _ = state
        .change_state(personal(), code(), Change::Revoke, texts())
        .await;
    let new = NewPresentation {
        presenter: Presenter::Current,
        wanted: vec![Wanted {
            id: code(),
            doc_types: vec![code()],
            claims: vec![vec![Step::Key(code()), Step::Index(1), Step::Every]],
        }],
        options: vec![vec![code()]],
        purpose: code(),
        reference: code(),
        return_path: "/shown".to_owned(),
        expires: 1,
    };
    let _ = state.request_presentation(personal(), new).await;
    let _ = state.get_presentation(code()).await;
    let _ = state.find_presentation(personal()).await;
    let _ = state.cancel_presentation(code()).await;
}

async fn calls_of_signature(state: &mut RequestState) {
    use signature::{
        Assurance, Content, Detached, Document, Format, Host as _, Level, NewFile, NewSigner, NewSigning,
        Order, Party,
    };
    let file = NewFile {
        name: personal(),
        media_type: "application/pdf".to_owned(),
        content: bytes(),
    };
    let _ = state.stage(file).await;
    let signer = |who| NewSigner {
        who,
        capacity: Some(personal()),
    };
    let document = |content| Document {
        label: texts(),
        content,
    };
    let digest = Detached {
        sha256: bytes(),
        media_type: "text/plain".to_owned(),
    };
    let new = NewSigning {
        signers: vec![
            signer(Party::Current),
            signer(Party::Citizen(personal())),
            signer(Party::NamedByCitizen(texts())),
        ],
        order: Order::Listed,
        documents: vec![document(Content::File(code())), document(Content::Digest(digest))],
        assurance: Assurance::Advanced,
        format: Format::AsicE,
        level: Level::BLta,
        purpose: code(),
        description: texts(),
        reference: code(),
        return_path: "/signed".to_owned(),
        expires: 1,
    };
    let _ = state.create(personal(), new).await;
    let _ = state.get(code()).await;
    let _ = state.find(personal()).await;
    let _ = state.cancel(code()).await;
    let _ = state.read(code(), 0).await;
    let _ = state.verify(code(), vec![code()]).await;
}

/// Calls every operation once; what was logged of each.
async fn logged() -> BTreeMap<String, Value> {
    let folder = tempfile::tempdir().unwrap();
    let apis = apis(testing::platform(folder.path()).await).await;
    let rehearsal = Rehearsal::new(&apis.platform.random);
    let mut state = state_in(
        &apis,
        "citizen_1",
        Some((ServiceId("holder".to_owned()), rehearsal.clone())),
    );
    calls_of_identity(&mut state).await;
    calls_of_consent(&mut state).await;
    calls_of_payments(&mut state).await;
    calls_of_open_data(&mut state).await;
    calls_of_notifications(&mut state).await;
    calls_of_life_events(&mut state).await;
    calls_of_exchange(&mut state).await;
    calls_of_documents(&mut state).await;
    calls_of_signature(&mut state).await;
    let calls = rehearsal.calls.newest();
    let calls = calls.into_iter().map(|logged| {
        let name = format!("{}.{}", logged.call.interface, logged.call.operation);
        (name, serde_json::to_value(logged.arguments).unwrap())
    });
    calls.collect()
}

fn contract() -> Resolve {
    let mut resolve = Resolve::default();
    resolve
        .push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit"))
        .unwrap();
    resolve
}

/// Whether this is how an argument of this type is logged; the place where it is not.
fn fits(resolve: &Resolve, ty: &Type, logged: &Value, place: &str) -> Result<(), String> {
    let wrong = || Err(format!("{place}: {logged}"));
    let redacted = |kind: &str| logged["redacted"] == kind;
    let ok = |fine: bool| match fine {
        true => Ok(()),
        false => wrong(),
    };
    let Type::Id(id) = ty else {
        return ok(match ty {
            Type::Bool => logged.is_boolean(),
            Type::String => logged.is_string() || redacted("text"),
            _ => logged.is_number(),
        });
    };
    match &resolve.types[*id].kind {
        TypeDefKind::Type(other) => fits(resolve, other, logged, place),
        TypeDefKind::Option(_) if logged.is_null() => Ok(()),
        TypeDefKind::Option(other) => fits(resolve, other, logged, place),
        TypeDefKind::List(Type::U8) => ok(redacted("bytes")),
        TypeDefKind::List(item) => {
            let Some(items) = logged.as_array() else {
                return wrong();
            };
            let mut items = items.iter();
            items.try_for_each(|logged| fits(resolve, item, logged, &format!("{place}[]")))
        }
        // A name and its value.
        TypeDefKind::Tuple(tuple) => {
            let (Some(pair), [Type::String, value]) = (logged.as_object(), &tuple.types[..]) else {
                return wrong();
            };
            let mut pair = pair.values();
            pair.try_for_each(|logged| fits(resolve, value, logged, place))
        }
        TypeDefKind::Record(record) if record.fields.len() == 2 && record.fields[0].name == "name" => {
            ok(logged.as_object().is_some_and(|pair| pair.len() == 1))
        }
        TypeDefKind::Record(record) => {
            let names = logged.as_object().map(|fields| fields.len());
            if names != Some(record.fields.len()) {
                return wrong();
            }
            let mut fields = record.fields.iter();
            fields.try_for_each(|field| {
                let place = format!("{place}.{}", field.name);
                let logged = logged.get(&field.name).ok_or_else(|| place.clone())?;
                fits(resolve, &field.ty, logged, &place)
            })
        }
        TypeDefKind::Enum(cases) => ok(cases.cases.iter().any(|case| logged == case.name.as_str())),
        TypeDefKind::Variant(variant) => variant
            .cases
            .iter()
            .find_map(|case| match &case.ty {
                None => (logged == case.name.as_str()).then_some(Ok(())),
                Some(ty) => logged
                    .get(&case.name)
                    .map(|logged| fits(resolve, ty, logged, &format!("{place}.{}", case.name)))
                    // The words of a path: a step by name or by number stands for itself.
                    .or_else(|| (case.name == "key" && logged.is_string()).then_some(Ok(())))
                    .or_else(|| (case.name == "index" && logged.is_number()).then_some(Ok(())))
                    // What a filter compares with has no name of its own.
                    .or_else(|| (case.name == "text" && redacted("text")).then_some(Ok(()))),
            })
            .unwrap_or_else(wrong),
        _ => wrong(),
    }
}

#[tokio::test]
async fn arguments_of_every_operation_are_logged_by_the_names_of_the_wit() {
    let logged = logged().await;
    let resolve = contract();
    let mut operations = Vec::new();
    for (_, interface) in &resolve.interfaces {
        let Some(name) = &interface.name else { continue };
        let package = interface
            .package
            .map(|package| &resolve.packages[package].name.namespace);
        if package.is_none_or(|namespace| namespace != "aim") || name.parse::<Capability>().is_err() {
            continue;
        }
        for function in interface.functions.values() {
            let operation = function.name.rsplit('.').next().unwrap();
            // What a handle says of the log-in is a part of the request.
            if (name.as_str(), operation) == ("identity", "session") {
                continue;
            }
            let called = format!("{name}.{operation}");
            let Some(arguments) = logged.get(&called) else {
                panic!("{called} was not called");
            };
            let parameters = function.params.iter().filter(|one| one.name != "self");
            let mut known = 0;
            for parameter in parameters {
                known += 1;
                let place = format!("{called}: {}", parameter.name);
                let argument = arguments.get(&parameter.name).expect(&place);
                fits(&resolve, &parameter.ty, argument, &place).unwrap();
            }
            assert_eq!(arguments.as_object().unwrap().len(), known, "{called}");
            operations.push(called);
        }
    }
    assert_eq!(operations.len(), logged.len(), "{operations:?}");
}

#[tokio::test]
async fn arguments_that_may_be_data_of_citizens_are_not_logged() {
    for (call, arguments) in logged().await {
        assert!(!arguments.to_string().contains(PERSONAL), "{call}: {arguments}");
    }
}
