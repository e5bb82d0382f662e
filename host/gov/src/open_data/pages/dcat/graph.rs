//! The graph of a catalogue.

use std::collections::{HashMap, HashSet};

use oxrdf::vocab::{rdf, xsd};
use oxrdf::{Literal, NamedNode, NamedNodeRef, Term, Triple};

use crate::clock::Timestamp;
use crate::open_data::pages::OpenDataText;
use crate::open_data::terms::{AUTHORITY, MEDIA_TYPES, dcat, dct, foaf, hydra, prov, skos, spdx};
use crate::open_data::{Catalogue, Dataset, Distribution, publisher};
use crate::text::{Locale, Localised};

/// Which page of the catalogue a document holds.
pub(super) struct View {
    pub(super) page: usize,
    pub(super) pages: usize,
    pub(super) page_datasets: usize,
    pub(super) extension: &'static str,
}

/// A catalogue with these of its data sets.
pub(super) fn of_catalogue<'c>(
    catalogue: &Catalogue,
    datasets: impl Iterator<Item = &'c Dataset>,
    view: &View,
) -> Vec<Triple> {
    let mut graph = Graph::new(catalogue);
    let Some(iri) = graph.iri("/open-data/catalog") else {
        return Vec::new();
    };
    graph.is_a(&iri, dcat::CATALOG);
    graph.text(&iri, dct::TITLE, &catalogue.title);
    graph.text(&iri, dct::DESCRIPTION, &catalogue.description);
    graph.publisher(&iri, &catalogue.publisher);
    graph.document(&iri, foaf::HOMEPAGE, "/open-data");
    for code in ["AZE", "ENG"] {
        graph.concept(&iri, dct::LANGUAGE, "language", code, &[dct::LINGUISTIC_SYSTEM]);
    }
    let issued = catalogue.datasets().map(|dataset| dataset.issued).min();
    let modified = catalogue.datasets().map(|dataset| dataset.modified).max();
    graph.moment(&iri, dct::ISSUED, issued);
    graph.moment(&iri, dct::MODIFIED, modified);
    let scheme = format!("{AUTHORITY}/data-theme");
    if let Ok(scheme) = NamedNode::new(scheme) {
        graph.add(&iri, dcat::THEME_TAXONOMY, scheme.clone());
        graph.is_a(&scheme, skos::CONCEPT_SCHEME);
        let title = Literal::new_language_tagged_literal_unchecked("Data theme", "en");
        graph.add(&scheme, dct::TITLE, title);
    }
    graph.pages(&iri, view, catalogue.datasets().len());
    let service = graph.iri("/open-data/catalog#api");
    if let Some(service) = &service {
        graph.add(&iri, dcat::SERVICE, service.clone());
    }
    let mut described = Vec::new();
    for dataset in datasets {
        if let Some(identifier) = graph.dataset(dataset) {
            graph.add(&iri, dcat::DATASET, identifier.clone());
            described.push(identifier);
        }
    }
    if let Some(service) = service {
        graph.service(&service, &catalogue.title, described);
    }
    graph.by_subject()
}

/// One data set.
pub(super) fn of_dataset(catalogue: &Catalogue, dataset: &Dataset) -> Vec<Triple> {
    let mut graph = Graph::new(catalogue);
    graph.dataset(dataset);
    graph.by_subject()
}

struct Graph<'c> {
    public_url: &'c str,
    triples: Vec<Triple>,
    /// What is described already, although several things name it.
    described: HashSet<NamedNode>,
}

impl<'c> Graph<'c> {
    fn new(catalogue: &'c Catalogue) -> Self {
        Self {
            public_url: &catalogue.public_url,
            triples: Vec::new(),
            described: HashSet::new(),
        }
    }

    /// The triples of each subject together, subjects in the order of their first one: so the writers name a subject once.
    fn by_subject(self) -> Vec<Triple> {
        let mut order = HashMap::new();
        for triple in &self.triples {
            let next = order.len();
            order.entry(triple.subject.clone()).or_insert(next);
        }
        let mut triples = self.triples;
        triples.sort_by_key(|triple| order.get(&triple.subject).copied());
        triples
    }

    /// The IRI of something of this platform.
    fn iri(&self, path: &str) -> Option<NamedNode> {
        NamedNode::new(format!("{}{path}", self.public_url)).ok()
    }

    fn add(&mut self, subject: &NamedNode, predicate: NamedNodeRef<'_>, object: impl Into<Term>) {
        self.triples.push(Triple::new(subject.clone(), predicate, object));
    }

    fn is_a(&mut self, subject: &NamedNode, class: NamedNodeRef<'_>) {
        self.add(subject, rdf::TYPE, class.into_owned());
    }

    fn text(&mut self, subject: &NamedNode, predicate: NamedNodeRef<'_>, text: &Localised) {
        let Localised { az, en, ru } = text;
        for (tag, text) in [("az", Some(az)), ("en", en.as_ref()), ("ru", ru.as_ref())] {
            if let Some(text) = text {
                self.add(
                    subject,
                    predicate,
                    Literal::new_language_tagged_literal_unchecked(text, tag),
                );
            }
        }
    }

