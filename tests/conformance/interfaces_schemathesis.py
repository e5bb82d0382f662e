"""Schemathesis: every described operation is asked with data within and outside its description, and answers as described.

What an answer may be beside what Schemathesis expects is in `EXPECTED`, each with its reason."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import requests
from openapi_spec_validator import OpenAPIV31SpecValidator
from tap import PLATFORM, check, run

TOKENS = json.loads(os.environ["AIM_SITES"])
TOKEN = TOKENS["publisher"]["token"]
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
SEED = 20261130
EXAMPLES = 4
SECONDS_MAX = 280

# What Schemathesis takes for granted of a request that fits the description.
USUAL = ["2xx", "3xx", "401", "403", "404", "409", "429", "5xx"]
# Operations that also refuse what fits their description, and why a description cannot say it.
EXPECTED = {
    "announce_version": (["422"], "the manifest is a TOML document, whose rules JSON Schema cannot express"),
    "send_component": (["422"], "the bytes have to have the announced size and SHA-256"),
    "apply_for_site": (["422"], "all addresses of a site are of one origin, and not the platform's"),
    "change_site": (["422"], "all addresses of a site are of one origin, and not the platform's"),
    "authorize": (["400"], "the client and its addresses are registered, and one that is not gets a page"),
    "authorize_by_form": (["400"], "the client and its addresses are registered, and one that is not gets a page"),
    "end_session": (["400"], "the ID token is the provider's own, and any other gets a page"),
    "end_session_by_form": (["400"], "the ID token is the provider's own, and any other gets a page"),
    "push_authorization_request": (["400"], "clients are registered, and what fits only the description is refused"),
    "exchange_code": (["400"], "the code is the provider's own, and codes are tried once"),
    "revoke_access_token": (["400"], "a client without a secret has to name itself"),
    "set_space_clock": (["400", "422"], "one change at a time; the clock goes forward only, and not too far at once"),
    "bring_space_person": (["422"], "the registers decide who can move, marry or become a parent"),
    "apply_space_fixture": (["422"], "the registers decide who can move, marry or become a parent, and faults have rules"),
    "set_space_faults": (["422"], "the answers of some operations alone can be lost, and a delay is 1 to 10 000 ms"),
    "read_catalogue": (["406"], "what `Accept` may hold is a syntax of its own"),
}
# Checks of Schemathesis that take no other status: what they find on these addresses, and why it is right.
RIGHT = [
    ("/api/3/", "ST203", "[403]", "CKAN answers a request without a token with 403"),
    ("/api/v1/", "ST401", "[429]", "one address may ask only so often, with a token or without"),
    ("/api/v1/", "ST203", "[429]", "one address may ask only so often, with a token or without"),
    ("/signatures/ocsp", "ST201", "[200]", "OCSP refuses in the body of its answer (RFC 6960, 2.3)"),
]
# Operations that are not asked at random.
LEFT_OUT = {
    "revoke_token": "it ends the token with which the others are asked; a check of its own asks it",
    "openapi": "Schemathesis reads the description there and does not ask it again",
}

MANIFEST = """
name = "described-meter"
version = "1.0.0"
contact = "help@meter.example"
capabilities = ["identity"]
title = { az = "Su sayğacı", en = "Water meter" }
summary = { az = "Su sayğacının göstəricisini göndərin." }
[[purpose]]
code = "greet"
text = { az = "Sizə adınızla müraciət etmək üçün" }
attributes = ["given_name"]
"""

DESCRIPTION = requests.get(f"{PLATFORM}/api/openapi.json").json()


def operations():
    for path, item in DESCRIPTION["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def made():
    """The ids of a submission and of an application, so that operations on them find something."""
    announcement = {"manifest": MANIFEST, "component_sha256": "0" * 64, "component_bytes": 8}
    submission = requests.post(f"{PLATFORM}/api/v1/submissions", json=announcement, headers=HEADERS)
    assert submission.status_code in (200, 201), submission.text
    site = {
        "name": "Described site",
        "purpose_az": "Təsvirin sınağı",
        "redirect_uris": ["http://localhost:59996/callback"],
        "confidential": True,
        "days": 1,
        "citizens": 1,
    }
    application = requests.post(f"{PLATFORM}/api/v1/sites", json=site, headers=HEADERS)
    assert application.status_code == 201, application.text
    return submission.json()["id"], application.json()["id"]


def token_for(path):
    """The token with which an operation is asked. What is published belongs to an organisation of no other check."""
    return TOKENS["other_publisher" if path.startswith("/api/3/") else "publisher"]["token"]


def configuration(folder):
    submission, application = made()
    known = {
        "show_submission": {"id": submission},
        "send_component": {"id": submission},
        "show_service": {"name": "described-meter"},
        "show_site": {"id": application},
        "change_site": {"id": application},
        "make_site_secret": {"id": application},
    }
    lines = [f"seed = {SEED}", f"hooks = {json.dumps(str(Path(__file__).with_name('interfaces_hooks.py')))}"]
    for method, path, operation in operations():
        name = operation["operationId"]
        settings = []
        if name in LEFT_OUT:
            settings.append("enabled = false")
        if name in known:
            settings.append("parameters = " + "{" + ", ".join(f'"path.{k}" = "{v}"' for k, v in known[name].items()) + "}")
        if name in EXPECTED:
            statuses = json.dumps(USUAL + EXPECTED[name][0])
            settings.append(f"checks.positive_data_acceptance.expected-statuses = {statuses}")
        if path.startswith("/api/3/") and method == "GET":
            # A parameter may hold U+0000, which any address refuses.
            statuses = json.dumps(USUAL + ["400"])
            settings.append(f"checks.positive_data_acceptance.expected-statuses = {statuses}")
        if any("api-token" in way for way in operation.get("security", [])):
            settings.append(f'headers = {{ Authorization = "Bearer {token_for(path)}" }}')
        if settings:
            lines += ["[[operations]]", f'include-operation-id = "{name}"', *settings]
    file = folder / "schemathesis.toml"
    file.write_text("\n".join(lines) + "\n")
    return file


def asked():
    """Runs Schemathesis. Returns what it found for each operation, and all it printed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        report = folder / "report.xml"
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={configuration(folder)}",
            "run",
            f"{PLATFORM}/api/openapi.json",
            f"--max-examples={EXAMPLES}",
            "--generation-database=none",
            "--warnings=off",
            "--no-color",
            "--report=junit",
            f"--report-junit-path={report}",
        ]
        ended = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=SECONDS_MAX)
        said = ended.stdout + ended.stderr
        if not report.exists():
            return {}, said
        found = {}
        for case in ElementTree.parse(report).iter("testcase"):
            faults = [*case.iter("failure"), *case.iter("error")]
            told = [f"{fault.get('message') or ''}\n{fault.text or ''}" for fault in faults]
            found.setdefault(case.get("name"), []).extend(told)
        return found, said


