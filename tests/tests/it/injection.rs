//! SQL injection, case 65 of the attack list: text that means something to a database, in every place that takes
//! text from outside, by somebody who is logged in as whoever may send it.

use std::collections::BTreeMap;

use aim_gov::db::{Db, sqlite_address};
use aim_tests::actors::citizen::{Citizen, ORDINARY};
use aim_tests::http;
use aim_tests::postgres::Postgres;
use reqwest::{Client, RequestBuilder};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use crate::stage::{Stage, answering, manifest};

/// What is sent. Each ends a string, begins a comment, joins a query, or is what one of the engines does not
/// take as text (PostgreSQL: the zero character) or as a number.
const PAYLOADS: [&str; 28] = [
    "'",
    "''",
    "\"",
    "`",
    "\\",
    "\\'",
    "';--",
    "' OR '1'='1",
    "' OR 1=1 --",
    "\" OR \"\"=\"",
    "1 OR 1=1",
    "1; DROP TABLE payment",
    "'; DROP TABLE organisation; --",
    "'); DELETE FROM audit_record; --",
    "' UNION SELECT digest FROM api_token --",
    "x' AND (SELECT COUNT(*) FROM staff) > 0 --",
    "'||(SELECT password FROM staff)||'",
    "'; SELECT pg_sleep(60); --",
    "' AND 1=randomblob(1000000000) --",
    "$1",
    "?1",
    ":name",
    "%",
    "_%' ESCAPE '_",
    "\0",
    "a\0' OR 1=1 --",
    "-9223372036854775809",
    "{\"$ne\": null}",
];

/// Tables whose rows nobody changes with these requests.
const UNTOUCHED: [&str; 9] = [
    "organisation",
    "organisation_member",
    "api_token",
    "submission",
    "decision",
    "service_name",
    "staff",
    "payment",
    "ledger_transfer",
];

/// How many rows each of the tables holds.
async fn rows(db: &Db) -> BTreeMap<&'static str, i64> {
    let mut counted = BTreeMap::new();
    for table in UNTOUCHED {
        let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")).into_sql_str();
        let mut reader = db.reader().await.unwrap();
        let (rows,): (i64,) = sqlx::query_as(count).fetch_one(&mut *reader).await.unwrap();
        counted.insert(table, rows);
    }
    counted
}

