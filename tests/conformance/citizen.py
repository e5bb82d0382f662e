"""A citizen in a browser, as far as the log-in needs one: cookies, forms, redirects."""

import re
from urllib.parse import urljoin, urlsplit

import requests

LANG = "en"


def field(page, name):
    """The value of a form's field in a page."""
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name} in {page}"
    return found.group(1)


class Citizen:
    def __init__(self, platform, fin):
        self.platform = platform
        self.fin = fin
        self.browser = requests.Session()
        self.browser.headers["Sec-Fetch-Site"] = "same-origin"

    def goes(self, url, decision="agree"):
        """Follows `url` to the log-in, answers what is asked, and returns the address that leads back."""
        answer = self.browser.get(url, allow_redirects=False)
        for _ in range(6):
            location = answer.headers.get("Location")
            if location:
                following = urljoin(answer.url, location)
                if urlsplit(following).netloc != urlsplit(self.platform).netloc:
                    return following
                answer = self.browser.get(following, allow_redirects=False)
                continue
            request = field(answer.text, "request")
            if 'name="code"' in answer.text:
                form = {"request": request, "fin": self.fin, "code": "111111", "action": "log-in"}
                address = f"{self.platform}/{LANG}/id/login?request={request}"
            else:
                form = {"request": request, "decision": decision}
                address = f"{self.platform}/{LANG}/id/agree"
            answer = self.browser.post(address, data=form, allow_redirects=False)
        raise AssertionError(f"the log-in leads nowhere from {url}")