    fn moment(&mut self, subject: &NamedNode, predicate: NamedNodeRef<'_>, at: Option<Timestamp>) {
        if let Some(at) = at.and_then(Timestamp::to_jiff) {
            self.add(
                subject,
                predicate,
                Literal::new_typed_literal(at.to_string(), xsd::DATE_TIME),
            );
        }
    }

    /// A page of the platform.
    fn document(&mut self, subject: &NamedNode, predicate: NamedNodeRef<'_>, path: &str) {
        if let Some(page) = self.iri(path) {
            self.add(subject, predicate, page.clone());
            if self.described.insert(page.clone()) {
                self.is_a(&page, foaf::DOCUMENT);
            }
        }
    }

    /// Something outside that has a class and nothing else.
    fn outside(
        &mut self,
        subject: &NamedNode,
        predicate: NamedNodeRef<'_>,
        iri: String,
        class: NamedNodeRef<'_>,
    ) {
        // A licence in a catalogue may be any text.
        let Ok(object) = NamedNode::new(iri) else {
            return;
        };
        self.add(subject, predicate, object.clone());
        if self.described.insert(object.clone()) {
            self.is_a(&object, class);
        }
    }

    /// A concept of an authority list, with its label if it is a theme.
    fn concept(
        &mut self,
        subject: &NamedNode,
        predicate: NamedNodeRef<'_>,
        list: &str,
        code: &str,
        classes: &[NamedNodeRef<'_>],
    ) {
        let scheme = NamedNode::new(format!("{AUTHORITY}/{list}"));
        let (Ok(concept), Ok(scheme)) = (NamedNode::new(format!("{AUTHORITY}/{list}/{code}")), scheme) else {
            return;
        };
        self.add(subject, predicate, concept.clone());
        if !self.described.insert(concept.clone()) {
            return;
        }
        for class in classes {
            self.is_a(&concept, *class);
        }
        self.is_a(&concept, skos::CONCEPT);
        self.add(&concept, skos::IN_SCHEME, scheme);
        let mut is_labelled = false;
        if list == "data-theme" {
            for locale in Locale::PAGES {
                if let Some(label) = OpenDataText::of(locale).themes.find(code) {
                    let label = Literal::new_language_tagged_literal_unchecked(label, locale.tag());
                    self.add(&concept, skos::PREF_LABEL, label);
                    is_labelled = true;
                }
            }
        }
        if !is_labelled {
            self.add(
                &concept,
                skos::PREF_LABEL,
                Literal::new_language_tagged_literal_unchecked(code, "en"),
            );
        }
    }

    fn publisher(&mut self, subject: &NamedNode, name: &str) {
        let Some(agent) = self.iri(&format!("/open-data/catalog#publisher-{}", publisher::name(name))) else {
            return;
        };
        self.add(subject, dct::PUBLISHER, agent.clone());
        if self.described.insert(agent.clone()) {
            self.is_a(&agent, foaf::AGENT);
            self.add(&agent, foaf::NAME, Literal::new_simple_literal(name));
        }
    }

    fn dataset(&mut self, dataset: &Dataset) -> Option<NamedNode> {
        let page = format!("/open-data/dataset/{}", dataset.identifier);
        let iri = self.iri(&format!("{page}#dataset"))?;
        self.is_a(&iri, dcat::DATASET_CLASS);
        self.add(
            &iri,
            dct::IDENTIFIER,
            Literal::new_simple_literal(&dataset.identifier),
        );
        self.text(&iri, dct::TITLE, &dataset.title);
        self.text(&iri, dct::DESCRIPTION, &dataset.description);
        self.publisher(&iri, &dataset.publisher);
        for code in &dataset.theme {
            self.concept(&iri, dcat::THEME, "data-theme", code, &[]);
        }
        for keyword in &dataset.keyword {
            self.add(&iri, dcat::KEYWORD, Literal::new_simple_literal(keyword));
        }
        if let Some(Ok(source)) = dataset.source.clone().map(NamedNode::new) {
            // `dct:source` would have to lead to a data set that is described here.
            self.add(&iri, prov::WAS_DERIVED_FROM, source);
        }
        self.moment(&iri, dct::ISSUED, Some(dataset.issued));
        self.moment(&iri, dct::MODIFIED, Some(dataset.modified));
        if let Some(code) = &dataset.accrual_periodicity {
            self.concept(
                &iri,
                dct::ACCRUAL_PERIODICITY,
                "frequency",
                code,
                &[dct::FREQUENCY],
            );
        }
        self.concept(
            &iri,
            dct::ACCESS_RIGHTS,
            "access-right",
            "PUBLIC",
            &[dct::RIGHTS_STATEMENT],
        );
        self.document(&iri, dcat::LANDING_PAGE, &page);
        for file in &dataset.distribution {
            self.distribution(&iri, dataset, file);
        }
        Some(iri)
    }

    fn distribution(&mut self, dataset_iri: &NamedNode, dataset: &Dataset, file: &Distribution) {
        let iri = NamedNode::new(format!("{}#distribution", file.access_url));
        let (Ok(iri), Ok(url)) = (iri, NamedNode::new(&file.access_url)) else {
            return;
        };
        self.add(dataset_iri, dcat::DISTRIBUTION, iri.clone());
        self.is_a(&iri, dcat::DISTRIBUTION_CLASS);
        self.add(&iri, dct::IDENTIFIER, Literal::new_simple_literal(&file.id));
        self.text(&iri, dct::TITLE, file.title.as_ref().unwrap_or(&dataset.title));
        self.text(&iri, dct::DESCRIPTION, &dataset.description);
        self.add(&iri, dcat::ACCESS_URL, url.clone());
        self.add(&iri, dcat::DOWNLOAD_URL, url);
        self.concept(
            &iri,
            dct::FORMAT,
            "file-type",
            "CSV",
            &[dct::MEDIA_TYPE_OR_EXTENT],
        );
        if let Some(media_type) = &file.media_type {
            self.outside(
                &iri,
                dcat::MEDIA_TYPE,
                format!("{MEDIA_TYPES}{media_type}"),
                dct::MEDIA_TYPE,
            );
        }
        self.outside(&iri, dct::LICENSE, file.license.clone(), dct::LICENSE_DOCUMENT);
        self.moment(&iri, dct::ISSUED, Some(dataset.issued));
        self.moment(&iri, dct::MODIFIED, Some(dataset.modified));
        if let Some(bytes) = file.byte_size {
            let size = Literal::new_typed_literal(bytes.to_string(), xsd::NON_NEGATIVE_INTEGER);
            self.add(&iri, dcat::BYTE_SIZE, size);
        }
        let checksum = NamedNode::new(format!("{}#sha256", file.access_url));
        if let (Some(sha256), Ok(checksum)) = (&file.sha256, checksum) {
            self.add(&iri, spdx::CHECKSUM, checksum.clone());
            self.is_a(&checksum, spdx::CHECKSUM_CLASS);
            self.outside(
                &checksum,
                spdx::ALGORITHM,
                spdx::SHA256.as_str().to_owned(),
                spdx::CHECKSUM_ALGORITHM,
            );
            let value = Literal::new_typed_literal(sha256, xsd::HEX_BINARY);
            self.add(&checksum, spdx::CHECKSUM_VALUE, value);
        }
    }

    /// The actions of CKAN.
    fn service(&mut self, iri: &NamedNode, title: &Localised, datasets: Vec<NamedNode>) {
        let (Some(endpoint), Some(description)) = (
            self.iri("/api/3/action"),
            self.iri("/api/3/action/help_show?name=package_search"),
        ) else {
            return;
        };
        self.is_a(iri, dcat::DATA_SERVICE);
        self.text(iri, dct::TITLE, title);
        self.add(iri, dcat::ENDPOINT_URL, endpoint);
        self.add(iri, dcat::ENDPOINT_DESCRIPTION, description);
        let standard = "https://docs.ckan.org/en/2.11/api/".to_owned();
        self.outside(iri, dct::CONFORMS_TO, standard, dct::STANDARD);
        for dataset in datasets {
            self.add(iri, dcat::SERVES_DATASET, dataset);
        }
    }

    /// The other pages of a catalogue that is larger than one document.
    fn pages(&mut self, catalogue: &NamedNode, view: &View, total: usize) {
        if view.pages < 2 {
            return;
        }
        let address = |page: usize| {
            NamedNode::new(format!("{}.{}?page={page}", catalogue.as_str(), view.extension)).ok()
        };
        let Some(here) = address(view.page) else {
            return;
        };
        self.is_a(&here, hydra::PAGED_COLLECTION);
        let others = [
            (hydra::FIRST_PAGE, Some(1)),
            (hydra::LAST_PAGE, Some(view.pages)),
            (
                hydra::NEXT_PAGE,
                Some(view.page + 1).filter(|page| *page <= view.pages),
            ),
            (
                hydra::PREVIOUS_PAGE,
                view.page.checked_sub(1).filter(|page| *page > 0),
            ),
        ];
        for (predicate, page) in others {
            // CKAN's harvester reads the addresses as texts.
            if let Some(page) = page.and_then(address) {
                self.add(&here, predicate, Literal::new_simple_literal(page.as_str()));
            }
        }
        for (predicate, number) in [
            (hydra::TOTAL_ITEMS, total),
            (hydra::ITEMS_PER_PAGE, view.page_datasets),
        ] {
            let number = Literal::new_typed_literal(number.to_string(), xsd::INTEGER);
            self.add(&here, predicate, number);
        }
    }
}
