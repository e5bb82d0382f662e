//! The pages about test spaces, and those in a space.

use aim_tests::actors::developer::ELCHIN;

use super::walker::Walk;

impl Walk<'_> {
    /// A developer makes a space, moves its clock, keeps and restores it, opens it, deletes it.
    pub async fn tester(&mut self) {
        let space = format!("walk-{}", self.lang);
        self.open("/login").await;
        self.identify(ELCHIN).await;
        self.open("/developers").await;
        self.click("main a[href$='/developers/spaces']").await;
        self.look("developers-spaces-none").await;
        self.click("main form button").await;
        self.element(".error-summary").await;
        self.look("developers-spaces-mistake").await;
        self.write("#name", &space).await;
        self.click("main form button").await;
        self.element(".banner").await;
        self.look("developers-space").await;
        self.click("main form[action$='/clock'] button[type=submit]")
            .await;
        self.element(".error-summary").await;
        self.look("developers-space-clock-mistake").await;
        self.write("#amount", "30").await;
        self.click("main form[action$='/clock'] button[type=submit]")
            .await;
        self.element(".banner").await;
        self.click("button[value=freeze]").await;
        self.element("button[value=run]").await;
        self.write("#snapshot", "a-month-later").await;
        self.click("main form[action$='/snapshots'] button").await;
        self.element("main a[href$='/restore']").await;
        self.look("developers-space-snapshot").await;
        self.click("main a[href$='/restore']").await;
        self.look("developers-space-restore").await;
        self.click("main form button.danger").await;
        self.element(".banner").await;
        self.click("main a[href$='/reset']").await;
        self.look("developers-space-reset").await;
        self.click("main form button.danger").await;
        self.element(".banner").await;
        self.click("main a[href$='/people']").await;
        self.look("developers-space-people").await;
        self.write("#fixture", "{}x").await;
        self.click("main form button").await;
        self.element("#fixture-error").await;
        self.look("developers-space-people-mistake").await;
        self.write("#fixture", "{}").await;
        self.click("main form button").await;
        self.element(".banner").await;
        self.click(".breadcrumb a").await;
        self.click("main a[href$='/faults']").await;
        self.look("developers-space-no-faults").await;
        self.click("main form[action$='/faults'] button").await;
        self.element(".error-summary").await;
        self.look("developers-space-fault-mistake").await;
        self.write("#percent", "50").await;
        self.click("main form[action$='/faults'] button").await;
        self.element(".banner").await;
        self.look("developers-space-faults").await;
        self.click("button[value=clear]").await;
        self.element(".banner").await;
        self.open(&format!("/developers/spaces/{space}/calls")).await;
        self.look("developers-space-no-calls").await;
        self.open("/developers/spaces").await;
        self.look("developers-spaces").await;
        self.click(&format!("main a[href$='/spaces/{space}']")).await;
        self.click("main form[action$='/open'] button").await;
        self.element(".cards").await;
        self.look("space-home").await;
        self.click(".cards .hint a").await;
        self.element("main a.button").await;
        self.look("space-service").await;
        self.open_at(&format!("space--{space}"), &format!("/{}/", self.lang))
            .await;
        self.click("main a[href$='to=communal-bills']").await;
        // The service asks who is there.
        self.element("#code").await;
        self.look("space-log-in").await;
        self.open(&format!("/developers/spaces/{space}/calls")).await;
        self.element("main td").await;
        self.look("developers-space-calls").await;
        self.open(&format!("/developers/spaces/{space}/delete")).await;
        self.look("developers-space-delete").await;
        self.click("main form button.danger").await;
        self.element(".banner").await;
        self.open_at(&format!("space--{space}"), "/").await;
        self.look_at_service("space-missing", "main h1").await;
        self.open("/developers").await;
        self.log_out().await;
    }
}