/// Who asks.
struct Askers {
    citizen: Client,
    officer: Client,
    api: Client,
    token: String,
}

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// The requests that carry `text`, each in one place.
fn requests(askers: &Askers, platform: &str, text: &str) -> Vec<RequestBuilder> {
    let Askers {
        citizen,
        officer,
        api,
        token,
    } = askers;
    let e = escaped(text);
    let mut requests = Vec::new();
    let pages = [
        "/en/?q={}",
        "/en/services/{}",
        "/en/consent/{}?purpose=show&return=%2F",
        "/en/consent/quiet?purpose={}&return=%2F",
        "/en/consent/quiet?purpose=show&return={}",
        "/en/my/log?before={}",
        "/en/my/log?page={}",
        "/en/my/consents/{}/receipt.json",
        "/en/my/consents/{}/receipt.jws",
        "/en/my/payments?before={}",
        "/en/pay/{}",
        "/en/pay/{}/outcome",
        "/en/receipts?id={}",
        "/en/receipts/{}",
        "/en/login?next={}",
        "/en/id/login?request={}",
        "/en/developers/submissions/{}",
        "/en/developers/services/{}/logs",
        "/id/authorize?client_id={}&response_type=code&scope=openid",
        "/id/authorize?client_id=portal&response_type=code&scope=openid&state={}",
        "/login/callback?code={}&state={}",
        "/id/end-session?id_token_hint={}",
        "/api/3/action/{}",
        "/api/3/action/package_show?id={}",
        "/api/3/action/package_search?q={}",
        "/api/3/action/package_search?fq={}&sort={}",
        "/api/3/action/datastore_search?resource_id={}",
        "/api/3/action/datastore_search?resource_id=x&q={}&filters={}&sort={}&limit={}",
        "/open-data/{}",
    ];
    for page in pages {
        requests.push(citizen.get(format!("{platform}{}", page.replace("{}", &e))));
    }
    for page in [
        "/en/staff/submissions/{}",
        "/en/staff?state={}",
        "/en/staff/people?q={}",
    ] {
        requests.push(officer.get(format!("{platform}{}", page.replace("{}", &e))));
    }
    let mut post = |client: &Client, path: &str, fields: &[&str]| {
        let form: Vec<_> = fields.iter().map(|field| (*field, text)).collect();
        let url = format!("{platform}{}", path.replace("{}", &e));
        requests.push(
            client
                .post(url)
                .header("sec-fetch-site", "same-origin")
                .form(&form),
        );
    };
    post(citizen, "/en/my/consents/{}", &["change"]);
    post(
        citizen,
        "/en/consent/quiet?purpose=show&return=%2F",
        &["decision", "agreement"],
    );
    post(
        citizen,
        "/en/pay/{}",
        &["number", "expiry_month", "expiry_year", "cvc", "confirmation"],
    );
    post(citizen, "/en/receipts", &["number", "code", "answer"]);
    post(citizen, "/en/id/login?request={}", &["request", "fin", "code"]);
    post(citizen, "/en/developers/tokens/{}/revoke", &["id"]);
    post(
        citizen,
        "/id/token",
        &["grant_type", "code", "client_id", "client_secret", "redirect_uri"],
    );
    post(
        officer,
        "/en/staff/submissions/{}/approve",
        &["digest", "evidence", "note"],
    );
    post(
        officer,
        "/en/staff/submissions/{}/suspend",
        &["reason", "public_reason"],
    );
    post(citizen, "/en/developers/organisation", &["name", "tax_id"]);
    post(citizen, "/en/developers/tokens", &["label", "lifetime"]);
    post(
        officer,
        "/en/staff/people",
        &["name", "email", "password", "role"],
    );
    post(officer, "/en/staff/people/{}", &["role", "tax_id", "active"]);
    // Without cookies: what fails to log in must not log anybody out.
    post(api, "/en/staff/login", &["email", "password"]);
    requests.push(
        citizen
            .get(format!("{platform}/en/my/log"))
            .header("accept-language", e.clone()),
    );
    requests.push(
        api.get(format!("{platform}/en/my/log"))
            .header("cookie", format!("__Host-aim_portal={e}; __Host-aim_id={e}")),
    );
    let bearer = |request: RequestBuilder| request.bearer_auth(token);
    requests.push(bearer(api.get(format!("{platform}/api/v1/submissions/{e}"))));
    requests.push(bearer(api.get(format!("{platform}/api/v1/services/{e}"))));
    requests.push(bearer(
        api.put(format!("{platform}/api/v1/submissions/{e}/component"))
            .body("x"),
    ));
    requests.push(bearer(api.post(format!("{platform}/api/v1/submissions")).json(
        &serde_json::json!({
            "manifest": manifest("quiet", "1.0.1", "[]").replace("A service for tests", text),
            "component_sha256": text,
            "component_bytes": 1,
        }),
    )));
    requests.push(
        api.get(format!("{platform}/api/v1/whoami"))
            .header("authorization", format!("Bearer {e}")),
    );
    let asked = serde_json::json!({"resource_id": text, "q": text, "filters": {text: text}, "sort": text});
    requests.push(
        api.post(format!("{platform}/api/3/action/datastore_search"))
            .json(&asked),
    );
    requests
}

async fn injected_text_has_no_effect(stage: Stage, db: Db) {
    stage
        .deploy(&manifest("quiet", "1.0.0", "[]"), &answering("well"))
        .await;
    let citizen = Citizen::new(&stage.platform.url, ORDINARY, "en").unwrap();
    citizen.log_in().await.unwrap().ok().unwrap();
    let askers = Askers {
        citizen: citizen.agent.unredirected().clone(),
        officer: stage.panel.first.agent.unredirected().clone(),
        api: http::plain().unwrap(),
        token: stage.developer.token().to_owned(),
    };
    let before = rows(&db).await;
    let mut failed = Vec::new();
    for payload in PAYLOADS {
        for request in requests(&askers, &stage.platform.url, payload) {
            let (client, request) = request.build_split();
            let request = request.unwrap();
            let shown = format!("{} {} with {payload:?}", request.method(), request.url());
            match client.execute(request).await {
                Ok(answer) if answer.status().is_server_error() => {
                    failed.push(format!("{shown}: {}", answer.status()));
                }
                Ok(_) => {}
                Err(error) => failed.push(format!("{shown}: {error}")),
            }
        }
    }
    assert!(failed.is_empty(), "{} failed: {failed:#?}", failed.len());
    assert_eq!(rows(&db).await, before);
    // Both are still who they were, and the platform still works.
    citizen.page("/my/log").await.unwrap().ok().unwrap();
    assert_eq!(stage.ask("quiet", "/").await.body, "well");
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn injected_text_has_no_effect_on_sqlite() {
    let stage = Stage::start().await;
    let address = sqlite_address(&stage.platform.dir.join("aim.sqlite"));
    injected_text_has_no_effect(stage, Db::open(&address).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn injected_text_has_no_effect_on_postgresql() {
    let postgres = Postgres::start().await.unwrap();
    let address = postgres.database().await.unwrap();
    let stage = Stage::start_on(address.clone()).await;
    injected_text_has_no_effect(stage, Db::open(&address).await.unwrap()).await;
}
