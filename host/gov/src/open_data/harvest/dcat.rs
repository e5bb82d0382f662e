//! Catalogues in DCAT: JSON-LD, Turtle or RDF/XML, page by page as Hydra links them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use oxjsonld::JsonLdParser;
use oxrdf::vocab::rdf;
use oxrdf::{NamedNodeRef, NamedOrBlankNode, Term, Triple};
use oxrdfxml::RdfXmlParser;
use oxttl::TurtleParser;
use url::Url;

use super::fetch::{Fetched, Fetcher};
use super::foreign::{Foreign, Tagged};
use super::report::{Reason, Refused};
use super::{CATALOGUE_BYTES_MAX, PAGES_MAX, SETS_MAX, Source, TRIPLES_MAX};
use crate::open_data::terms::{dcat, dct, foaf, hydra};

const ACCEPT: &str = "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8";

/// Every data set of the catalogue, by identifier.
///
/// # Errors
/// Why the catalogue cannot be read; none of its data sets counts then.
pub(super) async fn gather(fetcher: &Fetcher, source: &Source) -> Result<Vec<Foreign>, Refused> {
    let mut graph = Graph::default();
    let mut waiting = vec![source.address.clone()];
    let mut seen = BTreeSet::new();
    while let Some(page) = waiting.pop() {
        if !seen.insert(page.clone()) {
            continue;
        }
        if seen.len() > PAGES_MAX {
            let most = format!("the catalogue has more than {PAGES_MAX} pages");
            return Err(Refused::new(page.as_str(), Reason::TooMany, most));
        }
        let fetched = fetcher.get(source, &page, ACCEPT, CATALOGUE_BYTES_MAX).await?;
        // Off the async threads: a document may be large.
        let address = page.clone();
        let parsed = tokio::task::spawn_blocking(move || triples(&address, &fetched)).await;
        let stopped = |_| Refused::new(page.as_str(), Reason::Platform, "the platform is stopping");
        let next = graph.take(parsed.map_err(stopped)??);
        waiting.extend(next);
        if graph.count > TRIPLES_MAX {
            let most = format!("the catalogue has more than {TRIPLES_MAX} statements");
            return Err(Refused::new(page.as_str(), Reason::TooMany, most));
        }
    }
    let found = graph.datasets(source)?;
    let fault = |reason, detail: String| Err(Refused::new(source.address.as_str(), reason, detail));
    match found.len() {
        0 => fault(Reason::Document, "the catalogue has no data set".to_owned()),
        1..=SETS_MAX => Ok(found),
        many => fault(
            Reason::TooMany,
            format!("the catalogue has {many} data sets; at most {SETS_MAX} are harvested"),
        ),
    }
}

/// The statements of a document. Contexts of JSON-LD that are elsewhere are not fetched, and entities are refused, since a
/// few of them make a document of any size.
fn triples(address: &Url, fetched: &Fetched) -> Result<Vec<Triple>, Refused> {
    let body = &fetched.body;
    let unread = |error: &dyn std::fmt::Display| Refused::new(address.as_str(), Reason::Document, error);
    let base = address.as_str();
    let form = match fetched.media_type.as_str() {
        "text/turtle" | "application/x-turtle" => "ttl",
        "application/rdf+xml" | "application/xml" | "text/xml" => "rdf",
        "application/ld+json" | "application/json" => "jsonld",
        // A server of files knows these forms rarely.
        _ => match address.path().rsplit_once('.').map(|(_, extension)| extension) {
            Some("ttl") => "ttl",
            Some("rdf" | "xml") => "rdf",
            Some("jsonld" | "json") => "jsonld",
            _ => {
                let form = "neither its media type nor its address says JSON-LD, Turtle or RDF/XML";
                return Err(unread(&form));
            }
        },
    };
    match form {
        "ttl" => {
            let parser = TurtleParser::new()
                .with_base_iri(base)
                .map_err(|error| unread(&error))?;
            let triples: Result<Vec<_>, _> = parser.for_slice(body).take(TRIPLES_MAX + 1).collect();
            triples.map_err(|error| unread(&error))
        }
        "rdf" => {
            if body.windows(8).any(|part| part == b"<!ENTITY") {
                return Err(unread(&"entities are not accepted in RDF/XML"));
            }
            let parser = RdfXmlParser::new()
                .with_base_iri(base)
                .map_err(|error| unread(&error))?;
            let triples: Result<Vec<_>, _> = parser.for_slice(body).take(TRIPLES_MAX + 1).collect();
            triples.map_err(|error| unread(&error))
        }
        _ => {
            let parser = JsonLdParser::new()
                .with_base_iri(base)
                .map_err(|error| unread(&error))?;
            let quads: Result<Vec<_>, _> = parser.for_slice(body).take(TRIPLES_MAX + 1).collect();
            let quads = quads.map_err(|error| unread(&error))?;
            Ok(quads.into_iter().map(Triple::from).collect())
        }
    }
}

