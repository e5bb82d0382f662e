//! The pages about documents: the holder's box, and those of whoever is shown one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::walker::Walk;
use crate::verifier::{Server, query};

/// The service that issues a document, and one that asks for it.
pub const LIBRARY: &str = "library-card";
pub const SHOP: &str = "bookshop";

/// The address of the kind of a copy.
fn vct_of(copy: &str) -> String {
    let payload = URL_SAFE_NO_PAD.decode(copy.split('.').nth(1).unwrap()).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    payload["vct"].as_str().unwrap().to_owned()
}

/// A web site that may ask for the card.
pub struct Verifier {
    pub server: Server,
    pub client_id: String,
}

impl Walk<'_> {
    /// A citizen who gets a document, accepts it and shows it.
    pub async fn holder(&mut self, fin: &str, verifier: &Verifier) {
        self.open("/my/documents").await;
        self.identify(fin).await;
        self.look("my-documents-none").await;
        self.open_at(LIBRARY, "/").await;
        self.click("button[value=join]").await;
        self.click("button[value=agree]").await;
        self.look_at_service("library", "main form[action='/'] button")
            .await;
        self.click("main form[action='/'] button").await;
        self.element("main form.panel button").await;
        self.look("my-document-offered").await;
        self.click("main a[href$='/decline']").await;
        self.look("my-document-decline").await;
        self.click("main .actions a.secondary").await;
        self.click("main form.panel button").await;
        self.element(".banner:focus").await;
        self.look("my-document").await;
        self.click("form[action$='/showings'] button").await;
        self.look("my-document-show-mistake").await;
        self.click("label[for=claim-given_name]").await;
        self.click("form[action$='/showings'] button").await;
        self.element("main figure svg").await;
        self.look("my-document-code").await;
        let address = self.element("main output").await.text().await.unwrap();
        self.log_out().await;
        self.browser.driver.goto(&address).await.unwrap();
        self.look("document-open").await;
        self.click("main form button").await;
        self.element("main a[href$='/proof']").await;
        self.look("document-seen").await;
        let proof = self.element("main a[href$='/proof']").await;
        let proof = proof.prop("href").await.unwrap().unwrap();
        let vct = vct_of(&reqwest::get(proof).await.unwrap().text().await.unwrap());
        self.browser.driver.goto(&address).await.unwrap();
        self.look("document-over").await;
        self.open("/my/documents").await;
        self.identify(fin).await;
        self.look("my-documents").await;
        self.click("main td a[href*='/my/documents/']").await;
        self.look("my-document-shown").await;
        self.presenter().await;
        self.shower(verifier, &vct).await;
        self.log_out().await;
        self.customer(fin).await;
    }

    /// The same citizen, who shows the document to a service, and the next time does not.
    async fn presenter(&mut self) {
        self.open("/my/presentations").await;
        self.look("my-presentations-none").await;
        self.open_at(SHOP, "/").await;
        self.click("button[value=join]").await;
        self.click("main form[action='/'] button").await;
        self.element("main form.panel input[type=radio]").await;
        self.look("my-presentation").await;
        self.click("main form.panel button").await;
        self.element(".banner:focus").await;
        self.look("my-presentation-shown").await;
        self.open_at(SHOP, "/").await;
        self.look_at_service("bookshop", "main form[action='/'] button")
            .await;
        self.click("main form[action='/'] button").await;
        self.click("main a[href$='/refuse']").await;
        self.look("my-presentation-refuse").await;
        self.click("main form button").await;
        self.element(".banner:focus").await;
        self.look("my-presentation-refused").await;
        self.open("/my/presentations").await;
        self.look("my-presentations").await;
    }

    /// The same citizen, who comes from a web site that asks for the card, and shows it.
    async fn shower(&mut self, verifier: &Verifier, vct: &str) {
        self.open("/my/documents/present").await;
        self.look("my-documents-present-link").await;
        self.write("#link", "openid4vp://nothing").await;
        self.click("main form button").await;
        self.element(".error-summary").await;
        self.look("my-documents-present-link-mistake").await;
        let request = verifier.server.request(&verifier.client_id, json!({}));
        verifier.server.set(|shared| shared.members = request);
        let ask = format!(
            "/my/documents/present?client_id={}&request_uri={}/request",
            verifier.client_id, verifier.server.origin
        );
        // The site is told of the mistake, and says where its visitor goes on; here it says nothing.
        verifier.server.set(|shared| shared.answer.1 = "{}".to_owned());
        self.open(&ask).await;
        self.look("my-documents-present-start").await;
        self.click("main form button").await;
        self.element("main h1").await;
        self.look("my-documents-present-wrong").await;
        for (nonce, decision) in [("n-2", "show"), ("n-3", "refuse")] {
            let query = query(vct, "given_name");
            let mut request = verifier.server.request(&verifier.client_id, query);
            request["nonce"] = format!("{nonce}-{}", self.lang).into();
            verifier.server.set(|shared| shared.members = request);
            self.open(&ask).await;
            self.click("main form button").await;
            self.element(&format!("button[value={decision}]")).await;
            self.look(&format!("my-documents-present-{decision}")).await;
            self.click(&format!("button[value={decision}]")).await;
            self.element("main dl strong.tag:not(.warn)").await;
            self.look(&format!("my-documents-present-{decision}-done")).await;
        }
    }

    /// A till's screen, and a customer who scans its code.
    async fn customer(&mut self, fin: &str) {
        self.open_at(SHOP, "/till").await;
        self.click("main form[action='/till'] button").await;
        self.element("main figure svg").await;
        self.look("presentation-counter").await;
        let address = self.element("main output").await.text().await.unwrap();
        let counter = self.browser.driver.current_url().await.unwrap();
        self.browser.driver.goto(&address).await.unwrap();
        self.identify(fin).await;
        self.element("main form[action*='/present/']").await;
        self.look("presentation-take").await;
        self.click("main form[action*='/present/'] button").await;
        self.element("main form.panel input[type=radio]").await;
        self.browser.driver.goto(&address).await.unwrap();
        self.look("presentation-taken").await;
        self.browser.driver.goto(counter.as_str()).await.unwrap();
        self.look("presentation-counter-started").await;
        self.log_out().await;
    }
}
