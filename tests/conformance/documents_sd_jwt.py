"""sd-jwt: verifies copies of a document."""

import json
import os
import re
from urllib.parse import urljoin

import requests
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier

from tap import PLATFORM, check, raises, run

SHOWINGS = json.loads(os.environ["AIM_DOCUMENTS"])["showings"]
ISSUER = requests.get(f"{PLATFORM}/.well-known/jwt-vc-issuer").json()


def copy(showing):
    """The signed copy of a showing, and what it is bound to."""
    action = re.search(r'<form method="post" action="([^"]*/shown/[^"]*)"', requests.get(showing).text)
    seen = requests.post(urljoin(showing, action.group(1)), headers={"Sec-Fetch-Site": "same-origin"})
    proof = re.search(r'href="([^"]*/proof)"', seen.text)
    return requests.get(urljoin(showing, proof.group(1))).text, showing.split("/")[-2]


def verified(sd_jwt, nonce):
    def key(issuer, header):
        assert issuer == PLATFORM
        assert header["typ"] == "dc+sd-jwt"
        return JWK.from_json(json.dumps(next(k for k in ISSUER["jwks"]["keys"] if k["kid"] == header["kid"])))

    return SDJWTVerifier(sd_jwt, key, expected_aud=PLATFORM, expected_nonce=nonce).get_verified_payload()


FIRST = copy(SHOWINGS["python"])
SECOND = copy(SHOWINGS["python_room"])


@check
def copy_is_verified_with_its_key_binding():
    payload = verified(*FIRST)
    assert payload["given_name"] == "Aygün", payload
    assert payload["loans_max"] == 5, payload
    assert "reading_room" not in payload, payload


@check
def copy_shows_only_what_its_holder_chose():
    payload = verified(*SECOND)
    assert payload["reading_room"] is True, payload
    assert not {"given_name", "family_name", "loans_max"} & payload.keys(), payload


@check
def copy_is_refused_for_another_nonce():
    raises(ValueError, lambda: verified(FIRST[0], SECOND[1]), "nonce")


@check
def copy_is_refused_with_a_binding_of_another_copy():
    sd_jwt = FIRST[0].rsplit("~", 1)[0] + "~" + SECOND[0].rsplit("~", 1)[1]
    raises(Exception, lambda: verified(sd_jwt, FIRST[1]))


run()
