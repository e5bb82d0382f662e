//! Open data of publishers: the rules on both engines, and CKAN's own client at the running platform.

use std::sync::Arc;

use aim_gov::clock::{Clock, DAY_MS, Timestamp};
use aim_gov::db::{Conn, Db, sqlite_address};
use aim_gov::open_data::catalogue::Catalogue;
use aim_gov::open_data::published::file::{Kept, PIECE_BYTES, Writer};
use aim_gov::open_data::published::{
    self, ActKind, Actor, DRAFT_DAYS, DRAFTS_MAX, NewAbout, PUBLISHER_BYTES_MAX, PublishError, Publisher,
    SETS_MAX, VERSIONS_KEPT, store,
};
use aim_gov::open_data::upload::{Choice, Kind};
use aim_gov::open_data::{OpenData, Query, Value};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_tests::actors::developer::Developer;
use aim_tests::http::Page;
use aim_tests::paths;
use aim_tests::postgres::Postgres;
use tokio::process::Command;

use crate::stage::Stage;

const NOW: Timestamp = Timestamp(1_795_000_000_000);

struct Scene {
    platform: Platform,
    open_data: OpenData,
    publisher: Publisher,
    other: Publisher,
}

fn publisher(number: u32) -> Publisher {
    Publisher {
        organisation: format!("org_{number}"),
        name: format!("Qurum {number}"),
        actor: Actor {
            kind: "developer",
            id: format!("cit_{number}"),
            name: "Elçin".to_owned(),
            token: None,
        },
    }
}

async fn open(platform: &Platform) -> OpenData {
    let catalogue = Arc::new(Catalogue::embedded("http://localhost:8080").unwrap());
    OpenData::open(platform.clone(), catalogue).await.unwrap()
}

async fn admit(platform: &Platform, publisher: &Publisher, admits: bool) -> bool {
    let mut tx = platform.db.begin().await.unwrap();
    let conn: &mut Conn = &mut tx;
    let decided = published::decide(conn, platform, publisher, admits, "grounds")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    decided
}

async fn scene(address: &str) -> Scene {
    let platform = Platform {
        db: Db::open(address).await.unwrap(),
        clock: Clock::manual(NOW),
        random: Random::seeded(1),
    };
    let (one, two) = (publisher(1), publisher(2));
    for publisher in [&one, &two] {
        assert!(
            !admit(&platform, publisher, true).await,
            "nobody admits who did not ask"
        );
        assert!(published::ask(&platform, publisher).await.unwrap());
        assert!(!published::ask(&platform, publisher).await.unwrap());
        assert!(admit(&platform, publisher, true).await);
    }
    Scene {
        open_data: open(&platform).await,
        platform,
        publisher: one,
        other: two,
    }
}

fn about(identifier: &str) -> NewAbout {
    NewAbout {
        identifier: identifier.to_owned(),
        title_az: "Çaylar".to_owned(),
        title_en: "Rivers".to_owned(),
        description_az: "Çayların uzunluğu".to_owned(),
        description_en: "Lengths of rivers".to_owned(),
        license: "cc-by".to_owned(),
        theme: vec!["ENVI".to_owned()],
        keywords: "çay, su".to_owned(),
        frequency: "ANNUAL".to_owned(),
    }
}

impl Scene {
    async fn file(&self, content: &[u8]) -> Kept {
        let writer = Writer::begin(&self.platform, &self.publisher.organisation, 1 << 20).await;
        let mut writer = writer.unwrap();
        writer.push(content).await.unwrap();
        writer.finish().await.unwrap()
    }

    /// A described draft of this content.
    async fn draft(&self, content: &str, dataset: &str, identifier: &str) -> String {
        let file = self.file(content.as_bytes()).await;
        let draft = self
            .open_data
            .draft(&self.publisher, file, "çaylar.csv", dataset)
            .await
            .unwrap();
        self.open_data
            .describe_draft(&self.publisher, &draft.id, about(identifier))
            .await
            .unwrap();
        draft.id
    }