FOUND, SAID = {}, ""


@check
def description_is_openapi_3_1():
    assert DESCRIPTION["openapi"].startswith("3.1."), DESCRIPTION["openapi"]
    faults = [fault.message for fault in OpenAPIV31SpecValidator(DESCRIPTION).iter_errors()]
    assert not faults, faults


@check
def every_operation_is_said_in_words():
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names)) and len(names) > 10, names
    for method, path, operation in operations():
        assert operation.get("summary") and operation.get("tags"), (method, path)


@check
def schemathesis_asks_them():
    global FOUND, SAID
    FOUND, SAID = asked()
    assert FOUND, SAID[-4000:]


def is_right(path, fault):
    """Whether each finding of a report is one of `RIGHT`."""
    marks = [(check, status) for prefix, check, status, _ in RIGHT if path.startswith(prefix)]
    return any(
        fault.count("- ST") == fault.count(f"- {check} ") == fault.count(f"\n{status} ") for check, status in marks
    )


def register(method, path, operation):
    def answers_as_described():
        faults = [fault for fault in FOUND[f"{method} {path}"] if not is_right(path, fault)]
        assert not faults, "\n".join(faults)

    answers_as_described.__name__ = f"{operation['operationId']}_answers_as_described"
    check(answers_as_described)


for method, path, operation in operations():
    if operation["operationId"] not in LEFT_OUT:
        register(method, path, operation)


@check
def stateful_sequences_answer_as_described():
    told = FOUND["Stateful tests"]
    assert not told, "\n".join(told)


@check
def token_is_revoked_as_described():
    own = {"Authorization": f"Bearer {TOKENS['spare']['token']}"}
    assert requests.get(f"{PLATFORM}/api/v1/whoami", headers=own).status_code == 200
    revoked = requests.delete(f"{PLATFORM}/api/v1/token", headers=own)
    assert (revoked.status_code, revoked.content) == (204, b""), revoked.text
    again = requests.delete(f"{PLATFORM}/api/v1/token", headers=own)
    assert again.status_code == 401 and again.json()["code"] == "token-required", again.text


run()
