"""CKAN's own client publishes: the changing actions with an organisation's token, and each refusal."""

import io
import json
import os

import requests
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError
from tap import PLATFORM, check, raises, run

TOKENS = json.loads(os.environ["AIM_SITES"])
ckan = RemoteCKAN(PLATFORM, apikey=TOKENS["publisher"]["token"])
# An organisation that may publish, and one that nobody admitted.
other = RemoteCKAN(PLATFORM, apikey=TOKENS["other_publisher"]["token"])
stranger = RemoteCKAN(PLATFORM, apikey=TOKENS["stranger"]["token"])
nobody = RemoteCKAN(PLATFORM)

RIVERS = {
    "name": "az-rivers",
    "title_translated": {"az": "Azərbaycanın çayları", "en": "Rivers of Azerbaijan"},
    "notes_translated": {"az": "Çaylar və uzunluqları", "en": "Rivers and their lengths"},
    "license_id": "cc-by",
    "groups": [{"name": "envi"}],
    "tags": [{"name": "çay"}, {"name": "river"}],
    "frequency": "ANNUAL",
}
FILE = "ad;uzunluq;tarix\r\nKür;1 515,5;31.12.2026\r\n\"Qanıx; (Alazan)\";413,0;01.02.2026\r\n"


def file(text, name="rivers.csv", encoding="utf-8"):
    upload = io.BytesIO(text.encode(encoding))
    upload.name = name
    return upload


def rows(**arguments):
    return ckan.action.datastore_search(resource_id="az-rivers", **arguments)


def everything(client):
    """Every action that changes the data set, each of which has to be refused."""
    action = client.action
    return [
        lambda: action.package_update(**RIVERS),
        lambda: action.package_patch(id="az-rivers", title="Mənim çaylarım"),
        lambda: action.package_delete(id="az-rivers"),
        lambda: action.resource_create(package_id="az-rivers", upload=file(FILE)),
        lambda: action.resource_update(id="az-rivers", upload=file(FILE)),
        lambda: action.resource_delete(id="az-rivers"),
        lambda: action.datastore_create(resource_id="az-rivers", records=[{"ad": "Araz"}]),
        lambda: action.datastore_upsert(resource_id="az-rivers", records=[{"ad": "Araz"}], method="insert"),
    ]


@check
def without_a_token_nothing_changes():
    for client in (nobody, RemoteCKAN(PLATFORM, apikey="aim_wrong"), stranger):
        raises(NotAuthorized, lambda: client.action.package_create(**RIVERS))
        for attempt in everything(client):
            raises(NotAuthorized, attempt)


@check
def package_is_named_before_its_file():
    made = ckan.action.package_create(**RIVERS)
    assert made["name"] == "az-rivers" and made["num_resources"] == 0, made
    assert made["organization"]["title"] == TOKENS["publisher"]["name"]
    # Readers do not see it yet.
    assert "az-rivers" not in nobody.action.package_list()
    raises(ValidationError, lambda: ckan.action.package_create(**RIVERS), "az-rivers")
    raises(ValidationError, lambda: other.action.package_create(**RIVERS), "az-rivers")
    raises(ValidationError, lambda: ckan.action.package_create(**{**RIVERS, "name": "az-populated-places"}))


@check
def each_wrong_field_is_named():
    wrong = {**RIVERS, "name": "Çaylar", "license_id": "snow", "groups": [{"name": "snow"}], "frequency": "SNOW"}
    try:
        ckan.action.package_create(**wrong)
    except ValidationError as error:
        assert {"name", "license_id", "groups", "frequency"} <= set(error.error_dict), error.error_dict
        return
    raise AssertionError("not refused")


@check
def file_with_bad_rows_is_refused_with_their_lines():
    bad = FILE + "Araz\r\n\"Samur;213,0;01.01.2026\r\n"
    try:
        ckan.action.resource_create(package_id="az-rivers", upload=file(bad))
    except ValidationError as error:
        said = " ".join(error.error_dict["upload"])
        assert "line 4" in said and "line 5" in said, said
    else:
        raise AssertionError("not refused")
    assert "az-rivers" not in nobody.action.package_list()


