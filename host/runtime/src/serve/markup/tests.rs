use std::sync::Arc;

use aim_gov::clock::{Clock, Timestamp};
use aim_gov::grant::Capability;

use super::*;
use crate::log::Logs;
use crate::testing;

fn reach() -> Reach {
    let mut service = testing::service("bills");
    service.grant.capabilities.insert(Capability::Outbound);
    service.grant.outbound_hosts = ["api.example.az".to_owned()].into();
    Reach::of(&service)
}

/// The page as a browser gets it, and how many lines the developer does.
fn filtered(page: &[u8]) -> (String, usize) {
    let logs = Arc::new(Logs::default());
    let log = RequestLog::new(
        logs.clone(),
        Clock::manual(Timestamp(0)),
        crate::log::Asked::default(),
    );
    let reach = reach();
    let at_once = whole(Bytes::copy_from_slice(page), &reach, "/p", &log);
    let lines = logs.lines().len();
    // However it is cut, it comes out the same.
    for size in [1, 2, 3, 7] {
        let mut filter = Filter::new("/p");
        let mut pieces = Vec::new();
        for piece in page.chunks(size) {
            pieces.extend_from_slice(&filter.push(&Bytes::copy_from_slice(piece), &reach));
        }
        pieces.extend_from_slice(&filter.finish(&reach, &log));
        assert_eq!(
            String::from_utf8_lossy(&pieces),
            String::from_utf8_lossy(&at_once),
            "in pieces of {size}"
        );
    }
    (String::from_utf8_lossy(&at_once).into_owned(), lines)
}

#[test]
fn ordinary_page_is_left_as_it_is() {
    let page = r##"<!doctype html><html lang="az"><head><meta charset="utf-8"><meta name=viewport content="width=device-width">
<link rel="icon" href="data:,"><link rel=stylesheet href=/style.css?v=1><style>a > b { color: red } @media (width < 40rem) { p { margin: 0 } }</style></head>
<body><!-- a < b --><p title='5 > 4'>1 < 2 && 3<4 <br/><a href="/a?b=1&amp;c=2#d">x</a> <a href="">y</a> <a href='#top'>z</a>
<a href="mailto:help@bills.example?subject=A%20B">mail</a> <a href=tel:+994120000000>call</a>
<a href="http://localhost:8080/az/my/consents">consents</a> <a href="https://api.example.az/form">approved</a>
<form action="/pay" method=post><input name=q value="a &lt; b"><button formaction=/other>Go</button></form>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><use href="#i"/></svg><img src="data:image/png;base64,AAAA" alt="">"##;
    assert_eq!(filtered(page.as_bytes()), (page.to_owned(), 0));
}

#[test]
fn link_elsewhere_leads_to_the_hosts_page() {
    let leave = "/.aim/leave?to=https%3A%2F%2Fevil.example%2F%3Fq%3D1";
    for link in [
        r#"<a href="https://evil.example/?q=1">"#,
        "<a href=https://evil.example/?q=1>",
        "<A HREF='https:evil.example?q=1'>",
        "<a href=\"ht\ntps:\\\\evil.example?q=1\">",
        "<a href=\"&#104;ttps&colon;&sol;&#x2F;evil&period;example?q=1\">",
        "<a href=\"&#0000104ttps://evil.example?q=1\">",
        "<a\x0Chref\r=\t https://evil.example?q=1>",
        "<a/href=https://evil.example?q=1>",
        "<area href=https://evil.example?q=1>",
        "<svg:a xlink:href=https://evil.example?q=1>",
        "<a =x href=https://evil.example?q=1>",
    ] {
        let (page, lines) = filtered(link.as_bytes());
        assert!(page.contains(&format!("=\"{leave}\"")), "{link}: {page}");
        assert_eq!(lines, 0, "a link is not a fault");
    }
}

/// An address that begins as the platform's does, and is another one.
#[test]
fn address_of_the_platform_is_told_from_those_that_resemble_it() {
    for address in [
        "http://localhost:8080",
        "http://localhost:8080/",
        "http://localhost:8080/style.css?v=1#a",
        "http://localhost:8080/../@evil.example",
    ] {
        let link = format!("<link rel=stylesheet href=\"{address}\">");
        assert_eq!(filtered(link.as_bytes()), (link.clone(), 0));
    }
    for address in [
        "http://localhost:80801/",
        "http://localhost:8080@evil.example/",
        "http://localhost:8080.evil.example/",
        "https://localhost:8080/",
    ] {
        let link = format!("<link rel=stylesheet href=\"{address}\">");
        assert_eq!(filtered(link.as_bytes()), (" ".to_owned(), 1), "{address}");
    }
}

