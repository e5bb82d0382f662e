//! CKAN's own command-line and Python client, unchanged, against the running platform.

use std::process::Stdio;

use aim_tests::instance::Instance;
use tokio::process::Command;

/// Reads the catalogue and its rows, and meets each error that the client has a name for.
const CLIENT: &str = r#"
import json, sys
from ckanapi import RemoteCKAN, NotFound, ValidationError, CKANAPIError

ckan = RemoteCKAN(sys.argv[1])
found = {"list": ckan.action.package_list(), "search": ckan.action.package_search(q="bayram", rows=5)["count"]}
found["package"] = ckan.action.package_show(id="az-populated-places")["name"]
rows = ckan.action.datastore_search(resource_id="az-populated-places", limit=1, sort="population desc")
found["row"] = rows["records"][0]["name"]
found["by_get"] = RemoteCKAN(sys.argv[1], get_only=True).action.package_show(id="az-public-holidays")["id"]

def error(kind, call):
    try:
        return "no error: " + json.dumps(call())
    except kind as error:
        return str(error)

found["missing"] = error(NotFound, lambda: ckan.action.package_show(id="az-snow"))
found["refused"] = error(ValidationError, lambda: ckan.action.package_search(q="title:bayram"))
found["unknown"] = error(CKANAPIError, lambda: ckan.action.datastore_search_sql(sql="SELECT 1"))
print(json.dumps(found))
"#;

async fn python(platform: &Instance, program: &str, arguments: &[&str]) -> String {
    let folder =
        std::env::var_os("AIM_CKANAPI").expect("`cargo xtask test` installs ckanapi and sets AIM_CKANAPI");
    let program = std::path::Path::new(&folder).with_file_name(program);
    let output = Command::new(&program)
        .args(arguments)
        .stdin(Stdio::null())
        .env("PYTHONWARNINGS", "ignore")
        .output()
        .await
        .unwrap();
    let (said, warned) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{}: {said}\n{warned}", platform.url);
    said.into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn ckanapi_reads_the_catalogue_and_knows_its_errors() {
    let platform = Instance::start().await.unwrap();
    let said = python(&platform, "python", &["-c", CLIENT, &platform.url]).await;
    let found: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(found["list"].as_array().unwrap().len(), 4);
    assert_eq!(found["search"], 1);
    assert_eq!(found["package"], "az-populated-places");
    assert_eq!(found["row"], "Baku");
    assert_eq!(found["by_get"], "az-public-holidays");
    for (what, word) in [
        ("missing", "Not found"),
        ("refused", "title:"),
        ("unknown", "Action name not known"),
    ] {
        let error = found[what].as_str().unwrap();
        assert!(
            error.contains(word) && !error.starts_with("no error"),
            "{what}: {error}"
        );
    }
    let said = python(
        &platform,
        "ckanapi",
        &[
            "action",
            "package_show",
            "id=az-public-holidays",
            "-r",
            &platform.url,
        ],
    )
    .await;
    let package: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(package["id"], "az-public-holidays");
    platform.stop().await.unwrap();
}