/// What a subject has, by predicate.
type Properties = HashMap<String, Vec<Term>>;

/// The statements of all pages. A blank node belongs to one page, which the parsers' labels for them do not say.
#[derive(Default)]
struct Graph {
    subjects: BTreeMap<String, Properties>,
    pages: usize,
    count: usize,
}

impl Graph {
    /// Takes the statements of a page; the answer is the next pages.
    fn take(&mut self, triples: Vec<Triple>) -> Vec<Url> {
        self.pages = self.pages.saturating_add(1);
        let mut next = Vec::new();
        for triple in triples {
            self.count = self.count.saturating_add(1);
            let predicate = triple.predicate.as_ref();
            if (predicate == hydra::NEXT_PAGE || predicate == hydra::NEXT)
                && let Some(url) = text(&triple.object).and_then(|text| Url::parse(text).ok())
            {
                next.push(url);
            }
            let subject = match triple.subject {
                NamedOrBlankNode::NamedNode(node) => node.into_string(),
                NamedOrBlankNode::BlankNode(node) => self.blank(node.as_str()),
            };
            let object = match triple.object {
                Term::BlankNode(node) => {
                    let label = self.blank(node.as_str());
                    Term::Literal(oxrdf::Literal::new_simple_literal(label))
                }
                object => object,
            };
            let properties = self.subjects.entry(subject).or_default();
            properties
                .entry(triple.predicate.into_string())
                .or_default()
                .push(object);
        }
        next
    }

    /// The key of a blank node, which no IRI is.
    fn blank(&self, label: &str) -> String {
        format!("_:{}:{label}", self.pages)
    }

