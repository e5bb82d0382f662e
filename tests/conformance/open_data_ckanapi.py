"""CKAN's own client: every action of the catalogue, by POST and GET, and each error it has a name for."""

import json
import os
import subprocess
import sys

import requests
from ckanapi import CKANAPIError, NotFound, RemoteCKAN, ValidationError
from tap import PLATFORM, check, raises, run

ckan = RemoteCKAN(PLATFORM)
by_get = RemoteCKAN(PLATFORM, get_only=True)
DATASETS = [
    "az-digital-government-statistics",
    "az-e-service-portals",
    "az-populated-places",
    "az-public-holidays",
]


def both(action, **arguments):
    """The result, which is the same by POST and by GET."""
    posted = ckan.call_action(action, arguments)
    assert by_get.call_action(action, arguments) == posted
    return posted


def command(*arguments):
    """The lines that the command `ckanapi` prints."""
    # `dump` starts more processes of itself by its name.
    path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    done = subprocess.run(
        ["ckanapi", *arguments, "-r", PLATFORM],
        capture_output=True,
        check=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PATH": path},
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@check
def package_list():
    assert both("package_list") == DATASETS
    assert both("package_list", limit=2, offset=1) == DATASETS[1:3]


@check
def package_search_by_words():
    found = both("package_search", q="bayram", rows=5, start=0)
    assert found["count"] == 1 and found["results"][0]["name"] == "az-public-holidays"


@check
def package_search_of_everything():
    for everything in ({}, {"q": ""}, {"q": "*:*"}, {"fq": "*:*"}):
        assert both("package_search", **everything)["count"] == 4
    assert both("package_search", rows=0)["results"] == []


@check
def package_search_sorted():
    names = [found["name"] for found in both("package_search", sort="name desc")["results"]]
    assert names == DATASETS[::-1], names


@check
def package_search_filtered():
    def names(fq):
        return sorted(found["name"] for found in both("package_search", fq=fq)["results"])

    assert names("organization:geonames") == ["az-populated-places"]
    assert names("groups:tech OR groups:regi") == ["az-digital-government-statistics", "az-populated-places"]
    assert names("-groups:gove") == ["az-populated-places"]
    assert names('tags:"koordinat" license_id:cc-by') == ["az-populated-places"]
    assert names("res_format:CSV +dataset_type:dataset") == DATASETS
    assert names("name:az-public-holidays") == ["az-public-holidays"]
    assert names("metadata_modified:[2100-01-01T00:00:00Z TO *]") == []


@check
def package_search_by_several_filters():
    found = ckan.action.package_search(fq_list=["groups:soci", "organization:geonames"])
    assert [package["name"] for package in found["results"]] == ["az-populated-places"]


@check
def package_search_counts_facets():
    found = ckan.action.package_search(rows=0, **{"facet.field": ["groups", "organization", "tags"]})
    assert found["facets"]["groups"]["gove"] == 3
    items = found["search_facets"]["groups"]["items"]
    assert {"name": "gove", "count": 3} == {key: items[0][key] for key in ("name", "count")}


@check
def package_show():
    package = both("package_show", id="az-populated-places")
    assert package["organization"]["name"] == "geonames" and package["license_id"] == "cc-by"
    assert [group["name"] for group in package["groups"]] == ["regi", "soci"]
    assert package["num_resources"] == len(package["resources"]) == 1
    assert both("package_show", name_or_id="az-populated-places") == package


@check
def resource_show():
    resource = both("resource_show", id="az-populated-places")
    assert resource["package_id"] == "az-populated-places" and resource["format"] == "CSV"
    assert requests.get(resource["url"]).ok


@check
def resource_search():
    found = both("resource_search", query="format:csv")
    assert found["count"] == 4 and len(found["results"]) == 4
    assert both("resource_search", query="name:snow")["count"] == 0


@check
def current_package_list_with_resources():
    packages = both("current_package_list_with_resources", limit=3, offset=1)
    assert len(packages) == 3 and all(package["resources"] for package in packages)


@check
def organizations():
    names = both("organization_list")
    assert "geonames" in names and names == sorted(names)
    detailed = both("organization_list", all_fields=True)
    assert [organization["name"] for organization in detailed] == names
    shown = both("organization_show", id="geonames")
    assert shown["title"] == "GeoNames" and shown["is_organization"] and shown["package_count"] == 1
    assert ckan.action.organization_show(id="geonames", include_datasets=True)["packages"][0]["name"]


@check
def groups():
    names = both("group_list")
    assert names == ["gove", "regi", "soci", "tech"]
    assert both("group_list", all_fields=True, limit=1)[0]["package_count"] == 3
    assert both("group_show", id="gove")["package_count"] == 3
    assert len(both("group_package_show", id="gove")) == 3


@check
def tags():
    names = both("tag_list")
    assert "koordinat" in names
    assert both("tag_list", query="koor") == ["koordinat"]
    assert both("tag_show", id="koordinat")["name"] == "koordinat"


@check
def licences():
    licences = {licence["id"]: licence["url"] for licence in both("license_list")}
    assert licences["cc-by"] == "https://creativecommons.org/licenses/by/4.0/"
    used = {package["license_id"] for package in ckan.action.package_search()["results"]}
    assert used <= set(licences)


@check
def autocompletion():
    assert both("package_autocomplete", q="popul")[0]["name"] == "az-populated-places"


@check
def status_and_help():
    status = both("status_show")
    assert status["ckan_version"].startswith("2.") and "datastore" in status["extensions"]
    assert both("site_read") is True
    assert "package_search" in both("help_show", name="package_search")


@check
def rows():
    found = both("datastore_search", resource_id="az-populated-places", limit=1, sort="population desc")
    assert found["records"][0]["name"] == "Baku" and found["total"] == 245
    fields = {field["id"]: field["type"] for field in found["fields"]}
    assert fields["name"] == "text"
    few = both("datastore_search", id="az-populated-places", limit=2, fields=["name"])
    assert list(few["records"][0]) == ["name"]


@check
def rows_by_filters_and_words():
    search = ckan.action.datastore_search
    one = search(resource_id="az-populated-places", filters={"name": "Baku"})
    assert one["total"] == 1
    two = search(resource_id="az-populated-places", filters={"name": ["Baku", "Sheki"]}, sort="name")
    assert two["total"] == len(two["records"]) >= 1
    assert search(resource_id="az-populated-places", q="baku", limit=5)["total"] >= 1
    assert search(resource_id="az-populated-places", q={"name": "Baku"}, limit=5)["total"] >= 1


@check
def rows_in_other_forms():
    search = ckan.action.datastore_search
    assert "total" not in search(resource_id="az-populated-places", limit=1, include_total=False)
    lists = search(resource_id="az-populated-places", limit=1, fields="name", records_format="lists")
    assert isinstance(lists["records"][0], list)
    table = search(resource_id="az-populated-places", limit=2, fields="name", records_format="csv")
    assert len(table["records"].splitlines()) == 2
    regions = search(resource_id="az-populated-places", fields="timezone", distinct=True)
    assert regions["total"] == len(regions["records"]) == 1


@check
def datastore_info():
    info = both("datastore_info", id="az-populated-places")
    assert info["meta"]["count"] == 245 and info["fields"][0]["id"]


@check
def arguments_as_a_form():
    url = f"{PLATFORM}/api/3/action/package_show"
    answer = requests.post(url, data={"id": "az-populated-places"}).json()
    assert answer["success"] and answer["result"]["name"] == "az-populated-places"
    assert answer["help"].startswith("http")


@check
def every_address_of_the_api():
    for base in ("/api/action", "/api/3/action", "/api/2/action", "/api/1/action"):
        assert requests.get(f"{PLATFORM}{base}/package_list").json()["result"] == DATASETS, base
    assert requests.get(f"{PLATFORM}/api/3").json() == {"version": 3}


@check
def what_is_missing_is_not_found():
    for action in ("package_show", "resource_show", "group_show", "organization_show", "tag_show"):
        raises(NotFound, lambda: ckan.call_action(action, {"id": "az-snow"}))
    raises(NotFound, lambda: ckan.action.datastore_search(resource_id="az-snow"))
    raises(NotFound, lambda: ckan.action.help_show(name="snow_show"))


@check
def what_is_wrong_is_a_validation_error():
    action = ckan.action
    raises(ValidationError, lambda: action.package_show(), "id")
    raises(ValidationError, lambda: action.package_search(rows="many"), "rows")
    raises(ValidationError, lambda: action.package_search(snow=1), "snow")
    raises(ValidationError, lambda: action.datastore_search(resource_id="az-populated-places", sort="snow"))
    raises(ValidationError, lambda: action.datastore_search(resource_id="az-populated-places", limit=-1))
    raises(ValidationError, lambda: action.datastore_search(resource_id="az-populated-places", fields="snow"))


@check
def what_is_not_understood_is_refused():
    raises(ValidationError, lambda: ckan.action.package_search(q="title:bayram"), "title:")
    raises(ValidationError, lambda: ckan.action.package_search(fq="snow:deep"), "snow")
    raises(ValidationError, lambda: ckan.action.package_search(sort="snow desc"), "sort")


@check
def unknown_actions_are_errors_in_json():
    raises(CKANAPIError, lambda: ckan.action.datastore_search_sql(sql="SELECT 1"), "Action name not known")
    for method, path in (("GET", "/api/3/action/"), ("GET", "/api/3/snow"), ("PUT", "/api/3/action/package_list")):
        answer = requests.request(method, PLATFORM + path)
        assert answer.status_code in (400, 404, 405), answer.status_code
        assert answer.json()["success"] is False and answer.json()["error"]["__type"], path


@check
def bad_bodies_are_errors_in_json():
    url = f"{PLATFORM}/api/3/action/package_show"
    for body, kind in ((b"[]", "application/json"), (b"{", "application/json"), (b"\xff", "text/plain")):
        answer = requests.post(url, data=body, headers={"Content-Type": kind})
        assert answer.status_code == 400 and answer.json()["success"] is False, (body, answer.text)


@check
def command_dumps_the_catalogue():
    packages = command("dump", "datasets", "--all")
    assert [package["name"] for package in packages] == DATASETS
    assert len(command("dump", "organizations", "--all")) == len(ckan.action.organization_list())
    assert len(command("dump", "groups", "--all")) == 4
    with_fields = command("dump", "datasets", "az-populated-places", "--datastore-fields")
    assert with_fields[0]["resources"][0]["datastore_fields"]


@check
def command_searches_the_catalogue():
    assert [package["name"] for package in command("search", "datasets", "q=bayram")] == ["az-public-holidays"]


run()
