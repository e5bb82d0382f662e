//! The addresses to which a service's answers may lead a browser: its own origin, the platform, and the hosts
//! of its approval. Any other party would learn the data in the address.

use aim_gov::grant::Capability;
use aim_gov::invocation::Service;
use http::HeaderValue;
use url::{Origin, Url};

/// The origins to which a service's answers may lead, and the policy that makes browsers enforce them.
#[derive(Debug)]
pub(crate) struct Reach {
    /// The service's own origin; `None` if the operator's address is invalid, and then no address is covered.
    own: Option<Url>,
    platform: Option<Origin>,
    /// The prefix of the platform's addresses in the form that browsers write: most pages use such an address
    /// for their style, which need not be parsed.
    platform_prefix: Option<String>,
    /// `name` (then the usual ports) or `name:port`, as in the approval.
    hosts: Vec<String>,
    /// Whether citizens reach the service over HTTPS: then plain HTTP may not carry data of its pages.
    secure: bool,
    policy: HeaderValue,
}

impl Reach {
    pub(crate) fn of(service: &Service) -> Self {
        let hosts: Vec<String> = match service.grant.capabilities.contains(&Capability::Outbound) {
            true => service.grant.outbound_hosts.iter().cloned().collect(),
            false => Vec::new(),
        };
        let secure = service.origin.starts_with("https:");
        let platform = Url::parse(&service.platform).ok().map(|url| url.origin());
        let spelt = platform.as_ref().map(Origin::ascii_serialization);
        Self {
            own: Url::parse(&service.origin).ok(),
            platform,
            // With the slash, after which the origin cannot change.
            platform_prefix: spelt
                .filter(|spelt| *spelt == service.platform)
                .map(|spelt| spelt + "/"),
            policy: policy(&service.platform, &hosts, secure),
            hosts,
            secure,
        }
    }

    /// The `Content-Security-Policy` of every answer of the service.
    pub(super) fn policy(&self) -> HeaderValue {
        self.policy.clone()
    }

    /// The rest after the platform's origin and a slash, if `reference` begins with them.
    pub(super) fn on_platform<'r>(&self, reference: &'r [u8]) -> Option<&'r [u8]> {
        reference.strip_prefix(self.platform_prefix.as_ref()?.as_bytes())
    }

    /// The address of `reference` on the page at `path`, resolved like a browser does (URL Standard); `None` if
    /// it is invalid.
    pub(super) fn resolve(&self, path: &str, reference: &str) -> Option<Url> {
        let page = self.own.as_ref()?.join(path).ok()?;
        // A path such as `//host/` is one of this origin, despite its appearance.
        let own = self.own.as_ref()?;
        let page = if page.origin() == own.origin() {
            page
        } else {
            own.clone()
        };
        page.join(reference).ok()
    }

    /// Whether the service may lead a browser to this address.
    pub(super) fn covers(&self, url: &Url) -> bool {
        let origin = url.origin();
        if !origin.is_tuple() || !matches!(url.scheme(), "http" | "https") {
            return false;
        }
        if self.own.as_ref().is_some_and(|own| own.origin() == origin)
            || self.platform.as_ref() == Some(&origin)
        {
            return true;
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return false;
        };
        let usual = url.port().is_none();
        let plain = url.username().is_empty() && url.password().is_none();
        plain
            && (url.scheme() == "https" || !self.secure)
            && self
                .hosts
                .iter()
                .any(|approved| (usual && approved == host) || *approved == format!("{host}:{port}"))
    }
}

