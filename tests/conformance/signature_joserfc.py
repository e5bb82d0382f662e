"""joserfc: verifies JSON signatures beside files."""

import base64
import hashlib
import json
import os

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey
from joserfc.registry import HeaderParameter

from tap import check, raises, run

with open(os.environ["AIM_SIGNATURES"], encoding="utf-8") as prepared:
    PREPARED = json.load(prepared)


def signed(level):
    return json.loads(base64.b64decode(PREPARED["jades"][level]))


def header(value):
    head = value["signatures"][0]["protected"]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))


def validated_elsewhere(_):
    """The content of `sigD` has a check of its own."""


def verified(value):
    """The members of the protected header, once the signature holds."""
    certificate = x509.load_der_x509_certificate(base64.b64decode(header(value)["x5c"][0]))
    pem = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    # `crit` names `sigD` (ETSI TS 119 182-1, 5.2.8), which a verifier of JAdES knows: `hashes_are_those_of_the_files`.
    known = {"sigD": HeaderParameter("the files that are signed", validated_elsewhere)}
    registry = jws.JWSRegistry(known, ["ES256"], strict_check_header=False)
    # The header has the signer's certificates (`x5c`), which are longer than what joserfc takes by default.
    registry.max_header_length = 16_384
    return jws.deserialize_json(value, ECKey.import_key(pem), registry=registry)


@check
def signature_of_each_level_is_verified():
    for level in ["b-b", "b-t"]:
        verified(signed(level))


@check
def hashes_are_those_of_the_files():
    found = header(signed("b-t"))["sigD"]
    for hashed, name in zip(found["hashV"], found["pars"]):
        digest = hashlib.sha256(base64.b64decode(PREPARED["files"][name])).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == hashed, name


@check
def other_header_is_refused():
    value = signed("b-t")
    other = json.dumps({**header(value), "iat": 1}).encode()
    value["signatures"][0]["protected"] = base64.urlsafe_b64encode(other).decode().rstrip("=")
    raises(BadSignatureError, lambda: verified(value), "")


@check
def each_of_two_signatures_is_verified():
    both = json.loads(base64.b64decode(PREPARED["two"]["jades"]))
    assert len(both["signatures"]) == 2
    for signature in both["signatures"]:
        verified({**both, "signatures": [signature]})
    first, second = both["signatures"]
    raises(
        BadSignatureError,
        lambda: verified({**both, "signatures": [{**first, "signature": second["signature"]}]}),
        "",
    )


run()
