//! The host's cookies, and their separation from those of services: the host's stay with the host, a service's
//! stay at its own origin.

use http::{HeaderMap, HeaderValue, header};

/// The log-in at the platform's own pages.
pub const PORTAL_COOKIE: &str = "__Host-aim_portal";
/// The value at the platform that binds log-ins under way to a browser.
pub const LOGIN_COOKIE: &str = "__Host-aim_login";
/// The log-in at the identity provider itself.
pub const PROVIDER_COOKIE: &str = "__Host-aim_id";
/// The value at the identity provider that binds log-ins under way at an external provider to a browser.
pub const EXTERNAL_COOKIE: &str = "__Host-aim_external";
/// The log-in at a service's origin.
pub const SERVICE_COOKIE: &str = "__Host-aim_session";
/// The proof that an organisation let a browser into its test space.
pub const SPACE_COOKIE: &str = "__Host-aim_space";
/// The value at a service's origin that binds a ticket to a browser.
pub const BROWSER_COOKIE: &str = "__Host-aim_entry";

/// With this prefix, a browser accepts a cookie only over HTTPS and from exactly the host name that it will be
/// sent to, so no page of a service can set one at the platform (RFC 6265bis, 4.1.3.2).
const HOST_ONLY: &str = "__Host-";
/// Cookies of the host have this prefix, after [`HOST_ONLY`] or without it.
const OURS: &str = "aim_";

/// Whether cookies are sent only over HTTPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secure {
    Yes,
    /// On a developer's own machine, where `localhost` has no certificate.
    No,
}

impl Secure {
    /// The setting for the platform's public address.
    pub fn of(public_url: &url::Url) -> Self {
        if public_url.scheme() == "https" {
            Self::Yes
        } else {
            Self::No
        }
    }

    /// The name of one of the host's cookies under this setting. No other name is accepted. Without HTTPS a
    /// browser would refuse the prefix; it refuses cookies for `Domain=localhost` anyway.
    pub fn name(self, cookie: &'static str) -> &'static str {
        match self {
            Self::Yes => cookie,
            Self::No => cookie.strip_prefix(HOST_ONLY).unwrap_or(cookie),
        }
    }
}

/// The value of the first cookie with this name, if the host could have set it: the host's values are ASCII.
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    pairs(headers)
        .find(|pair| name_of(pair) == name.as_bytes())
        .and_then(|pair| pair.splitn(2, |byte| *byte == b'=').nth(1))
        .and_then(|value| std::str::from_utf8(value.trim_ascii()).ok())
        .filter(|value| value.is_ascii())
        .map(str::to_owned)
}

/// The cookies one by one, as bytes: scripts and other software set values beyond ASCII, which browsers send
/// unchanged (RFC 6265, 5.2), and such a cookie must not hide the others.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .map(<[u8]>::trim_ascii)
        .filter(|pair| !pair.is_empty())
}

fn name_of(pair: &[u8]) -> &[u8] {
    pair.split(|byte| *byte == b'=')
        .next()
        .unwrap_or_default()
        .trim_ascii()
}

fn is_ours(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let prefix = HOST_ONLY.to_ascii_lowercase();
    name.strip_prefix(prefix.as_bytes())
        .unwrap_or(&name)
        .starts_with(OURS.as_bytes())
}

/// Removes the host's cookies from a request for a plug-in. The others stay byte for byte.
pub fn hide_ours(headers: &mut HeaderMap) {
    keep(headers, |pair| !is_ours(name_of(pair)));
}

/// Removes all cookies but the host's from a request for the platform's pages. Libraries that read cookies
/// there treat a whole `Cookie` header with one byte beyond ASCII as absent.
pub fn keep_ours(headers: &mut HeaderMap) {
    keep(headers, |pair| is_ours(name_of(pair)) && pair.is_ascii());
}

fn keep(headers: &mut HeaderMap, is_kept: impl Fn(&[u8]) -> bool) {
    if !headers.contains_key(header::COOKIE) {
        return;
    }
    let kept: Vec<&[u8]> = pairs(headers).filter(|pair| is_kept(pair)).collect();
    let kept = kept.join(&b"; "[..]);
    headers.remove(header::COOKIE);
    // A part of a header value is a valid header value.
    if let Ok(value) = HeaderValue::from_bytes(&kept)
        && !kept.is_empty()
    {
        headers.insert(header::COOKIE, value);
    }
}

/// Drops the cookies of a plug-in that have a name of the host's or would reach another origin (`Domain`),
/// since no service may receive the cookies of another. Returns how many were dropped.
pub fn keep_theirs(headers: &mut HeaderMap) -> usize {
    let all = headers.get_all(header::SET_COOKIE).iter().count();
    let kept: Vec<_> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|value| is_theirs(value.as_bytes()))
        .cloned()
        .collect();
    let dropped = all - kept.len();
    headers.remove(header::SET_COOKIE);
    for value in kept {
        headers.append(header::SET_COOKIE, value);
    }
    dropped
}

fn is_theirs(cookie: &[u8]) -> bool {
    let mut parts = cookie.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let name = parts.next().map(name_of).unwrap_or_default();
    let roams = parts.any(|attribute| name_of(attribute).eq_ignore_ascii_case(b"domain"));
    !name.is_empty() && !is_ours(name) && !roams
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
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
    fn cookie_beyond_ascii_hides_no_other() {
        let sent = || {
            headers(
                header::COOKIE,
                &["tema=a\u{e7}\u{131}q; aim_portal=p; \u{259}=1; a=b"],
            )
        };
        assert_eq!(value(&sent(), "aim_portal").as_deref(), Some("p"));
        let mut seen = sent();
        hide_ours(&mut seen);
        assert_eq!(
            seen[header::COOKIE].as_bytes(),
            "tema=a\u{e7}\u{131}q; \u{259}=1; a=b".as_bytes()
        );
        let mut ours = sent();
        keep_ours(&mut ours);
        assert_eq!(ours[header::COOKIE], "aim_portal=p");
        let mut latin_1 = HeaderMap::new();
        let bytes = HeaderValue::from_bytes(b"x=\xe7; aim_portal=p").unwrap();
        latin_1.insert(header::COOKIE, bytes);
        assert_eq!(value(&latin_1, "aim_portal").as_deref(), Some("p"));
        hide_ours(&mut latin_1);
        assert_eq!(latin_1[header::COOKIE].as_bytes(), b"x=\xe7");
    }

    #[test]
    fn response_cookie_beyond_ascii_is_kept_unless_it_is_the_hosts() {
        let mut set = headers(
            header::SET_COOKIE,
            &[
                "tema=a\u{e7}\u{131}q; Path=/",
                "aim_session=\u{259}",
                "g=\u{259}; Domain=localhost",
            ],
        );
        assert_eq!(keep_theirs(&mut set), 2);
        assert_eq!(
            set[header::SET_COOKIE].as_bytes(),
            "tema=a\u{e7}\u{131}q; Path=/".as_bytes()
        );
    }

    #[test]
    fn plug_in_sees_its_own_cookies_only() {
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
    fn plug_in_sets_cookies_for_its_own_origin_only() {
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
