//! A signature from its service to the citizen's page and back, through the real binary.

use aim_tests::actors::citizen::{Citizen, ORDINARY};
use aim_tests::guests;
use aim_tests::http::Page;
use reqwest::StatusCode;

use crate::stage::{Stage, answering, manifest};
use crate::walk::FAMILY_PURPOSE;

const RULES: &str = "house-rules";

/// A platform with the service, and a citizen on the page of their signing.
struct Rules {
    stage: Stage,
    citizen: Citizen,
    page: Page,
}

impl Rules {
    async fn open() -> Self {
        Self::asked("/").await
    }

    /// After the form with this action at the service.
    async fn asked(action: &str) -> Self {
        let stage = Stage::start().await;
        let folder = guests::sample(RULES);
        let component = guests::build(&folder).await.unwrap();
        let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
        stage.panel.approve(&stage.developer, &id).await.unwrap();
        let citizen = Citizen::new(&stage.platform.url, ORDINARY, "en").unwrap();
        let service = format!("{}/", stage.platform.origin(RULES));
        let asked = citizen.open(&service).await.unwrap();
        let form = asked.form_to(action).unwrap();
        let page = citizen.agent.submit(&asked, &form).await.unwrap().ok().unwrap();
        assert_eq!(page.heading(), "You are asked to sign");
        Self { stage, citizen, page }
    }

    /// Begins an attempt; answers the page of the device, and the code.
    async fn begin(&self) -> (Page, String) {
        begin(&self.citizen, &self.page).await
    }

    async fn choose(&self, device: &Page, choice: &str) -> Page {
        let form = device
            .form_to("/choice")
            .unwrap()
            .press("choice", choice)
            .unwrap();
        self.citizen.agent.submit(device, &form).await.unwrap()
    }
}

/// The page that a form of this page leads to, with these values.
async fn sent(citizen: &Citizen, page: &Page, action: &str, values: &[(&str, &str)]) -> Page {
    let mut form = page.form_to(action).unwrap();
    for (name, value) in values {
        form = form.fill(name, value).unwrap();
    }
    citizen.agent.submit(page, &form).await.unwrap()
}

async fn begin(citizen: &Citizen, page: &Page) -> (Page, String) {
    let device = sent(citizen, page, "/device", &[]).await.ok().unwrap();
    let code = device.document().text_of("output").unwrap();
    (device, code)
}

