//! Documents that citizens show: the addresses of showings, each of which can be opened once.

use aim_tests::actors::citizen::Citizen;
use aim_tests::actors::developer::Developer;
use aim_tests::guests;
use aim_tests::http::Page;
use aim_tests::pipeline::Panel;
use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};

/// The persona whose organisation issues documents.
const OWNER: &str = "OTEST0B";
/// The sample that issues them.
const LIBRARY: &str = "library-card";
/// Where the site that asks for cards listens, once its script runs.
const VERIFIER: &str = "http://localhost:59996";
/// The private number with which it signs its requests.
const VERIFIER_KEY: [u8; 32] = [7; 32];
/// Bytes of one coordinate of a point of P-256.
const COORDINATE_BYTES: usize = 32;
/// The holders: one keeps the card, the other gives it back.
const HOLDERS: [&str; 2] = ["OTEST01", "OTEST04"];

/// Publishes the service, and has two citizens show their cards.
pub async fn show_all(platform: &str) -> Result<Value> {
    let developer = Developer::start(platform, OWNER, "Oxucu MMC", "1500000070").await?;
    let panel = Panel::log_in(platform).await?;
    let folder = guests::sample(LIBRARY);
    let component = guests::build(&folder).await?;
    let id = developer.publish(&folder, Some(&component)).await?;
    panel.approve(&developer, &id).await?;
    let [keeper, giver] = HOLDERS;
    let keeper = Holder::with_card(platform, keeper).await?;
    let giver = Holder::with_card(platform, giver).await?;
    let revoked = giver.show(&["given_name"]).await?;
    // Opened now, while it is valid: the copy is checked after the card was given back.
    let copy = giver.copy_of(&revoked).await?;
    giver.give_back().await?;
    let verifier = verifier(&developer, &panel).await?;
    Ok(json!({
        "verifier": verifier,
        "showings": {
            "names": keeper.show(&["given_name", "family_name"]).await?,
            "reading_room": keeper.show(&["reading_room"]).await?,
            "python": keeper.show(&["given_name", "loans_max"]).await?,
            "python_room": keeper.show(&["reading_room"]).await?,
        },
        "revoked": { "sdJwt": copy, "showing": revoked },
    }))
}

/// A web site that may ask for cards.
async fn verifier(developer: &Developer, panel: &Panel) -> Result<Value> {
    let key = SigningKey::from_slice(&VERIFIER_KEY).context("not a key")?;
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point
        .as_bytes()
        .get(1..)
        .and_then(|both| both.split_at_checked(COORDINATE_BYTES))
        .context("not a point")?;
    let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let mut jwk = json!({ "kty": "EC", "crv": "P-256", "kid": "k1", "x": encoded(x), "y": encoded(y) });
    let asked = json!({
        "name": "Conformance verifier",
        "purpose_az": "Protokolun sınağı",
        "redirect_uris": [format!("{VERIFIER}/done")],
        "confidential": true,
        "days": 1,
        "citizens": 100,
        "documents": ["library-card/reader-card: given_name, family_name, reading_room"],
        "request_keys": json!({ "keys": [jwk] }).to_string(),
    });
    let application = developer.apply_for_site(&asked).await?;
    panel.approve_site(application.text("id")).await?;
    if let Some(members) = jwk.as_object_mut() {
        members.insert("d".to_owned(), encoded(&VERIFIER_KEY).into());
    }
    Ok(json!({ "client_id": application.text("client_id"), "origin": VERIFIER, "jwk": jwk }))
}

/// A citizen with a card.
struct Holder {
    citizen: Citizen,
    service: String,
    /// The page of the card in the box.
    card: Page,
}

impl Holder {
    async fn with_card(platform: &str, fin: &str) -> Result<Self> {
        let citizen = Citizen::new(platform, fin, "en")?;
        let service = platform.replacen("://", &format!("://{LIBRARY}."), 1);
        let asked = citizen.open(&format!("{service}/")).await?;
        let offered = citizen.agent.submit(&asked, &asked.form_to("/")?).await?.ok()?;
        let form = offered
            .document()
            .form(|form| form.action == offered.url.path())?;
        let card = citizen.agent.submit(&offered, &form).await?.ok()?;
        Ok(Self {
            citizen,
            service,
            card,
        })
    }

    /// The address that shows these claims.
    async fn show(&self, claims: &[&str]) -> Result<String> {
        let mut form = self.card.form_to("/showings")?;
        for claim in claims {
            form = form.fill(claim, "yes")?;
        }
        let code = self.citizen.agent.submit(&self.card, &form).await?.ok()?;
        code.document()
            .text_of("output")
            .context("the page has no address")
    }

    /// The signed copy of a showing.
    async fn copy_of(&self, showing: &str) -> Result<String> {
        let agent = &self.citizen.agent;
        let ask = agent.get(showing).await?.ok()?;
        let seen = agent.submit(&ask, &ask.form_to("/shown/")?).await?.ok()?;
        Ok(agent.follow(&seen, "/proof").await?.ok()?.body)
    }

    async fn give_back(&self) -> Result<()> {
        let page = self.citizen.open(&format!("{}/", self.service)).await?;
        let form = page.form_to("/give-back")?;
        self.citizen.agent.submit(&page, &form).await?.ok()?;
        Ok(())
    }
}