    async fn publish(&self, content: &str, dataset: &str, identifier: &str) -> Result<i64, PublishError> {
        let draft = self.draft(content, dataset, identifier).await;
        let published = self.open_data.publish(&self.publisher, &draft).await;
        // The records of acts sort by their time.
        self.platform.clock.advance_ms(1);
        Ok(published?.version)
    }

    async fn rows(&self, open_data: &OpenData) -> Vec<Vec<Value>> {
        let query = Query {
            limit: 10,
            ..Query::default()
        };
        open_data.rows("rivers", query).await.unwrap().records
    }

    async fn acts(&self) -> Vec<ActKind> {
        let mut reader = self.platform.db.reader().await.unwrap();
        let acts = store::acts(&mut reader, &self.publisher.organisation, "rivers")
            .await
            .unwrap();
        acts.into_iter().rev().map(|act| act.act).collect()
    }
}

fn row(name: &str, km: f64) -> Vec<Value> {
    vec![Value::Text(name.to_owned()), Value::Number(km)]
}

const FILE: &str = "ad;km\nKür;1515,5\n";

/// One rule, tried on its own platform.
type Check = fn(Scene) -> futures::future::BoxFuture<'static, ()>;

#[tokio::test(flavor = "multi_thread")]
async fn publishers_open_data_keeps_its_promises_on_both_engines() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = Postgres::start().await.unwrap();
    let checks: [(&str, Check); 8] = [
        ("versions", |scene| {
            Box::pin(versions_replace_all_rows_and_are_recorded(scene))
        }),
        ("others", |scene| {
            Box::pin(another_organisation_is_refused_every_operation(scene))
        }),
        ("rules", |scene| Box::pin(each_rule_has_its_error(scene))),
        ("ended", |scene| {
            Box::pin(publisher_whose_right_ended_changes_nothing(scene))
        }),
        ("large", |scene| {
            Box::pin(file_of_many_pieces_comes_out_as_it_went_in(scene))
        }),
        ("sweep", |scene| Box::pin(what_belongs_to_nothing_is_swept(scene))),
        ("moved", |scene| {
            Box::pin(draft_is_published_once_and_as_it_was_read(scene))
        }),
        ("bounds", |scene| {
            Box::pin(publishers_stay_within_their_bounds(scene))
        }),
    ];
    for (name, check) in checks {
        let sqlite = sqlite_address(&folder.path().join(format!("{name}.db")));
        for address in [sqlite, postgres.database().await.unwrap()] {
            check(scene(&address).await).await;
        }
    }
}

