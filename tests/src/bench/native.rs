//! What a citizen's request and payment do on the platform, as a program without a platform does them: axum
//! and sqlx, one pool, one transaction that is on disk before it is answered.

use std::net::Ipv4Addr;

use anyhow::Result;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyPool, Executor as _, Transaction};
use tokio::net::TcpListener;

/// The `Cookie` header of the one citizen.
pub const COOKIE: &str = "session=bench";
/// Connections to PostgreSQL. SQLite gets one, which is its fastest: it has one writer, and others would sleep.
const CONNECTIONS: u32 = 16;
/// What each connection to SQLite begins with: as durable as the platform's.
const PRAGMAS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;";
/// Later than any run.
const EXPIRES_MS: i64 = 32_503_680_000_000;

const SCHEMA: [&str; 6] = [
    "CREATE TABLE citizen (id TEXT PRIMARY KEY, given_name TEXT NOT NULL)",
    "CREATE TABLE session (id_hash TEXT PRIMARY KEY, citizen TEXT NOT NULL, expires_ms BIGINT NOT NULL)",
    "CREATE TABLE consent (citizen TEXT NOT NULL, service TEXT NOT NULL, purpose TEXT NOT NULL,
        state TEXT NOT NULL, PRIMARY KEY (citizen, service, purpose))",
    "CREATE TABLE audit (id TEXT PRIMARY KEY, at_ms BIGINT NOT NULL, citizen TEXT NOT NULL, service TEXT NOT NULL,
        operation TEXT NOT NULL, object TEXT NOT NULL)",
    "CREATE TABLE payment (id TEXT PRIMARY KEY, citizen TEXT NOT NULL, state TEXT NOT NULL, amount BIGINT NOT NULL)",
    "CREATE TABLE entry (payment TEXT NOT NULL, account TEXT NOT NULL, amount BIGINT NOT NULL,
        PRIMARY KEY (payment, account))",
];

/// Failures are answered without a word, and `wrk` counts them.
struct Failed(StatusCode);

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(_: E) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

#[derive(Clone)]
struct App {
    pool: AnyPool,
    begin: &'static str,
    clock: aim_gov::clock::Clock,
    random: aim_gov::random::Random,
}

/// Serves one citizen from the empty database at `address` on a free port until the process ends. `announce`
/// learns the port.
///
/// # Errors
/// When the database cannot be used, or no port can be had.
pub async fn serve(address: &str, announce: impl FnOnce(u16)) -> Result<()> {
    let app = App::open(address).await?;
    let router = Router::new()
        .route("/claims", get(claims))
        .route("/create", get(create))
        .route("/find", get(find))
        .route("/pay/{id}", get(checkout).post(pay))
        .with_state(app);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    announce(listener.local_addr()?.port());
    axum::serve(listener, router).await?;
    Ok(())
}

impl App {
    async fn open(address: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let sqlite = address.starts_with("sqlite:");
        let options = AnyPoolOptions::new().max_connections(if sqlite { 1 } else { CONNECTIONS });
        let pool = if sqlite {
            options
                .after_connect(|conn, _| Box::pin(async move { conn.execute(PRAGMAS).await.map(|_| ()) }))
                .connect(&format!("{address}?mode=rwc"))
                .await?
        } else {
            options.connect(address).await?
        };
        for table in SCHEMA {
            pool.execute(table).await?;
        }
        pool.execute("INSERT INTO citizen VALUES ('c1', 'Aygün')").await?;
        pool.execute("INSERT INTO consent VALUES ('c1', 'probe', 'probe', 'active')")
            .await?;
        sqlx::query("INSERT INTO session VALUES ($1, 'c1', $2)")
            .bind(hashed(COOKIE))
            .bind(EXPIRES_MS)
            .execute(&pool)
            .await?;
        Ok(Self {
            pool,
            begin: if sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" },
            clock: aim_gov::clock::Clock::system(),
            random: aim_gov::random::Random::system(),
        })
    }

