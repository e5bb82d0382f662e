//! The pages about documents: the holder's box, and those of whoever is shown one.

use super::walker::Walk;

/// The service that issues a document, and one that asks for it.
pub const LIBRARY: &str = "library-card";
pub const SHOP: &str = "bookshop";

impl Walk<'_> {
    /// A citizen who gets a document, accepts it and shows it.
    pub async fn holder(&mut self, fin: &str) {
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
        self.browser.driver.goto(&address).await.unwrap();
        self.look("document-over").await;
        self.open("/my/documents").await;
        self.identify(fin).await;
        self.look("my-documents").await;
        self.click("main td a[href*='/my/documents/']").await;
        self.look("my-document-shown").await;
        self.presenter().await;
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
