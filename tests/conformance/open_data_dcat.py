"""The catalogue as DCAT-AP 3.0.1: one graph in three forms, valid by the SHACL shapes of the profile."""

import pathlib

import requests
from pyshacl import validate
from rdflib import DCAT, DCTERMS, FOAF, RDF, SH, SKOS, Graph, Namespace, URIRef
from rdflib.compare import isomorphic
from tap import PLATFORM, check, deviation, run

SHAPES = pathlib.Path(__file__).parent / "dcat-ap"
SPDX = Namespace("http://spdx.org/rdf/terms#")
CATALOG = f"{PLATFORM}/open-data/catalog"
FORMS = {
    "jsonld": ("application/ld+json", "json-ld"),
    "ttl": ("text/turtle", "turtle"),
    "rdf": ("application/rdf+xml", "xml"),
    "xml": ("application/rdf+xml", "xml"),
}


def read(extension):
    answer = requests.get(f"{CATALOG}.{extension}")
    media_type, form = FORMS[extension]
    assert answer.ok and answer.headers["content-type"].split(";")[0] == media_type, answer.headers
    return Graph().parse(data=answer.content, format=form)


def invalid(graph, shapes):
    """What violates the shapes, warnings included."""
    conforms, _, text = validate(graph, shacl_graph=Graph().parse(SHAPES / shapes), advanced=True)
    return "" if conforms else text


@check
def every_form_is_the_same_graph():
    graph = read("ttl")
    assert len(graph) > 100
    for extension in ("jsonld", "rdf", "xml"):
        assert isomorphic(read(extension), graph), extension


@check
def forms_are_negotiated():
    for accept, expected in (
        ("text/turtle", "text/turtle"),
        ("application/rdf+xml, text/turtle;q=0.5", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
        ("*/*", "application/ld+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ):
        answer = requests.get(CATALOG, headers={"Accept": accept}, allow_redirects=False)
        if expected == "text/html":
            assert answer.status_code == 303, answer.status_code
        else:
            assert answer.headers["content-type"].split(";")[0] == expected, answer.headers
        assert "accept" in answer.headers["vary"].lower()
    assert requests.get(CATALOG, headers={"Accept": "image/png"}).status_code == 406


@check
def shapes_of_classes_and_cardinalities_hold():
    text = invalid(read("ttl"), "shapes.ttl")
    assert not text, text


@check
def shapes_of_ranges_hold():
    text = invalid(read("jsonld"), "range.ttl")
    assert not text, text


def outside_of_vocabularies():
    """The properties whose values are not in the vocabulary that the profile prescribes."""
    shapes = Graph().parse(SHAPES / "mdr-vocabularies.shape.ttl")
    _, report, _ = validate(read("rdf"), shacl_graph=shapes, advanced=True)
    results = report.objects(None, SH.result)
    return {report.value(result, SH.resultPath) for result in results}


@check
def shapes_of_controlled_vocabularies_hold():
    assert outside_of_vocabularies() <= {DCTERMS.publisher, SPDX.algorithm}, outside_of_vocabularies()


@deviation("the list of corporate bodies holds institutions of the EU and no publisher of Azerbaijan")
def publishers_are_in_the_list_of_corporate_bodies():
    assert DCTERMS.publisher not in outside_of_vocabularies()


@deviation("the shape wants https://spdx.org/rdf/terms, and SPDX defines the algorithms in http://spdx.org/rdf/terms")
def algorithms_of_checksums_match_the_pattern_of_the_shape():
    assert SPDX.algorithm not in outside_of_vocabularies()


@check
def broken_catalogue_violates_the_shapes():
    graph = read("ttl")
    graph.remove((None, DCTERMS.title, None))
    graph.remove((None, DCAT.accessURL, None))
    text = invalid(graph, "shapes.ttl")
    assert "title" in text and "accessURL" in text
    graph = read("ttl")
    graph.remove((None, RDF.type, DCTERMS.LicenseDocument))
    assert "license" in invalid(graph, "range.ttl")


@check
def graph_says_what_the_actions_say():
    graph = read("ttl")
    found = requests.get(f"{PLATFORM}/api/3/action/package_search?rows=100").json()["result"]["results"]
    identifiers = {str(graph.value(node, DCTERMS.identifier)) for node in graph.subjects(RDF.type, DCAT.Dataset)}
    assert identifiers == {package["id"] for package in found}
    assert set(graph.objects(URIRef(CATALOG), DCAT.dataset)) == set(graph.subjects(RDF.type, DCAT.Dataset))
    names = {str(name) for name in graph.objects(None, FOAF.name)}
    assert {package["organization"]["title"] for package in found} <= names


@check
def addresses_in_the_graph_are_served():
    graph = read("ttl")
    for url in graph.objects(None, DCAT.downloadURL):
        assert requests.head(str(url)).ok, url
    for page in (*graph.objects(None, DCAT.landingPage), *graph.objects(None, FOAF.homepage)):
        assert requests.get(str(page), headers={"Accept": "text/html"}).ok, page


@check
def pages_outside_of_the_catalogue_are_missing():
    for page in ("0", "2", "999999999999"):
        assert requests.get(f"{CATALOG}.ttl?page={page}").status_code == 404, page
    assert requests.get(f"{CATALOG}.ttl?page=1").ok
    assert requests.get(f"{CATALOG}.ttl?page=x").status_code == 400


run()