async fn versions_replace_all_rows_and_are_recorded(scene: Scene) {
    let elsewhere = open(&scene.platform).await;
    assert_eq!(scene.publish(FILE, "", "rivers").await.unwrap(), 1);
    assert_eq!(scene.rows(&scene.open_data).await, [row("Kür", 1515.5)]);
    let catalogue = scene.open_data.catalogue();
    let dataset = catalogue.dataset("rivers").unwrap();
    assert_eq!((dataset.publisher.as_str(), dataset.modified), ("Qurum 1", NOW));
    // Another node sees it with its next refresh.
    assert!(elsewhere.catalogue().dataset("rivers").is_none());
    let elsewhere = open(&scene.platform).await;
    assert_eq!(scene.rows(&elsewhere).await, [row("Kür", 1515.5)]);
    // The columns keep their types: the second file alone would have whole numbers.
    let second = scene
        .publish("ad;km\nAraz;1072\nQanıx;413\n", "rivers", "another-name")
        .await;
    assert_eq!(second.unwrap(), 2);
    assert_eq!(
        scene.rows(&scene.open_data).await,
        [row("Araz", 1072.0), row("Qanıx", 413.0)]
    );
    scene
        .open_data
        .withdraw(&scene.publisher, "rivers")
        .await
        .unwrap();
    scene.platform.clock.advance_ms(1);
    assert!(scene.open_data.catalogue().dataset("rivers").is_none());
    let again = scene
        .open_data
        .withdraw(&scene.publisher, "rivers")
        .await
        .unwrap_err();
    assert_eq!(again.code(), "moved");
    assert_eq!(scene.publish(FILE, "rivers", "rivers").await.unwrap(), 3);
    let described = NewAbout {
        title_en: "Rivers, 2026".to_owned(),
        ..about("rivers")
    };
    scene
        .open_data
        .describe(&scene.publisher, &described)
        .await
        .unwrap();
    let title = scene
        .open_data
        .catalogue()
        .dataset("rivers")
        .unwrap()
        .title
        .en
        .clone();
    assert_eq!(title.as_deref(), Some("Rivers, 2026"));
    use ActKind::{Describe, Publish, Replace, Withdraw};
    assert_eq!(
        scene.acts().await,
        [Publish, Replace, Withdraw, Replace, Describe]
    );
    let mut reader = scene.platform.db.reader().await.unwrap();
    let versions = store::versions(&mut reader, "rivers").await.unwrap();
    assert_eq!(
        versions.iter().map(|version| version.number).collect::<Vec<_>>(),
        [3, 2, 1]
    );
    drop(reader);
    for version in 4..=VERSIONS_KEPT + 1 {
        assert_eq!(scene.publish(FILE, "rivers", "rivers").await.unwrap(), version);
    }
    let mut reader = scene.platform.db.reader().await.unwrap();
    let versions = store::versions(&mut reader, "rivers").await.unwrap();
    let kept = versions.iter().filter(|version| !version.file.is_empty()).count();
    assert_eq!((versions.len(), kept), (11, 10));
}

async fn another_organisation_is_refused_every_operation(scene: Scene) {
    scene.publish(FILE, "", "rivers").await.unwrap();
    let draft = scene.draft(FILE, "rivers", "rivers").await;
    let (open_data, other) = (&scene.open_data, &scene.other);
    let file = scene.file(FILE.as_bytes()).await;
    let refused = [
        open_data.own_draft(other, &draft).await.map(drop).unwrap_err(),
        open_data
            .correct(other, &draft, Choice::default())
            .await
            .map(drop)
            .unwrap_err(),
        open_data
            .describe_draft(other, &draft, about("rivers"))
            .await
            .map(drop)
            .unwrap_err(),
        open_data.publish(other, &draft).await.map(drop).unwrap_err(),
        open_data.discard(other, &draft).await.unwrap_err(),
        open_data
            .draft(other, file, "x.csv", "rivers")
            .await
            .map(drop)
            .unwrap_err(),
        open_data
            .describe(other, &about("rivers"))
            .await
            .map(drop)
            .unwrap_err(),
        open_data.withdraw(other, "rivers").await.map(drop).unwrap_err(),
        open_data.own_set(other, "rivers").await.map(drop).unwrap_err(),
    ];
    for (place, error) in refused.iter().enumerate() {
        assert_eq!(error.code(), "not-found", "{place}");
    }
    assert_eq!(
        open_data
            .announce(other, &about("rivers"))
            .await
            .unwrap_err()
            .code(),
        "taken"
    );
    let theirs = Scene {
        publisher: scene.other.clone(),
        other: scene.publisher.clone(),
        open_data: scene.open_data.clone(),
        platform: scene.platform.clone(),
    };
    assert_eq!(
        theirs.publish(FILE, "", "rivers").await.unwrap_err().code(),
        "taken"
    );
    assert_eq!(scene.rows(&scene.open_data).await, [row("Kür", 1515.5)]);
    assert_eq!(scene.acts().await, [ActKind::Publish]);
    // The draft is as it was.
    scene.open_data.publish(&scene.publisher, &draft).await.unwrap();
}

