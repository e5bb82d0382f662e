"""Frictionless: a data set as a package, its rows with their schema, and the whole catalogue."""

from frictionless import Catalog, FrictionlessException, Package, portals
from tap import PLATFORM, check, raises, run


def package(name):
    return Package(f"{PLATFORM}/dataset/{name}")


@check
def package_by_its_address():
    read = package("az-populated-places")
    assert read.name == "az-populated-places" and read.title and read.description
    assert read.licenses[0]["path"] == "https://creativecommons.org/licenses/by/4.0/", read.licenses
    assert [resource.format for resource in read.resources] == ["csv"]


@check
def package_by_control():
    control = portals.CkanControl(baseurl=PLATFORM, dataset="az-public-holidays")
    assert Package(control=control).name == "az-public-holidays"


@check
def rows_of_each_package():
    for name, rows in (("az-populated-places", 245), ("az-e-service-portals", 40)):
        resource = package(name).resources[0]
        assert len(resource.read_rows()) == rows, name


@check
def every_file_is_valid():
    for name in (
        "az-populated-places",
        "az-public-holidays",
        "az-e-service-portals",
        "az-digital-government-statistics",
    ):
        report = package(name).validate()
        assert report.valid, report.flatten(["rowNumber", "fieldNumber", "message"])


@check
def hashes_and_sizes_are_right():
    resource = package("az-populated-places").resources[0]
    resource.infer(stats=True)
    assert resource.hash.startswith("sha256:") and resource.bytes > 0


@check
def catalogue():
    control = portals.CkanControl(baseurl=PLATFORM, num_packages=10)
    assert len(Catalog(control=control).datasets) == 4


@check
def catalogue_by_search():
    control = portals.CkanControl(baseurl=PLATFORM, search={"q": "bayram"})
    assert [dataset.name for dataset in Catalog(control=control).datasets] == ["az-public-holidays"]


@check
def catalogue_of_a_group_and_an_organization():
    group = portals.CkanControl(baseurl=PLATFORM, group_id="gove")
    assert len(Catalog(control=group).datasets) == 3
    organization = portals.CkanControl(baseurl=PLATFORM, organization_name="geonames")
    assert len(Catalog(control=organization).datasets) == 1


@check
def missing_package_is_an_error():
    raises(FrictionlessException, lambda: package("az-snow"), "Not found")


run()
