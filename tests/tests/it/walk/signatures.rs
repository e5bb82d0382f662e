//! The pages on which a citizen signs.

use super::walker::Walk;

/// The service that asks for signatures.
pub const RULES: &str = "house-rules";

/// A service that reads of a citizen's children.
pub const FAMILY: &str = "family-help";

/// What its manifest has beside what every manifest has.
pub const FAMILY_PURPOSE: &str = r#"[[purpose]]
code = "children"
text = { az = "Uşaqlarınız üçün müavinət hesablamaq", en = "To work out the benefit for your children" }
attributes = ["children"]
valid-days = 90
[exchange]
operations = ["civil-status.children"]
"#;

/// Whom a citizen names as a second signer.
const OTHER: &str = "OTEST05";

impl Walk<'_> {
    /// A citizen who signs with another one, whom they name and who refuses in the end.
    pub async fn signers(&mut self, fin: &str) {
        self.click("main form[action='/together'] button").await;
        self.write("#fin-1", OTHER).await;
        self.look("my-signature-name").await;
        self.click("main form[action$='/people/1'] button").await;
        let code = self.element("main output").await.text().await.unwrap();
        self.look("my-signature-named").await;
        self.log_out().await;
        self.open("/my/signatures").await;
        self.identify(OTHER).await;
        self.look("my-signatures-named").await;
        self.click("main td a").await;
        self.write("#code", &code).await;
        self.look("my-signature-pair").await;
        self.click("main form[action$='/pair'] button").await;
        self.element("main form[action$='/agree'] button").await;
        self.look("my-signature-agree").await;
        self.click("main form[action$='/agree'] button").await;
        self.element("main form[action$='/device'] button").await;
        self.look("my-signature-agreed").await;
        self.click("main a[href$='/refuse']").await;
        self.click("main form button.danger").await;
        self.element("main .panel.bad").await;
        self.look("my-signature-refused").await;
        self.log_out().await;
        self.open("/my/signatures").await;
        self.identify(fin).await;
        self.open_at(RULES, "/").await;
    }

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
        self.signers(fin).await;
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
        let file = self.downloaded("main a[href*='/files/']").await;
        self.open("/my/signatures").await;
        self.look("my-signatures").await;
        self.click("main a[href$='/my/signatures/check']").await;
        self.look("my-signature-check").await;
        let folder = tempfile::tempdir().unwrap();
        for (name, content, page) in [
            (
                "plain.pdf",
                b"%PDF-1.7 nothing".to_vec(),
                "my-signature-check-mistake",
            ),
            ("signed.pdf", file, "my-signature-checked"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            let field = self.element("#signed").await;
            field.send_keys(path.to_str().unwrap()).await.unwrap();
            self.click("main form[action$='/check'] button").await;
            self.element(if name == "plain.pdf" {
                ".error-summary"
            } else {
                "main .panel.good"
            })
            .await;
            self.look(page).await;
        }
        self.log_out().await;
    }

    /// The file behind a link, as this browser gets it.
    async fn downloaded(&self, selector: &str) -> Vec<u8> {
        let address = self.element(selector).await.prop("href").await.unwrap().unwrap();
        let cookies = self.browser.driver.get_all_cookies().await.unwrap();
        let cookies: Vec<_> = cookies
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        let asked = aim_tests::http::plain().unwrap().get(address);
        let answer = asked.header("cookie", cookies.join("; ")).send().await.unwrap();
        answer.error_for_status().unwrap().bytes().await.unwrap().to_vec()
    }

    /// A citizen who agrees to what a service reads of their family, which needs their signature.
    pub async fn parent(&mut self, fin: &str) {
        let screen = format!("/consent/{FAMILY}?purpose=children");
        self.open(&screen).await;
        self.identify(fin).await;
        self.element("button[value=agree]").await;
        self.look("consent-special").await;
        self.click("button[value=agree]").await;
        self.element("main form[action$='/device'] button").await;
        self.look("my-agreement").await;
        self.click("main a[href$='/refuse']").await;
        self.element("main form button.danger").await;
        self.look("my-agreement-refuse").await;
        self.click("main .actions a.secondary").await;
        let code = self.attempt().await;
        self.click(&format!("main button[name=choice][value='{code}']"))
            .await;
        self.element("main a[href*='/files/']").await;
        self.look("my-agreement-signed").await;
        self.open("/my/consents").await;
        self.element("main a[href*='/my/signatures/sgn']").await;
        self.look("my-consents-signed").await;
        self.log_out().await;
    }

    /// Begins an attempt: the code.
    async fn attempt(&self) -> String {
        self.click("main form[action$='/device'] button").await;
        self.element("main output").await.text().await.unwrap()
    }
}
