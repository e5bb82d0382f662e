//! The file in which the operator names sources.

use url::Url;

use super::SOURCES_MAX;
use crate::open_data::published::about::THEMES;
use crate::shown::ShownText;

/// The name of the file, in the data folder.
pub const SOURCES_FILE: &str = "open-data-sources.toml";
/// The longest name of a source, in characters.
const NAME_CHARS_MAX: usize = 20;
/// The longest name of a publisher, in characters.
pub(super) const PUBLISHER_CHARS_MAX: usize = 200;
/// The longest interval: a year.
const HOURS_MAX: u32 = 24 * 366;

/// What a source speaks.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[derive(strum::IntoStaticStr, strum::VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum SourceKind {
    /// A catalogue in DCAT, as JSON-LD, Turtle or RDF/XML.
    Dcat,
}

crate::coded!(SourceKind);

/// A catalogue that is harvested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What identifiers of its data sets begin with.
    pub name: String,
    pub kind: SourceKind,
    /// The first document of the catalogue.
    pub address: Url,
    /// Hosts beside that of the address from which files are read, each `name` or `name:port`.
    pub hosts: Vec<String>,
    /// The publisher of data sets that name none.
    pub publisher: String,
    /// The theme of data sets that have none of the European Union's list.
    pub theme: String,
    pub every_hours: u32,
}

