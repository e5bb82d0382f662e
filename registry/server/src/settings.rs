//! The operator's settings: a TOML file and `AIMD_…` variables, which override it. `aimd config example` prints
//! the documentation here.

mod components;
mod exchange;
mod finding;
mod load;
mod log_in;
mod resolve;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use confique::Config;
use ipnet::IpNet;
use secrecy::SecretString;

pub use self::finding::{Finding, Place, Problem};
pub use self::resolve::{Resolved, read};
use crate::logging::LogFormat;
use crate::profile::Profile;

/// Configuration of `aimd`. What is commented out has its default. Paths are relative to the folder of this file.
/// A file that holds a secret must be readable by its owner alone (`chmod 600`).
#[derive(Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Settings {
    /// `public`, or `development` for a sandbox on your own machine with passwords that everybody knows.
    #[config(env = "AIMD_PROFILE", default = "public")]
    pub profile: Profile,

    /// Required: the address that people open, such as "https://aim.example". Services are at names below its
    /// host ("https://NAME.aim.example"), so that the certificate and the DNS entry need a wildcard too. A host of
    /// which others have subdomains does not keep the cookies of services apart.
    #[config(env = "AIMD_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// The addresses and ports to listen on.
    #[config(env = "AIMD_LISTEN", default = ["127.0.0.1:8080"])]
    pub listen: Vec<SocketAddr>,

    /// The address and port for the operator's own programs: /healthz, /readyz and /metrics (Prometheus), without a
    /// password. Nobody else may reach it. An empty text switches it off.
    #[config(env = "AIMD_OPERATOR_LISTEN", default = "127.0.0.1:9464")]
    pub operator_listen: String,

    /// Networks of the reverse proxies whose `X-Forwarded-For` is believed, such as ["127.0.0.1/32"]. The header is
    /// ignored from everybody else. A proxy must pass on the `Host` header as it came.
    #[config(env = "AIMD_TRUSTED_PROXIES", default = [])]
    pub trusted_proxies: Vec<IpNet>,

    /// The folder for compiled code and, unless they are named below, components, keys and the SQLite database. It must
    /// be its owner's alone; an empty or missing one is made so.
    #[config(env = "AIMD_DATA_DIR", default = "/var/lib/aimd")]
    pub data_dir: PathBuf,

    /// The folder of the uploaded components, where it is not "objects" in the data folder. `[s3]` names a bucket instead.
    #[config(env = "AIMD_COMPONENT_DIR")]
    pub component_dir: Option<PathBuf>,

    /// The file with the key that seals the secrets in the database, where it is not "secrets.key" in the data folder.
    /// It is made if it is missing. All nodes of one database need the same; keep a copy apart from the database's.
    #[config(env = "AIMD_SECRETS_KEY_FILE")]
    pub secrets_key_file: Option<PathBuf>,

    /// Required in public: a file with the six digits that the simulated citizens log in with, those of test spaces too.
    #[config(env = "AIMD_CITIZEN_CODE_FILE")]
    pub citizen_code_file: Option<PathBuf>,

    /// Whether staff with passwords that everybody knows is there from the start; only in development, where it is
    /// the default.
    #[config(env = "AIMD_SEED")]
    pub seed: Option<bool>,

    /// Where the data is.
    #[config(nested)]
    pub database: Database,

    /// A bucket for the uploaded components, instead of a folder. The platform never makes one.
    #[config(nested)]
    pub s3: S3,

    /// The exchange with other agencies.
    #[config(nested)]
    pub exchange: Exchange,

    /// The log-in of citizens at an OpenID provider, instead of the simulated one.
    #[config(nested)]
    pub log_in: LogIn,

    /// The certificate, unless a proxy has it. SIGHUP (`systemctl reload aimd`) reads both files again.
    #[config(nested)]
    pub tls: Tls,

    /// How much at once.
    #[config(nested)]
    pub limits: Limits,

    /// The log, one line an event on standard error.
    #[config(nested)]
    pub log: Log,

    /// Traces of requests, for OpenTelemetry.
    #[config(nested)]
    pub traces: Traces,
}

/// Where the data is.
#[derive(Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Database {
    /// "sqlite:FILE" or "postgres://USER@HOST/NAME"; without it SQLite in the data folder. With a password in it, this
    /// file is one that holds a secret.
    #[config(env = "AIMD_DATABASE_URL")]
    pub url: Option<SecretString>,

    /// A file with the address instead.
    #[config(env = "AIMD_DATABASE_URL_FILE")]
    pub url_file: Option<PathBuf>,
}

/// A bucket of a store that speaks the protocol of Amazon S3.
#[derive(Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct S3 {
    /// The address of the store, such as "https://s3.eu-central-1.amazonaws.com"; the bucket is the first segment below it. Over
    /// http:// only on this machine.
    #[config(env = "AIMD_S3_ENDPOINT")]
    pub endpoint: Option<String>,

    /// The bucket, which must be there.
    #[config(env = "AIMD_S3_BUCKET")]
    pub bucket: Option<String>,

    /// What the names of objects begin with, such as "aim/production". The key needs nothing outside it but to list the bucket.
    #[config(env = "AIMD_S3_PREFIX")]
    pub prefix: Option<String>,

    /// The region that requests are signed for.
    #[config(env = "AIMD_S3_REGION", default = "us-east-1")]
    pub region: String,

    /// The name of the key.
    #[config(env = "AIMD_S3_ACCESS_KEY_ID")]
    pub access_key_id: Option<String>,

    /// A file with the secret key, which only its owner may read.
    #[config(env = "AIMD_S3_SECRET_ACCESS_KEY_FILE")]
    pub secret_access_key_file: Option<PathBuf>,
}

