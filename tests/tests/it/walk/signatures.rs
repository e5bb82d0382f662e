//! The pages on which a citizen signs.

use super::walker::Walk;

/// The service that asks for signatures.
pub const RULES: &str = "house-rules";

impl Walk<'_> {
    /// A citizen who is asked to sign, chooses a wrong code, and then signs.
    pub async fn signer(&mut self, fin: &str) {
        self.open("/my/signatures").await;
        self.identify(fin).await;
        self.look("my-signatures-none").await;
        self.open_at(RULES, "/").await;
        self.click("button[value=join]").await;
        self.click("button[value=agree]").await;
        self.look_at_service("rules", "main form[action='/'] button")
            .await;
        self.click("main form[action='/'] button").await;
        self.element("main form[action$='/device'] button").await;
        self.look("my-signature").await;
        for answer in ["refuse", "unable"] {
            self.click(&format!("main a[href$='/{answer}']")).await;
            self.element("main form button.danger").await;
            self.look(&format!("my-signature-{answer}")).await;
            self.click("main .actions a.secondary").await;
        }
        let code = self.attempt().await;
        self.look("my-signature-device").await;
        self.click(&format!("main button[name=choice]:not([value='{code}'])"))
            .await;
        self.element("main a[href*='/my/signatures/']").await;
        self.look("my-signature-wrong").await;
        self.click("main a[href*='/my/signatures/']").await;
        let code = self.attempt().await;
        self.click(&format!("main button[name=choice][value='{code}']"))
            .await;
        self.element("main a[href*='/files/']").await;
        self.look("my-signature-signed").await;
        self.open("/my/signatures").await;
        self.look("my-signatures").await;
        self.log_out().await;
    }

    /// Begins an attempt: the code.
    async fn attempt(&self) -> String {
        self.click("main form[action$='/device'] button").await;
        self.element("main output").await.text().await.unwrap()
    }
}