/// Why the file is refused.
#[derive(Debug, thiserror::Error)]
pub enum SourcesError {
    #[error("`{SOURCES_FILE}` cannot be read")]
    Read(#[from] std::io::Error),
    /// Without a quote of the file.
    #[error("`{SOURCES_FILE}` does not describe sources: {0}")]
    Form(String),
    #[error("`{SOURCES_FILE}` names more than {SOURCES_MAX} sources")]
    TooMany,
    #[error("`{SOURCES_FILE}`, source {place}: {wrong}")]
    Source { place: usize, wrong: &'static str },
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    #[serde(default)]
    source: Vec<DescribedSource>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct DescribedSource {
    name: String,
    kind: SourceKind,
    address: String,
    #[serde(default)]
    hosts: Vec<String>,
    publisher: String,
    theme: String,
    every_hours: u32,
}

/// Reads the text of [`SOURCES_FILE`].
///
/// # Errors
/// [`SourcesError`], except for [`SourcesError::Read`].
pub fn parse(text: &str) -> Result<Vec<Source>, SourcesError> {
    let described: Described =
        toml::from_str(text).map_err(|error| SourcesError::Form(error.message().to_owned()))?;
    if described.source.len() > SOURCES_MAX {
        return Err(SourcesError::TooMany);
    }
    let mut sources: Vec<Source> = Vec::with_capacity(described.source.len());
    for (place, described) in (1..).zip(described.source) {
        let wrong = |wrong| SourcesError::Source { place, wrong };
        let source = source(described).map_err(wrong)?;
        if sources.iter().any(|other| other.name == source.name) {
            return Err(wrong("another source has this `name`"));
        }
        sources.push(source);
    }
    Ok(sources)
}

fn source(described: DescribedSource) -> Result<Source, &'static str> {
    let is_name = (2..=NAME_CHARS_MAX).contains(&described.name.len())
        && described
            .name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
    if !is_name {
        return Err("`name` is 2 to 20 characters of `a` to `z` and `0` to `9`");
    }
    let address = Url::parse(&described.address).ok();
    let address = address
        .filter(|address| is_safe(address) && address.fragment().is_none())
        .ok_or("`address` begins with `https://`, or on this machine with `http://`, and has no password")?;
    if described.hosts.iter().any(|host| !is_host(host)) {
        return Err("`hosts` are names, such as `data.example` or `data.example:8443`");
    }
    if ShownText::parse(&described.publisher, PUBLISHER_CHARS_MAX).is_err() {
        return Err("`publisher` is a name of 1 to 200 visible characters");
    }
    if !THEMES.contains(&described.theme.as_str()) {
        return Err("`theme` is a code of the list `data-theme`, such as `REGI`");
    }
    if !(1..=HOURS_MAX).contains(&described.every_hours) {
        return Err("`every_hours` is 1 to 8784");
    }
    Ok(Source {
        name: described.name,
        kind: described.kind,
        address,
        hosts: described.hosts,
        publisher: described.publisher,
        theme: described.theme,
        every_hours: described.every_hours,
    })
}

impl Source {
    /// Whether a file or a document at `url` may be read for this source: its own host and those that the operator named.
    pub(super) fn admits(&self, url: &Url) -> bool {
        let host = |url: &Url| url.host_str().map(str::to_owned);
        let named = |name: &String| match name.rsplit_once(':') {
            Some((name, port)) => {
                Some(name) == url.host_str()
                    && Some(port)
                        == url
                            .port_or_known_default()
                            .map(|port| port.to_string())
                            .as_deref()
            }
            None => Some(name.as_str()) == url.host_str() && url.port().is_none(),
        };
        let own = host(url) == host(&self.address)
            && url.port_or_known_default() == self.address.port_or_known_default();
        is_safe(url) && (own || self.hosts.iter().any(named))
    }

    /// Whom the data sets belong to, in the place of an organisation, whose ids are of another form.
    pub(super) fn owner(&self) -> String {
        format!("source:{}", self.name)
    }
}

/// HTTPS, or HTTP on this machine; no name or password in it.
fn is_safe(url: &Url) -> bool {
    let on_this_machine = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let by = url.scheme() == "https" || url.scheme() == "http" && on_this_machine;
    by && url.username().is_empty() && url.password().is_none()
}

fn is_host(host: &str) -> bool {
    let parsed = Url::parse(&format!("https://{host}/")).ok();
    // The name is written as it is compared.
    parsed.is_some_and(|url| {
        let name = url.host_str().unwrap_or_default();
        host == name
            || host
                .rsplit_once(':')
                .is_some_and(|(before, port)| before == name && port.parse::<u16>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[source]]\nname = \"baku\"\nkind = \"dcat\"\naddress = \"https://data.example/catalog.ttl\"\n\
                        hosts = [\"files.example\", \"files.example:8443\"]\npublisher = \"Baku\"\ntheme = \"REGI\"\nevery_hours = 24\n";

    fn wrong(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn sources_are_refused_with_their_place_and_field() {
        assert_eq!(parse("").unwrap(), []);
        assert_eq!(parse(GOOD).unwrap()[0].hosts.len(), 2);
        for (from, to, said) in [
            ("\"baku\"", "\"b\"", "`name`"),
            ("\"baku\"", "\"baku-1\"", "`name`"),
            ("https://data", "http://data", "`address`"),
            ("https://data", "ftp://data", "`address`"),
            ("https://data", "https://me:hunter2@data", "`address`"),
            ("catalog.ttl", "catalog.ttl#x", "`address`"),
            ("\"files.example\"", "\"https://files.example\"", "`hosts`"),
            ("\"files.example\"", "\"Files.example\"", "`hosts`"),
            ("\"files.example\"", "\"files.example/x\"", "`hosts`"),
            ("\"Baku\"", "\"\"", "`publisher`"),
            ("REGI", "BAKU", "`theme`"),
            ("24", "0", "`every_hours`"),
            ("24", "8785", "`every_hours`"),
        ] {
            let said_here = wrong(&GOOD.replace(from, to));
            assert!(
                said_here.contains("source 1: ") && said_here.contains(said),
                "{from} {to}: {said_here}"
            );
            assert!(!said_here.contains("hunter2"), "{said_here}");
        }
        assert!(wrong(&GOOD.repeat(2)).contains("source 2: another source has this `name`"));
        assert!(wrong(&format!("{GOOD}colour = 1\n")).contains("unknown field `colour`"));
        let many: String = (10..61)
            .map(|number| GOOD.replace("baku", &format!("baku{number}")))
            .collect();
        assert!(wrong(&many).contains("more than 50"));
    }

    #[test]
    fn files_are_admitted_at_the_hosts_of_their_source_alone() {
        let source = parse(GOOD).unwrap().remove(0);
        for (url, admitted) in [
            ("https://data.example/a.csv", true),
            ("https://data.example:443/a.csv", true),
            ("https://files.example/a.csv", true),
            ("https://files.example:8443/a.csv", true),
            ("https://data.example:8443/a.csv", false),
            ("https://files.example:8444/a.csv", false),
            ("http://data.example/a.csv", false),
            ("https://sub.data.example/a.csv", false),
            ("https://me@data.example/a.csv", false),
            ("https://127.0.0.1/a.csv", false),
            ("http://localhost/a.csv", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(source.admits(&Url::parse(url).unwrap()), admitted, "{url}");
        }
        // On this machine a plain address counts, at its own port.
        let local = GOOD.replace("https://data.example", "http://127.0.0.1:8080");
        let local = parse(&local).unwrap().remove(0);
        assert!(local.admits(&Url::parse("http://127.0.0.1:8080/a.csv").unwrap()));
        assert!(!local.admits(&Url::parse("http://127.0.0.1:8081/a.csv").unwrap()));
    }
}
