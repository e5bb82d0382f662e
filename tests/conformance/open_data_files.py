"""The files over HTTP: content, hash, conditional requests, and what the headers say."""

import csv
import hashlib
import io

import requests
from tap import PLATFORM, check, run

ACTIONS = f"{PLATFORM}/api/3/action"


def resources():
    packages = requests.get(f"{ACTIONS}/package_search", params={"rows": 100}).json()["result"]["results"]
    found = [resource for package in packages for resource in package["resources"]]
    assert len(found) == 4
    return found


@check
def files_have_their_size_and_hash():
    for resource in resources():
        content = requests.get(resource["url"]).content
        assert len(content) == resource["size"], resource["id"]
        assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest(), resource["id"]


@check
def files_say_what_they_are():
    for resource in resources():
        headers = requests.get(resource["url"]).headers
        assert headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert headers["content-disposition"] == f'attachment; filename="{resource["id"]}.csv"'
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["access-control-allow-origin"] == "*"


@check
def rows_of_files_are_the_rows_of_the_api():
    for resource in resources():
        text = requests.get(resource["url"]).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        found = requests.get(
            f"{ACTIONS}/datastore_search", params={"resource_id": resource["id"], "limit": 1000}
        ).json()["result"]
        assert found["total"] == len(rows), resource["id"]
        assert [field["id"] for field in found["fields"]] == list(rows[0]), resource["id"]


@check
def known_files_are_not_sent_again():
    for resource in resources():
        tag = requests.get(resource["url"]).headers["etag"]
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            answer = requests.get(resource["url"], headers={"If-None-Match": known})
            assert answer.status_code == 304 and not answer.content, known
        assert requests.get(resource["url"], headers={"If-None-Match": '"other"'}).status_code == 200


@check
def heads_have_no_body():
    for resource in resources():
        answer = requests.head(resource["url"], headers={"Accept-Encoding": "identity"})
        assert answer.status_code == 200 and not answer.content
        assert int(answer.headers["content-length"]) == resource["size"]


@check
def missing_files_are_not_found():
    for name in ("az-snow.csv", "az-populated-places.xlsx", "..%2Fcatalogue.toml"):
        assert requests.get(f"{PLATFORM}/open-data/{name}").status_code == 404, name
    assert requests.get(f"{PLATFORM}/open-data/%00.csv").status_code == 400


run()
