//! A digital document from its service to whoever is shown it, through the real binary; its signed copy is verified by
//! somebody else's cryptography.

use std::process::Stdio;

use aim_tests::actors::citizen::{Citizen, ORDINARY};
use aim_tests::actors::developer::STARTUP;
use aim_tests::guests;
use aim_tests::http::{Agent, Page};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::stage::Stage;

const LIBRARY: &str = "library-card";
/// A service that asks for the library's cards.
const SHOP: &str = "bookshop";

/// What a verifier learns from a copy, or why Node.js refuses it.
async fn verified(copy: &str, issuer: &Value, list: &str) -> Result<Value, String> {
    let node = std::env::var_os("AIM_NODE").expect("`cargo xtask test` sets AIM_NODE");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/documents/verify.mjs");
    let mut child = Command::new(node)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = json!({ "sdJwt": copy, "issuer": issuer, "list": list }).to_string();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A platform with the library, and a citizen with a card that they accepted.
struct Library {
    stage: Stage,
    citizen: Citizen,
    verifier: Agent,
    /// The page of the card in the citizen's box.
    card: Page,
}

impl Library {
    async fn open() -> Self {
        let stage = Stage::start().await;
        let folder = guests::sample(LIBRARY);
        let component = guests::build(&folder).await.unwrap();
        let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
        stage.panel.approve(&stage.developer, &id).await.unwrap();
        let citizen = Citizen::new(&stage.platform.url, ORDINARY, "en").unwrap();
        let asked = citizen
            .open(&format!("{}/", stage.platform.origin(LIBRARY)))
            .await
            .unwrap();
        let form = asked.form_to("/").unwrap();
        let offered = citizen.agent.submit(&asked, &form).await.unwrap().ok().unwrap();
        assert_eq!(offered.heading(), "Reader's card");
        let form = offered
            .document()
            .form(|form| offered.url.path() == form.action)
            .unwrap();
        let card = citizen.agent.submit(&offered, &form).await.unwrap().ok().unwrap();
        assert!(card.text().contains("The document is yours."), "{card}");
        Self {
            stage,
            citizen,
            verifier: Agent::new("en").unwrap(),
            card,
        }
    }

    /// Publishes the shop that asks for cards: its origin.
    async fn open_shop(&self) -> String {
        let folder = guests::sample(SHOP);
        let component = guests::build(&folder).await.unwrap();
        let stage = &self.stage;
        let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
        stage.panel.approve(&stage.developer, &id).await.unwrap();
        stage.platform.origin(SHOP)
    }

    /// The address that shows these claims.
    async fn show(&self, claims: &[&str]) -> String {
        let mut form = self.card.form_to("/showings").unwrap();
        for claim in claims {
            form = form.fill(claim, "yes").unwrap();
        }
        let code = self.citizen.agent.submit(&self.card, &form).await.unwrap();
        let code = code.ok().unwrap();
        assert!(code.body.contains("<svg"), "{code}");
        code.document().text_of("output").unwrap()
    }

    /// Opens a showing as its verifier does.
    async fn look(&self, address: &str) -> Page {
        let ask = self.verifier.get(address).await.unwrap().ok().unwrap();
        let form = ask.form_to("/shown/").unwrap();
        self.verifier.submit(&ask, &form).await.unwrap().ok().unwrap()
    }

    async fn copy(&self, seen: &Page) -> String {
        let copy = self.verifier.follow(seen, "/proof").await.unwrap().ok().unwrap();
        assert_eq!(copy.headers["content-type"], "application/dc+sd-jwt");
        copy.body
    }

    async fn verified(&self, copy: &str) -> Result<Value, String> {
        let platform = &self.stage.platform.url;
        let get = |path: String| async move {
            let page = self.verifier.get(format!("{platform}{path}")).await.unwrap();
            page.ok().unwrap()
        };
        let issuer = get("/.well-known/jwt-vc-issuer".to_owned()).await.body;
        let list = get("/documents/status/1".to_owned()).await;
        assert_eq!(list.headers["content-type"], "application/statuslist+jwt");
        assert_eq!(list.headers["access-control-allow-origin"], "*");
        verified(copy, &serde_json::from_str(&issuer).unwrap(), &list.body).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verifier_sees_what_the_holder_chose_and_no_more() {
    let library = Library::open().await;
    let platform = library.stage.platform.url.clone();
    let address = library.show(&["given_name", "reading_room"]).await;
    // The preview of a link does not use it up.
    for _ in 0..2 {
        library.verifier.get(&address).await.unwrap().ok().unwrap();
    }
    let seen = library.look(&address).await;
    let text = seen.text();
    assert!(text.contains("Given name") && text.contains("Valid"), "{text}");
    assert!(
        !text.contains("Family name") && !text.contains("borrowed"),
        "{text}"
    );
    let used = library.verifier.get(&address).await.unwrap();
    used.expect(StatusCode::GONE).unwrap();
    let card = library.citizen.agent.get(&library.card.url).await.unwrap();
    assert!(!card.text().contains("Not yet"), "{card}");

    let copy = library.copy(&seen).await;
    let learned = library.verified(&copy).await.unwrap();
    assert_eq!(
        learned["claims"],
        json!({ "given_name": learned["claims"]["given_name"], "reading_room": true })
    );
    let payload = &learned["payload"];
    assert_eq!(payload["iss"], platform.as_str());
    assert_eq!(payload["issuing_authority"], STARTUP);
    assert_eq!(learned["bound"]["aud"], platform.as_str());
    assert_eq!(
        (learned["state"].as_i64(), learned["ttl"].as_i64()),
        (Some(0), Some(300))
    );
    // The description of its kind, at the address that is its name.
    let kind = payload["vct"].as_str().unwrap();
    let described = library.verifier.get(kind).await.unwrap().ok().unwrap();
    let described: Value = serde_json::from_str(&described.body).unwrap();
    assert_eq!(described["vct"], kind);
    assert_eq!(described["display"][1]["name"], "Reader's card");

    // A claim that the holder did not show cannot be added, and no claim can be changed.
    let other = library.look(&library.show(&["family_name"]).await).await;
    let other = library.copy(&other).await;
    let (token, rest) = copy.split_once('~').unwrap();
    let stolen = other.split('~').nth(1).unwrap();
    let refused = library
        .verified(&format!("{token}~{stolen}~{rest}"))
        .await
        .unwrap_err();
    assert!(refused.contains("another copy is bound"), "{refused}");
    library.stage.platform.stop().await.unwrap();
}

/// RFC 9901, section 10.1, and the Token Status List, section 12.5: what two verifiers could compare.
#[tokio::test(flavor = "multi_thread")]
async fn copies_of_two_verifiers_share_nothing_but_their_claims() {
    let library = Library::open().await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let seen = library.look(&library.show(&["reading_room"]).await).await;
        let copy = library.copy(&seen).await;
        tokens.push(library.verified(&copy).await.unwrap());
    }
    let [first, second] = tokens.as_slice() else {
        panic!("not two");
    };
    let (one, two) = (&first["payload"], &second["payload"]);
    assert_ne!(one["cnf"], two["cnf"]);
    assert_ne!(
        one["status"]["status_list"]["idx"],
        two["status"]["status_list"]["idx"]
    );
    let digests = |payload: &Value| payload["_sd"].as_array().unwrap().clone();
    assert!(digests(one).iter().all(|digest| !digests(two).contains(digest)));
    assert_eq!(digests(one).len(), 8);
    // To the day, so that the moment of issue tells nothing.
    assert_eq!(one["iat"].as_i64().unwrap() % 86_400, 0);
    library.stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn card_that_is_given_back_is_not_valid_any_more() {
    let library = Library::open().await;
    let seen = library.look(&library.show(&["given_name"]).await).await;
    let copy = library.copy(&seen).await;
    assert_eq!(library.verified(&copy).await.unwrap()["state"], 0);
    let service = format!("{}/", library.stage.platform.origin(LIBRARY));
    let page = library.citizen.open(&service).await.unwrap();
    assert!(page.text().contains("Your card is valid until"), "{page}");
    let form = page.form_to("/give-back").unwrap();
    let page = library
        .citizen
        .agent
        .submit(&page, &form)
        .await
        .unwrap()
        .ok()
        .unwrap();
    // The next one can be asked for.
    assert!(page.text().contains("Get a card"), "{page}");
    assert_eq!(library.verified(&copy).await.unwrap()["state"], 1);
    let again = library.verifier.get(&seen.url).await.unwrap();
    assert!(again.text().contains("Do not rely on this document."), "{again}");
    let card = library.citizen.agent.get(&library.card.url).await.unwrap();
    assert!(
        card.text().contains("You gave the card back to the library."),
        "{card}"
    );
    assert!(card.form_to("/showings").is_err(), "{card}");
    library.stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn shop_reads_what_its_citizen_shows_and_nothing_after_a_refusal() {
    let library = Library::open().await;
    let shop = format!("{}/", library.open_shop().await);
    let citizen = &library.citizen;
    let home = citizen.open(&shop).await.unwrap();
    let ask = async |home: &Page| {
        let form = home.form_to("/").unwrap();
        citizen.agent.submit(home, &form).await.unwrap().ok().unwrap()
    };
    let asked = ask(&home).await;
    let text = asked.text();
    assert!(
        text.contains("To give readers a discount") && text.contains("Given name"),
        "{text}"
    );
    assert!(!text.contains("Family name"), "{text}");
    // A second click leads to the same request.
    assert_eq!(ask(&home).await.url, asked.url);
    let waiting = citizen.open(&shop).await.unwrap();
    assert!(
        waiting.text().contains("You have not shown the card yet."),
        "{waiting}"
    );
    let form = asked.form_to("/my/presentations/").unwrap();
    let shown = citizen.agent.submit(&asked, &form).await.unwrap().ok().unwrap();
    assert!(
        shown.text().contains("The service can read now what you showed."),
        "{shown}"
    );
    let back = citizen.agent.follow(&shown, &shop).await.unwrap().ok().unwrap();
    assert!(back.text().contains("you get a discount of 10%"), "{back}");

    let asked = ask(&back).await;
    let sure = citizen
        .agent
        .follow(&asked, "/refuse")
        .await
        .unwrap()
        .ok()
        .unwrap();
    let form = sure.form_to("/refuse").unwrap();
    let refused = citizen.agent.submit(&sure, &form).await.unwrap().ok().unwrap();
    assert!(
        refused.text().contains("You showed nothing to the service."),
        "{refused}"
    );
    let back = citizen.agent.follow(&refused, &shop).await.unwrap().ok().unwrap();
    assert!(back.text().contains("The card was not shown"), "{back}");
    // Somebody else finds nothing at the address.
    let other = Citizen::new(&library.stage.platform.url, "OTEST04", "en").unwrap();
    other
        .open(&format!("{}/en/my/documents", library.stage.platform.url))
        .await
        .unwrap();
    let page = other.agent.get(asked.url).await.unwrap();
    page.expect(StatusCode::NOT_FOUND).unwrap();
    let log = citizen
        .agent
        .get(format!("{}/en/my/log", library.stage.platform.url))
        .await
        .unwrap();
    let log = log.text();
    assert!(
        log.contains("Asked you to show documents") && log.contains("You showed documents to a service"),
        "{log}"
    );
    library.stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn till_learns_of_a_customer_who_scans_its_code_only_what_it_asked_for() {
    let library = Library::open().await;
    let shop = library.open_shop().await;
    let till = &library.verifier;
    let start = till.get(format!("{shop}/till")).await.unwrap().ok().unwrap();
    let form = start.form_to("/till").unwrap();
    let counter = till.submit(&start, &form).await.unwrap().ok().unwrap();
    assert!(counter.body.contains("<svg"), "{counter}");
    let link = counter.document().text_of("output").unwrap();
    let result = async || {
        let page = till.follow(&counter, "/till/").await.unwrap();
        page.ok().unwrap().text()
    };
    assert!(result().await.contains("The customer has not answered yet."));
    let customer = &library.citizen.agent;
    let asked = customer.get(&link).await.unwrap().ok().unwrap();
    assert!(
        asked
            .text()
            .contains("Go on only if you scanned this code yourself"),
        "{asked}"
    );
    let form = asked.form_to("/present/").unwrap();
    let asked = customer.submit(&asked, &form).await.unwrap().ok().unwrap();
    let text = asked.text();
    assert!(
        text.contains("Access to the reading room") && !text.contains("Given name"),
        "{text}"
    );
    // The code is used up, for the customer too.
    customer
        .get(&link)
        .await
        .unwrap()
        .expect(StatusCode::GONE)
        .unwrap();
    let counter_now = till.get(&counter.url).await.unwrap().ok().unwrap();
    assert!(
        counter_now.text().contains("Somebody has opened the code"),
        "{counter_now}"
    );
    let form = asked.form_to("/my/presentations/").unwrap();
    customer.submit(&asked, &form).await.unwrap().ok().unwrap();
    let learned = result().await;
    assert!(
        learned.contains("access to the reading room: 15% discount"),
        "{learned}"
    );
    library.stage.platform.stop().await.unwrap();
}
