use super::*;

const GOOD: &str = r#"
name = "communal-bills"
version = "1.2.0"
contact = "help@bills.example"
capabilities = ["identity", "payments", "open-data", "logging"]
title = { az = "Kommunal borclar", en = "Utility bills" }
summary = { az = "Borclarınızı görün və ödəyin.", en = "See and pay what you owe." }
[[purpose]]
code = "show-bills"
text = { az = "Borclarınızı göstərmək üçün" }
attributes = ["utility_bills", "address"]
valid-days = 90
[payments]
service-codes = ["utilities"]
[limits]
citizens = 500
days = 90
"#;

fn codes(text: &str) -> Vec<(String, &'static str)> {
    match Manifest::parse(text) {
        Ok(_) => Vec::new(),
        Err(ManifestErrors(errors)) => errors
            .into_iter()
            .map(|error| (error.field, error.code))
            .collect(),
    }
}

fn with(line: &str) -> String {
    let key = line.split(" =").next().unwrap();
    GOOD.lines()
        .map(|old| {
            if old.starts_with(&format!("{key} =")) {
                line
            } else {
                old
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn good_manifest_reads_whole() {
    let manifest = Manifest::parse(GOOD).unwrap();
    assert_eq!(manifest.name.0, "communal-bills");
    assert_eq!(manifest.version.to_string(), "1.2.0");
    assert_eq!(manifest.purposes.len(), 1);
    assert_eq!(manifest.limits.citizens_max, 500);
    assert_eq!(
        manifest.limits.amount_per_payment_max, 10_000,
        "the default of a service that takes payments"
    );
    let grant = manifest.grant(&manifest.limits, Timestamp(1_000));
    assert_eq!(grant.boundary.ends_at, Timestamp(1_000).plus_days(90));
    assert!(grant.purpose("show-bills").is_some());
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let text = r#"
name = "Communal Bills"
version = "one"
contact = "nobody"
capabilities = ["identity", "telepathy"]
colour = "blue"
title = { en = "Bills" }
[[purpose]]
code = "show-bills"
text = { az = "Üçün" }
attributes = ["shoe_size"]
valid-days = 1000
[limits]
citizens = 0
"#;
    let expected = [
        ("name", "not-a-name"),
        ("version", "not-a-version"),
        ("title.az", "required"),
        ("summary", "required"),
        ("contact", "not-a-contact"),
        ("capabilities[1]", "unknown-capability"),
        ("purpose[0].attributes[0]", "unknown-attribute"),
        ("purpose[0].valid-days", "out-of-range"),
        ("limits.citizens", "out-of-range"),
        ("colour", "unknown-field"),
    ];
    assert_eq!(
        codes(text),
        expected.map(|(field, code)| (field.to_owned(), code))
    );
    let message = Manifest::parse(text).unwrap_err().to_string();
    assert!(
        message.contains("`purpose[0].valid-days`: is 1000; from 1 to 365 is allowed"),
        "{message}"
    );
    assert!(
        message.contains("`telepathy` is not a capability; choose among `identity`, `consent`"),
        "{message}"
    );
}

#[test]
fn hidden_and_reordering_characters_are_refused() {
    for hidden in [
        '\u{202e}',
        '\u{2066}',
        '\u{200b}',
        '\u{feff}',
        '\u{34f}',
        '\u{1b}',
        '\u{e0041}',
    ] {
        let text = with(&format!(
            "contact = \"help@bills.example\"\ntitle = {{ az = \"Borc{}lar\" }}",
            hidden.escape_default().to_string().replace("\\u{1b}", "\\u001b")
        ))
        .replace("\\u{", "\\U{");
        // TOML writes a character as `\UXXXXXXXX`.
        let text = rewrite_escapes(&text).replace(
            "title = { az = \"Kommunal borclar\", en = \"Utility bills\" }",
            "",
        );
        assert_eq!(
            codes(&text),
            [("title.az".to_owned(), "hidden-character")],
            "{hidden:?}: {text}"
        );
    }
}

fn rewrite_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\U{") {
        let (digits, after) = after.split_once('}').unwrap();
        out.push_str(&format!("{before}\\U{:0>8}", digits));
        rest = after;
    }
    out + rest
}

#[test]
fn names_of_the_state_and_their_look_alikes_are_refused() {
    for (name, code) in [
        ("gov", "reserved-name"),
        ("www", "reserved-name"),
        ("gov-payments", "reserved-name"),
        ("my-asan-help", "reserved-name"),
        ("g0v", "look-alike-name"),
        ("a1m", "look-alike-name"),
        ("my-gov", "reserved-name"),
        ("myg0v", "look-alike-name"),
        ("p-ortal", "look-alike-name"),
        ("asanlogin", "reserved-name"),
        ("mygovaz", "reserved-name"),
        ("login-az", "reserved-name"),
        ("as4nl0gin", "look-alike-name"),
        ("ab", "not-a-name"),
        ("-abc", "not-a-name"),
        ("abc-", "not-a-name"),
        ("a--b", "not-a-name"),
        ("9lives", "not-a-name"),
        ("xn--80ak6aa92e", "not-a-name"),
        ("gоv-id", "not-a-name"),
        ("../../etc", "not-a-name"),
        ("a-name-that-is-much-longer-than-forty-chars", "too-long"),
    ] {
        assert_eq!(
            codes(&with(&format!("name = \"{name}\""))),
            [("name".to_owned(), code)],
            "{name}"
        );
    }
    let message = Manifest::parse(&with("name = \"asanlogin\""))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("contains `asan`, a name of the state"),
        "{message}"
    );
    for name in ["hello", "hello-wasi-http", "bus-pass-2", "water-meter"] {
        assert_eq!(codes(&with(&format!("name = \"{name}\""))), [], "{name}");
    }
}

#[test]
fn capabilities_and_sections_must_agree() {
    assert_eq!(
        codes(&with("capabilities = [\"identity\"]")),
        [
            ("payments.service-codes".to_owned(), "capability-missing"),
            ("purpose[0].attributes".to_owned(), "capability-missing")
        ]
    );
    assert_eq!(
        codes(&with("capabilities = [\"identity\", \"payments\", \"outbound\"]")),
        []
    );
}

/// Runtimes of some languages import `wasi:http/outgoing-handler` whatever the code does.
#[test]
fn attributes_that_are_optional_are_read_apart() {
    let with = |attributes: &str| {
        let line = format!("attributes = {attributes}");
        with(&line).replace(
            "capabilities = [\"identity\",",
            "capabilities = [\"exchange\", \"identity\",",
        ) + "\n[exchange]\noperations = [\"civil-status.children\"]"
    };
    let text = with("[\"utility_bills\"]\noptional-attributes = [\"address\", \"children\"]");
    let wrong = [("purpose[0].optional-attributes".to_owned(), "signed-as-a-whole")];
    assert_eq!(codes(&text), wrong);
    let text = with("[\"utility_bills\", \"children\"]\noptional-attributes = [\"address\"]");
    assert_eq!(codes(&text), wrong);
    let text = with("[\"address\"]\noptional-attributes = [\"address\", \"shoe_size\"]");
    let wrong = [
        (
            "purpose[0].optional-attributes[1]".to_owned(),
            "unknown-attribute",
        ),
        ("purpose[0].optional-attributes".to_owned(), "duplicate"),
    ];
    assert_eq!(codes(&text), wrong);
    let text = super::tests::with("attributes = [\"utility_bills\"]\noptional-attributes = [\"address\"]");
    let manifest = Manifest::parse(&text).unwrap();
    let purpose = &manifest.purposes[0];
    let codes =
        |attributes: &BTreeSet<Attribute>| attributes.iter().map(|one| one.code()).collect::<Vec<_>>();
    assert_eq!(codes(&purpose.required()), ["utility_bills"]);
    assert_eq!(codes(&purpose.optional), ["address"]);
    assert_eq!(
        serde_json::from_str::<Manifest>(&manifest.kept()).unwrap(),
        manifest
    );
}

/// [`GOOD`] with a purpose that covers a death, and the subscription to it.
fn told_of_deaths(basis: &str) -> String {
    let purpose = format!(
        "[[purpose]]\ncode = \"pensions\"\ntext = {{ az = \"Təqaüdü dayandırmaq üçün\" }}\nattributes = [\"death\"]\n{basis}\n\
         [events]\nsubscribes = [\"az.gov.death.registered.v1\"]\n[payments]"
    );
    with("capabilities = [\"identity\", \"payments\", \"life-events\"]").replace("[payments]", &purpose)
}

#[test]
fn death_is_told_for_a_legal_obligation_alone() {
    assert_eq!(codes(&told_of_deaths("basis = \"legal-obligation\"")), []);
    let refused = [("purpose[1].basis".to_owned(), "legal-obligation-missing")];
    for basis in ["", "basis = \"consent\"", "basis = \"public-task\""] {
        assert_eq!(codes(&told_of_deaths(basis)), refused, "{basis}");
    }
}

#[test]
fn outbound_without_hosts_is_imported_and_never_used() {
    for manifest in [
        with("capabilities = [\"identity\", \"payments\", \"outbound\"]"),
        with("capabilities = [\"identity\", \"payments\", \"outbound\"]") + "\n[outbound]\nhosts = []\n",
    ] {
        let manifest = Manifest::parse(&manifest).unwrap();
        assert!(manifest.imports_outbound_unused());
        let grant = manifest.grant(&manifest.limits, Timestamp(0));
        assert!(grant.outbound_hosts.is_empty());
    }
    let used = with("capabilities = [\"identity\", \"payments\", \"outbound\"]")
        + "\n[outbound]\nhosts = [\"api.example.az\"]\n";
    assert!(!Manifest::parse(&used).unwrap().imports_outbound_unused());
    assert!(!Manifest::parse(GOOD).unwrap().imports_outbound_unused());
}

#[test]
fn hosts_inside_are_refused() {
    for host in [
        "localhost",
        "127.0.0.1",
        "10.0.0.1",
        "a.internal",
        "[::1]",
        "*.example.az",
        "example.az:80",
        "Example.az",
        "printer.local",
        "0x7f.1",
    ] {
        assert!(!is_host(host), "{host}");
    }
    assert!(is_host("api.example.az"));
}

#[test]
fn limits_narrow_and_never_widen() {
    let asked = Manifest::parse(GOOD).unwrap().limits;
    let given = Limits {
        days: 30,
        ..asked.clone()
    };
    assert_eq!(given.beyond(&asked), []);
    assert_eq!(
        Limits {
            citizens_max: 501,
            ..asked.clone()
        }
        .beyond(&asked),
        [LimitField::Citizens]
    );
    assert_eq!(given.narrower(&asked), given);
    assert_eq!(Limits::from_values(|field| asked.get(field)), asked);
}

#[test]
fn text_that_is_not_toml_says_where() {
    let error = Manifest::parse("name = ").unwrap_err();
    assert_eq!(error.0[0].code, "not-toml");
    assert!(error.0[0].message.contains("line 1"), "{error}");
}

#[test]
fn authorization_is_asked_for_or_not_given() {
    let asks = |more: &str| Manifest::parse(&format!("{GOOD}{more}"));
    let grants = |manifest: Manifest| manifest.grant(&manifest.limits, Timestamp(0)).authorization;
    assert!(!grants(asks("").unwrap()));
    assert!(!grants(asks("[requests]\nauthorization = false\n").unwrap()));
    assert!(grants(asks("[requests]\nauthorization = true\n").unwrap()));
    for (wrong, code) in [
        ("[requests]\nauthorization = \"yes\"\n", "wrong-type"),
        ("[requests]\ncookies = true\n", "unknown-field"),
    ] {
        let ManifestErrors(errors) = asks(wrong).unwrap_err();
        assert_eq!(errors[0].code, code, "{wrong}");
    }
}

#[test]
fn platforms_own_hosts_are_not_outbound() {
    let calling = |host: &str| {
        let text = GOOD.replace("\"logging\"]", "\"logging\", \"outbound\"]");
        Manifest::parse(&format!("{text}[outbound]\nhosts = [\"{host}\"]\n"))
    };
    for own in ["aim.example", "communal-bills.aim.example", "a.b.aim.example"] {
        let manifest = calling(own).unwrap();
        let ManifestErrors(errors) = manifest.check_hosts("aim.example").unwrap_err();
        let [FieldError { field, code, message }] = &errors[..] else {
            panic!("{errors:?}")
        };
        assert_eq!((field.as_str(), *code), ("outbound.hosts", "platform-host"));
        assert!(message.contains(&format!("`{own}`")), "{message}");
    }
    for other in ["aim.example.org", "claim.example", "example.az"] {
        assert_eq!(
            calling(other).unwrap().check_hosts("aim.example"),
            Ok(()),
            "{other}"
        );
    }
    // Names that lead inside, whatever the platform is called.
    for inside in [
        "localhost",
        "a.localhost",
        "db.internal",
        "nas.local",
        "x.intranet",
        "10.0.0.1",
    ] {
        assert!(calling(inside).is_err(), "{inside}");
    }
}