/// Signs on the page of a signing; answers the page after it.
async fn sign(citizen: &Citizen, page: &Page) -> Page {
    let (device, code) = begin(citizen, page).await;
    let form = device.form_to("/choice").unwrap().press("choice", &code).unwrap();
    citizen.agent.submit(&device, &form).await.unwrap().ok().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_citizens_sign_together() {
    let rules = Rules::asked("/together").await;
    let (first, page) = (&rules.citizen, &rules.page);
    let own = sent(first, page, "/people/1", &[("fin", ORDINARY)]).await;
    own.expect(StatusCode::UNPROCESSABLE_ENTITY).unwrap();
    let named = sent(first, page, "/people/1", &[("fin", "otest 04")])
        .await
        .ok()
        .unwrap();
    assert!(named.text().contains("A message was sent"), "{named}");
    let code = named.document().text_of("output").unwrap();
    let partly = sign(first, &named).await;
    assert!(
        partly
            .text()
            .contains("You have signed. The files are signed once everybody has"),
        "{partly}"
    );
    let origin = rules.stage.platform.origin(RULES);
    let waiting = first.agent.get(format!("{origin}/")).await.unwrap().ok().unwrap();
    assert!(waiting.text().contains("The rules wait"), "{waiting}");

    let second = Citizen::new(&rules.stage.platform.url, "OTEST04", "en").unwrap();
    second.log_in().await.unwrap().ok().unwrap();
    let inbox = second.page("/my/messages").await.unwrap().ok().unwrap();
    assert!(inbox.text().contains("You are named as a signer"), "{inbox}");
    let list = second.page("/my/signatures").await.unwrap().ok().unwrap();
    assert!(!list.text().contains("House rules"), "{list}");
    let page = second
        .agent
        .follow(&list, "/my/signatures/sgn")
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert_eq!(page.heading(), "Somebody named you");
    let document = format!("{}/documents/0", page.url);
    let early = second.agent.get(&document).await.unwrap();
    early.expect(StatusCode::NOT_FOUND).unwrap();
    let wrong = sent(&second, &page, "/pair", &[("code", "letter")]).await;
    wrong.expect(StatusCode::UNPROCESSABLE_ENTITY).unwrap();
    let page = sent(&second, &page, "/pair", &[("code", &code)])
        .await
        .ok()
        .unwrap();
    second.agent.get(&document).await.unwrap().ok().unwrap();
    assert!(
        page.text().contains("To know who signed the house rules"),
        "{page}"
    );
    assert!(page.form_to("/device").is_err(), "{page}");
    let page = sent(&second, &page, "/agree", &[]).await.ok().unwrap();
    let signed = sign(&second, &page).await;
    assert!(signed.text().contains("You have signed."), "{signed}");
    let theirs = second
        .agent
        .follow(&signed, "/files/")
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert_eq!(theirs.body.matches("ETSI.CAdES.detached").count(), 2);
    let back = first.agent.get(format!("{origin}/")).await.unwrap().ok().unwrap();
    let read = first
        .agent
        .follow(&back, "/signed.pdf")
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert_eq!(read.body, theirs.body);
    let check = first.agent.follow(&back, "/check").await.unwrap().ok().unwrap();
    assert_eq!(
        check.text().matches("the signature is valid").count(),
        2,
        "{check}"
    );
    let log = second.page("/my/log").await.unwrap().ok().unwrap();
    for line in [
        "Somebody named you",
        "You entered the code",
        "Read a file that you signed",
    ] {
        assert!(log.text().contains(line), "{line}: {log}");
    }
    rules.stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn citizen_reads_signs_and_the_service_gets_the_file() {
    let rules = Rules::open().await;
    let agent = &rules.citizen.agent;
    let read = agent
        .follow(&rules.page, "/documents/0")
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert_eq!(read.headers["content-type"], "application/pdf");
    assert_eq!(read.headers["x-content-type-options"], "nosniff");
    // The code is asked for by a form alone: opening the page shows none.
    let early = agent.get(format!("{}/device", rules.page.url)).await.unwrap();
    assert_eq!(early.url, rules.page.url);
    let (device, code) = rules.begin().await;
    let choices: Vec<&str> = device
        .body
        .split("name=\"choice\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.get(..4))
        .collect();
    assert_eq!(choices.len(), 3, "{device}");
    let other = choices.iter().find(|choice| **choice != code).unwrap();
    let wrong = rules.choose(&device, other).await;
    wrong.expect(StatusCode::UNPROCESSABLE_ENTITY).unwrap();
    let late = rules.choose(&device, &code).await;
    late.expect(StatusCode::CONFLICT).unwrap();
    let (device, code) = rules.begin().await;
    let signed = rules.choose(&device, &code).await.ok().unwrap();
    assert!(signed.text().contains("You have signed."), "{signed}");
    let mine = agent.follow(&signed, "/files/").await.unwrap().ok().unwrap();
    assert_eq!(mine.headers["content-type"], "application/pdf");
    let origin = rules.stage.platform.origin(RULES);
    let back = agent.get(format!("{origin}/")).await.unwrap().ok().unwrap();
    assert!(back.text().contains("You have signed the rules."), "{back}");
    let read = agent.follow(&back, "/signed.pdf").await.unwrap().ok().unwrap();
    assert_eq!(read.body, mine.body);
    assert!(read.body.contains("ETSI.CAdES.detached"));
    let check = agent.follow(&back, "/check").await.unwrap().ok().unwrap();
    assert!(
        check.text().contains("the signature is valid, time stamp: "),
        "{check}"
    );
    let log = rules.citizen.page("/my/log").await.unwrap().ok().unwrap();
    for line in [
        "Asked you to sign",
        "You confirmed with the code that you sign",
        "Your signature was made",
        "Read a file that you signed",
    ] {
        assert!(log.text().contains(line), "{line}: {log}");
    }
    let list = rules.citizen.page("/my/signatures").await.unwrap().ok().unwrap();
    assert!(list.text().contains("Signed"), "{list}");
    rules.stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn refusal_is_told_and_can_be_thought_over() {
    let rules = Rules::open().await;
    let agent = &rules.citizen.agent;
    let ask = agent.follow(&rules.page, "/refuse").await.unwrap().ok().unwrap();
    let form = ask.form_to("/refuse").unwrap();
    let refused = agent.submit(&ask, &form).await.unwrap().ok().unwrap();
    assert!(
        refused.text().contains("You refused. Nothing was signed."),
        "{refused}"
    );
    assert!(refused.form_to("/device").is_err(), "{refused}");
    let origin = rules.stage.platform.origin(RULES);
    let back = agent.get(format!("{origin}/")).await.unwrap().ok().unwrap();
    assert!(back.text().contains("The rules were not signed."), "{back}");
    let form = back.form_to("/").unwrap();
    let again = agent.submit(&back, &form).await.unwrap().ok().unwrap();
    assert_ne!(again.url, rules.page.url);
    // Another citizen has no such page.
    let other = Citizen::new(&rules.stage.platform.url, "OTEST04", "en").unwrap();
    other.log_in().await.unwrap().ok().unwrap();
    let foreign = other.agent.get(&again.url).await.unwrap();
    foreign.expect(StatusCode::NOT_FOUND).unwrap();
    rules.stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_find_the_authorities_and_the_status_of_certificates() {
    let stage = Stage::start().await;
    let agent = aim_tests::http::Agent::new("en").unwrap();
    for path in ["/signatures/root.cer", "/signatures/issuer.cer"] {
        let found = agent.get(format!("{}{path}", stage.platform.url)).await.unwrap();
        let found = found.ok().unwrap();
        assert_eq!(found.headers["content-type"], "application/pkix-cert");
    }
    let client = reqwest::Client::new();
    let answer = client
        .post(format!("{}/signatures/ocsp", stage.platform.url))
        .header("content-type", "application/ocsp-request")
        .body("hello")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/ocsp-response");
    // `malformedRequest` (RFC 6960, section 4.2.1).
    assert_eq!(&answer.bytes().await.unwrap()[..], [0x30, 3, 0x0a, 1, 1]);
    stage.platform.stop().await.unwrap();
}

/// The agreement to family data is signed beside its text, which the check asks for.
#[tokio::test(flavor = "multi_thread")]
async fn file_is_checked_for_whoever_has_it() {
    let stage = Stage::start().await;
    let manifest = manifest("family-help", "1.0.0", "[\"exchange\"]") + FAMILY_PURPOSE;
    stage.deploy(&manifest, &answering("family")).await;
    let citizen = Citizen::new(&stage.platform.url, ORDINARY, "en").unwrap();
    citizen.log_in().await.unwrap().ok().unwrap();
    let screen = citizen
        .page("/consent/family-help?purpose=children")
        .await
        .unwrap();
    let asked = citizen.decide(&screen, "agree").await.unwrap().ok().unwrap();
    let signed = citizen.sign(&asked).await.unwrap();
    let file = citizen
        .agent
        .follow(&signed, "/files/")
        .await
        .unwrap()
        .ok()
        .unwrap();

    let page = citizen.page("/my/signatures/check").await.unwrap().ok().unwrap();
    let form = page.form_to("/check").unwrap();
    let check = async |name: &str, content: &str| {
        let sent = citizen.agent.upload(&page, &form, "signed", name, content);
        sent.await.unwrap()
    };
    let found = check("signatures.json", &file.body).await.ok().unwrap();
    assert!(
        found.text().contains("A file that was signed is missing"),
        "{found}"
    );
    assert!(found.text().contains("Proved by a time stamp"), "{found}");
    let changed = file.body.replace("\"payload\": \"\"", "\"payload\": \"eA\"");
    assert!(changed != file.body, "the payload is where it was");
    let found = check("signatures.json", &changed).await.ok().unwrap();
    assert!(found.text().contains("The signature is not valid."), "{found}");
    for content in ["hello", ""] {
        let refused = check("signatures.json", content).await;
        let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).unwrap();
        let said = "neither a PDF that the platform can read nor";
        assert!(refused.text().contains(said), "{refused}");
    }
    let nothing = check("", "").await;
    assert!(nothing.text().contains("Choose a file."), "{nothing}");
    stage.platform.stop().await.unwrap();
}
