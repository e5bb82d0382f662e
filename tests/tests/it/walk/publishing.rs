//! The pages about publishing open data.

use super::walker::Walk;

/// The file that is uploaded: the first reading has a bad row.
const FILE: &str = "ad;km;tarix\nKür;1 515,5;31.12.2026\nAraz\n=Qanıx;413;01.02.2026\n";

impl Walk<'_> {
    /// A developer whose organisation asks to be a publisher.
    pub async fn open_data_publisher(&mut self, fin: &str) {
        self.open("/login").await;
        self.identify(fin).await;
        self.open("/developers").await;
        self.click("main a[href$='/developers/open-data']").await;
        self.look("open-data-not-asked").await;
        self.click("main form[action$='/ask'] button").await;
        self.element(".banner").await;
        self.look("open-data-asked").await;
        self.log_out().await;
    }

    pub async fn open_data_officer(&mut self, email: &str) {
        self.open("/staff").await;
        self.staff(email).await;
        self.click("main a[href$='/staff/agencies']").await;
        self.look("staff-agencies").await;
        self.open("/staff").await;
        self.click("main a[href$='/staff/publishers']").await;
        self.look("staff-publishers").await;
        self.click("main form[action$='/admit'] button[type=submit]")
            .await;
        self.element(".error-summary").await;
        self.look("staff-publishers-mistake").await;
        self.write(
            "main form[action$='/admit'] textarea",
            "Its charter names the register.",
        )
        .await;
        self.click("main form[action$='/admit'] button[type=submit]")
            .await;
        self.element("input[name=confirm]").await;
        self.look("staff-publishers-confirm").await;
        self.click("main form[action$='/admit'] button").await;
        self.element(".banner").await;
        self.look("staff-publishers-decided").await;
        self.log_out().await;
    }

    /// The developer uploads a file, corrects the reading, publishes, withdraws.
    pub async fn open_data_published(&mut self, fin: &str) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rivers.csv");
        std::fs::write(&file, FILE).unwrap();
        let identifier = format!("rivers-{}", self.lang);
        self.open("/login").await;
        self.identify(fin).await;
        self.open("/developers/open-data").await;
        self.element("#file")
            .await
            .send_keys(file.to_str().unwrap())
            .await
            .unwrap();
        self.look("open-data-admitted").await;
        self.click("main form[action$='/upload'] button").await;
        self.element("#separator").await;
        self.look("open-data-bad-rows").await;
        // A bad row cannot be published: the file is corrected, and the first one thrown away.
        self.click("main a[href$='/discard']").await;
        self.look("open-data-discard").await;
        self.click("main form button.danger").await;
        self.element("#file").await;
        std::fs::write(&file, FILE.replace("Araz\n", "")).unwrap();
        self.element("#file")
            .await
            .send_keys(file.to_str().unwrap())
            .await
            .unwrap();
        self.click("main form[action$='/upload'] button").await;
        self.element("#identifier").await;
        self.look("open-data-reading").await;
        self.click("main form[action$='/about'] button").await;
        self.element(".error-summary").await;
        self.look("open-data-about-mistake").await;
        self.write("#identifier", &identifier).await;
        for (field, text) in [
            ("#title_az", "Çaylar"),
            ("#title_en", "Rivers"),
            ("#description_az", "Çayların uzunluğu"),
            ("#description_en", "Lengths of rivers"),
            ("#keywords", "çay, su"),
        ] {
            self.write(field, text).await;
        }
        self.click("#license option[value=cc-by]").await;
        self.click("#frequency option[value=ANNUAL]").await;
        self.click("#theme-ENVI").await;
        self.click("main form[action$='/about'] button").await;
        self.element("main form[action$='/publish'] button").await;
        self.look("open-data-publish").await;
        self.click("main form[action$='/publish'] button").await;
        self.element(".banner").await;
        self.look("open-data-published").await;
        self.click(&format!("main a[href$='/open-data/{identifier}']"))
            .await;
        self.look("open-data-of-publisher").await;
        self.open(&format!("/developers/open-data/sets/{identifier}"))
            .await;
        self.click("main a[href$='/withdraw']").await;
        self.look("open-data-withdraw").await;
        self.click("main form button.danger").await;
        self.element(".banner").await;
        self.look("open-data-withdrawn").await;
        self.open("/developers/open-data").await;
        self.look("open-data-list").await;
        self.log_out().await;
    }
}
