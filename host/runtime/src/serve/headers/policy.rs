//! A service's own `Content-Security-Policy`, beside the host's.

use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderMap, HeaderValue};

/// Puts the host's policy first. Each of the service's stays a policy of its own, which can only narrow what the
/// host's allows (CSP 3, 8.1), but names nobody to report to: a report carries addresses. Answers whether each was a policy.
pub(super) fn combine(headers: &mut HeaderMap, host: HeaderValue) -> bool {
    let own: Vec<HeaderValue> = headers.get_all(CONTENT_SECURITY_POLICY).iter().cloned().collect();
    headers.insert(CONTENT_SECURITY_POLICY, host);
    let mut all = true;
    for policy in own {
        match policy.to_str().map(without_reports) {
            Ok(Some(policy)) => {
                headers.append(CONTENT_SECURITY_POLICY, policy);
            }
            Ok(None) => {}
            Err(_) => all = false,
        }
    }
    all
}

/// The policies of one header without those directives; `None` where nothing is left.
fn without_reports(value: &str) -> Option<HeaderValue> {
    let reports = |directive: &str| {
        let name = directive.split_ascii_whitespace().next().unwrap_or_default();
        name.eq_ignore_ascii_case("report-uri") || name.eq_ignore_ascii_case("report-to")
    };
    let policies: Vec<String> = value
        .split(',')
        .map(|policy| {
            let kept: Vec<_> = policy
                .split(';')
                .map(str::trim)
                .filter(|directive| !directive.is_empty() && !reports(directive))
                .collect();
            kept.join("; ")
        })
        .filter(|policy| !policy.is_empty())
        .collect();
    if policies.is_empty() {
        return None;
    }
    HeaderValue::try_from(policies.join(", ")).ok()
}
