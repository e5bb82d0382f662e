//! The pages about publishing open data.

use super::walker::Walk;

/// The file that is uploaded: the first reading has a bad row.
const FILE: &str = "ad;km;tarix\nKür;1 515,5;31.12.2026\nAraz\n=Qanıx;413;01.02.2026\n";

/// A catalogue of somebody else, whose one file has a bad row.
const CATALOGUE: &str = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n\
    <parks> a dcat:Dataset ; dct:title \"Parklar\" ; dcat:distribution [ dcat:downloadURL <parks.csv> ;\n\
    dct:license <https://creativecommons.org/licenses/by/4.0/> ] .\n";

/// Serves that catalogue until the test ends, and names it in the platform's folder, beside one that nobody serves.
pub async fn name_sources(folder: &std::path::Path) {
    let turtle = ([("content-type", "text/turtle")], CATALOGUE);
    let routes = axum::Router::new()
        .route("/catalog.ttl", axum::routing::get(async move || turtle))
        .route(
            "/parks.csv",
            axum::routing::get(async || "ad,sahə\nYuxarı park,14\nFəvvarələr meydanı\n"),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let source = |name: &str, address: String| {
        format!(
            "[[source]]\nname = \"{name}\"\nkind = \"dcat\"\naddress = \"{address}\"\npublisher = \"Bakı\"\n\
             theme = \"REGI\"\nevery_hours = 24\n"
        )
    };
    let sources = source("baku", format!("http://{served}/catalog.ttl"))
        + source("ganja", format!("http://{served}/nothing")).as_str();
    let file = folder.join("open-data-sources.toml");
    std::fs::write(&file, sources).unwrap();
    // The platform refuses a folder that others may read.
    for (path, mode) in [(folder, 0o700), (file.as_path(), 0o600)] {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
}

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
        self.open("/staff").await;
        self.click("main a[href$='/staff/sources']").await;
        self.element("main table").await;
        self.look("staff-sources").await;
        self.click("main form[action$='/baku/harvest'] button").await;
        self.element(".banner").await;
        self.look("staff-sources-asked").await;
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
