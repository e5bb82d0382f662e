//! One person's way through the pages, in a real browser.

use std::time::Duration;

use aim_tests::actors::CODE;
use aim_tests::browser::{Browser, WIDTHS};
use aim_tests::http;
use thirtyfour::prelude::*;

use crate::stage::Stage;

/// Nothing on a page is further away by keyboard.
const TABS_MAX: u32 = 60;
/// How long an element may take to appear.
const ELEMENT_MAX: Duration = Duration::from_secs(20);
/// How long a job may take to change a page, and how often the page is opened meanwhile.
const RELOAD_MAX: Duration = Duration::from_secs(60);
const RELOAD_EVERY: Duration = Duration::from_millis(500);
/// How often the page is looked at meanwhile.
const ELEMENT_LOOK: Duration = Duration::from_millis(50);

/// A copy of a page, removed with the value.
struct Copy {
    url: url::Url,
    _folder: tempfile::TempDir,
}

/// One person's walk through the pages.
pub struct Walk<'a> {
    pub browser: Browser,
    pub stage: &'a Stage,
    pub lang: &'static str,
    /// The paths of the pages that were looked at.
    pub seen: Vec<String>,
    pub problems: Vec<String>,
}

impl<'a> Walk<'a> {
    /// Somebody who reads this language, before the first page.
    pub async fn start(stage: &'a Stage, lang: &'static str) -> Self {
        Self {
            browser: Browser::start(lang).await.unwrap(),
            stage,
            lang,
            seen: Vec::new(),
            problems: Vec::new(),
        }
    }

    pub async fn open(&self, path: &str) {
        let url = format!("{}/{}{path}", self.stage.platform.url, self.lang);
        self.browser.driver.goto(url).await.unwrap();
    }

    /// Opens a page at the origin of a service.
    pub async fn open_at(&self, service: &str, path: &str) {
        let url = format!("{}{path}", self.stage.platform.origin(service));
        self.browser.driver.goto(url).await.unwrap();
    }

    pub async fn element(&self, selector: &str) -> WebElement {
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

    /// Opens the page again until it has this element: a job is to make it.
    pub async fn reload_until(&self, selector: &str) {
        let reloaded = async {
            let mut looks = tokio::time::interval(RELOAD_EVERY);
            loop {
                looks.tick().await;
                if self.browser.driver.find(By::Css(selector)).await.is_ok() {
                    return;
                }
                self.browser.driver.refresh().await.unwrap();
            }
        };
        let found = tokio::time::timeout(RELOAD_MAX, reloaded).await;
        assert!(found.is_ok(), "no `{selector}`");
    }

    pub async fn click(&self, selector: &str) {
        self.element(selector).await.click().await.unwrap();
    }

    pub async fn write(&self, selector: &str, text: &str) {
        let field = self.element(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Looks at the page of a service that is shown once it has this element.
    pub async fn look_at_service(&mut self, name: &str, selector: &str) {
        self.element(selector).await;
        self.look(name).await;
    }

    /// Looks at the page that is shown. After a mistake the focus is on what says so.
    pub async fn look(&mut self, name: &str) {
        if name.ends_with("mistake") {
            self.element(".error-summary:focus").await;
        }
        let url = self.browser.driver.current_url().await.unwrap();
        let at = format!("{:02}-{name}-{}", self.seen.len() + 1, self.lang);
        for width in WIDTHS {
            self.browser.width(width).await.unwrap();
            if self.browser.scrolls_sideways().await.unwrap() {
                self.problems.push(format!("{at} is wider than {width} pixels"));
            }
            for misfit in self.browser.misfits().await.unwrap() {
                self.problems.push(format!("{at} at {width}: {misfit}"));
            }
            self.browser.picture(&format!("{at}-{width}")).await.unwrap();
        }
        if url.as_str().starts_with(&self.stage.platform.url) {
            self.ask_axe(&at).await;
        } else {
            let copy = self.copy().await;
            self.browser.driver.goto(copy.url.as_str()).await.unwrap();
            self.ask_axe(&at).await;
            self.browser.driver.back().await.unwrap();
        }
        // A click may come back before the page that it leads to is there; by now it is.
        let url = self.browser.driver.current_url().await.unwrap();
        self.seen.push(url.path().to_owned());
        let lang = self.element("html").await.attr("lang").await.unwrap();
        if lang.as_deref() != Some(self.lang) {
            self.problems.push(format!("{at} is in {lang:?}"));
        }
    }

    async fn ask_axe(&mut self, at: &str) {
        for width in WIDTHS {
            self.browser.width(width).await.unwrap();
            for violation in self.browser.violations().await.unwrap() {
                self.problems.push(format!("{at} at {width}: {violation}"));
            }
        }
    }

    /// The page that is shown, with its style sheets, in a file. The host runs no script in a service's page, and
    /// axe is one.
    async fn copy(&self) -> Copy {
        let mut page = self.browser.driver.source().await.unwrap();
        let sheets = By::Css("link[rel=stylesheet]");
        for sheet in self.browser.driver.find_all(sheets).await.unwrap() {
            let address = sheet.prop("href").await.unwrap().unwrap();
            let answer = http::plain().unwrap().get(address).send().await.unwrap();
            let style = answer.error_for_status().unwrap().text().await.unwrap();
            page = page.replacen("</head>", &format!("<style>{style}</style></head>"), 1);
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.html");
        std::fs::write(&file, page).unwrap();
        Copy {
            url: url::Url::from_file_path(&file).unwrap(),
            _folder: folder,
        }
    }

    /// Logs in at the identity provider's page, which is shown.
    pub async fn identify(&self, fin: &str) {
        self.click(&format!("#person-{fin}")).await;
        self.write("#code", CODE).await;
        self.click("button[value=log-in]").await;
        self.element("form[action$='/logout']").await;
    }

    /// Logs out, and waits for the page that says so: the next address would race it.
    pub async fn log_out(&self) {
        self.click("form[action$='/logout'] button").await;
        self.element("header a[href$='/login']").await;
    }
}

/// The way of somebody who has no mouse: Tab until it is there, then Enter.
impl Walk<'_> {
    pub async fn press(&self, key: Key) {
        self.browser
            .driver
            .action_chain()
            .send_keys(key)
            .perform()
            .await
            .unwrap();
    }

    /// Moves the focus to the element, and demands that a sighted person sees where it is.
    pub async fn tab_to(&self, selector: &str) {
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

    pub async fn enter(&self, selector: &str) {
        self.tab_to(selector).await;
        self.press(Key::Enter).await;
    }

    pub async fn type_into(&self, selector: &str, text: &str) {
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