/// The exchange with other agencies.
#[derive(Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Exchange {
    /// The address of a security server of X-Road, such as "https://security-server.example"; without it the agencies are
    /// simulated. Test spaces and vetting have simulated ones always. Over http:// only on this machine.
    #[config(env = "AIMD_EXCHANGE_URL")]
    pub url: Option<String>,
}

/// The log-in of citizens at an OpenID provider, instead of the simulated one.
#[derive(Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct LogIn {
    /// The issuer of the provider, such as "https://login.example", letter for letter as its metadata has it. Register a client
    /// with a secret there, the redirect address "PUBLIC_URL/id/callback" and the post-logout redirect address
    /// "PUBLIC_URL/id/logged-out". Who logs in must be in the register of the population, which is simulated. Test spaces
    /// have the simulated log-in always. Over http:// only on this machine.
    #[config(env = "AIMD_LOG_IN_ISSUER")]
    pub issuer: Option<String>,

    /// The identifier of the platform's client there.
    #[config(env = "AIMD_LOG_IN_CLIENT_ID")]
    pub client_id: Option<String>,

    /// A file with the client's secret, which only its owner may read.
    #[config(env = "AIMD_LOG_IN_CLIENT_SECRET_FILE")]
    pub client_secret_file: Option<PathBuf>,

    /// What is asked for beside `openid`, so that the provider tells the FIN.
    #[config(env = "AIMD_LOG_IN_SCOPES", default = ["profile"])]
    pub scopes: Vec<String>,

    /// The claim with the citizen's FIN, in the ID token or in the answer of userinfo.
    #[config(env = "AIMD_LOG_IN_FIN_CLAIM", default = "fin")]
    pub fin_claim: String,

    /// The `acr` of a log-in with two factors. Without it every log-in counts as one.
    #[config(env = "AIMD_LOG_IN_ACR_SUBSTANTIAL")]
    pub acr_substantial: Option<String>,

    /// The `acr` of a log-in with the strongest means, such as a qualified signature. Without it services that demand one
    /// are out of reach.
    #[config(env = "AIMD_LOG_IN_ACR_HIGH")]
    pub acr_high: Option<String>,
}

/// The certificate, unless a proxy has it.
#[derive(Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Tls {
    /// The chain in PEM form, the server's own certificate first. Services need a wildcard in it.
    #[config(env = "AIMD_TLS_CERTIFICATE_FILE")]
    pub certificate_file: Option<PathBuf>,

    /// The private key in PEM form, which only its owner may read.
    #[config(env = "AIMD_TLS_KEY_FILE")]
    pub key_file: Option<PathBuf>,

    /// For how many seconds a browser that came over HTTPS comes back over HTTPS alone (`Strict-Transport-Security`): told where
    /// `aimd` has the certificate, or a trusted proxy sends `X-Forwarded-Proto: https`. 0 switches it off.
    #[config(env = "AIMD_TLS_HSTS_SECONDS", default = 31536000)]
    pub hsts_seconds: u64,
}

/// How much at once.
#[derive(Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Limits {
    /// Open connections; each needs a file descriptor (`ulimit -n`, `LimitNOFILE=`).
    #[config(env = "AIMD_LIMITS_CONNECTIONS", default = 4096)]
    pub connections: usize,

    /// Open connections of one client address.
    #[config(env = "AIMD_LIMITS_CONNECTIONS_PER_CLIENT", default = 512)]
    pub connections_per_client: usize,

    /// Requests to all services that run at once: 1 to 128.
    #[config(env = "AIMD_LIMITS_REQUESTS", default = 128)]
    pub requests: usize,

    /// Requests to one service that run at once: 1 to 128.
    #[config(env = "AIMD_LIMITS_REQUESTS_PER_SERVICE", default = 16)]
    pub requests_per_service: usize,

    /// Memory of all running requests, in MiB; one service gets a quarter of it. At least 512.
    #[config(env = "AIMD_LIMITS_MEMORY_MIB", default = 2048)]
    pub memory_mib: usize,

    /// Seconds that a service has for one answer: 1 to 120.
    #[config(env = "AIMD_LIMITS_REQUEST_SECONDS", default = 10)]
    pub request_seconds: u64,

    /// Addresses in your own network that services may call where their approval names them; all others that are not
    /// public are refused.
    #[config(env = "AIMD_LIMITS_OUTBOUND_PRIVATE", default = [])]
    pub outbound_private: Vec<IpAddr>,
}

/// The log.
#[derive(Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Log {
    /// "auto" (for people on a terminal, JSON elsewhere), "human" or "json".
    #[config(env = "AIMD_LOG_FORMAT", default = "auto")]
    pub format: LogFormat,

    /// Which events are written, such as "info" or "warn,aim_runtime=debug".
    #[config(env = "AIMD_LOG_FILTER")]
    pub filter: Option<String>,
}

/// Traces of requests.
#[derive(Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub struct Traces {
    /// A collector that takes OTLP over HTTP, such as "http://127.0.0.1:4318"; without it nothing is traced. A trace
    /// tells which service called what and how long it took, and nothing of citizens.
    #[config(env = "AIMD_TRACES_ENDPOINT")]
    pub endpoint: Option<String>,

    /// How many of a hundred requests are traced: 1 to 100. For a request that a trusted proxy traces (`traceparent`)
    /// the proxy decides; one that does not must remove that header.
    #[config(env = "AIMD_TRACES_PERCENT", default = 100)]
    pub percent: u32,
}

/// A configuration file with every key, its meaning and its default.
pub fn example() -> String {
    confique::toml::template::<Settings>(confique::toml::FormatOptions::default())
}