    /// A transaction for the citizen whose session the request has.
    async fn begin(&self, headers: &HeaderMap) -> Result<(Transaction<'static, Any>, String), Failed> {
        let cookie = headers
            .get(header::COOKIE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let mut tx = self.pool.begin_with(self.begin).await?;
        let citizen =
            sqlx::query_scalar("SELECT citizen FROM session WHERE id_hash = $1 AND expires_ms > $2")
                .bind(hashed(cookie))
                .bind(self.clock.now().0)
                .fetch_optional(&mut *tx)
                .await?;
        Ok((tx, citizen.ok_or(Failed(StatusCode::UNAUTHORIZED))?))
    }

    /// Writes the audit record and commits.
    async fn finish(
        &self,
        mut tx: Transaction<'static, Any>,
        citizen: &str,
        operation: &str,
        object: &str,
    ) -> Result<(), Failed> {
        let now = self.clock.now();
        sqlx::query("INSERT INTO audit VALUES ($1, $2, $3, 'probe', $4, $5)")
            .bind(self.random.id("aud", now))
            .bind(now.0)
            .bind(citizen)
            .bind(operation)
            .bind(object)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

fn hashed(cookie: &str) -> String {
    hex::encode(Sha256::digest(cookie))
}

async fn claims(State(app): State<App>, headers: HeaderMap) -> Result<String, Failed> {
    let (mut tx, citizen) = app.begin(&headers).await?;
    let consent = "SELECT state FROM consent WHERE citizen = $1 AND service = 'probe' AND purpose = 'probe'";
    let state: Option<String> = sqlx::query_scalar(consent)
        .bind(&citizen)
        .fetch_optional(&mut *tx)
        .await?;
    if state.as_deref() != Some("active") {
        return Err(Failed(StatusCode::FORBIDDEN));
    }
    let name: String = sqlx::query_scalar("SELECT given_name FROM citizen WHERE id = $1")
        .bind(&citizen)
        .fetch_one(&mut *tx)
        .await?;
    app.finish(tx, &citizen, "claims", "given_name").await?;
    Ok(format!("ok {name}"))
}

#[derive(serde::Deserialize)]
struct Key {
    key: String,
}

async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Query(Key { key }): Query<Key>,
) -> Result<String, Failed> {
    let (mut tx, citizen) = app.begin(&headers).await?;
    sqlx::query("INSERT INTO payment VALUES ($1, $2, 'started', 1)")
        .bind(&key)
        .bind(&citizen)
        .execute(&mut *tx)
        .await?;
    app.finish(tx, &citizen, "create", &key).await?;
    Ok(format!("ok {key} Started 1 /pay/{key}"))
}

async fn checkout() -> Html<&'static str> {
    Html(
        "<!doctype html><title>Pay</title><form method=post><input name=card-number><input name=expiry-month>\
         <input name=expiry-year><input name=cvc><button>Pay</button></form>",
    )
}

/// Both sides of the ledger and the audit record, in the transaction of the new state.
async fn pay(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Result<Redirect, Failed> {
    let (mut tx, citizen) = app.begin(&headers).await?;
    let settle = "UPDATE payment SET state = 'settled' WHERE id = $1 AND citizen = $2 AND state = 'started'";
    let settled = sqlx::query(settle)
        .bind(&id)
        .bind(&citizen)
        .execute(&mut *tx)
        .await?;
    if settled.rows_affected() == 0 {
        return Err(Failed(StatusCode::CONFLICT));
    }
    sqlx::query("INSERT INTO entry VALUES ($1, 'card', -1), ($1, 'service', 1)")
        .bind(&id)
        .execute(&mut *tx)
        .await?;
    app.finish(tx, &citizen, "pay", &id).await?;
    Ok(Redirect::to(&format!("/find?key={id}")))
}

async fn find(
    State(app): State<App>,
    headers: HeaderMap,
    Query(Key { key }): Query<Key>,
) -> Result<String, Failed> {
    let (mut tx, citizen) = app.begin(&headers).await?;
    let state: String = sqlx::query_scalar("SELECT state FROM payment WHERE id = $1 AND citizen = $2")
        .bind(&key)
        .bind(&citizen)
        .fetch_one(&mut *tx)
        .await?;
    app.finish(tx, &citizen, "find", &key).await?;
    Ok(format!("ok {key} {state}"))
}