async fn each_rule_has_its_error(scene: Scene) {
    let code = |result: Result<i64, PublishError>| result.unwrap_err().code();
    assert_eq!(
        code(scene.publish("a,b\n1,2\n3\n", "", "rivers").await),
        "bad-rows"
    );
    assert_eq!(code(scene.publish("<html>", "", "rivers").await), "unread");
    assert_eq!(
        code(scene.publish(FILE, "", "az-populated-places").await),
        "taken"
    );
    let draft = scene.draft(FILE, "", "rivers").await;
    let wrong = scene
        .open_data
        .describe_draft(&scene.publisher, &draft, NewAbout::default())
        .await;
    let Err(PublishError::Fields(fields)) = wrong else {
        panic!("{wrong:?}")
    };
    let fields: Vec<_> = fields.iter().map(|wrong| wrong.field.code()).collect();
    let all = [
        "identifier",
        "title_az",
        "title_en",
        "description_az",
        "description_en",
        "theme",
        "frequency",
        "license",
    ];
    assert_eq!(fields, all);
    // What was typed is kept, and is not published.
    let kept = scene.open_data.publish(&scene.publisher, &draft).await;
    assert_eq!(kept.unwrap_err().code(), "fields");
    let mut writer = Writer::begin(&scene.platform, "org_1", 3).await.unwrap();
    assert_eq!(writer.push(b"1234").await.unwrap_err().code(), "too-large");
    assert!(scene.open_data.catalogue().dataset("rivers").is_none());
    assert_eq!(scene.acts().await, []);
}

async fn publisher_whose_right_ended_changes_nothing(scene: Scene) {
    scene.publish(FILE, "", "rivers").await.unwrap();
    let draft = scene.draft(FILE, "rivers", "rivers").await;
    let file = scene.file(FILE.as_bytes()).await;
    assert!(admit(&scene.platform, &scene.publisher, false).await);
    assert!(!admit(&scene.platform, &scene.publisher, false).await);
    let (open_data, publisher) = (&scene.open_data, &scene.publisher);
    for error in [
        open_data.publish(publisher, &draft).await.map(drop).unwrap_err(),
        open_data
            .draft(publisher, file, "x.csv", "")
            .await
            .map(drop)
            .unwrap_err(),
        open_data
            .announce(publisher, &about("lakes"))
            .await
            .map(drop)
            .unwrap_err(),
        open_data
            .describe(publisher, &about("rivers"))
            .await
            .map(drop)
            .unwrap_err(),
        open_data
            .withdraw(publisher, "rivers")
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), "not-publisher");
    }
    assert_eq!(scene.rows(&scene.open_data).await, [row("Kür", 1515.5)]);
    assert_eq!(scene.acts().await, [ActKind::Publish]);
}

async fn file_of_many_pieces_comes_out_as_it_went_in(scene: Scene) {
    let text: String = (0..80_000_u32)
        .map(|number| format!("{number},şəhər {number}\n"))
        .collect();
    let content = format!("n,ad\n{text}");
    assert!(content.len() > 8 * PIECE_BYTES);
    let mut writer = Writer::begin(&scene.platform, "org_1", 1 << 30).await.unwrap();
    for part in content.as_bytes().chunks(100_003) {
        writer.push(part).await.unwrap();
    }
    let file = writer.finish().await.unwrap();
    let kept = published::file::content(&scene.platform.db, &file.id)
        .await
        .unwrap();
    assert!(kept == content.as_bytes());
    let draft = scene
        .open_data
        .draft(&scene.publisher, file, "large.csv", "")
        .await
        .unwrap();
    scene
        .open_data
        .describe_draft(&scene.publisher, &draft.id, about("rivers"))
        .await
        .unwrap();
    scene
        .open_data
        .publish(&scene.publisher, &draft.id)
        .await
        .unwrap();
    let query = Query {
        offset: 79_999,
        limit: 10,
        ..Query::default()
    };
    let rows = scene.open_data.rows("rivers", query).await.unwrap();
    assert_eq!(rows.total, 80_000);
    assert_eq!(
        rows.records,
        [[Value::Integer(79_999), Value::Text("şəhər 79999".to_owned())]]
    );
}

