//! The host's cookies and what keeps them apart from those of services: the host's stay the host's, a
//! service's stay at its own origin.

use http::{HeaderMap, HeaderValue, header};

/// The log-in at the platform's own pages.
pub const PORTAL_COOKIE: &str = "__Host-aim_portal";
/// The log-in at the identity provider itself.
pub const PROVIDER_COOKIE: &str = "__Host-aim_id";
/// The log-in at a service's origin.
pub const SERVICE_COOKIE: &str = "__Host-aim_session";
/// The value at a service's origin that binds a ticket to a browser.
pub const BROWSER_COOKIE: &str = "__Host-aim_entry";

/// With this beginning, a browser takes a cookie only over HTTPS, from the very host name that it will
/// go back to: no page of a service can plant one at the platform (RFC 6265bis, 4.1.3.2).
const HOST_ONLY: &str = "__Host-";
/// Cookies of the host begin with this, after [`HOST_ONLY`] or without it.
const OURS: &str = "aim_";

/// Whether cookies travel over HTTPS only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secure {
    /// In service.
    Yes,
    /// On a developer's own machine, where `localhost` has no certificate.
    No,
}

impl Secure {
    /// What the address that people reach the platform at asks for.
    pub fn of(public_url: &url::Url) -> Self {
        if public_url.scheme() == "https" {
            Self::Yes
        } else {
            Self::No
        }
    }

    /// The name that one of the host's cookies goes by here. No other is taken for it. Without HTTPS a
    /// browser would refuse the prefix; it refuses cookies for all of `localhost` anyway.
    pub fn name(self, cookie: &'static str) -> &'static str {
        match self {
            Self::Yes => cookie,
            Self::No => cookie.strip_prefix(HOST_ONLY).unwrap_or(cookie),
        }
    }
}

/// The value of the first cookie of this name.
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    pairs(headers)
        .find(|pair| name_of(pair) == name)
        .and_then(|pair| pair.split_once('='))
        .map(|(_, value)| value.trim().to_owned())
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
}

fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default().trim()
}

fn is_ours(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let prefix = HOST_ONLY.to_ascii_lowercase();
    name.strip_prefix(&prefix).unwrap_or(&name).starts_with(OURS)
}

/// Takes the host's cookies out of a request that a plug-in will see.
pub fn hide_ours(headers: &mut HeaderMap) {
    let theirs: Vec<_> = pairs(headers).filter(|pair| !is_ours(name_of(pair))).collect();
    let theirs = theirs.join("; ");
    headers.remove(header::COOKIE);
    if let Ok(value) = HeaderValue::from_str(&theirs)
        && !theirs.is_empty()
    {
        headers.insert(header::COOKIE, value);
    }
}

/// Drops the cookies of a plug-in that bear a name of the host's or would reach another origin
/// (`Domain`): what one service sets, no other may receive. How many were dropped.
pub fn keep_theirs(headers: &mut HeaderMap) -> usize {
    let all = headers.get_all(header::SET_COOKIE).iter().count();
    let kept: Vec<_> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|value| value.to_str().is_ok_and(is_theirs))
        .cloned()
        .collect();
    let dropped = all - kept.len();
    headers.remove(header::SET_COOKIE);
    for value in kept {
        headers.append(header::SET_COOKIE, value);
    }
    dropped
}

fn is_theirs(cookie: &str) -> bool {
    let mut parts = cookie.split(';').map(str::trim);
    let name = parts.next().map(name_of).unwrap_or_default();
    let roams = parts.any(|attribute| name_of(attribute).eq_ignore_ascii_case("domain"));
    !name.is_empty() && !is_ours(name) && !roams
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn over_https_only_the_host_itself_can_have_set_a_cookie_of_the_host() {
        let planted = headers(header::COOKIE, &["aim_portal=planted; __Host-aim_portal=ours"]);
        for cookie in [PORTAL_COOKIE, PROVIDER_COOKIE, SERVICE_COOKIE, BROWSER_COOKIE] {
            assert!(Secure::Yes.name(cookie).starts_with("__Host-aim_"), "{cookie}");
            assert!(Secure::No.name(cookie).starts_with("aim_"), "{cookie}");
        }
        let seen = value(&planted, Secure::Yes.name(PORTAL_COOKIE));
        assert_eq!(seen.as_deref(), Some("ours"));
        let at_home = url::Url::parse("http://localhost:8080").unwrap();
        assert_eq!(Secure::of(&at_home), Secure::No);
        assert_eq!(
            Secure::of(&url::Url::parse("https://aim.example").unwrap()),
            Secure::Yes
        );
    }

    #[test]
    fn a_plug_in_sees_its_own_cookies_only() {
        let mut seen = headers(
            header::COOKIE,
            &[
                "theme=dark; aim_session=s; a=b; __Host-aim_session=t",
                "AIM_portal=p; c=d; __host-AIM_id=i; __Host-own=o",
            ],
        );
        assert_eq!(value(&seen, "aim_session").as_deref(), Some("s"));
        hide_ours(&mut seen);
        let all: Vec<_> = seen.get_all(header::COOKIE).iter().collect();
        assert_eq!(all, ["theme=dark; a=b; c=d; __Host-own=o"]);
        let mut only_ours = headers(header::COOKIE, &["aim_session=s"]);
        hide_ours(&mut only_ours);
        assert!(only_ours.is_empty());
    }

    #[test]
    fn a_plug_in_sets_cookies_for_its_own_origin_only() {
        let mut set = headers(
            header::SET_COOKIE,
            &[
                "theme=dark; Path=/",
                "aim_session=stolen; Path=/",
                "__Host-aim_session=stolen; Path=/; Secure",
                "__HOST-Aim_entry=known; Path=/; Secure",
                " aim_portal=stolen",
                "wide=1; domain=localhost",
                "wide=2; Path=/; DOMAIN = .localhost",
                "last=1",
            ],
        );
        assert_eq!(keep_theirs(&mut set), 6);
        let kept: Vec<_> = set.get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(kept, ["theme=dark; Path=/", "last=1"]);
    }
}
