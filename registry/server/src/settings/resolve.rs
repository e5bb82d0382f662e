//! Resolves settings to a configuration, or reports all of their faults.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aim_gov::db::sqlite_file;
use aim_registry::{DEVELOPMENT_CODE, Seed};
use secrecy::{ExposeSecret as _, SecretString};
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

use super::Settings;
use super::finding::{Finding, Place, Problem};
use super::load::{Loaded, load};
use crate::config::{self, Config};
use crate::forwarded::TrustedProxies;
use crate::logging::{self, LogFormat};
use crate::profile::{Profile, WellKnown};
use crate::tls::Tls;
use crate::traces::Collector;
use crate::{data_folder, secret_file, serve};

/// Digits of the citizens' code.
const CODE_DIGITS: usize = 6;
/// The least memory of all requests, in MiB: a service's quarter must suffice for one request.
const MEMORY_MIB_MIN: usize = 512;
/// The most memory of all requests, in MiB.
const MEMORY_MIB_MAX: usize = 1 << 20;
/// The longest time for an answer, in seconds.
const REQUEST_SECONDS_MAX: u64 = 120;
/// The most connections.
const CONNECTIONS_MAX: usize = 1 << 20;
/// The least number of connections; those reserved for the operator's programs are added to it.
const CONNECTIONS_MIN: usize = 128;

/// The resolved settings of `aimd`.
#[derive(Debug)]
pub struct Resolved {
    /// The configuration of the platform.
    pub config: Config,
    /// The addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// The address for the operator's own programs.
    pub operator_listen: Option<SocketAddr>,
    /// The format of the log.
    pub log_format: LogFormat,
    /// The filter of the log.
    pub log_filter: EnvFilter,
    /// The collector of traces.
    pub traces: Option<Collector>,
}

/// Reads the configuration in `file` and `variables`, and the files that it names.
///
/// # Errors
/// All faults.
pub fn read(file: &Path, variables: &BTreeMap<String, String>) -> Result<Resolved, Vec<Finding>> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        vec![Finding {
            place: Place::File(file.to_owned()),
            key: String::new(),
            problem: Problem::Unreadable(error),
        }]
    })?;
    let Loaded {
        settings,
        places,
        findings,
    } = load(file, &text, variables);
    let mut resolver = Resolver {
        file,
        places,
        findings,
    };
    let resolved = settings.and_then(|settings| resolver.resolve(settings));
    match resolved {
        Some(resolved) if resolver.findings.is_empty() => Ok(resolved),
        _ => Err(resolver.findings),
    }
}

pub(super) struct Resolver<'a> {
    file: &'a Path,
    places: BTreeMap<String, Place>,
    findings: Vec<Finding>,
}

