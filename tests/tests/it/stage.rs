//! A running platform with the people on it, for tests of the whole.

use aim_tests::actors::citizen::Citizen;
use aim_tests::actors::developer::{Developer, ELCHIN, STARTUP, TAX_ID};
use aim_tests::guests::{self, handler};
use aim_tests::http::{self, Page};
use aim_tests::instance::{Instance, Start};
use aim_tests::pipeline::Panel;

use crate::verifier::{Server, jwk, key};

/// A platform, a developer with a startup, and two officers.
pub struct Stage {
    pub platform: Instance,
    pub developer: Developer,
    pub panel: Panel,
}

impl Stage {
    pub async fn start() -> Self {
        Self::start_with(Start::default()).await
    }

    /// With the platform's data in this database.
    pub async fn start_on(database: String) -> Self {
        Self::start_with(Start {
            args: vec!["--database".to_owned(), database],
            ..Start::default()
        })
        .await
    }

    /// With its data in this folder.
    pub async fn start_in(folder: &std::path::Path) -> Self {
        Self::start_with(Start {
            dir: Some(folder.to_owned()),
            ..Start::default()
        })
        .await
    }

    async fn start_with(start: Start) -> Self {
        let platform = Instance::start_with(start).await.unwrap();
        let developer = Developer::start(&platform.url, ELCHIN, STARTUP, TAX_ID)
            .await
            .unwrap();
        let panel = Panel::log_in(&platform.url).await.unwrap();
        Self {
            platform,
            developer,
            panel,
        }
    }

    /// Publishes and approves a component; answers with the submission's id.
    pub async fn deploy(&self, manifest: &str, component: &[u8]) -> String {
        let id = self.developer.publish_bytes(manifest, component).await.unwrap();
        self.panel.approve(&self.developer, &id).await.unwrap();
        id
    }

    /// Applies for a web site that asks for the name.
    pub async fn site(&self, name: &str) -> AppliedSite {
        let asked = serde_json::json!({
            "name": name,
            "purpose_az": "Ziyarətçini tanımaq üçün",
            "purpose_en": "To recognise its visitors",
            "redirect_uris": [SITE_CALLBACK],
            "scopes": ["profile"],
            "confidential": true,
            "days": 30,
            "citizens": 100,
        });
        let site = self.developer.apply_for_site(&asked).await.unwrap();
        AppliedSite {
            application: site.text("id").to_owned(),
            client_id: site.text("client_id").to_owned(),
        }
    }

    /// Applies for a web site that asks for documents, and whose requests this server signs.
    pub async fn verifier(&self, name: &str, server: &Server, documents: &str) -> AppliedSite {
        let asked = serde_json::json!({
            "name": name,
            "purpose_az": "Oxucuya endirim vermək üçün",
            "purpose_en": "To give readers a discount",
            "redirect_uris": [format!("{}/done", server.origin)],
            "confidential": true,
            "days": 30,
            "citizens": 100,
            "documents": [documents],
            "request_keys": serde_json::json!({ "keys": [jwk(&key(1))] }).to_string(),
        });
        let site = self.developer.apply_for_site(&asked).await.unwrap();
        AppliedSite {
            application: site.text("id").to_owned(),
            client_id: site.text("client_id").to_owned(),
        }
    }

    /// Builds, publishes and approves `tests/guests/probe`.
    pub async fn deploy_probe(&self) -> String {
        let folder = guests::guest("probe");
        let component = guests::build(&folder).await.unwrap();
        let id = self.developer.publish(&folder, Some(&component)).await.unwrap();
        self.panel.approve(&self.developer, &id).await.unwrap();
        id
    }

    /// A citizen who is logged in at the probe and agreed to its purpose.
    pub async fn citizen_at_probe(&self, fin: &str) -> Citizen {
        let citizen = Citizen::new(&self.platform.url, fin, "az").unwrap();
        let page = citizen
            .open(&format!("{}/enter", self.platform.origin("probe")))
            .await
            .unwrap();
        assert!(page.body.starts_with("ok "), "{page}");
        citizen
    }

    /// What a service answers to somebody without cookies.
    pub async fn ask(&self, service: &str, path: &str) -> Page {
        ask(&self.platform, service, path).await
    }
}

/// Where the web sites of tests have citizens sent back to; nobody answers there.
pub const SITE_CALLBACK: &str = "http://localhost:59999/callback";

/// A web site that the stage's developer applied for.
pub struct AppliedSite {
    /// The application's id.
    pub application: String,
    pub client_id: String,
}

/// What a service answers to somebody without cookies.
pub async fn ask(platform: &Instance, service: &str, path: &str) -> Page {
    let response = http::plain()
        .unwrap()
        .get(format!("{}{path}", platform.origin(service)))
        .send()
        .await
        .unwrap();
    Page {
        status: response.status(),
        url: response.url().clone(),
        headers: response.headers().clone(),
        body: response.text().await.unwrap(),
    }
}

/// The manifest of a service that needs nothing but `capabilities` (a TOML list).
pub fn manifest(name: &str, version: &str, capabilities: &str) -> String {
    format!(
        "name = \"{name}\"\nversion = \"{version}\"\ncontact = \"help@{name}.example\"\n\
         capabilities = {capabilities}\n[title]\naz = \"Sınaq xidməti {name}\"\nen = \"Test service {name}\"\n\
         [summary]\naz = \"Sınaq üçün xidmət\"\nen = \"A service for tests\"\n"
    )
}

/// A component that answers `text`, which has at most 32 bytes.
pub fn answering(text: &str) -> Vec<u8> {
    let declarations = format!("(data (i32.const 224) \"{text}\")");
    let handle = format!(
        "(call $respond (i32.const 200) (i32.const 224) (i32.const {}))",
        text.len()
    );
    handler::component(handler::Handler {
        imports: &[],
        declarations: &declarations,
        handle: &handle,
    })
    .unwrap()
}
