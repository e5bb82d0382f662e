"""mod_auth_openidc: Apache asks the platform who a visitor of its pages is."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from citizen import Citizen
from tap import PLATFORM, check, deviation, run

SITE = json.loads(os.environ["AIM_SITES"])["apache"]
CALLBACK = SITE["redirect_uri"]
ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(CALLBACK))
# How long Apache may take to answer at first.
START_SECONDS = 20

CONFIGURATION = """
ServerRoot "{folder}"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile "{folder}/pid"
ErrorLog "{folder}/error.log"
Mutex file:{folder}
DocumentRoot "{folder}/pages"
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
OIDCProviderMetadataURL {platform}/id/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCRedirectURI {callback}
OIDCScope "openid profile"
OIDCResponseType code
OIDCPKCEMethod S256
OIDCCryptoPassphrase a-passphrase-of-this-run
OIDCRemoteUserClaim sub
<Location "/secure">
    AuthType openid-connect
    Require valid-user
    Header set X-Name "%{{OIDC_CLAIM_family_name}}e"
    Header set X-Subject "%{{OIDC_CLAIM_sub}}e"
</Location>
"""


def start(folder):
    """Apache with the module; ended by the caller."""
    (folder / "pages/secure").mkdir(parents=True)
    (folder / "pages/index.html").write_text("open")
    (folder / "pages/secure/index.html").write_text("for visitors who are logged in")
    file = folder / "apache.conf"
    file.write_text(
        CONFIGURATION.format(
            folder=folder,
            port=urlsplit(CALLBACK).port,
            modules="/usr/lib/apache2/modules",
            platform=PLATFORM,
            callback=CALLBACK,
            **{name: SITE[name] for name in ("client_id", "client_secret")},
        )
    )
    # Root would hand its children to another user, who may not read the folder.
    server = subprocess.Popen(["/usr/sbin/apache2", "-f", file, "-D", "FOREGROUND"])
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and server.poll() is None:
        try:
            requests.get(f"{ORIGIN}/").raise_for_status()
            return server
        except requests.ConnectionError:
            time.sleep(0.1)
    log = folder / "error.log"
    server.terminate()
    sys.exit(f"Apache did not start: {log.read_text() if log.exists() else ''}")


def visits(fin, decision="agree"):
    """The browser of a citizen who opened the page for visitors, and what was shown."""
    citizen = Citizen(PLATFORM, fin)
    asked = citizen.browser.get(f"{ORIGIN}/secure/", allow_redirects=False)
    assert asked.headers["Location"].startswith(f"{PLATFORM}/id/authorize?"), asked.headers
    back = citizen.goes(asked.headers["Location"], decision)
    assert back.startswith(CALLBACK), back
    return citizen.browser, citizen.browser.get(back)


@check
def visitor_is_known_by_name():
    _, shown = visits("OTEST01")
    assert shown.url == f"{ORIGIN}/secure/", shown.url
    assert shown.text == "for visitors who are logged in"
    assert shown.headers["X-Name"].encode("latin-1").decode() == "Məmmədova"
    assert len(shown.headers["X-Subject"]) == 43


@check
def visitor_who_refuses_is_not_let_in():
    _, shown = visits("OTEST04", "refuse")
    assert "for visitors" not in shown.text


@deviation("this version takes `iss` in an error response (RFC 9207) for a log-in that a third party initiates")
def visitor_who_refuses_reads_why():
    _, shown = visits("OTEST04", "refuse")
    assert "access_denied" in shown.text, shown.text


@check
def forged_answer_is_not_let_in():
    browser = requests.Session()
    browser.get(f"{ORIGIN}/secure/", allow_redirects=False)
    shown = browser.get(CALLBACK, params={"code": "invented", "state": "invented"})
    assert "for visitors" not in shown.text


@check
def log_out_ends_the_log_in_at_the_platform():
    browser, _ = visits("OTEST01")
    answer = browser.get(CALLBACK, params={"logout": f"{ORIGIN}/"}, allow_redirects=False)
    to = urljoin(answer.url, answer.headers["Location"])
    assert to.startswith(f"{PLATFORM}/id/end-session?"), to
    assert "id_token_hint" in parse_qs(urlsplit(to).query)
    answer = browser.get(to, allow_redirects=False)
    assert answer.headers["Location"] == f"{ORIGIN}/", answer.headers
    again = browser.get(f"{ORIGIN}/secure/", allow_redirects=False)
    again = browser.get(again.headers["Location"], allow_redirects=False)
    assert "/id/login" in again.headers["Location"], again.headers


with tempfile.TemporaryDirectory() as name:
    apache = start(Path(name))
    try:
        run()
    finally:
        apache.terminate()
        apache.wait()
