//! The pages about documents: the holder's box, and those of whoever is shown one.

use super::walker::Walk;

/// The service that issues a document.
pub const LIBRARY: &str = "library-card";

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
        self.log_out().await;
    }
}
