use super::*;
use crate::open_data::reading::Fault;
use crate::open_data::table::TableError;

fn catalogue() -> Catalogue {
    Catalogue::embedded(PUBLIC_URL).unwrap()
}

fn found(query: SearchQuery) -> Vec<String> {
    let page = search::run(&catalogue(), &query).unwrap();
    page.results
        .into_iter()
        .map(|dataset| dataset.identifier)
        .collect()
}

fn by_text(text: &str) -> Vec<String> {
    found(SearchQuery {
        text: text.into(),
        rows: 100,
        ..SearchQuery::default()
    })
}

#[test]
fn words_are_found_in_both_languages_by_the_rules_of_each() {
    assert_eq!(by_text("İSTİRAHƏT"), ["az-public-holidays"]);
    assert_eq!(by_text("DİNİ"), ["az-public-holidays"]);
    assert_eq!(by_text("DINI"), [] as [&str; 0]);
    // Nobody says in which language a keyword is, so it is found by the rules of either.
    assert_eq!(by_text("ISTIRAHƏT"), ["az-public-holidays"]);
    assert_eq!(by_text("yaşayış MƏNTƏQƏLƏRİ"), ["az-populated-places"]);
    assert_eq!(by_text("PUBLIC HOLIDAYS"), ["az-public-holidays"]);
    assert_eq!(by_text("HOLIDAY"), ["az-public-holidays"]);
    assert_eq!(by_text("geonames kənd"), ["az-populated-places"]);
    assert_eq!(by_text("snow"), [] as [&str; 0]);
    assert_eq!(by_text("").len(), 4);
}

#[test]
fn word_in_the_title_counts_more_than_one_in_the_description() {
    let hits = by_text("figures");
    assert_eq!(hits, ["az-digital-government-statistics"]);
    let hits = by_text("elektron");
    assert_eq!(hits[0], "az-e-service-portals");
}

#[test]
fn themes_and_publishers_narrow_and_pages_follow_one_another() {
    let by_theme = |theme: &[&str], start, rows| SearchQuery {
        theme: theme.iter().map(|theme| (*theme).to_owned()).collect(),
        start,
        rows,
        ..SearchQuery::default()
    };
    assert_eq!(
        found(by_theme(&["TECH", "REGI"], 0, 10)),
        ["az-populated-places", "az-digital-government-statistics"]
    );
    let page = search::run(&catalogue(), &by_theme(&["GOVE"], 1, 1)).unwrap();
    assert_eq!((page.count, page.results.len()), (3, 1));
    assert_eq!(page.results[0].identifier, "az-e-service-portals");
    let nobody = SearchQuery {
        publisher: vec!["Nobody".into()],
        rows: 10,
        ..SearchQuery::default()
    };
    assert_eq!(found(nobody), [] as [&str; 0]);
    let geonames = SearchQuery {
        publisher: vec!["GeoNames".into()],
        rows: 10,
        ..SearchQuery::default()
    };
    assert_eq!(found(geonames), ["az-populated-places"]);
}

#[test]
fn each_wrong_search_is_refused_with_its_own_code() {
    let cases = [
        (
            "rows-too-large",
            SearchQuery {
                rows: 101,
                ..SearchQuery::default()
            },
        ),
        (
            "text-too-long",
            SearchQuery {
                text: "ə".repeat(201),
                ..SearchQuery::default()
            },
        ),
        (
            "text-too-long",
            SearchQuery {
                text: "a ".repeat(17),
                ..SearchQuery::default()
            },
        ),
        (
            "too-many-choices",
            SearchQuery {
                theme: vec!["GOVE".into(); 33],
                ..SearchQuery::default()
            },
        ),
    ];
    for (code, query) in cases {
        assert_eq!(search::run(&catalogue(), &query).unwrap_err().code(), code);
    }
}

const DESCRIPTION: &str = r#"
title = { az = "Sınaq" }
description = { az = "Sınaq" }
publisher = "AIM"
[[dataset]]
identifier = "rivers"
title = { az = "Çaylar" }
description = { az = "Çaylar" }
publisher = "AIM"
license = "not-stated"
issued = "2026-01-01T00:00:00Z"
modified = "2026-01-01T00:00:00Z"
[[dataset.distribution]]
id = "rivers"
file = "rivers.csv"
"#;

#[test]
fn folder_becomes_a_catalogue_or_says_what_is_wrong_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let load = || Catalogue::load(dir.path(), PUBLIC_URL);
    let describe = |text: &str| std::fs::write(dir.path().join("catalogue.toml"), text).unwrap();
    assert!(matches!(load(), Err(CatalogueError::Read { file, .. }) if file == "catalogue.toml"));
    describe(DESCRIPTION);
    assert!(matches!(load(), Err(CatalogueError::Read { file, .. }) if file == "rivers.csv"));
    std::fs::write(dir.path().join("rivers.csv"), "name,km\nKür\n").unwrap();
    assert!(matches!(load(), Err(CatalogueError::Table { file, .. }) if file == "rivers.csv"));
    std::fs::write(dir.path().join("rivers.csv"), "name,km\nKür,1515\n").unwrap();
    let catalogue = load().unwrap();
    assert_eq!(catalogue.table("rivers").unwrap().rows_count(), 1);
    std::fs::write(dir.path().join("rivers.csv"), "name,km;m\nKür,1515;0\n").unwrap();
    let ambiguous = load().unwrap_err();
    assert!(matches!(
        &ambiguous,
        CatalogueError::Table {
            source: TableError::Fault(Fault::Ambiguous { .. }),
            ..
        }
    ));
    let said = |separator: &str| {
        DESCRIPTION.replace(
            "rivers.csv\"",
            &format!("rivers.csv\"\nseparator = \"{separator}\""),
        )
    };
    describe(&said(";"));
    let catalogue = load().unwrap();
    let table = catalogue.table("rivers").unwrap();
    let names: Vec<_> = table.columns().iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["name,km", "m"]);
    describe(&said("/"));
    assert!(
        matches!(load(), Err(CatalogueError::Description(error)) if error.to_string().contains("`separator` is one of"))
    );
    std::fs::write(dir.path().join("rivers.csv"), "name,km\nKür,1515\n").unwrap();
    describe(&DESCRIPTION.replace("title = { az", "titel = { az"));
    assert!(matches!(load(), Err(CatalogueError::Description(_))));
    describe(&DESCRIPTION.replace("\"2026-01-01T00:00:00Z\"\n[[", "\"yesterday\"\n[["));
    assert!(matches!(load(), Err(CatalogueError::Date { dataset, .. }) if dataset == "rivers"));
    describe(&DESCRIPTION.replace("\"rivers\"", "\"Rivers\""));
    assert!(matches!(load(), Err(CatalogueError::Identifier(id)) if id == "Rivers"));
    let twice = DESCRIPTION.split_once("[[dataset]]").unwrap().1;
    describe(&format!("{DESCRIPTION}[[dataset]]{twice}"));
    assert!(matches!(load(), Err(CatalogueError::Identifier(id)) if id == "rivers"));
}
