//! The main path by hand in a real browser, in both languages. At every page: all rules of axe, a picture
//! for a person to look at, and no need to scroll sideways on a phone.

use std::time::Duration;

use aim_tests::actors::officer::{AYSEL, RASHAD};
use aim_tests::actors::{CODE, STAFF_PASSWORD};
use aim_tests::browser::{Browser, WIDTHS};
use aim_tests::guests;
use thirtyfour::prelude::*;

use crate::stage::{Stage, answering, manifest};

/// Nothing on a page is further away by keyboard.
const TABS_MAX: u32 = 60;
/// How long an element may take to appear.
const ELEMENT_MAX: Duration = Duration::from_secs(20);
/// How often the page is looked at meanwhile.
const ELEMENT_LOOK: Duration = Duration::from_millis(50);

/// One person's walk through the pages.
struct Walk<'a> {
    browser: Browser,
    stage: &'a Stage,
    lang: &'static str,
    pages: u32,
    problems: Vec<String>,
}

impl Walk<'_> {
    async fn open(&self, path: &str) {
        let url = format!("{}/{}{path}", self.stage.platform.url, self.lang);
        self.browser.driver.goto(url).await.unwrap();
    }

    async fn element(&self, selector: &str) -> WebElement {
        let wanted = self.browser.driver.query(By::Css(selector));
        match wanted.wait(ELEMENT_MAX, ELEMENT_LOOK).first().await {
            Ok(element) => element,
            Err(_) => {
                let url = self.browser.driver.current_url().await.unwrap();
                let text = self
                    .browser
                    .driver
                    .find(By::Tag("body"))
                    .await
                    .unwrap()
                    .text()
                    .await
                    .unwrap();
                panic!("no `{selector}` at {url}: {text}")
            }
        }
    }

    async fn click(&self, selector: &str) {
        self.element(selector).await.click().await.unwrap();
    }

    async fn write(&self, selector: &str, text: &str) {
        let field = self.element(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Looks at the page that is shown.
    async fn look(&mut self, name: &str) {
        self.pages += 1;
        let at = format!("{:02}-{name}-{}", self.pages, self.lang);
        for width in WIDTHS {
            self.browser.width(width).await.unwrap();
            for violation in self.browser.violations().await.unwrap() {
                self.problems.push(format!("{at} at {width}: {violation}"));
            }
            if self.browser.scrolls_sideways().await.unwrap() {
                self.problems.push(format!("{at} is wider than {width} pixels"));
            }
            self.browser.picture(&format!("{at}-{width}")).await.unwrap();
        }
        let lang = self.element("html").await.attr("lang").await.unwrap();
        if lang.as_deref() != Some(self.lang) {
            self.problems.push(format!("{at} is in {lang:?}"));
        }
    }

    /// Logs in at the identity provider's page, which is shown.
    async fn identify(&self, fin: &str) {
        self.click(&format!("#persona-{fin}")).await;
        self.write("#code", CODE).await;
        self.click("button[value=log-in]").await;
        self.element("form[action$='/logout']").await;
    }

    /// Logs out, and waits for the page that says so: the next address would race it.
    async fn log_out(&self) {
        self.click("form[action$='/logout'] button").await;
        self.element("header a[href$='/login']").await;
    }

    async fn developer(&mut self, fin: &str, organisation: &str, tax_id: &str) {
        self.open("/developers").await;
        self.look("developers-anonymous").await;
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
        self.log_out().await;
    }

    async fn citizen(&mut self, fin: &str) {
        self.open("/").await;
        self.look("catalogue").await;
        self.click("main a[href*='/services/communal-bills']").await;
        self.look("service").await;
        self.click("main a[href*='/services/communal-bills/enter']").await;
        self.look("login").await;
        self.click("button[value=log-in]").await;
        self.look("login-mistake").await;
        self.identify(fin).await;
        self.look("consent").await;
        self.click("button[value=refuse]").await;
        self.look("consent-refused").await;
        self.click("main ul a").await;
        self.click("button[value=agree]").await;
        self.look("bills").await;
        self.pay().await;
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
        self.open("/no-such-page").await;
        self.look("not-found").await;
        self.open("/my/consents").await;
        self.click("button[value=revoke]").await;
        self.look("my-consents-revoked").await;
        self.log_out().await;
    }

    async fn pay(&mut self) {
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
        self.click("main a.button").await;
        self.look("paid").await;
        self.click("main a[href='/']").await;
        self.look("bills-after").await;
        self.click("main form[action='/pay'] button").await;
        self.card("4000000000000002").await;
        self.look("declined").await;
    }

    async fn card(&self, number: &str) {
        self.write("#card-number", number).await;
        self.write("#expiry-month", "12").await;
        self.write("#expiry-year", "2030").await;
        self.write("#cvc", "123").await;
        self.click("button[form=pay]").await;
    }

    async fn officer(&mut self, email: &str, submission: &str) {
        self.open("/staff").await;
        self.look("staff-login").await;
        self.click("form[action$='/staff/login'] button").await;
        self.look("staff-login-mistake").await;
        self.write("#email", email).await;
        self.write("#password", STAFF_PASSWORD).await;
        self.click("form[action$='/staff/login'] button").await;
        self.look("staff-queue").await;
        self.click(&format!("main a[href$='{submission}']")).await;
        self.look("staff-submission").await;
        self.click("form[action$='/approve'] button").await;
        self.look("staff-submission-mistake").await;
        self.write("#note", "The evidence was read.").await;
        self.click("form[action$='/approve'] button").await;
        self.look("staff-submission-decided").await;
        self.log_out().await;
    }

    async fn finish(self) -> Vec<String> {
        self.browser.quit().await.unwrap();
        self.problems
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_read_and_use_every_page_in_both_languages() {
    let stage = Stage::start().await;
    let folder = guests::sample("communal-bills");
    let component = guests::build(&folder).await.unwrap();
    let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
    stage.panel.approve(&stage.developer, &id).await.unwrap();
    let waiting = stage
        .developer
        .publish_bytes(
            &manifest("tea-house", "1.0.0", "[\"logging\"]"),
            &answering("tea"),
        )
        .await
        .unwrap();
    let mut problems = Vec::new();
    for (lang, citizen, developer, tax_id, officer) in [
        ("az", "OTEST01", "OTEST0A", "1500000001", AYSEL),
        ("en", "OTEST04", "OTEST0B", "1500000002", RASHAD),
    ] {
        let mut walk = Walk {
            browser: Browser::start().await.unwrap(),
            stage: &stage,
            lang,
            pages: 0,
            problems: Vec::new(),
        };
        walk.developer(developer, "Bahar MMC", tax_id).await;
        walk.citizen(citizen).await;
        walk.officer(officer, &waiting).await;
        problems.extend(walk.finish().await);
    }
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    stage.platform.stop().await.unwrap();
}

/// The way of somebody who has no mouse: Tab until it is there, then Enter.
impl Walk<'_> {
    async fn press(&self, key: Key) {
        self.browser
            .driver
            .action_chain()
            .send_keys(key)
            .perform()
            .await
            .unwrap();
    }

    /// Moves the focus to the element, and demands that a sighted person sees where it is.
    async fn tab_to(&self, selector: &str) {
        self.element(selector).await;
        for _ in 0..TABS_MAX {
            self.press(Key::Tab).await;
            let state = self
                .browser
                .driver
                .execute(
                    "const e = document.activeElement, s = getComputedStyle(e);
                     return [e.matches(arguments[0]), s.outlineStyle !== 'none' || s.boxShadow !== 'none'];",
                    vec![selector.into()],
                )
                .await
                .unwrap();
            let [there, visible]: [bool; 2] = state.convert().unwrap();
            if there {
                assert!(visible, "the focus on `{selector}` cannot be seen");
                return;
            }
        }
        panic!("`{selector}` cannot be reached with {TABS_MAX} tabs");
    }

    async fn enter(&self, selector: &str) {
        self.tab_to(selector).await;
        self.press(Key::Enter).await;
    }

    async fn type_into(&self, selector: &str, text: &str) {
        self.tab_to(selector).await;
        self.browser
            .driver
            .action_chain()
            .send_keys(text)
            .perform()
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_can_be_paid_without_a_mouse() {
    let stage = Stage::start().await;
    let folder = guests::sample("communal-bills");
    let component = guests::build(&folder).await.unwrap();
    let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
    stage.panel.approve(&stage.developer, &id).await.unwrap();
    let walk = Walk {
        browser: Browser::start().await.unwrap(),
        stage: &stage,
        lang: "az",
        pages: 0,
        problems: Vec::new(),
    };
    walk.open("/").await;
    walk.enter("main a[href*='/services/communal-bills']").await;
    walk.enter("main a[href*='/services/communal-bills/enter']").await;
    walk.tab_to("input[name=persona]").await;
    walk.press(Key::Space).await;
    walk.type_into("#code", CODE).await;
    walk.enter("button[value=log-in]").await;
    walk.enter("button[value=agree]").await;
    walk.enter("main form[action='/pay'] button").await;
    walk.type_into("#card-number", "4242424242424242").await;
    walk.type_into("#expiry-month", "12").await;
    walk.type_into("#expiry-year", "2030").await;
    walk.type_into("#cvc", "123").await;
    walk.enter("button[form=pay]").await;
    walk.enter("main a[href*='/receipts/']").await;
    walk.element("main dl.summary").await;
    walk.browser.quit().await.unwrap();
    stage.platform.stop().await.unwrap();
}
