use serde_json::{Value as Json, json};

use super::*;

async fn ask(request: Request<Body>) -> (StatusCode, Json) {
    let scene = scene().await;
    let response = axum::Router::from(crate::open_data::pages::routes::<()>(
        scene.open_data,
        Arc::new(Nobody),
    ))
    .oneshot(request)
    .await
    .unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn action(path_with_query: &str) -> (StatusCode, Json) {
    let path = format!("/api/3/action/{path_with_query}");
    ask(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post(name: &str, arguments: &Json) -> (StatusCode, Json) {
    let request = Request::post(format!("/api/3/action/{name}")).body(Body::from(arguments.to_string()));
    ask(request.unwrap()).await
}

#[tokio::test]
async fn catalogue_is_dcat_with_titles_in_both_languages() {
    let request = Request::get("/open-data/catalog.jsonld").body(Body::empty());
    let (status, catalogue) = ask(request.unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    let nodes = catalogue["@graph"].as_array().unwrap();
    let value = |node: &Json, term: &str, key: &str| node[term][0][key].as_str().map(str::to_owned);
    let of_class = |class: &str| {
        let class = format!("http://www.w3.org/ns/dcat#{class}");
        let is = |node: &&Json| {
            value(node, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "@id") == Some(class.clone())
        };
        nodes.iter().filter(is).collect::<Vec<_>>()
    };
    assert_eq!(of_class("Catalog").len(), 1);
    let datasets = of_class("Dataset");
    assert_eq!(datasets.len(), 4);
    for dataset in datasets {
        let titles = dataset["http://purl.org/dc/terms/title"].as_array().unwrap();
        let languages: Vec<_> = titles.iter().map(|text| &text["@language"]).collect();
        assert_eq!(languages, ["az", "en"]);
    }
    let files = of_class("Distribution");
    for file in &files {
        let url = value(file, "http://www.w3.org/ns/dcat#accessURL", "@id").unwrap();
        assert!(url.starts_with(PUBLIC_URL), "{url}");
    }
    let licences: Vec<_> = files
        .iter()
        .filter_map(|file| value(file, "http://purl.org/dc/terms/license", "@id"))
        .collect();
    // Nobody states one for the other two.
    assert_eq!(
        licences,
        [
            "https://opensource.org/license/mit",
            "https://creativecommons.org/licenses/by/4.0/"
        ]
    );
}

#[tokio::test]
async fn ckan_clients_find_and_show_packages() {
    let (status, found) = action("package_search?q=bayram&rows=5").await;
    assert_eq!((status, &found["success"]), (StatusCode::OK, &json!(true)));
    assert_eq!(found["result"]["count"], 1);
    let package = &found["result"]["results"][0];
    assert_eq!(package["name"], "az-public-holidays");
    assert_eq!(action("package_search?q=*:*").await.1["result"]["count"], 4);
    let (_, shown) = post("package_show", &json!({ "id": "az-public-holidays" })).await;
    assert_eq!(&shown["result"], package);
    let (status, missing) = action("package_show?id=az-snow").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(missing["error"]["__type"], "Not Found Error");
    let (status, incomplete) = action("package_show").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(
        incomplete["error"],
        json!({ "__type": "Validation Error", "id": ["Missing value"] })
    );
}

#[tokio::test]
async fn ckan_clients_read_typed_rows() {
    let arguments = json!({
        "resource_id": "az-populated-places", "filters": { "admin1_code": "01" },
        "fields": ["name", "population"], "sort": "population desc, name", "limit": 2,
    });
    let (status, rows) = post("datastore_search", &arguments).await;
    assert_eq!(status, StatusCode::OK);
    let result = &rows["result"];
    assert_eq!(
        result["fields"],
        json!([{ "id": "name", "type": "text" }, { "id": "population", "type": "int8" }])
    );
    assert_eq!(
        result["records"][0],
        json!({ "name": "Khirdalan", "population": 196_200 })
    );
    assert_eq!(
        (&result["total"], result["records"].as_array().unwrap().len()),
        (&json!(13), 2)
    );
    let by_query = "datastore_search?resource_id=az-populated-places&filters=%7B%22geonameid%22%3A587084%7D";
    assert_eq!(action(by_query).await.1["result"]["records"][0]["name"], "Baku");
}

#[tokio::test]
async fn mistakes_of_ckan_clients_are_named() {
    let wrong = async |arguments: Json| {
        let (status, answer) = post("datastore_search", &arguments).await;
        assert_eq!(answer["success"], false);
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
        answer["error"].clone()
    };
    let id = "az-populated-places";
    let error = wrong(json!({ "resource_id": id, "fields": "day" })).await;
    assert!(
        error["query"][0].as_str().unwrap().contains("`geonameid`"),
        "{error}"
    );
    assert!(wrong(json!({ "resource_id": id, "limit": "x" })).await["limit"].is_array());
    assert!(wrong(json!({ "resource_id": id, "fields": 5 })).await["fields"].is_array());
    assert!(
        wrong(json!({ "resource_id": id, "filters": { "name": { "a": "b" } } })).await["filters"].is_array()
    );
    assert!(wrong(json!({ "resource_id": 5 })).await["resource_id"].is_array());
    let (status, answer) = post("datastore_search", &json!([])).await;
    assert_eq!(
        (status, &answer["success"]),
        (StatusCode::BAD_REQUEST, &json!(false))
    );
    let (status, _) = post("datastore_search", &json!({ "resource_id": "az-snow" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn argument_that_is_not_understood_is_refused_and_not_ignored() {
    let id = "az-populated-places";
    for (name, arguments, field) in [
        ("package_search", json!({ "fq": "views:1" }), "fq"),
        ("package_search", json!({ "fq": "bayram" }), "fq"),
        (
            "package_search",
            json!({ "fq_list": ["groups:gove", "groups:[a TO b]"] }),
            "fq_list",
        ),
        (
            "package_search",
            json!({ "facet.field": ["title"] }),
            "facet.field",
        ),
        ("package_search", json!({ "sort": "views desc" }), "sort"),
        ("package_search", json!({ "sort": "id" }), "sort"),
        ("package_search", json!({ "q": "title:holidays" }), "q"),
        ("package_search", json!({ "q": "holidays OR places" }), "q"),
        ("package_search", json!({ "q": "-holidays" }), "q"),
        ("package_search", json!({ "q": "\"public holidays\"" }), "q"),
        (
            "package_search",
            json!({ "include_private": true }),
            "include_private",
        ),
        (
            "package_show",
            json!({ "id": "az-public-holidays", "revision": "1" }),
            "revision",
        ),
        (
            "datastore_search",
            json!({ "resource_id": id, "q": ["Baku"] }),
            "q",
        ),
        (
            "datastore_search",
            json!({ "resource_id": id, "distinct": "perhaps" }),
            "distinct",
        ),
        (
            "datastore_search",
            json!({ "resource_id": id, "records_format": "xml" }),
            "records_format",
        ),
        ("resource_search", json!({ "query": "snow:x" }), "query"),
        ("group_list", json!({ "sort": "snow" }), "sort"),
    ] {
        let (status, answer) = post(name, &arguments).await;
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
        assert_eq!(answer["error"]["__type"], "Validation Error");
        assert!(answer["error"][field].is_array(), "{answer}");
    }
    // What asks for nothing, or for what happens anyway.
    let usual = json!({
        "resource_id": id, "q": null, "distinct": false, "include_total": true, "records_format": "objects",
    });
    assert_eq!(post("datastore_search", &usual).await.0, StatusCode::OK);
    let (status, _) = action("package_search?fq=&facet=False&q=bayram").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn repeated_argument_is_a_list_or_refused() {
    let rows = "datastore_search?resource_id=az-populated-places&limit=1";
    let (status, answer) = action(&format!("{rows}&fields=name&fields=population")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let fields = answer["result"]["fields"].as_array().unwrap();
    let names: Vec<_> = fields.iter().map(|field| field["id"].as_str().unwrap()).collect();
    assert_eq!(names, ["name", "population"]);
    for twice in [
        "limit=1&limit=2",
        "offset=0&offset=1",
        "sort=name&sort=population%20desc",
    ] {
        let (status, answer) = action(&format!(
            "datastore_search?resource_id=az-populated-places&{twice}"
        ))
        .await;
        let is_sort = twice.starts_with("sort");
        assert_eq!(status == StatusCode::OK, is_sort, "{twice}: {answer}");
    }
    let (status, answer) = action("package_show?id=az-public-holidays&id=az-populated-places").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(answer["error"]["id"].is_array(), "{answer}");
    let request = Request::post("/api/3/action/package_show?id=az-public-holidays")
        .body(Body::from(json!({ "id": "az-populated-places" }).to_string()));
    let (status, answer) = ask(request.unwrap()).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
}

#[tokio::test]
async fn unknown_action_is_answered_in_json() {
    for base in ["/api/action", "/api/3/action"] {
        let request = Request::get(format!("{base}/snow_show")).body(Body::empty());
        let (status, answer) = ask(request.unwrap()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(answer["success"], false);
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(
            message.starts_with("Action name not known: snow_show"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn harvester_reads_every_package_and_later_the_changed_ones() {
    // The requests of ckanext-harvest (`ckanharvester.py`), first run and later ones.
    let (status, all) = action("package_search?rows=100&start=0&sort=id+asc").await;
    assert_eq!(status, StatusCode::OK, "{all}");
    let names = |answer: &Json| -> Vec<String> {
        let results = answer["result"]["results"].as_array().unwrap();
        results
            .iter()
            .map(|package| package["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut sorted = names(&all);
    assert_eq!(sorted.len(), 4);
    sorted.sort();
    assert_eq!(sorted, names(&all));
    let since = |moment: &str| {
        format!("package_search?rows=100&start=0&sort=id+asc&fq=metadata_modified%3A%5B{moment}+TO+%2A%5D")
    };
    let (status, changed) = action(&since("2026-11-19T23:59:59.999999Z")).await;
    assert_eq!((status, names(&changed).len()), (StatusCode::OK, 4), "{changed}");
    let (_, changed) = action(&since("2030-01-01T00:00:00Z")).await;
    assert_eq!(names(&changed), [] as [&str; 0]);
    let (_, backwards) = action("package_search?sort=metadata_modified%20desc,%20name%20desc").await;
    sorted.reverse();
    assert_eq!(names(&backwards), sorted);
}

#[tokio::test]
async fn names_and_resources_can_be_asked_for() {
    let (_, list) = action("package_list?limit=2&offset=1").await;
    assert_eq!(
        list["result"],
        json!(["az-e-service-portals", "az-populated-places"])
    );
    let (_, package) = action("package_show?id=az-public-holidays").await;
    let (_, resource) = action("resource_show?id=az-public-holidays").await;
    assert_eq!(resource["result"], package["result"]["resources"][0]);
    assert_eq!(action("resource_show?id=az-snow").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn arguments_come_from_forms_too() {
    let form = |body: &'static str| {
        let request = Request::post("/api/action/package_show")
            .header(
                header::CONTENT_TYPE,
                "Application/X-WWW-Form-Urlencoded; charset=utf-8",
            )
            .body(Body::from(body));
        ask(request.unwrap())
    };
    let (status, answer) = form("id=az-public-holidays").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    // `curl -d '{…}'` calls its JSON a form.
    let (status, answer) = form(r#"{"id": "az-public-holidays"}"#).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let request = Request::post("/api/action/package_show").body(Body::from("id=az-public-holidays"));
    assert_eq!(ask(request.unwrap()).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn rows_are_found_by_words_values_and_once() {
    let id = "az-populated-places";
    let found = async |arguments: Json| {
        let mut all = json!({ "resource_id": id, "fields": ["name"], "sort": "name" });
        let (fields, more) = (all.as_object_mut().unwrap(), arguments.as_object().unwrap());
        fields.extend(more.clone());
        let (status, answer) = post("datastore_search", &all).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        (
            answer["result"]["total"].as_u64().unwrap(),
            answer["result"]["records"].clone(),
        )
    };
    let (one, records) = found(json!({ "q": "KHIRDALAN" })).await;
    assert_eq!((one, &records), (1, &json!([{ "name": "Khirdalan" }])));
    assert_eq!(
        found(json!({ "q": "khirdal" })).await.0,
        0,
        "a word is a complete one"
    );
    assert_eq!(
        found(json!({ "q": "khirdalan asia" })).await.0,
        1,
        "each word in any column"
    );
    assert_eq!(found(json!({ "q": { "name": "baku" } })).await.0, 1);
    assert_eq!(
        found(json!({ "q": { "timezone": "baku" }, "limit": 0 })).await.0,
        245
    );
    let two = json!({ "filters": { "name": ["Khirdalan", "Baku", "Baku", "Snow"] } });
    let (count, records) = found(two).await;
    assert_eq!(
        (count, &records),
        (2, &json!([{ "name": "Baku" }, { "name": "Khirdalan" }]))
    );
    let zones = json!({ "fields": ["timezone"], "sort": "timezone", "distinct": true });
    assert_eq!(found(zones).await, (1, json!([{ "timezone": "Asia/Baku" }])));
    let (_, answer) = post(
        "datastore_search",
        &json!({ "resource_id": id, "fields": "name,population", "filters": { "name": "Baku" }, "records_format": "csv", "include_total": false }),
    )
    .await;
    assert!(
        answer["result"]["records"].as_str().unwrap().starts_with("Baku,"),
        "{answer}"
    );
    assert!(answer["result"]["total"].is_null());
    let many = json!({ "resource_id": id, "q": "a b c d e f g h i" });
    assert_eq!(post("datastore_search", &many).await.0, StatusCode::CONFLICT);
}
