"""A catalogue that rdflib writes in its three forms, which the platform harvests."""

import json
import os
import socket
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
from rdflib import DCAT, DCTERMS, FOAF, PROV, RDF, BNode, Graph, Literal, URIRef
from tap import check, run

FORMS = {
    "turtle": ("ttl", "turtle", "text/turtle"),
    "rdfxml": ("rdf", "xml", "application/rdf+xml"),
    "jsonld": ("jsonld", "json-ld", "application/ld+json"),
}
OPEN = URIRef("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0")
CSV = URIRef("http://publications.europa.eu/resource/authority/file-type/CSV")
THEME = URIRef("http://publications.europa.eu/resource/authority/data-theme/TRAN")
FILES = {"/stops.csv": b"name;lat\nSahil;40,37\n\xc4\xb0\xc3\xa7\xc9\x99ri\xc5\x9f\xc9\x99h\xc9\x99r;40,36\n", "/bad.csv": b"a,b\n1,2\n3\n"}
SECONDS_MAX = 120


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path
        if path in FILES:
            return self.answer("text/csv", FILES[path])
        for extension, form, media_type in FORMS.values():
            if path == f"/catalog.{extension}":
                return self.answer(media_type, graph().serialize(format=form).encode())
        self.send_error(404)

    def answer(self, media_type, body):
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


SERVER = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
FOREIGN = f"http://127.0.0.1:{SERVER.server_address[1]}"
threading.Thread(target=SERVER.serve_forever, daemon=True).start()


def graph():
    """Two data sets with the same publisher, a blank node: one is good, one has a bad row."""
    found = Graph()
    catalog = URIRef(f"{FOREIGN}/catalog")
    found.add((catalog, RDF.type, DCAT.Catalog))
    publisher = BNode()
    found.add((publisher, RDF.type, FOAF.Agent))
    found.add((publisher, FOAF.name, Literal("Bakı Metropoliteni")))
    for name in ("stops", "bad"):
        dataset, distribution = URIRef(f"{FOREIGN}/dataset/{name}"), BNode()
        found.add((catalog, DCAT.dataset, dataset))
        found.add((dataset, RDF.type, DCAT.Dataset))
        found.add((dataset, DCTERMS.title, Literal("Stansiyalar", lang="az")))
        found.add((dataset, DCTERMS.title, Literal("Stations", lang="en")))
        found.add((dataset, DCTERMS.description, Literal("Stansiyaların yeri", lang="az")))
        found.add((dataset, DCTERMS.publisher, publisher))
        found.add((dataset, DCAT.theme, THEME))
        found.add((dataset, DCAT.keyword, Literal("metro", lang="az")))
        found.add((dataset, DCAT.distribution, distribution))
        found.add((distribution, RDF.type, DCAT.Distribution))
        found.add((distribution, DCTERMS.license, OPEN))
        found.add((distribution, DCTERMS["format"], CSV))
        found.add((distribution, DCAT.downloadURL, URIRef(f"{FOREIGN}/{name}.csv")))
    return found


PORT = free_port()
PLATFORM = f"http://localhost:{PORT}"
FOLDER = tempfile.TemporaryDirectory(prefix="aim-harvest-")


def start():
    folder = Path(FOLDER.name)
    (folder / "data").mkdir(mode=0o700)
    sources = "".join(
        f'[[source]]\nname = "{name}"\nkind = "dcat"\naddress = "{FOREIGN}/catalog.{extension}"\n'
        f'publisher = "{name}"\ntheme = "REGI"\nevery_hours = 1\n'
        for name, (extension, _, _) in FORMS.items()
    )
    named = folder / "data" / "open-data-sources.toml"
    named.write_text(sources)
    named.chmod(0o600)
    configuration = folder / "aimd.toml"
    configuration.write_text(
        f'profile = "development"\npublic_url = "{PLATFORM}"\nlisten = ["127.0.0.1:{PORT}"]\n'
        'operator_listen = ""\ndata_dir = "data"\n'
    )
    configuration.chmod(0o600)
    return subprocess.Popen([os.environ["AIM_AIMD"], "--config", str(configuration)], stderr=subprocess.PIPE)


def sources():
    """The sources once each was harvested."""
    ends = time.monotonic() + SECONDS_MAX
    while time.monotonic() < ends and AIMD.poll() is None:
        try:
            found = requests.get(f"{PLATFORM}/open-data/sources").json()
            if all("harvest" in source for source in found):
                return {source["name"]: source for source in found}
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    AIMD.kill()
    raise AssertionError(AIMD.stderr.read().decode())


@check
def each_form_is_harvested():
    found = sources()
    assert sorted(found) == sorted(FORMS), found
    for name, source in found.items():
        harvest = source["harvest"]
        assert "fault" not in harvest, harvest
        assert len(harvest["added"]) == 1 and harvest["added"][0].startswith(f"{name}-stops-"), harvest
        assert harvest["unchanged_count"] == 0 and not harvest["changed"] and not harvest["gone"], harvest


@check
def bad_rows_are_reported_with_their_line():
    for source in sources().values():
        [refused] = source["harvest"]["refused"]
        assert refused["reason"] == "bad-rows" and refused["place"] == f"{FOREIGN}/bad.csv", refused
        assert [row["line"] for row in refused["bad_rows"]] == [3], refused


@check
def harvested_data_sets_say_what_the_catalogue_says():
    for source in sources().values():
        [identifier] = source["harvest"]["added"]
        answer = requests.get(f"{PLATFORM}/api/3/action/package_show", params={"id": identifier})
        package = answer.json()["result"]
        assert package["title_translated"] == {"az": "Stansiyalar", "en": "Stations"}, package
        assert package["author"] == "Bakı Metropoliteni" and package["license_id"] == "cc-by", package
        assert package["url"] == f"{FOREIGN}/dataset/stops", package
        assert [group["name"] for group in package["groups"]] == ["tran"], package
        rows = requests.get(f"{PLATFORM}/api/3/action/datastore_search", params={"resource_id": identifier})
        records = rows.json()["result"]["records"]
        assert records == [{"name": "Sahil", "lat": 40.37}, {"name": "İçərişəhər", "lat": 40.36}], json.dumps(records)


@check
def origin_is_in_the_catalogue_that_the_platform_writes():
    [identifier] = sources()["turtle"]["harvest"]["added"]
    answer = requests.get(f"{PLATFORM}/open-data/dataset/{identifier}.ttl")
    found = Graph().parse(data=answer.content, format="turtle")
    assert set(found.objects(None, PROV.wasDerivedFrom)) == {URIRef(f"{FOREIGN}/dataset/stops")}


AIMD = start()
try:
    run()
finally:
    AIMD.kill()
    AIMD.wait()
    SERVER.shutdown()
