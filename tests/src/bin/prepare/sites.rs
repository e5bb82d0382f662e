//! Web sites that two officers approved, and organisations that may publish open data.

use aim_tests::actors::developer::Developer;
use aim_tests::pipeline::Panel;
use anyhow::Result;
use serde_json::{Value, json};

/// The persona whose organisation has the sites.
const OWNER: &str = "OTEST0C";
const OWNER_NAME: &str = "Sahil MMC";
/// The sites: the name in the answer, whether it keeps a secret, and where its citizens are sent back to. Nobody answers
/// at the callback of the first two, whose clients read the address of the redirect.
const SITES: [(&str, bool, &str); 3] = [
    ("confidential", true, "http://localhost:59998/callback"),
    ("public", false, "http://localhost:59998/callback"),
    ("apache", true, "http://localhost:59997/secure/callback"),
];

/// Applies for the sites and has them approved; has organisations admitted as publishers.
pub async fn admit_all(platform: &str) -> Result<Value> {
    let developer = Developer::start(platform, OWNER, OWNER_NAME, "1500000077").await?;
    let panel = Panel::log_in(platform).await?;
    let mut sites = serde_json::Map::new();
    for (name, confidential, callback) in SITES {
        let site = admit(&developer, &panel, name, confidential, callback).await?;
        sites.insert(name.to_owned(), site);
    }
    sites.extend(publishers(platform, &developer, &panel).await?);
    Ok(Value::Object(sites))
}

/// Two organisations that may publish open data, and one that may not, with their tokens.
async fn publishers(
    platform: &str,
    first: &Developer,
    panel: &Panel,
) -> Result<serde_json::Map<String, Value>> {
    let second = Developer::start(platform, "OTEST0D", "Hidromet MMC", "1500000078").await?;
    let stranger = Developer::start(platform, "OTEST0E", "Qonaq MMC", "1500000079").await?;
    // Another token of the first organisation, for whoever ends one.
    let spare = Developer::start(platform, OWNER, OWNER_NAME, "1500000077").await?;
    let mut found = serde_json::Map::new();
    for (role, developer, name, admitted) in [
        ("publisher", first, OWNER_NAME, true),
        ("other_publisher", &second, "Hidromet MMC", true),
        ("stranger", &stranger, "Qonaq MMC", false),
        ("spare", &spare, OWNER_NAME, false),
    ] {
        if admitted {
            developer.ask_to_publish().await?;
            panel.first.admit_publisher(name).await?;
        }
        found.insert(role.to_owned(), json!({ "token": developer.token, "name": name }));
    }
    Ok(found)
}

async fn admit(
    developer: &Developer,
    panel: &Panel,
    name: &str,
    confidential: bool,
    callback: &str,
) -> Result<Value> {
    let origin = url::Url::parse(callback)?.origin().ascii_serialization();
    let asked = json!({
        "name": format!("Conformance {name}"),
        "purpose_az": "Protokolun sınağı",
        "purpose_en": "A test of the protocol",
        "redirect_uris": [callback],
        "post_logout_redirect_uris": [format!("{origin}/")],
        "scopes": ["profile", "address"],
        "confidential": confidential,
        "days": 1,
        "citizens": 100,
    });
    let application = developer.apply_for_site(&asked).await?;
    let id = application.text("id").to_owned();
    panel.approve_site(&id).await?;
    let client_id = application.text("client_id");
    let secret = match confidential {
        true => {
            let made = developer.site_secret(&id).await?;
            Some(made.text("client_secret").to_owned())
        }
        false => None,
    };
    Ok(json!({ "client_id": client_id, "client_secret": secret, "redirect_uri": callback }))
}