@check
def file_is_published_as_it_is_read():
    made = ckan.action.resource_create(package_id="az-rivers", upload=file("\ufeff" + FILE))
    assert made["reading"]["separator"] == "semicolon" and made["reading"]["rows_count"] == 2, made
    assert [column["kind"] for column in made["reading"]["columns"]] == ["text", "decimal-comma", "date-with-dots"]
    found = rows(sort="uzunluq desc")
    assert [field["type"] for field in found["fields"]] == ["text", "float8", "text"]
    assert found["records"] == [
        {"ad": "Kür", "uzunluq": 1515.5, "tarix": "2026-12-31"},
        {"ad": "Qanıx; (Alazan)", "uzunluq": 413.0, "tarix": "2026-02-01"},
    ], found["records"]
    package = nobody.action.package_show(id="az-rivers")
    answer = requests.get(package["resources"][0]["url"])
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.text == "ad,uzunluq,tarix\nKür,1515.5,2026-12-31\nQanıx; (Alazan),413.0,2026-02-01\n", answer.text
    assert nobody.action.package_search(q="çay")["count"] == 1


@check
def another_publisher_changes_nothing():
    before = nobody.action.package_show(id="az-rivers")
    for attempt in everything(other):
        raises(NotFound, attempt)
    raises(NotAuthorized, lambda: other.action.package_create(**{**RIVERS, "owner_org": TOKENS["publisher"]["name"]}))
    assert nobody.action.package_show(id="az-rivers") == before


@check
def new_file_replaces_all_rows():
    text = "şəhər;əhali\nШеки;1\n".replace("şəhər", "город").replace("əhali", "число")
    ckan.action.resource_update(id="az-rivers", upload=file(text, encoding="windows-1251"), encoding="windows-1251")
    assert rows()["records"] == [{"город": "Шеки", "число": 1}]


@check
def records_are_published_and_added():
    records = [{"name": "Kür", "km": 1515.5, "code": "09"}, {"name": None, "km": 2, "code": "=1+1"}]
    fields = [{"id": "code", "type": "text"}, {"id": "name", "type": "text"}, {"id": "km", "type": "float8"}]
    made = ckan.action.datastore_create(resource_id="az-rivers", fields=fields, records=records, force=True)
    assert [field["id"] for field in made["fields"]] == ["code", "name", "km"], made
    assert rows()["records"] == records
    more = [{"code": "10", "name": "Araz, \"çay\"\n", "km": 1072}]
    ckan.action.datastore_upsert(resource_id="az-rivers", records=more, method="insert", force=True)
    assert rows()["records"] == records + more
    raises(ValidationError, lambda: ckan.action.datastore_upsert(resource_id="az-rivers", records=more), "method")
    snow = [{"snow": 1}]
    raises(ValidationError, lambda: ckan.action.datastore_upsert(resource_id="az-rivers", records=snow, method="insert"))
    many = [{"km": "many"}]
    raises(ValidationError, lambda: ckan.action.datastore_upsert(resource_id="az-rivers", records=many, method="insert"))
    assert rows()["total"] == 3


@check
def description_is_changed():
    changed = ckan.action.package_patch(id="az-rivers", tags=[{"name": "hidroloji"}])
    assert [tag["name"] for tag in changed["tags"]] == ["hidroloji"], changed
    assert changed["title_translated"]["en"] == "Rivers of Azerbaijan"
    shown = nobody.action.package_show(id="az-rivers")
    assert shown == changed


@check
def withdrawn_package_is_gone_and_comes_back():
    ckan.action.package_delete(id="az-rivers")
    raises(NotFound, lambda: nobody.action.package_show(id="az-rivers"))
    raises(NotFound, lambda: rows())
    ckan.action.resource_update(id="az-rivers", upload=file(FILE))
    assert rows()["total"] == 2
    ckan.action.package_delete(id="az-rivers")


run()