/// The host's policy. Browsers apply each policy of an answer, so a service's own policy can only narrow it.
///
/// No policy can forbid a script to assign `location` (`navigate-to` was removed from CSP 3), hence `sandbox`
/// without `allow-scripts`: it disables scripts, pop-ups and automatic navigation, including `<meta
/// http-equiv=refresh>` and `Refresh` (HTML, "sandboxed automatic features").
fn policy(platform: &str, hosts: &[String], secure: bool) -> HeaderValue {
    let mut approved = String::new();
    for host in hosts {
        approved.push_str(" https://");
        approved.push_str(host);
        if !secure {
            approved.push_str(" http://");
            approved.push_str(host);
        }
    }
    let policy = format!(
        "default-src 'self'; script-src 'none'; style-src 'self' 'unsafe-inline' {platform}; \
         img-src 'self' data: {platform}{approved}; font-src 'self' data: {platform}; object-src 'none'; \
         frame-src 'none'; worker-src 'none'; manifest-src 'none'; base-uri 'none'; \
         form-action 'self' {platform}{approved}; frame-ancestors 'none'; \
         sandbox allow-forms allow-same-origin allow-downloads"
    );
    // Only an operator's address with bytes outside ASCII is not a valid header value; then nothing loads at
    // all.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'; sandbox"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn reach(hosts: &[&str]) -> Reach {
        let mut service = testing::service("bills");
        service.grant.capabilities.insert(Capability::Outbound);
        service.grant.outbound_hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        Reach::of(&service)
    }

    #[test]
    fn address_is_covered_by_its_origin_and_not_by_its_looks() {
        let reach = reach(&["api.example.az", "test.example.az:8443"]);
        for (reference, covered) in [
            ("/next?x=//evil.example", true),
            ("next", true),
            ("?q", true),
            ("", true),
            ("#top", true),
            ("HTTP://BILLS.localhost:8080/a", true),
            ("http://user@bills.localhost:8080/", true),
            ("http:relative", true),
            ("http://localhost:8080/az/pay/1", true),
            ("https://api.example.az/form", true),
            ("http://api.example.az/form", true),
            ("https://test.example.az:8443/", true),
            ("//evil.example/", false),
            ("\\\\evil.example", false),
            ("/\\evil.example", false),
            ("/\t/evil.example", false),
            ("https:evil.example", false),
            ("ht\ntps://evil.example", false),
            (" https://evil.example", false),
            ("http://bills.localhost:8080@evil.example/", false),
            ("http://bills.localhost:8080.evil.example/", false),
            ("http://bills.localhost/", false),
            ("http://bills.localhost:8081/", false),
            ("http://localhost:8081/", false),
            ("http://other.localhost:8080/", false),
            ("https://bills.localhost:8080/", false),
            ("https://api.example.az:8443/", false),
            ("https://test.example.az/", false),
            ("https://user:secret@api.example.az/", false),
            ("https://api.example.az.evil.example/", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("intent://evil#Intent;end", false),
        ] {
            let url = reach.resolve("/p/q?x=1", reference);
            let is_covered = url.as_ref().is_some_and(|url| reach.covers(url));
            assert_eq!(is_covered, covered, "{reference}: {url:?}");
        }
        assert!(reach.resolve("/", "http://[broken").is_none());
        // The page's own path may look like another host's address.
        let own = reach.resolve("//evil.example/x", "next").unwrap();
        assert!(reach.covers(&own), "{own}");
    }

    #[test]
    fn hosts_count_only_with_the_capability_and_over_https_only_securely() {
        let mut service = testing::service("bills");
        service.grant.outbound_hosts = ["api.example.az".to_owned()].into();
        let url = Url::parse("https://api.example.az/").unwrap();
        assert!(!Reach::of(&service).covers(&url));
        service.grant.capabilities.insert(Capability::Outbound);
        service.origin = "https://bills.example.az".to_owned();
        service.platform = "https://example.az".to_owned();
        let reach = Reach::of(&service);
        assert!(reach.covers(&url));
        assert!(!reach.covers(&Url::parse("http://api.example.az/").unwrap()));
        let policy = reach.policy();
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("img-src 'self' data: https://example.az https://api.example.az;"));
        assert!(policy.contains("form-action 'self' https://example.az https://api.example.az;"));
        assert!(!policy.contains("http://"), "{policy}");
    }

    #[test]
    fn policy_forbids_scripts_and_foreign_origins() {
        let policy = reach(&[]).policy();
        let policy = policy.to_str().unwrap();
        let sandbox = policy.rsplit("; ").next().unwrap();
        assert_eq!(sandbox, "sandbox allow-forms allow-same-origin allow-downloads");
        assert!(
            policy.contains("form-action 'self' http://localhost:8080;"),
            "{policy}"
        );
        assert!(!policy.contains('*'), "{policy}");
    }
}
