//! Catalogues of others, in DCAT: what is taken over, what is refused with its reason, what follows a change.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aim_gov::open_data::harvest::{LastHarvest, Reason, Report, harvests, parse};
use aim_gov::open_data::published::{self, Actor, NewAbout, Publisher, file::Writer};
use aim_gov::open_data::{OpenData, Query, Value};
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::super::{Rig, on_both};

const OPEN: &str = "<https://creativecommons.org/licenses/by/4.0/>";
const HOUR_MS: i64 = 3_600_000;

/// Another catalogue: a server whose files a test changes.
#[derive(Clone, Default)]
struct Foreign(Arc<Served>);

#[derive(Default)]
struct Served {
    files: Mutex<HashMap<String, (u16, &'static str, String)>>,
    asked: Mutex<Vec<String>>,
    /// The address that is never answered, and that it was asked for.
    silent: Mutex<Option<String>>,
    waits: Notify,
}

impl Foreign {
    async fn start() -> (Self, SocketAddr) {
        let foreign = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = axum::Router::new().fallback(answer).with_state(foreign.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (foreign, address)
    }

    fn serve(&self, path: &str, kind: &'static str, content: impl Into<String>) {
        self.say(path, 200, kind, content);
    }

    fn say(&self, path: &str, status: u16, kind: &'static str, content: impl Into<String>) {
        let mut files = self.0.files.lock().unwrap();
        files.insert(path.to_owned(), (status, kind, content.into()));
    }

    fn asked(&self, path: &str) -> usize {
        let asked = self.0.asked.lock().unwrap();
        asked.iter().filter(|asked| *asked == path).count()
    }
}

async fn answer(State(Foreign(served)): State<Foreign>, uri: Uri, _: Request<Body>) -> Response {
    let path = uri.path().to_owned();
    served.asked.lock().unwrap().push(path.clone());
    if served.silent.lock().unwrap().as_ref() == Some(&path) {
        served.waits.notify_one();
        std::future::pending::<()>().await;
    }
    let found = served.files.lock().unwrap().get(&path).cloned();
    match found {
        None => StatusCode::NOT_FOUND.into_response(),
        Some((status, kind, content)) => {
            let status = StatusCode::from_u16(status).unwrap();
            // Where a redirect leads to.
            let headers = [(header::CONTENT_TYPE, kind), (header::LOCATION, "/parks.csv")];
            (status, headers, content).into_response()
        }
    }
}

/// The platform's open data with the one source.
fn with_source(rig: &Rig, address: &str) -> OpenData {
    let text = format!(
        "[[source]]\nname = \"baku\"\nkind = \"dcat\"\naddress = \"{address}\"\npublisher = \"Baku\"\n\
         theme = \"REGI\"\nevery_hours = 24\n"
    );
    let sources = parse(&text).unwrap();
    rig.apis.open_data.clone().with_sources(sources).unwrap()
}

async fn last(rig: &Rig) -> LastHarvest {
    let mut reader = rig.db.reader().await.unwrap();
    let mut last = harvests(&mut reader).await.unwrap();
    assert_eq!(last.len(), 1);
    last.remove(0)
}

/// Harvests once more and tells what it did.
async fn harvested(rig: &Rig, open_data: &OpenData) -> Report {
    open_data.ask_harvest("baku").await.unwrap();
    open_data.harvest_due().await.unwrap();
    let last = last(rig).await;
    assert_eq!(last.finished, Some(rig.clock.now()));
    last.report
}

/// A data set in Turtle, at `/{name}`, whose file is at `file`.
fn dataset(name: &str, licence: &str, file: &str) -> String {
    format!(
        "<{name}> a dcat:Dataset ; dct:title \"Title of {name}\"@en , \"{name} adı\"@az ; dct:description \"About {name}\"@en ;\n\
         dct:publisher [ a foaf:Agent ; foaf:name \"Parks of Baku\" ] ; dcat:keyword \"park\" ;\n\
         dcat:theme <http://publications.europa.eu/resource/authority/data-theme/ENVI> ;\n\
         dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/DAILY> ;\n\
         dcat:distribution [ a dcat:Distribution ; {licence} {file} ] .\n"
    )
}

fn file(address: &str) -> String {
    format!(
        "dcat:downloadURL <{address}> ; dcat:mediaType <http://www.iana.org/assignments/media-types/text/csv>"
    )
}

fn open() -> String {
    format!("dct:license {OPEN} ;")
}

fn turtle(datasets: &[String]) -> String {
    format!(
        "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n\
         @prefix foaf: <http://xmlns.com/foaf/0.1/> .\n<> a dcat:Catalog .\n{}",
        datasets.concat()
    )
}

fn identifiers(open_data: &OpenData) -> Vec<String> {
    let catalogue = open_data.catalogue();
    let found = catalogue.datasets().map(|dataset| dataset.identifier.clone());
    found
        .filter(|identifier| identifier.starts_with("baku-"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn catalogue_is_harvested_when_it_is_due_and_followed() {
    on_both(async |rig: Rig| {
        let (foreign, at) = Foreign::start().await;
        let json = "dcat:accessURL <trees.json> ; dct:format \"JSON\"".to_owned();
        let [parks, trees] = [
            dataset("parks", &open(), &file("parks.csv")),
            dataset("trees", &open(), &json),
        ];
        foreign.serve("/catalog.ttl", "text/turtle", turtle(&[parks.clone(), trees]));
        foreign.serve(
            "/parks.csv",
            "text/csv",
            "name,area\nFountain Square,2\nUpland,14\n",
        );
        foreign.serve(
            "/trees.json",
            "application/json",
            "[{\"kind\": \"plane\", \"count\": 12}]",
        );
        let open_data = with_source(&rig, &format!("http://{at}/catalog.ttl"));
        open_data.harvest_due().await.unwrap();
        let first = last(&rig).await;
        let added = first.report.added.clone();
        assert_eq!(first.report.added, identifiers(&open_data), "{:?}", first.report);
        assert_eq!((first.report.added.len(), first.report.refused.len()), (2, 0));
        let [parks_id, trees_id] = [0, 1].map(|place| &added[place]);
        assert!(parks_id.starts_with("baku-parks-") && trees_id.starts_with("baku-trees-"));
        let catalogue = open_data.catalogue();
        let set = catalogue.dataset(parks_id).unwrap();
        assert_eq!(
            (set.title.az.as_str(), set.title.en.as_deref()),
            ("parks adı", Some("Title of parks"))
        );
        assert_eq!(set.publisher, "Parks of Baku");
        assert_eq!(set.license, "https://creativecommons.org/licenses/by/4.0/");
        assert_eq!(
            (set.theme.as_slice(), set.accrual_periodicity.as_deref()),
            (&["ENVI".to_owned()][..], Some("DAILY"))
        );
        assert_eq!(set.source.as_deref(), Some(format!("http://{at}/parks").as_str()));
        let query = Query {
            limit: 9,
            ..Query::default()
        };
        let rows = open_data.rows(parks_id, query).await.unwrap();
        assert_eq!(
            rows.records[1],
            [Value::Text("Upland".to_owned()), Value::Integer(14)]
        );

        // Nothing happens before it is due, and nothing changes where nothing changed.
        rig.clock.advance_ms(24 * HOUR_MS - 1);
        open_data.harvest_due().await.unwrap();
        assert_eq!((last(&rig).await, foreign.asked("/catalog.ttl")), (first, 1));
        rig.clock.advance_ms(1);
        open_data.harvest_due().await.unwrap();
        let report = last(&rig).await.report;
        let unchanged = Report {
            unchanged_count: 2,
            ..Report::default()
        };
        assert_eq!((report, foreign.asked("/catalog.ttl")), (unchanged, 2));

        foreign.serve("/parks.csv", "text/csv", "name,area\nUpland,15\n");
        foreign.serve("/catalog.ttl", "text/turtle", turtle(&[parks]));
        let report = harvested(&rig, &open_data).await;
        assert_eq!(
            (&report.changed[..], &report.gone[..]),
            (&[parks_id.clone()][..], &[trees_id.clone()][..])
        );
        assert_eq!(identifiers(&open_data), [parks_id.as_str()]);
        let rows = open_data
            .rows(
                parks_id,
                Query {
                    limit: 9,
                    ..Query::default()
                },
            )
            .await
            .unwrap();
        assert_eq!(
            rows.records,
            [[Value::Text("Upland".to_owned()), Value::Integer(15)]]
        );

        // One whose licence is not open any more goes.
        let closed = dataset(
            "parks",
            "dct:license <https://example.az/terms> ;",
            &file("parks.csv"),
        );
        foreign.serve("/catalog.ttl", "text/turtle", turtle(&[closed]));
        let report = harvested(&rig, &open_data).await;
        assert_eq!(
            (report.gone.len(), report.refused[0].reason),
            (1, Reason::Licence)
        );
        assert_eq!(identifiers(&open_data), Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_sets_are_refused_with_the_reason_and_the_place_while_others_go_on() {
    on_both(async |rig: Rig| {
        let (foreign, at) = Foreign::start().await;
        let closed_port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let text = format!(
            "[[source]]\nname = \"baku\"\nkind = \"dcat\"\naddress = \"http://{at}/catalog.ttl\"\npublisher = \"Baku\"\n\
             hosts = [\"127.0.0.1:{closed_port}\"]\ntheme = \"REGI\"\nevery_hours = 24\n"
        );
        let open_data = rig.apis.open_data.clone().with_sources(parse(&text).unwrap()).unwrap();
        let elsewhere = format!("http://localhost:{}/parks.csv", at.port());
        let nobody = format!("http://127.0.0.1:{closed_port}/parks.csv");
        // Stated about the data set, as many catalogues do.
        let sheet = dataset("sheet", "", "dcat:downloadURL <parks.xlsx>")
            .replace("a dcat:Dataset ;", &format!("a dcat:Dataset ; {}", open()));
        let hidden = dataset("hidden", &open(), &file("parks.csv")).replace("Title of hidden", "Title\u{202e}");
        let datasets = [
            ("closed", dataset("closed", "dct:license <https://example.az/terms> ;", &file("parks.csv")), Reason::Licence),
            ("unsaid", dataset("unsaid", "", &file("parks.csv")), Reason::Licence),
            ("hidden", hidden, Reason::Text),
            ("sheet", sheet, Reason::NoFile),
            ("elsewhere", dataset("elsewhere", &open(), &file(&elsewhere)), Reason::Host),
            ("scheme", dataset("scheme", &open(), &file("file:///etc/hostname.csv")), Reason::Host),
            ("silent", dataset("silent", &open(), &file(&nobody)), Reason::Silent),
            ("missing", dataset("missing", &open(), &file("missing.csv")), Reason::Status),
            ("moved", dataset("moved", &open(), &file("moved.csv")), Reason::Status),
            ("page", dataset("page", &open(), &file("page.csv")), Reason::Unread),
            ("rows", dataset("rows", &open(), &file("rows.csv")), Reason::BadRows),
        ];
        let mut all: Vec<String> = datasets.iter().map(|(_, text, _)| text.clone()).collect();
        all.push(dataset("parks", &open(), &file("parks.csv")));
        foreign.serve("/catalog.ttl", "text/turtle", turtle(&all));
        foreign.serve("/parks.csv", "text/csv", "name,area\nUpland,14\n");
        foreign.say("/moved.csv", 302, "text/csv", "");
        foreign.serve("/page.csv", "text/html", "<!DOCTYPE html><html><body>a,b</body></html>\n");
        foreign.serve("/rows.csv", "text/csv", "name,area\nUpland,14\nFountain Square\nSahil,3\n");
        let report = harvested(&rig, &open_data).await;
        assert_eq!(report.added.len(), 1, "{report:?}");
        assert_eq!(report.refused.len(), datasets.len());
        let asked_files = foreign.asked("/parks.csv");
        for (name, _, reason) in &datasets {
            let found = report.refused.iter().find(|refused| refused.place.contains(name));
            let found = found.or_else(|| {
                // A refused file is named by its address.
                report.refused.iter().find(|refused| refused.reason == *reason)
            });
            assert_eq!(found.map(|refused| refused.reason), Some(*reason), "{name}: {report:?}");
        }
        let bad = report.refused.iter().find(|refused| refused.reason == Reason::BadRows).unwrap();
        assert_eq!((bad.place.as_str(), bad.bad.len(), bad.bad[0].line), (format!("http://{at}/rows.csv").as_str(), 1, 3));
        // The redirect was not followed, and no file of another host was read.
        assert_eq!(asked_files, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn catalogue_that_cannot_be_read_changes_nothing() {
    on_both(async |rig: Rig| {
        let (foreign, at) = Foreign::start().await;
        let open_data = with_source(&rig, &format!("http://{at}/catalog"));
        foreign.serve("/catalog", "text/turtle", turtle(&[dataset("parks", &open(), &file("parks.csv"))]));
        foreign.serve("/parks.csv", "text/csv", "name,area\nUpland,14\n");
        let before = harvested(&rig, &open_data).await.added;
        let entities = "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a \"b\">]>\
                        <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:dcat=\"http://www.w3.org/ns/dcat#\" \
                        xmlns:dct=\"http://purl.org/dc/terms/\"><dcat:Dataset rdf:about=\"http://x.example/d\">\
                        <dct:title>&a;</dct:title></dcat:Dataset></rdf:RDF>";
        let context = format!("{{\"@context\": \"http://{at}/context.jsonld\", \"@id\": \"http://{at}/x\"}}");
        let twice = "<a> a dcat:Dataset .\n[] a dcat:Dataset ; dct:identifier \"x\" .\n[] a dcat:Dataset ; dct:identifier \"x\" .\n";
        let many: String = (0..201).map(|number| format!("<d{number}> a dcat:Dataset .\n")).collect();
        let large = format!("#{}", "x".repeat(17 << 20));
        for (status, kind, content, reason) in [
            (500, "text/turtle", turtle(&[]), Reason::Status),
            (200, "text/turtle", turtle(&[]), Reason::Document),
            (200, "text/turtle", "@prefix".to_owned(), Reason::Document),
            (200, "text/html", turtle(&[]), Reason::Document),
            (200, "application/rdf+xml", entities.to_owned(), Reason::Document),
            (200, "application/ld+json", context, Reason::Document),
            (200, "text/turtle", turtle(&["[] a dcat:Dataset .".to_owned()]), Reason::Document),
            (200, "text/turtle", turtle(&[twice.to_owned()]), Reason::Document),
            (200, "text/turtle", turtle(&[many]), Reason::TooMany),
            (200, "text/turtle", large, Reason::TooLarge),
        ] {
            foreign.say("/catalog", status, kind, content);
            let report = harvested(&rig, &open_data).await;
            let fault = report.fault.unwrap();
            assert_eq!(fault.reason, reason, "{}", fault.detail);
            assert_eq!(identifiers(&open_data), before);
        }
        assert_eq!(foreign.asked("/context.jsonld"), 0, "a context was fetched");
        // Pages that lead on and on.
        let page = |number: usize| {
            format!("<> <http://www.w3.org/ns/hydra/core#next> <page{}> .\n", number + 1)
        };
        foreign.serve("/catalog", "text/turtle", page(0));
        for number in 1..30 {
            foreign.serve(&format!("/page{number}"), "text/turtle", page(number));
        }
        let fault = harvested(&rig, &open_data).await.fault.unwrap();
        assert_eq!(fault.reason, Reason::TooMany);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn harvest_of_a_killed_process_is_completed_by_another() {
    on_both(async |rig: Rig| {
        let (foreign, at) = Foreign::start().await;
        let open_data = with_source(&rig, &format!("http://{at}/catalog.ttl"));
        let sets = ["a", "b"].map(|name| dataset(name, &open(), &file(&format!("{name}.csv"))));
        foreign.serve("/catalog.ttl", "text/turtle", turtle(&sets));
        for name in ["a", "b"] {
            foreign.serve(&format!("/{name}.csv"), "text/csv", "name\nUpland\n");
        }
        *foreign.0.silent.lock().unwrap() = Some("/b.csv".to_owned());
        let killed = tokio::spawn({
            let open_data = open_data.clone();
            async move { open_data.harvest_due().await }
        });
        foreign.0.waits.notified().await;
        killed.abort();
        assert!(killed.await.unwrap_err().is_cancelled());
        *foreign.0.silent.lock().unwrap() = None;
        // Nobody else begins while it may still run.
        open_data.harvest_due().await.unwrap();
        assert_eq!(
            (last(&rig).await.finished, foreign.asked("/catalog.ttl")),
            (None, 1)
        );
        rig.clock.advance_ms(2 * HOUR_MS);
        open_data.harvest_due().await.unwrap();
        let report = last(&rig).await.report;
        assert_eq!((report.unchanged_count, report.added.len()), (1, 1), "{report:?}");
        assert_eq!(identifiers(&open_data).len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_set_of_a_publisher_is_never_overwritten() {
    on_both(async |rig: Rig| {
        let (foreign, at) = Foreign::start().await;
        let open_data = with_source(&rig, &format!("http://{at}/catalog.ttl"));
        foreign.serve(
            "/catalog.ttl",
            "text/turtle",
            turtle(&[dataset("parks", &open(), &file("parks.csv"))]),
        );
        foreign.serve("/parks.csv", "text/csv", "name,area\nUpland,14\n");
        let identifier = harvested(&rig, &open_data).await.added.remove(0);
        // The same name on a platform where a publisher took it before.
        let by_hand = by_hand(&rig, &open_data, &format!("{identifier}-2")).await;
        assert_eq!(by_hand, 1);
        let rename = "UPDATE open_data_set SET organisation = 'org_1' WHERE identifier = $1";
        rig.db
            .run(sqlx::query(rename).bind(identifier.clone()))
            .await
            .unwrap();
        foreign.serve("/parks.csv", "text/csv", "name,area\nUpland,99\n");
        let report = harvested(&rig, &open_data).await;
        assert_eq!(
            (report.refused.len(), report.refused[0].reason),
            (1, Reason::Taken),
            "{report:?}"
        );
        let rows = open_data
            .rows(
                &identifier,
                Query {
                    limit: 1,
                    ..Query::default()
                },
            )
            .await
            .unwrap();
        assert_eq!(rows.records[0][1], Value::Integer(14));
        // What the source does not have is not taken out if it is a publisher's.
        foreign.serve(
            "/catalog.ttl",
            "text/turtle",
            turtle(&[dataset("other", &open(), &file("parks.csv"))]),
        );
        let report = harvested(&rig, &open_data).await;
        assert_eq!(report.gone, Vec::<String>::new());
        assert_eq!(identifiers(&open_data).len(), 3);
    })
    .await;
}

/// A publisher publishes a data set by hand: the number of its version.
async fn by_hand(rig: &Rig, open_data: &OpenData, identifier: &str) -> i64 {
    let publisher = Publisher {
        organisation: "org_1".to_owned(),
        name: "Parks".to_owned(),
        actor: Actor {
            kind: "developer",
            id: "ctz_1".to_owned(),
            name: "Aysel".to_owned(),
            token: None,
        },
    };
    let platform = open_data.platform();
    published::ask(platform, &publisher).await.unwrap();
    let mut tx = rig.db.begin().await.unwrap();
    assert!(
        published::decide(&mut tx, platform, &publisher, true, "seen")
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let mut writer = Writer::begin(platform, &publisher.organisation, 1 << 20)
        .await
        .unwrap();
    writer.push(b"name,area\nUpland,14\n").await.unwrap();
    let kept = writer.finish().await.unwrap();
    let draft = open_data.draft(&publisher, kept, "parks.csv", "").await.unwrap();
    let about = NewAbout {
        identifier: identifier.to_owned(),
        title_az: "Parklar".to_owned(),
        title_en: "Parks".to_owned(),
        description_az: "Parklar".to_owned(),
        description_en: "Parks".to_owned(),
        license: "cc-by".to_owned(),
        theme: vec!["ENVI".to_owned()],
        keywords: String::new(),
        frequency: "DAILY".to_owned(),
    };
    open_data
        .describe_draft(&publisher, &draft.id, about)
        .await
        .unwrap();
    open_data.publish(&publisher, &draft.id).await.unwrap().version
}
