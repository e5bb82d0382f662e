"""CKAN's harvester: its own code sends the requests; the CKAN server around it, which is not installed, is mocked."""

import json
import sys
from datetime import datetime
from unittest.mock import MagicMock

from tap import PLATFORM, check, raises, run


class NotFound(Exception):
    pass


class ValidationError(Exception):
    pass


for name in (
    "ckan",
    "ckan.lib",
    "ckan.lib.helpers",
    "ckan.lib.munge",
    "ckan.lib.navl",
    "ckan.lib.navl.validators",
    "ckan.logic",
    "ckan.logic.schema",
    "ckan.model",
    "ckan.plugins",
    "ckan.plugins.core",
    "ckantoolkit",
    "sqlalchemy",
    "sqlalchemy.orm",
    "ckanext.harvest.interfaces",
    "ckanext.harvest.logic",
    "ckanext.harvest.logic.schema",
    "ckanext.harvest.model",
):
    sys.modules[name] = MagicMock()
sys.modules["ckan"].plugins = sys.modules["ckan.plugins"]
sys.modules["ckan"].model = sys.modules["ckan.model"]
sys.modules["ckan.lib.helpers"].json = json
sys.modules["ckan.logic"].NotFound = NotFound
sys.modules["ckan.logic"].ValidationError = ValidationError
sys.modules["ckan.plugins.core"].SingletonPlugin = object

from ckanext.harvest.harvesters import ckanharvester  # noqa: E402

DATASETS = {
    "az-digital-government-statistics",
    "az-e-service-portals",
    "az-populated-places",
    "az-public-holidays",
}


def job(since=None, **config):
    """A harvester and the job that it runs; `since` is the time of its last complete run."""
    harvester = ckanharvester.CKANHarvester()
    last = MagicMock(gather_started=since) if since else None
    harvester.last_error_free_job = lambda job: last
    harvester._save_gather_error = MagicMock(side_effect=AssertionError)
    job = MagicMock()
    job.source.url = PLATFORM + "/"
    job.source.config = json.dumps(config)
    return harvester, job


def gathered(since=None, **config):
    """The data sets that a harvest finds, by identifier."""
    harvester, it = job(since, **config)
    ckanharvester.HarvestObject = MagicMock()
    harvester.gather_stage(it)
    objects = ckanharvester.HarvestObject.call_args_list
    return {call.kwargs["guid"]: json.loads(call.kwargs["content"]) for call in objects}


def imported(package, **config):
    """What the harvester creates from a data set: groups, organisations and the package."""
    harvester, it = job(**config)
    created = {}

    def get_action(name):
        def action(context, arguments):
            if name == "package_show":
                return {"owner_org": "local"}
            if name.endswith("_show"):
                raise NotFound
            created.setdefault(name, []).append(arguments)
            return arguments

        return action

    ckanharvester.get_action = get_action
    harvester._get_user_name = lambda: "harvest"
    harvester._save_object_error = MagicMock(side_effect=AssertionError)
    harvester._create_or_update_package = lambda package, *_, **__: created.update(package=package) or True
    harvested = MagicMock(content=json.dumps(package), guid=package["id"])
    harvested.source.url = PLATFORM
    harvested.job = it
    assert harvester.import_stage(harvested) is True
    return created


@check
def first_harvest_finds_every_data_set():
    assert set(gathered()) == DATASETS


@check
def paging_finds_each_data_set_once():
    harvester, _ = job()
    harvester.config = {}
    first = harvester._search_for_datasets(PLATFORM)
    assert [package["id"] for package in first] == sorted(DATASETS)


@check
def later_harvest_finds_what_changed():
    assert set(gathered(datetime(2026, 1, 1))) == DATASETS
    assert gathered(datetime(2100, 1, 1, 12, 30, 15, 123456)) == {}


@check
def organizations_are_included_and_excluded():
    assert set(gathered(organizations_filter_include=["geonames"])) == {"az-populated-places"}
    assert set(gathered(organizations_filter_exclude=["geonames"])) == DATASETS - {"az-populated-places"}


@check
def groups_are_included_and_excluded():
    found = gathered(groups_filter_include=["regi", "tech"])
    assert set(found) == {"az-populated-places", "az-digital-government-statistics"}
    assert set(gathered(groups_filter_exclude=["gove", "snow"])) == {"az-populated-places"}


@check
def organizations_and_groups_are_both_required():
    both = {"organizations_filter_include": ["geonames"], "groups_filter_include": ["regi", "gove"]}
    assert set(gathered(**both)) == {"az-populated-places"}
    assert set(gathered(datetime(2026, 1, 1), **both)) == {"az-populated-places"}


@check
def remote_groups_and_organizations_are_created():
    package = gathered()["az-populated-places"]
    created = imported(package, remote_groups="create", remote_orgs="create")
    assert {group["name"] for group in created["group_create"]} == {"regi", "soci"}
    assert created["organization_create"][0]["title"] == "GeoNames"
    assert created["package"]["owner_org"] == created["organization_create"][0]["id"]
    assert {group["name"] for group in created["package"]["groups"]} == {"regi", "soci"}


@check
def packages_are_imported_with_their_resources():
    for identifier, package in gathered().items():
        resources = imported(package)["package"]["resources"]
        assert resources and all(resource["url"].startswith(PLATFORM) for resource in resources), identifier


@check
def missing_organization_is_an_error():
    harvester, _ = job()
    harvester.config = {}
    raises(ckanharvester.RemoteResourceError, lambda: harvester._get_organization(PLATFORM, "snow"))


run()