impl Resolver<'_> {
    pub(super) fn found(&mut self, key: &str, problem: impl Into<Problem>) {
        let place = self.places.get(key).cloned();
        self.findings.push(Finding {
            place: place.unwrap_or_else(|| Place::File(self.file.to_owned())),
            key: key.to_owned(),
            problem: problem.into(),
        });
    }

    /// The value, or a finding.
    pub(super) fn ok<T, E: Into<Problem>>(&mut self, key: &str, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(problem) => {
                self.found(key, problem);
                None
            }
        }
    }

    /// The path, relative to the folder of the configuration file.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        std::path::absolute(folder.join(path)).unwrap_or_else(|_| folder.join(path))
    }

    /// `None` if there are findings. All keys are checked in any case.
    fn resolve(&mut self, settings: Settings) -> Option<Resolved> {
        let profile = settings.profile;
        let public_url = self.public_url(settings.public_url.as_deref(), profile);
        let data_dir = self.path(&settings.data_dir);
        let folder = data_folder::open(&data_dir);
        self.ok("data_dir", folder);
        let components = self.components(&settings, &data_dir);
        let exchange = self.exchange(&settings.exchange, profile);
        let log_in = self.log_in(&settings.log_in, profile);
        let secrets_key = match &settings.secrets_key_file {
            Some(file) => {
                let file = self.path(file);
                if let Ok(open) = File::open(&file) {
                    let checked = secret_file::check(&file, &open);
                    self.ok("secrets_key_file", checked);
                }
                file
            }
            None => config::secrets_key(&data_dir),
        };
        let database = self.database(&settings.database, &data_dir);
        let seed = self.seed(&settings);
        let citizen_code = self.citizen_code(&settings);
        let limits = self.limits(&settings.limits);
        let tls = self.tls(&settings.tls);
        let loopback =
            !settings.listen.is_empty() && settings.listen.iter().all(|address| address.ip().is_loopback());
        if profile == Profile::Public && loopback && settings.trusted_proxies.is_empty() {
            self.found("trusted_proxies", Problem::NoProxy);
        }
        if settings.listen.is_empty() {
            self.found(
                "listen",
                Problem::Missing("name an address such as \"127.0.0.1:8080\""),
            );
        }
        let operator_listen = match settings.operator_listen.as_str() {
            "" => None,
            address => {
                let address = address.parse().map_err(|_| Problem::Address);
                self.ok("operator_listen", address)
            }
        };
        let filter = settings.log.filter.as_deref().filter(|text| !text.is_empty());
        let filter = logging::filter(filter).map_err(|_| Problem::Filter);
        let log_filter = self.ok("log.filter", filter);
        let traces = self.traces(&settings.traces);
        Some(Resolved {
            config: Config {
                profile,
                data_dir,
                components: components?,
                exchange,
                log_in,
                secrets_key,
                database: database?,
                public_url: public_url?,
                trusted_proxies: TrustedProxies::new(settings.trusted_proxies),
                tls,
                hsts_seconds: settings.tls.hsts_seconds,
                compiler: config::compiler(),
                seed,
                citizen_code: citizen_code?,
                connections: serve::Limits {
                    connections: settings.limits.connections,
                    per_peer: settings.limits.connections_per_client,
                    ..serve::Limits::default()
                },
                limits,
            },
            listen: settings.listen,
            operator_listen,
            log_format: settings.log.format,
            log_filter: log_filter?,
            traces,
        })
    }

    fn public_url(&mut self, text: Option<&str>, profile: Profile) -> Option<Url> {
        let problem = match text.map(Url::parse) {
            None => Problem::Missing("name the address that people open, such as \"https://aim.example\""),
            Some(Err(_)) => Problem::PublicUrl("not an address; write it like \"https://aim.example\""),
            Some(Ok(url)) => match public_url_problem(&url, profile) {
                None => return Some(url),
                Some(problem) => Problem::PublicUrl(problem),
            },
        };
        self.found("public_url", problem);
        None
    }

    fn database(&mut self, settings: &super::Database, data_dir: &Path) -> Option<SecretString> {
        let (key, address) = match (&settings.url, &settings.url_file) {
            (Some(_), Some(_)) => {
                self.found("database.url_file", Problem::TwoDatabases);
                return None;
            }
            (None, None) => return Some(config::database(data_dir)),
            (Some(address), None) => ("database.url", address.clone()),
            (None, Some(file)) => {
                let read = secret_file::read(&self.path(file));
                ("database.url_file", self.ok("database.url_file", read)?)
            }
        };
        let exposed = address.expose_secret();
        if exposed.starts_with("sqlite:") {
            let checked = data_folder::check_database(exposed);
            self.ok(key, checked)?;
            let relative = sqlite_file(exposed).is_some_and(|file| file.is_relative());
            if relative {
                self.found(key, Problem::DatabaseUrl);
                return None;
            }
            return Some(address);
        }
        let url = Url::parse(exposed)
            .ok()
            .filter(|url| ["postgres", "postgresql"].contains(&url.scheme()));
        let Some(url) = url else {
            self.found(key, Problem::DatabaseUrl);
            return None;
        };
        let in_file = matches!(self.places.get("database.url"), Some(Place::Line(..)));
        if key == "database.url" && in_file && holds_password(&url) {
            let checked = File::open(self.file)
                .map_err(Problem::Unreadable)
                .and_then(|file| Ok(secret_file::check(self.file, &file)?));
            self.ok(key, checked)?;
        }
        Some(address)
    }

    fn seed(&mut self, settings: &Settings) -> Seed {
        match (settings.profile, settings.seed) {
            (Profile::Public, Some(true)) => {
                self.found("seed", WellKnown::Seed);
                Seed::default()
            }
            (Profile::Public, _) | (Profile::Development, Some(false)) => Seed::default(),
            (Profile::Development, _) => Seed::development(),
        }
    }

    fn citizen_code(&mut self, settings: &Settings) -> Option<SecretString> {
        const KEY: &str = "citizen_code_file";
        let Some(file) = &settings.citizen_code_file else {
            if settings.profile == Profile::Development {
                return Some(DEVELOPMENT_CODE.into());
            }
            let advice = "name a file with the six digits that the simulated citizens log in with";
            self.found(KEY, Problem::Missing(advice));
            return None;
        };
        let read = secret_file::read(&self.path(file));
        let code = self.ok(KEY, read)?;
        let digits = code.expose_secret();
        if digits.len() != CODE_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.found(KEY, Problem::CodeFormat);
        } else if settings.profile == Profile::Public && digits == DEVELOPMENT_CODE {
            self.found(KEY, WellKnown::Code);
        }
        Some(code)
    }

    fn tls(&mut self, settings: &super::Tls) -> Option<Tls> {
        match (&settings.certificate_file, &settings.key_file) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                let tls = Tls::open(self.path(certificate), self.path(key));
                self.ok("tls.certificate_file", tls)
            }
            (Some(_), None) => {
                self.found(
                    "tls.key_file",
                    Problem::Missing("name the key of the certificate"),
                );
                None
            }
            (None, Some(_)) => {
                self.found(
                    "tls.certificate_file",
                    Problem::Missing("name the certificate of the key"),
                );
                None
            }
        }
    }

    fn traces(&mut self, settings: &super::Traces) -> Option<Collector> {
        if !(1..=100).contains(&settings.percent) {
            self.found("traces.percent", Problem::Range { min: 1, max: 100 });
        }
        let endpoint = settings.endpoint.as_deref().filter(|text| !text.is_empty())?;
        let endpoint = Url::parse(endpoint).ok().filter(|url| {
            ["http", "https"].contains(&url.scheme())
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        Some(Collector {
            endpoint: self.ok("traces.endpoint", endpoint.ok_or(Problem::Collector))?,
            percent: settings.percent,
        })
    }

    fn limits(&mut self, limits: &super::Limits) -> aim_runtime::Limits {
        let most = aim_runtime::limits::POOL_REQUESTS_MAX;
        for (key, value, min, max) in [
            (
                "connections",
                limits.connections,
                CONNECTIONS_MIN,
                CONNECTIONS_MAX,
            ),
            (
                "connections_per_client",
                limits.connections_per_client,
                1,
                CONNECTIONS_MAX,
            ),
            ("requests", limits.requests, 1, most),
            ("requests_per_service", limits.requests_per_service, 1, most),
            ("memory_mib", limits.memory_mib, MEMORY_MIB_MIN, MEMORY_MIB_MAX),
        ] {
            if !(min..=max).contains(&value) {
                let (min, max) = (wide(min), wide(max));
                self.found(&format!("limits.{key}"), Problem::Range { min, max });
            }
        }
        if !(1..=REQUEST_SECONDS_MAX).contains(&limits.request_seconds) {
            let (min, max) = (1, REQUEST_SECONDS_MAX);
            self.found("limits.request_seconds", Problem::Range { min, max });
        }
        aim_runtime::Limits {
            request_time: Duration::from_secs(limits.request_seconds),
            memory_total_bytes: limits.memory_mib.saturating_mul(1 << 20),
            requests: limits.requests,
            requests_per_service: limits.requests_per_service,
            outbound_private: limits.outbound_private.iter().copied().collect(),
            ..aim_runtime::Limits::default()
        }
    }
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Whether this address has credentials for the database.
fn holds_password(url: &Url) -> bool {
    url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
}

fn public_url_problem(url: &Url, profile: Profile) -> Option<&'static str> {
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match (url.scheme(), url.host()) {
        ("http" | "https", Some(Host::Domain(_))) if !is_bare => {
            Some("must be a host alone, without user, path and query, such as \"https://aim.example\"")
        }
        ("https", Some(Host::Domain(_))) => None,
        ("http", Some(Host::Domain(_))) if profile == Profile::Development => None,
        ("http", Some(Host::Domain(_))) => {
            Some("must begin with https://; over http anybody on the way reads and changes what citizens do")
        }
        ("http" | "https", _) => {
            Some("needs a host name: services are at names below it, which an IP address has not")
        }
        _ => Some("must begin with https://"),
    }
}