async fn what_belongs_to_nothing_is_swept(scene: Scene) {
    scene.publish(FILE, "", "rivers").await.unwrap();
    let draft = scene.draft(FILE, "", "lakes").await;
    let content = async |id: &str| {
        published::file::content(&scene.platform.db, id)
            .await
            .unwrap()
            .len()
    };
    let lost = scene.file(FILE.as_bytes()).await;
    scene.open_data.sweep().await.unwrap();
    assert_eq!(content(&lost.id).await, FILE.len(), "it may still arrive");
    scene.platform.clock.advance_ms(DAY_MS + 1);
    scene.open_data.sweep().await.unwrap();
    assert_eq!(content(&lost.id).await, 0);
    let known = scene.open_data.own_draft(&scene.publisher, &draft).await.unwrap();
    assert_eq!(content(&known.file).await, FILE.len());
    scene.platform.clock.advance_ms(DAY_MS * i64::from(DRAFT_DAYS));
    scene.open_data.sweep().await.unwrap();
    let gone = scene
        .open_data
        .own_draft(&scene.publisher, &draft)
        .await
        .unwrap_err();
    assert_eq!((gone.code(), content(&known.file).await), ("not-found", 0));
    let fresh = open(&scene.platform).await;
    assert_eq!(scene.rows(&fresh).await, [row("Kür", 1515.5)]);
}

async fn draft_is_published_once_and_as_it_was_read(scene: Scene) {
    let draft = scene.draft(FILE, "", "rivers").await;
    let (open_data, publisher) = (&scene.open_data, &scene.publisher);
    let text = Choice {
        kinds: [("km".to_owned(), Kind::Text)].into(),
        ..Choice::default()
    };
    open_data.correct(publisher, &draft, text).await.unwrap();
    let (first, second) = tokio::join!(
        open_data.publish(publisher, &draft),
        open_data.publish(publisher, &draft)
    );
    let codes = [first, second].map(|published| published.map_or_else(|error| error.code(), |_| "published"));
    assert!(codes.contains(&"published"), "{codes:?}");
    assert!(
        codes.contains(&"moved") || codes.contains(&"not-found"),
        "{codes:?}"
    );
    let expected = vec![Value::Text("Kür".to_owned()), Value::Text("1515,5".to_owned())];
    assert_eq!(scene.rows(open_data).await, [expected]);
    // A new data set does not replace one by its name.
    assert_eq!(
        scene.publish(FILE, "", "rivers").await.unwrap_err().code(),
        "taken"
    );
    let draft = scene.draft(FILE, "", "lakes").await;
    open_data.discard(publisher, &draft).await.unwrap();
    assert_eq!(
        open_data.publish(publisher, &draft).await.unwrap_err().code(),
        "not-found"
    );
}

async fn publishers_stay_within_their_bounds(scene: Scene) {
    for _ in 0..DRAFTS_MAX {
        scene.draft(FILE, "", "rivers").await;
    }
    let file = scene.file(FILE.as_bytes()).await;
    let (open_data, publisher) = (&scene.open_data, &scene.publisher);
    let one_more = open_data.draft(publisher, file, "x.csv", "").await;
    assert_eq!(one_more.unwrap_err().code(), "too-many");
    for number in 0..SETS_MAX {
        open_data
            .announce(publisher, &about(&format!("set-{number}")))
            .await
            .unwrap();
    }
    let one_more = open_data.announce(publisher, &about("one-more")).await;
    assert_eq!(one_more.unwrap_err().code(), "too-many");
    let mut tx = scene.platform.db.begin().await.unwrap();
    let conn: &mut Conn = &mut tx;
    sqlx::query("UPDATE open_data_file SET bytes = $1 WHERE organisation = 'org_1'")
        .bind(PUBLISHER_BYTES_MAX)
        .execute(conn)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let full = Writer::begin(&scene.platform, "org_1", 10).await.map(drop);
    assert_eq!(full.unwrap_err().code(), "too-many");
    assert!(Writer::begin(&scene.platform, "org_2", 10).await.is_ok());
}

