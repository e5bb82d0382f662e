//! What each of the people does, page by page.

use aim_tests::actors::developer::ELCHIN;
use aim_tests::actors::officer::{NIGAR, RASHAD};
use aim_tests::actors::{STAFF_CODE, STAFF_PASSWORD};
use thirtyfour::prelude::*;

use super::walker::Walk;
use super::{BILLS, BROKEN, LISTENER};

impl Walk<'_> {
    pub async fn developer(&mut self, fin: &str, organisation: &str, tax_id: &str) {
        self.open("/developers").await;
        self.look("developers-anonymous").await;
        self.click("main a[href$='/interfaces']").await;
        self.element("main a[href$='/interfaces/payments']").await;
        self.look("interfaces").await;
        self.click("main a[href$='/interfaces/payments']").await;
        self.element("#refund-payment").await;
        self.look("interface").await;
        self.open("/login").await;
        self.identify(fin).await;
        self.open("/developers").await;
        self.look("developers-new").await;
        self.click("form[action$='/organisation'] button").await;
        self.look("developers-mistake").await;
        self.write("#name", organisation).await;
        self.write("#tax_id", tax_id).await;
        self.click("form[action$='/organisation'] button").await;
        self.look("developers-home").await;
        self.write("#label", "laptop").await;
        self.click("form[action$='/tokens'] button").await;
        self.look("developers-token").await;
        self.open("/developers").await;
        self.click("main a[href$='/revoke']").await;
        self.look("developers-token-revoke").await;
        self.click("main form button.danger").await;
        self.element(".banner:focus").await;
        self.look("developers-token-revoked").await;
        self.log_out().await;
    }

    /// The startup whose services citizens use.
    pub async fn publisher(&mut self, live: &str, waiting: &str) {
        self.open("/login").await;
        self.identify(ELCHIN).await;
        self.open("/developers").await;
        self.look("developers-submissions").await;
        self.click(&format!("main a[href$='{live}']")).await;
        self.element("main details").await;
        self.look("developers-submission").await;
        self.open(&format!("/developers/submissions/{waiting}")).await;
        self.look("developers-submission-waiting").await;
        self.click("main a[href$='/withdraw']").await;
        self.look("developers-withdraw").await;
        self.open(&format!("/developers/services/{BROKEN}/logs")).await;
        self.element("main table").await;
        self.look("developers-logs").await;
        self.log_out().await;
    }

    /// The startup whose service receives events: one is rejected, and delivered again.
    pub async fn subscriber(&mut self, submission: &str) {
        self.open("/login").await;
        self.identify(ELCHIN).await;
        self.open_at(LISTENER, "/set/reject").await;
        self.element("main, body").await;
        self.open(&format!("/developers/submissions/{submission}")).await;
        self.click("main a[href$='/events']").await;
        self.reload_until("main form[action$='/replay']").await;
        self.look("developers-events").await;
        self.click("main a[href$='?state=dead']").await;
        self.element("main form[action$='/replay']").await;
        self.look("developers-events-dead").await;
        self.click("main form[action$='/replay'] button").await;
        self.element(".banner:focus").await;
        self.look("developers-events-replayed").await;
        self.log_out().await;
    }

    pub async fn citizen(&mut self, fin: &str) {
        self.open("/login").await;
        self.click("button[value=cancel]").await;
        self.look("login-cancelled").await;
        self.open("/").await;
        self.look("catalogue").await;
        for page in ["/open-data", "/open-data?q=bayram&theme=GOVE", "/open-data?q=zzz"] {
            self.open(page).await;
            self.look("open-data").await;
        }
        for dataset in ["az-populated-places", "az-e-service-portals"] {
            self.open("/open-data").await;
            self.click(&format!("main a[href$='/open-data/{dataset}']")).await;
            self.look("open-data-set").await;
        }
        self.open("/").await;
        self.click("main a[href*='/services/communal-bills']").await;
        self.look("service").await;
        self.click("main a[href*='/services/communal-bills/enter']").await;
        self.look("login").await;
        self.click("button[value=log-in]").await;
        self.look("login-mistake").await;
        self.identify(fin).await;
        self.look("join").await;
        self.click("button[value=join]").await;
        self.look("consent").await;
        self.click("button[value=refuse]").await;
        self.look("consent-refused").await;
        self.click("main ul a").await;
        self.click("button[value=agree]").await;
        self.look_at_service("bills", "main form[action='/pay']").await;
        self.open("/my/messages").await;
        self.look("my-messages-none").await;
        self.open_at(BILLS, "/").await;
        self.pay().await;
        self.messages().await;
        for page in ["consents", "log", "payments"] {
            self.open(&format!("/my/{page}")).await;
            self.look(&format!("my-{page}")).await;
        }
        self.open("/my/log").await;
        let log = self.element("main").await.text().await.unwrap();
        for vague in ["Digər əməliyyat", "Another operation"] {
            if log.contains(vague) {
                self.problems.push(format!(
                    "the access log says `{vague}`: an operation has no words"
                ));
            }
        }
        self.move_house().await;
        self.report_birth().await;
        self.open("/no-such-page").await;
        self.look("not-found").await;
        self.open_at(BROKEN, "/trap").await;
        self.look("failed").await;
        self.open_at(BILLS, &format!("/.aim/enter?lang={}&ticket=none", self.lang))
            .await;
        self.look("entry-failed").await;
        self.open("/my/consents").await;
        self.click("button[value=pause]").await;
        self.element(".banner:focus form").await;
        self.look("my-consents-paused").await;
        self.click(".banner button").await;
        self.element(".banner:focus:not(:has(form))").await;
        self.click("main a[href$='/revoke']").await;
        self.look("consent-revoke").await;
        self.click("main form button.danger").await;
        self.element(".banner:focus").await;
        self.look("my-consents-revoked").await;
        self.click("main a[href$='/leave']").await;
        self.look("test-leave").await;
        self.click("main form button.danger").await;
        self.element(".banner:focus").await;
        self.look("my-consents-left").await;
        self.log_out().await;
    }

    /// A move, reported at the simulated registry office.
    pub async fn move_house(&mut self) {
        self.open("/my/consents").await;
        self.click("main a[href$='/my/residence']").await;
        self.look("residence").await;
        self.write("#street", "\u{2060}").await;
        self.click("main form button").await;
        self.element("#move-error").await;
        self.look("residence-mistake").await;
        self.open("/my/residence").await;
        self.write("#street", "Nizami küçəsi 14, mənzil 7").await;
        self.click("main form button").await;
        self.look("residence-confirm").await;
        self.click("main form button[type=submit]").await;
        self.element(".banner:focus").await;
        self.look("residence-moved").await;
    }

    /// A birth, reported at the simulated civil registry office.
    pub async fn report_birth(&mut self) {
        self.open("/my/consents").await;
        self.click("main a[href$='/my/family']").await;
        self.look("family").await;
        self.click("main form button").await;
        self.look("family-confirm").await;
        self.click("main form button[type=submit]").await;
        self.element(".banner:focus").await;
        self.look("family-birth").await;
    }

    /// What the service sends, and whether alerts follow it.
    pub async fn messages(&mut self) {
        // The service is told of the payment, and confirms it.
        self.open("/my/messages").await;
        self.reload_until("main td a[href*='/my/messages/']").await;
        self.open_at(BILLS, "/").await;
        self.click("main form[action='/remind'] button").await;
        self.look_at_service("reminded", "main a[href='/']").await;
        self.click("main a[href='/']").await;
        self.click("main form[action='/keep'] button").await;
        self.look_at_service("kept", "main a[href='/']").await;
        self.open("/my/messages").await;
        self.look("my-messages").await;
        self.click("main td a[href*='/my/messages/']").await;
        self.element("main ul").await;
        self.look("my-message").await;
        self.click("main div p a").await;
        self.element("main form[action='/pay']").await;
        self.open("/my/messages").await;
        for alerts in ["off", "on"] {
            self.click("main form[action$='/alerts'] button").await;
            self.element(".banner:focus").await;
            self.look(&format!("my-messages-alerts-{alerts}")).await;
        }
    }

    pub async fn pay(&mut self) {
        self.click("main form[action='/pay'] button").await;
        self.look("pay").await;
        self.click("button[form=pay]").await;
        self.look("pay-mistake").await;
        self.card("4000002500003155").await;
        self.look("bank").await;
        self.click("button[value=approve]").await;
        self.look("outcome").await;
        self.click("main a[href*='/receipts/']").await;
        self.look("receipt").await;
        self.check_receipt().await;
        self.click("main a.button").await;
        self.look_at_service("paid", "main a[href='/']").await;
        self.click("main a[href='/']").await;
        self.look_at_service("bills-after", "main form[action='/pay']")
            .await;
        self.click("main form[action='/pay'] button").await;
        self.card("4000000000000002").await;
        self.look("declined").await;
        // The bank's answer is lost.
        self.card("4000000000000341").await;
        self.look("waiting").await;
    }

    /// Checks the receipt that is shown as whoever it is handed to does, and comes back to it.
    pub async fn check_receipt(&mut self) {
        let receipt = self.browser.driver.current_url().await.unwrap();
        let number = self.element("main dl dd code").await.text().await.unwrap();
        let codes = self
            .browser
            .driver
            .find_all(By::Css("main dl dd code"))
            .await
            .unwrap();
        let code = codes.last().unwrap().text().await.unwrap();
        self.open("/receipts").await;
        self.look("receipts").await;
        self.click("main form button").await;
        self.look("receipts-mistake").await;
        self.write("#number", &number).await;
        self.write("#code", &code).await;
        self.click("main form button").await;
        self.element("main dl.summary").await;
        self.look("receipts-good").await;
        self.browser.driver.goto(receipt.as_str()).await.unwrap();
    }

    pub async fn card(&self, number: &str) {
        self.write("#card-number", number).await;
        self.write("#expiry-month", "12").await;
        self.write("#expiry-year", "2030").await;
        self.write("#cvc", "123").await;
        self.click("button[form=pay]").await;
    }

    pub async fn staff(&self, email: &str) {
        self.write("#email", email).await;
        self.write("#password", STAFF_PASSWORD).await;
        self.write("#code", STAFF_CODE).await;
        self.click("form[action$='/staff/login'] button").await;
        self.element("form[action$='/logout']").await;
    }

    pub async fn officer(&mut self, email: &str, submission: &str, live: &str, asking: &str) {
        self.open("/staff").await;
        self.look("staff-login").await;
        self.click("form[action$='/staff/login'] button").await;
        self.look("staff-login-mistake").await;
        self.staff(email).await;
        self.look("staff-queue").await;
        self.click(&format!("main a[href$='{submission}']")).await;
        self.look("staff-submission").await;
        self.click("form[action$='/approve'] button").await;
        self.look("staff-submission-mistake").await;
        for (field, value) in [
            ("#citizens", "100"),
            ("#days", "30"),
            ("#calls-per-minute", "600"),
            ("#note", "The evidence was read."),
        ] {
            self.write(field, value).await;
        }
        self.click("form[action$='/approve'] button").await;
        // The second officer is asked once more.
        if email == RASHAD {
            self.element("input[name=confirm]").await;
            self.look("staff-submission-confirm").await;
            self.click("form[action$='/approve'] button").await;
        }
        self.element(".banner").await;
        self.look("staff-submission-decided").await;
        self.open(&format!("/staff/submissions/{live}")).await;
        self.look("staff-submission-live").await;
        self.open(&format!("/staff/submissions/{asking}")).await;
        self.look("staff-submission-registers").await;
        self.open(&format!("/staff/submissions/{live}")).await;
        self.click("form[action$='/suspend'] button").await;
        self.element(".error-summary").await;
        self.look("staff-submission-suspend-mistake").await;
        self.write("#public-suspend", "The service is being checked.")
            .await;
        self.write("#reason-suspend", "A test of the emergency stop.")
            .await;
        self.click("form[action$='/suspend'] button").await;
        self.element("input[name=confirm]").await;
        self.look("staff-submission-suspend-confirm").await;
        self.click("form[action$='/suspend'] button").await;
        self.element(".banner").await;
        self.log_out().await;
        self.open_at(BILLS, "/").await;
        self.look("suspended").await;
    }

    pub async fn director(&mut self, live: &str) {
        self.open("/staff").await;
        self.staff(NIGAR).await;
        self.click("main a[href$='/staff/people']").await;
        self.look("staff-people").await;
        self.click("form[action$='/staff/people'] button").await;
        self.look("staff-people-mistake").await;
        self.write("#name", "Leyla Əhmədova").await;
        self.write("#email", "leyla@aim.example").await;
        self.click("label[for=role]").await;
        self.click("form[action$='/staff/people'] button").await;
        self.look("staff-once-link").await;
        let link = self.element("main output").await.text().await.unwrap();
        self.browser.driver.goto(link.as_str()).await.unwrap();
        self.look("staff-invitation").await;
        self.click("main form button").await;
        self.look("staff-invitation-mistake").await;
        self.open("/staff/account").await;
        self.look("staff-account").await;
        self.click("form[action$='/account/codes'] button").await;
        self.look("staff-account-mistake").await;
        self.open("/staff/people").await;
        self.look("staff-people-waiting").await;
        self.click("form[action$='/stop'] button").await;
        self.element("main:not(:has(form[action$='/stop']))").await;
        self.open(&format!("/staff/submissions/{live}")).await;
        self.look("staff-submission-suspended").await;
        self.click("form[action$='/resume'] button").await;
        self.look("staff-submission-resume-mistake").await;
        self.write("#reason-resume", "The test is over.").await;
        self.click("form[action$='/resume'] button").await;
        self.element("input[name=confirm]").await;
        self.look("staff-submission-resume-confirm").await;
        self.click("form[action$='/resume'] button").await;
        self.element(".banner").await;
        self.look("staff-submission-resumed").await;
        self.log_out().await;
    }
}