    fn all(&self, subject: &str, predicate: NamedNodeRef<'_>) -> &[Term] {
        let properties = self.subjects.get(subject);
        properties
            .and_then(|properties| properties.get(predicate.as_str()))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    fn first(&self, subject: &str, predicate: NamedNodeRef<'_>) -> Option<&str> {
        self.all(subject, predicate).iter().find_map(text)
    }

    fn is_a(&self, subject: &str, class: NamedNodeRef<'_>) -> bool {
        let mut classes = self.all(subject, rdf::TYPE).iter().filter_map(text);
        classes.any(|found| found == class.as_str())
    }

    fn texts(&self, subject: &str, predicate: NamedNodeRef<'_>) -> Vec<Tagged> {
        let mut texts: Vec<Tagged> = self
            .all(subject, predicate)
            .iter()
            .filter_map(|term| match term {
                Term::Literal(literal) => Some((
                    literal.language().map(str::to_ascii_lowercase),
                    literal.value().to_owned(),
                )),
                _ => None,
            })
            .collect();
        // The order of a graph's statements means nothing.
        texts.sort();
        texts
    }

    fn datasets(&self, source: &Source) -> Result<Vec<Foreign>, Refused> {
        let subjects = self
            .subjects
            .keys()
            .filter(|subject| self.is_a(subject, dcat::DATASET_CLASS));
        let mut found = Vec::new();
        for subject in subjects {
            let id = match subject.starts_with("_:") {
                false => subject.clone(),
                true => {
                    let id = self.first(subject, dct::IDENTIFIER).map(str::to_owned);
                    let nameless = "a data set has neither an IRI nor `dct:identifier`";
                    id.ok_or_else(|| Refused::new(source.address.as_str(), Reason::Document, nameless))?
                }
            };
            found.push(self.dataset(subject, id));
        }
        found.sort_by(|left, right| left.id.cmp(&right.id));
        // A catalogue that says two things about one data set says nothing.
        for pair in found.windows(2) {
            if let [left, right] = pair
                && left.id == right.id
            {
                return Err(Refused::new(
                    &left.id,
                    Reason::Document,
                    "two data sets have this identifier",
                ));
            }
        }
        Ok(found)
    }

    fn dataset(&self, subject: &str, id: String) -> Foreign {
        let files = self.all(subject, dcat::DISTRIBUTION).iter().filter_map(text);
        let mut files: Vec<(u8, String, &str)> = files
            .filter_map(|file| {
                let address = self
                    .first(file, dcat::DOWNLOAD_URL)
                    .or(self.first(file, dcat::ACCESS_URL))?;
                Some((self.rank(file, address)?, address.to_owned(), file))
            })
            .collect();
        files.sort();
        // A licence belongs to a distribution (DCAT-AP), and in many catalogues to the data set.
        let licence = |subject: &str| self.first(subject, dct::LICENSE).map(str::to_owned);
        let of_file = files.first().and_then(|(_, _, file)| licence(file));
        let code = |list: &str, text: &str| {
            let (before, code) = text.rsplit_once('/')?;
            before.ends_with(list).then(|| code.to_owned())
        };
        let themes = self.all(subject, dcat::THEME).iter().filter_map(text);
        let frequency = self.first(subject, dct::ACCRUAL_PERIODICITY);
        let publisher = self
            .first(subject, dct::PUBLISHER)
            .and_then(|agent| self.first(agent, foaf::NAME));
        let page = self.first(subject, dcat::LANDING_PAGE).map(str::to_owned);
        Foreign {
            page: page.or_else(|| Url::parse(&id).is_ok().then(|| id.clone())),
            title: self.texts(subject, dct::TITLE),
            description: self.texts(subject, dct::DESCRIPTION),
            publisher: publisher.map(str::to_owned),
            licence: of_file.or_else(|| licence(subject)),
            themes: themes.filter_map(|theme| code("/data-theme", theme)).collect(),
            keywords: self
                .texts(subject, dcat::KEYWORD)
                .into_iter()
                .map(|(_, word)| word)
                .collect(),
            frequency: frequency.and_then(|text| code("/frequency", text)),
            files: files.into_iter().map(|(_, address, _)| address).collect(),
            id,
        }
    }

    /// 0 for CSV, 1 for JSON, nothing for other forms.
    fn rank(&self, file: &str, address: &str) -> Option<u8> {
        let said = [dcat::MEDIA_TYPE, dct::FORMAT].map(|term| self.first(file, term));
        let path = Url::parse(address)
            .map(|url| url.path().to_owned())
            .unwrap_or_default();
        let mut said: Vec<String> = said.into_iter().flatten().map(str::to_ascii_lowercase).collect();
        if said.is_empty() {
            said.push(path.to_ascii_lowercase());
        }
        let ends = |form: &str| {
            said.iter()
                .any(|said| said.rsplit(['/', '.']).next() == Some(form))
        };
        match () {
            () if ends("csv") => Some(0),
            () if ends("json") => Some(1),
            () => None,
        }
    }
}

/// The IRI or the text of a term.
fn text(term: &Term) -> Option<&str> {
    match term {
        Term::NamedNode(node) => Some(node.as_str()),
        Term::Literal(literal) => Some(literal.value()),
        _ => None,
    }
}
