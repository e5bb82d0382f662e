//! Cookies at a service's origin: the host's own stay the host's, the plug-in's stay at its origin.

use axum::http::{HeaderMap, HeaderValue, header};

/// Cookies of the host begin with this.
const OURS: &str = "aim_";

/// The value of the first cookie of this name.
pub(super) fn value(headers: &HeaderMap, name: &str) -> Option<String> {
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
    name.get(..OURS.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(OURS))
}

/// Takes the host's cookies out of a request that a plug-in will see.
pub(super) fn hide_ours(headers: &mut HeaderMap) {
    let theirs: Vec<_> = pairs(headers).filter(|pair| !is_ours(name_of(pair))).collect();
    let theirs = theirs.join("; ");
    headers.remove(header::COOKIE);
    if theirs.is_empty() {
        return;
    }
    if let Ok(value) = HeaderValue::from_str(&theirs) {
        headers.insert(header::COOKIE, value);
    }
}

/// Drops the cookies of a plug-in that bear a name of the host's or would reach another origin
/// (`Domain`): what one service sets, no other may receive.
pub(super) fn keep_theirs(headers: &mut HeaderMap) {
    let kept: Vec<_> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|value| value.to_str().is_ok_and(is_harmless))
        .cloned()
        .collect();
    headers.remove(header::SET_COOKIE);
    for value in kept {
        headers.append(header::SET_COOKIE, value);
    }
}

fn is_harmless(cookie: &str) -> bool {
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
    fn a_plug_in_sees_its_own_cookies_only() {
        let mut seen = headers(
            header::COOKIE,
            &["theme=dark; aim_session=s; a=b", "AIM_portal=p; c=d"],
        );
        assert_eq!(value(&seen, "aim_session").as_deref(), Some("s"));
        hide_ours(&mut seen);
        let all: Vec<_> = seen.get_all(header::COOKIE).iter().collect();
        assert_eq!(all, ["theme=dark; a=b; c=d"]);
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
                " aim_portal=stolen",
                "wide=1; domain=localhost",
                "wide=2; Path=/; DOMAIN = .localhost",
                "last=1",
            ],
        );
        keep_theirs(&mut set);
        let kept: Vec<_> = set.get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(kept, ["theme=dark; Path=/", "last=1"]);
    }
}
