//! Text that a service forgot to escape runs no script, whatever it is and wherever it stands.

use aim_tests::browser::Browser;

use super::ways::say;
use super::{ARRIVAL_MAX, echo_stage, unheld};

/// What a script leaves: a cookie, which outlives the page. It needs neither quotes nor spaces.
const SCRIPT: &str = "document.cookie=/ran=1/.source";
const COOKIE: &str = "ran";

/// Markup that runs `{s}` without anybody's doing.
const VECTORS: [&str; 32] = [
    "<script>{s}</script>",
    "<SCRIPT/x>{s}</SCRIPT>",
    "<script type=module>{s}</script>",
    "<script src=data:text/javascript,{s}></script>",
    "<svg><script>{s}</script></svg>",
    "<svg><script href=data:text/javascript,{s} /></svg>",
    "<img src=x: onerror={s}>",
    "<img/src=\"x:\"/onerror=\"{s}\">",
    "<IMG\tsrc=x:\nonerror\x0C= {s}>",
    "<img src=x: onerror=&#100;{rest}>",
    "<image src=x: onerror={s}>",
    "<input type=image src=x: onerror={s}>",
    "<svg onload={s}></svg>",
    "<svg/onload={s}></svg>",
    "<svg><animate onbegin={s} attributeName=x dur=1s /></svg>",
    "<svg><set onbegin={s} attributeName=x /></svg>",
    "<input autofocus onfocus={s}>",
    "<textarea autofocus onfocus={s}></textarea>",
    "<x tabindex=1 autofocus onfocus={s}></x>",
    "<details open ontoggle={s}></details>",
    "<audio src=x: onerror={s}></audio>",
    "<video><source src=x: onerror={s}></video>",
    "<iframe onload={s}></iframe>",
    "<iframe src=javascript:parent.{s}></iframe>",
    "<iframe srcdoc='<script>parent.{s}</script>'></iframe>",
    "<link rel=stylesheet href=data:text/css, onload={s}>",
    "<style onload={s}></style>",
    "<style>@keyframes k{}</style><b style=animation-name:k onanimationstart={s}>x</b>",
    "<div><template shadowrootmode=open><img src=x: onerror={s}></template></div>",
    "<noscript><p title=\"</noscript><img src=x: onerror={s}>\"></p>",
    "<svg></p><style><b title=\"</style><img src=x: onerror={s}>\"></b>",
    "<!--><img src=x: onerror={s}>-->",
];

/// Where a service puts a text, and how the text gets out of there.
const PLACES: [&str; 12] = [
    "<p>{p}</p>",
    "<input value=\"\">{p}\">",
    "<input value=''>{p}'>",
    "<input value=x>{p}>",
    "<title></title>{p}</title>",
    "<textarea></textarea>{p}</textarea>",
    "<!-- -->{p} -->",
    "<!-- --!>{p} -->",
    "<style></style>{p}</style>",
    "<script>x=\"</script>{p}\"</script>",
    "<svg><desc>{p}</desc></svg>",
    "<svg><![CDATA[]]></svg>{p}]]>",
];

fn page(from: &str, vector: &str, place: &str) -> String {
    let payload = vector
        .replace("{s}", SCRIPT)
        .replace("{rest}", SCRIPT.trim_start_matches('d'));
    let body = format!("<!doctype html>{}", place.replace("{p}", &payload));
    say(from, 200, &["content-type:text/html".to_owned()], &body)
}

async fn has_run(browser: &Browser) -> bool {
    let cookies = browser.driver.get_all_cookies().await.unwrap();
    cookies.iter().any(|cookie| cookie.name == COOKIE)
}

/// Opens a page where scripts run, and waits for its script.
async fn runs(browser: &Browser, address: &str) -> bool {
    browser.driver.delete_all_cookies().await.unwrap();
    let ran = async {
        browser.driver.goto(address).await.unwrap();
        while !has_run(browser).await {}
    };
    tokio::time::timeout(ARRIVAL_MAX, ran).await.is_ok()
}

/// Case 56 of the attacks that the project is tested against: 384 pages.
#[tokio::test(flavor = "multi_thread")]
async fn unescaped_markup_runs_no_script() {
    let stage = echo_stage().await;
    let held = stage.platform.origin("echo");
    let browser = Browser::start("en").await.unwrap();

    // Without the host each payload runs, and from each place: none of them is a mistake of this test.
    let from = unheld().await;
    let mut idle = Vec::new();
    let (vector, place) = (VECTORS[6], PLACES[0]);
    let alone = VECTORS.iter().map(|vector| (*vector, place));
    for (vector, place) in alone.chain(PLACES.iter().map(|place| (vector, *place))) {
        if !runs(&browser, &page(&from, vector, place)).await {
            idle.push((vector, place));
        }
    }
    assert!(idle.is_empty(), "these run nothing anywhere: {idle:#?}");

    browser.driver.delete_all_cookies().await.unwrap();
    for vector in VECTORS {
        for place in PLACES {
            browser.driver.goto(page(&held, vector, place)).await.unwrap();
        }
        // A cookie outlives its page, so that one look for all places is enough, and a late script shows in the next.
        assert!(!has_run(&browser).await, "{vector} or the one before has run");
    }
    browser.driver.goto(format!("{held}/")).await.unwrap();
    assert!(!has_run(&browser).await, "the last one has run");
    browser.quit().await.unwrap();
    stage.platform.stop().await.unwrap();
}