/// Runs the script that `cargo xtask conformance` runs too.
#[tokio::test(flavor = "multi_thread")]
async fn ckanapi_publishes_with_the_token_of_an_admitted_organisation() {
    let stage = Stage::start().await;
    let url = stage.platform.url.clone();
    let start =
        async |fin: &str, name: &str, tax_id: &str| Developer::start(&url, fin, name, tax_id).await.unwrap();
    let publisher = start("OTEST0C", "Sahil MMC", "1500000077").await;
    let other = start("OTEST0A", "Hidromet MMC", "1500000078").await;
    for (developer, name) in [(&publisher, "Sahil MMC"), (&other, "Hidromet MMC")] {
        developer.ask_to_publish().await.unwrap();
        stage.panel.first.admit_publisher(name).await.unwrap();
    }
    let sites = serde_json::json!({
        "publisher": { "token": publisher.token, "name": "Sahil MMC" },
        "other_publisher": { "token": other.token, "name": "Hidromet MMC" },
        "stranger": { "token": stage.developer.token, "name": "Xəzər" },
    });
    let python =
        std::env::var_os("AIM_CKANAPI").expect("`cargo xtask test` installs ckanapi and sets AIM_CKANAPI");
    let output = Command::new(std::path::Path::new(&python).with_file_name("python"))
        .arg(paths::project().join("tests/conformance/open_data_publish.py"))
        .arg(&url)
        .env("AIM_SITES", sites.to_string())
        .env("PYTHONWARNINGS", "ignore")
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let warned = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}\n{warned}");
    stage.platform.stop().await.unwrap();
}

/// Uploads a file with the form of the page.
async fn upload(developer: &Developer, page: &Page, content: &str) -> Page {
    let form = page.form_to("/open-data/upload").unwrap();
    developer
        .citizen
        .agent
        .upload(page, &form, "file", "rivers.csv", content)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn publisher_corrects_the_reading_and_publishes_on_the_pages() {
    let stage = Stage::start().await;
    let developer = &stage.developer;
    let page = developer
        .citizen
        .page("/developers/open-data")
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert!(page.form_to("/open-data/upload").is_err(), "{page}");
    developer.ask_to_publish().await.unwrap();
    stage
        .panel
        .first
        .admit_publisher(aim_tests::actors::developer::STARTUP)
        .await
        .unwrap();
    let page = developer
        .citizen
        .page("/developers/open-data")
        .await
        .unwrap()
        .ok()
        .unwrap();
    let page = upload(developer, &page, "ad;km\nKür;1515,5\nAraz\n")
        .await
        .ok()
        .unwrap();
    assert!(page.text().contains("1 fields instead of 2"), "{page}");
    assert!(page.form_to("/about").is_err(), "{page}");
    let draft = page.url.path().to_owned();
    // With a tab as separator the file is one column, and no row is bad.
    let form = page
        .form_with(&["separator", "header_line"])
        .unwrap()
        .fill("separator", "tab")
        .unwrap();
    let page = developer
        .citizen
        .agent
        .submit(&page, &form)
        .await
        .unwrap()
        .ok()
        .unwrap();
    let form = page.form_to("/about").unwrap();
    let form = form
        .fill("identifier", "rivers")
        .unwrap()
        .fill("title_az", "Çaylar")
        .unwrap();
    let page = developer.citizen.agent.submit(&page, &form).await.unwrap();
    assert_eq!(page.status.as_u16(), 422, "{page}");
    assert!(
        page.body.contains("value=\"Çaylar\""),
        "nothing typed is lost: {page}"
    );
    let stranger = Developer::start(&stage.platform.url, "OTEST0A", "Hidromet MMC", "1500000078")
        .await
        .unwrap();
    for path in [
        draft.clone(),
        format!("{draft}/publish"),
        format!("{draft}/discard"),
    ] {
        let page = stranger
            .citizen
            .agent
            .get(format!("{}{path}", stage.platform.url))
            .await
            .unwrap();
        assert_eq!(page.status.as_u16(), 404, "{path}: {page}");
    }
    stage.platform.stop().await.unwrap();
}
