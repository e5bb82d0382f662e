//! The pages about web sites of organisations.

use aim_tests::actors::CODE;
use aim_tests::actors::developer::ELCHIN;
use aim_tests::actors::officer::RASHAD;

use super::walker::Walk;
use crate::stage::SITE_CALLBACK;

impl Walk<'_> {
    /// A citizen who comes from a web site, agrees, and stops it.
    pub async fn visitor(&mut self, fin: &str, client: &str) {
        let back = SITE_CALLBACK.replace(':', "%3A").replace('/', "%2F");
        let ask = format!(
            "{}/id/authorize?response_type=code&client_id={client}&redirect_uri={back}&scope=openid%20profile&ui_locales={}&code_challenge_method=S256&code_challenge={}",
            self.stage.platform.url,
            self.lang,
            "x".repeat(43)
        );
        self.open("/my/sites").await;
        self.identify(fin).await;
        self.look("my-sites-none").await;
        self.log_out().await;
        self.browser.driver.goto(&ask).await.unwrap();
        self.click(&format!("#person-{fin}")).await;
        self.write("#code", CODE).await;
        self.click("button[value=log-in]").await;
        self.element("button[value=agree]").await;
        self.look("site-agree").await;
        self.click("button[value=agree]").await;
        // The site's own page, which nobody serves here: the browser let the form lead there.
        self.element("body.neterror").await;
        self.open("/my/sites").await;
        self.element("main code").await;
        self.look("my-sites").await;
        self.open("/my/log").await;
        self.look("my-log-of-sites").await;
        self.open("/my/sites").await;
        self.click("main a[href$='/stop']").await;
        self.look("my-site-stop").await;
        self.click("main form button.danger").await;
        self.element(".banner:focus").await;
        self.look("my-sites-stopped").await;
        self.log_out().await;
    }

    /// The startup whose web sites citizens log in at.
    pub async fn site_owner(&mut self, live: &str) {
        self.open("/login").await;
        self.identify(ELCHIN).await;
        self.open("/developers").await;
        self.click("main a[href$='/developers/sites']").await;
        self.look("developers-sites").await;
        self.click("main form button").await;
        self.element(".error-summary").await;
        self.look("developers-sites-mistake").await;
        self.open(&format!("/developers/sites/{live}")).await;
        self.look("developers-site").await;
        self.click("main a[href*='?changes=']").await;
        self.look("developers-site-change").await;
        self.open(&format!("/developers/sites/{live}/secret")).await;
        self.look("developers-site-secret").await;
        self.click("main form button").await;
        self.element("main output").await;
        self.look("developers-site-secret-made").await;
        self.open(&format!("/developers/sites/{live}/withdraw")).await;
        self.look("developers-site-withdraw").await;
        self.log_out().await;
    }

    pub async fn site_officer(&mut self, email: &str, application: &str) {
        self.open("/staff").await;
        self.staff(email).await;
        self.click("main a[href$='/staff/sites']").await;
        self.look("staff-sites").await;
        self.click(&format!("main a[href$='{application}']")).await;
        self.element("form[action$='/approve']").await;
        self.look("staff-site").await;
        self.click("form[action$='/approve'] button").await;
        self.element(".error-summary").await;
        self.look("staff-site-mistake").await;
        self.write("#grounds", "The site was looked at.").await;
        self.click("form[action$='/approve'] button").await;
        if email == RASHAD {
            self.element("input[name=confirm]").await;
            self.look("staff-site-confirm").await;
            self.click("form[action$='/approve'] button").await;
        }
        self.element(".banner").await;
        self.look("staff-site-decided").await;
        self.log_out().await;
    }
}
