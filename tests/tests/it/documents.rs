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
