use super::*;
use crate::components::Components;

/// A bucket, and the file with its secret key.
const S3: &str = "[s3]\nendpoint = \"https://s3.example\"\nbucket = \"aim-components\"\nprefix = \"aim/one\"\n\
                  access_key_id = \"AKIAEXAMPLE\"\nsecret_access_key_file = \"secret\"\n";

#[test]
fn bucket_takes_the_place_of_the_folder() {
    let desk = Desk::new();
    let folder = |resolved: Resolved| match resolved.config.components {
        Components::Folder(folder) => folder,
        Components::Bucket(bucket) => panic!("{bucket:?}"),
    };
    assert_eq!(folder(desk.read(GOOD).unwrap()), desk.path("data/objects"));
    let named = desk.read(&format!("{GOOD}component_dir = \"files\"\n")).unwrap();
    assert_eq!(folder(named), desk.path("files"));
    desk.write("secret", "hunter2\n", 0o600);
    let resolved = desk.read(&format!("{GOOD}{S3}")).unwrap();
    let said = format!("{resolved:?}");
    assert!(!said.contains("hunter2"), "{said}");
    let Components::Bucket(bucket) = resolved.config.components else {
        panic!("{said}");
    };
    assert_eq!(bucket.secret_access_key.expose_secret(), "hunter2");
    assert_eq!(
        (bucket.region.as_str(), bucket.prefix.as_str()),
        ("us-east-1", "aim/one")
    );
    let both = desk.finding(&format!("{GOOD}component_dir = \"files\"\n{S3}"));
    assert_eq!(
        both,
        "aimd.toml:5: component_dir: set either `component_dir` or `[s3]`"
    );
}

#[test]
fn everything_that_is_wrong_with_a_bucket_is_said_at_once() {
    let desk = Desk::new();
    for text in ["[s3]\nprefix = \"aim\"\n", "[s3]\nbucket = \"Aim\"\n"] {
        let findings = desk.read(&format!("{GOOD}{text}")).map(|_| ()).unwrap_err();
        assert_eq!(findings.len(), 4, "{findings:#?}");
    }
    let text = "[s3]\nendpoint = \"s3.example\"\nbucket = \"-aim\"\nprefix = \"/aim\"\nregion = \"\"\n\
                access_key_id = \"a b\"\nsecret_access_key_file = \"secret\"\n";
    desk.write("secret", "\n", 0o600);
    let findings = desk.read(&format!("{GOOD}{text}")).map(|_| ()).unwrap_err();
    for (place, what) in [
        ("aimd.toml:6: s3.endpoint: ", "not the address of a store"),
        ("aimd.toml:7: s3.bucket: ", "must be 3 to 63 small letters"),
        ("aimd.toml:8: s3.prefix: ", "one slash between them"),
        ("aimd.toml:9: s3.region: ", "such as \"us-east-1\""),
        ("aimd.toml:10: s3.access_key_id: ", "without spaces"),
        ("aimd.toml:11: s3.secret_access_key_file: ", "it is empty"),
    ] {
        let found = findings
            .iter()
            .any(|finding| finding.starts_with(place) && finding.contains(what));
        assert!(found, "{place} {what}: {findings:#?}");
    }
    assert_eq!(findings.len(), 6, "{findings:#?}");
    for (good, bad) in [
        ("https://s3.example", "ftp://s3.example"),
        ("https://s3.example", "https://me:hunter2@s3.example"),
        ("https://s3.example", "https://s3.example?x"),
        ("aim-components", "ab"),
        ("aim-components", "aim..components"),
        ("aim-components", "aim/components"),
        ("aim/one", "aim//one"),
        ("aim/one", "aim/../one"),
        ("aim/one", "aim one"),
        ("AKIAEXAMPLE", "AKIA/EXAMPLE"),
    ] {
        desk.write("secret", "hunter2", 0o600);
        let said = desk.finding(&format!("{GOOD}{}", S3.replace(good, bad)));
        assert!(!said.contains("hunter2"), "{said}");
    }
    desk.write("secret", "hunter2", 0o640);
    let said = desk.finding(&format!("{GOOD}{S3}"));
    assert!(
        said.starts_with("aimd.toml:10: s3.secret_access_key_file: the file `secret` holds a secret")
            && said.contains("chmod 600"),
        "{said}"
    );
}

#[test]
fn plain_http_to_a_store_is_for_this_machine_alone() {
    let desk = Desk::new();
    desk.write("secret", "hunter2", 0o600);
    for (address, is_good) in [
        ("http://127.0.0.1:9000", true),
        ("http://[::1]:9000", true),
        ("http://localhost:9000", true),
        ("http://localhost.example:9000", false),
        ("http://10.0.0.1:9000", false),
        ("http://s3.example", false),
    ] {
        let text = format!("{GOOD}{}", S3.replace("https://s3.example", address));
        match is_good {
            true => assert!(desk.read(&text).is_ok(), "{address}"),
            false => {
                let said = desk.finding(&text);
                assert!(said.contains("s3.endpoint: must begin with https://"), "{said}");
            }
        }
    }
    let desk = desk.with("AIMD_PROFILE", "development");
    desk.read(&format!(
        "{GOOD}{}",
        S3.replace("https://s3.example", "http://s3.example")
    ))
    .unwrap();
}