#[test]
fn elements_that_connect_navigate_or_send_are_removed() {
    for bad in [
        "<link rel=preconnect href=https://evil.example>",
        "<link rel=dns-prefetch href=//data.evil.example>",
        "<LINK href=https:evil.example rel=prefetch>",
        "<link rel=preconnect href=intent:evil>",
        "<link rel=icon href=data:,x>",
        "<link rel=stylesheet href=data:text/css,a{}>",
        "<base href=https://evil.example/>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<meta http-equiv=' Refresh ' content=0>",
        "<meta content=on http-equiv=x-dns-prefetch-control>",
        "<meta http-equiv=origin-trial content=token>",
        "<meta name=referrer content=unsafe-url>",
    ] {
        assert_eq!(filtered(bad.as_bytes()), (" ".to_owned(), 1), "{bad}");
    }
    for (bad, left) in [
        ("<a ping=https://evil.example href=/>", "<a href=/>"),
        ("<img attributionsrc src=/a.png>", "<img src=/a.png>"),
        (
            "<iframe srcdoc='<link rel=preconnect href=//evil>'></iframe>",
            "<iframe></iframe>",
        ),
        (
            "<animate attributeName=\"xlink:href\" to=\"https://evil.example\" />",
            "<animate to=\"https://evil.example\" />",
        ),
        ("<a href=javascript:x>", "<a>"),
        ("<iframe src=https://evil.example></iframe>", "<iframe></iframe>"),
        ("<object data=/own type=x>", "<object type=x>"),
        (
            "<form action=https://evil.example method=post>",
            "<form method=post>",
        ),
        ("<button formaction='//evil.example'>", "<button>"),
        ("<a href='intent://evil#Intent;end' id=x>", "<a id=x>"),
    ] {
        assert_eq!(filtered(bad.as_bytes()), (left.to_owned(), 1), "{bad}");
    }
    let elsewhere = "<a target=_blank href=/next>";
    assert_eq!(filtered(elsewhere.as_bytes()), ("<a href=/next>".to_owned(), 0));
}

/// Each hides a link from a parser that takes the context for another than the browser does.
#[test]
fn tags_are_filtered_in_every_context() {
    let evil = "<a href=https://evil.example/>";
    for page in [
        format!("<noscript>{evil}</noscript>"),
        format!("<!-- {evil} -->"),
        format!("<svg/><style></b x=\"</style>{evil}\">"),
        format!("<svg></p><style><!--</style>{evil}-->"),
        format!("<noscript><a title=\"</noscript><!--\"></a>{evil}"),
        format!("<select><xmp>{evil}"),
        format!("<b title=\"{evil}\">"),
        format!("<b title=\"{evil}"),
        format!("<b {evil}"),
        format!("<b x={evil}"),
        format!("<![CDATA[ >{evil} ]]>"),
        format!("<script>{evil}</script>"),
        format!("<!doctype html \"{evil}\">"),
        format!("<plaintext>{evil}"),
        format!("<a{evil}"),
        "<<base href=x>a href=https://evil.example/>".to_owned(),
        "<<meta http-equiv=refresh>a href=https://evil.example/>".to_owned(),
    ] {
        let (out, _) = filtered(page.as_bytes());
        for (at, _) in out.match_indices("<a") {
            let tag = out.get(at..).unwrap_or_default();
            let direct = tag.find("https://evil").unwrap_or(usize::MAX);
            assert!(direct > tag.find('>').unwrap_or(tag.len()), "{page}: {out}");
        }
    }
}

#[test]
fn page_in_another_encoding_than_its_header_says_is_not_one() {
    let utf_16: Vec<u8> = "\u{feff}<a href=https://evil.example>"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let (page, lines) = filtered(&utf_16);
    assert!(page.starts_with('?'), "{page}");
    assert_eq!(lines, 1);
}

/// Each candidate for a tag runs to the end of the page and is none: without a bound, a page of 2 MiB took minutes.
#[test]
fn page_made_to_be_read_again_and_again_is_given_up() {
    let unit = "<x y=\" z\" w=\"";
    let page = unit.repeat(crate::limits::RESPONSE_BODY_BYTES_MAX / unit.len());
    let reach = reach();
    let mut filter = Filter::new("/");
    let pass = filter.scan(page.as_bytes(), &reach, true);
    assert!(filter.wasted <= MARKUP_WASTE_BYTES_MAX + page.len());
    assert!(!pass.out.windows(2).any(|two| two == b"<x"));
}
