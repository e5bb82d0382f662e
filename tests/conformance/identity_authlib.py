"""Authlib: an OAuth 2.0 session of a web site in Python."""

import json
import os
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oidc.core import CodeIDToken

from citizen import Citizen
from tap import PLATFORM, check, raises, run

SITES = json.loads(os.environ["AIM_SITES"])
METADATA = requests.get(f"{PLATFORM}/id/.well-known/openid-configuration").json()
KEYS = JsonWebKey.import_key_set(requests.get(METADATA["jwks_uri"]).json())
# The platform under test is on this machine, without TLS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"


def session(kind, method):
    site = SITES[kind]
    return OAuth2Session(
        site["client_id"],
        site.get("client_secret"),
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        scope="openid profile",
        redirect_uri=site["redirect_uri"],
        code_challenge_method="S256",
    )


def logs_in(site, fin="OTEST01", decision="agree", **extra):
    verifier, nonce = generate_token(48), generate_token(20)
    url, state = site.create_authorization_url(
        METADATA["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **extra
    )
    back = Citizen(PLATFORM, fin).goes(url, decision)
    assert parse_qs(urlsplit(back).query)["state"] == [state]
    return site.fetch_token(METADATA["token_endpoint"], authorization_response=back, code_verifier=verifier), nonce


def claims_of(token, nonce, kind):
    claims = JsonWebToken(["RS256"]).decode(
        token["id_token"],
        KEYS,
        claims_cls=CodeIDToken,
        claims_options={"iss": {"essential": True, "value": METADATA["issuer"]}},
        claims_params={
            "nonce": nonce,
            "client_id": SITES[kind]["client_id"],
            "access_token": token["access_token"],
        },
    )
    claims.validate(leeway=10)
    return claims


def logs_in_and_reads(kind, method):
    site = session(kind, method)
    token, nonce = logs_in(site)
    claims = claims_of(token, nonce, kind)
    person = site.get(METADATA["userinfo_endpoint"]).json()
    assert person["sub"] == claims["sub"]
    assert person["given_name"] == "Aygün"


@check
def secret_in_the_header():
    logs_in_and_reads("confidential", "client_secret_basic")


@check
def secret_in_the_form():
    logs_in_and_reads("confidential", "client_secret_post")


@check
def public_client():
    logs_in_and_reads("public", "none")


@check
def revoked_token_opens_nothing():
    site = session("confidential", "client_secret_basic")
    token, _ = logs_in(site)
    answer = site.revoke_token(METADATA["revocation_endpoint"], token["access_token"])
    assert answer.status_code == 200, answer.text
    assert site.get(METADATA["userinfo_endpoint"]).status_code == 401


@check
def citizen_who_refuses():
    site = session("confidential", "client_secret_basic")
    url, state = site.create_authorization_url(
        METADATA["authorization_endpoint"], code_verifier=generate_token(48), prompt="consent"
    )
    back = Citizen(PLATFORM, "OTEST04").goes(url, "refuse")
    answer = parse_qs(urlsplit(back).query)
    assert (answer["error"], answer["state"]) == (["access_denied"], [state]), back


@check
def code_for_another_verifier():
    site = session("public", "none")
    url, _ = site.create_authorization_url(METADATA["authorization_endpoint"], code_verifier=generate_token(48))
    back = Citizen(PLATFORM, "OTEST01").goes(url)
    wrong = generate_token(48)
    raises(
        OAuthError,
        lambda: site.fetch_token(METADATA["token_endpoint"], authorization_response=back, code_verifier=wrong),
        "invalid_grant",
    )


run()
