use super::*;
use aim_gov::identity::Scope;
use url::Url;

fn platform() -> Url {
    Url::parse("https://aim.example").unwrap()
}

fn new() -> NewSite {
    NewSite {
        name: "Dükan".to_owned(),
        purpose_az: "Alıcını tanımaq üçün".to_owned(),
        redirect_uris: vec!["https://shop.example/callback".to_owned()],
        scopes: vec!["profile".to_owned()],
        confidential: true,
        days: 90,
        citizens: 100,
        ..NewSite::default()
    }
}

/// A key of RFC 7515, appendix A.3, without its private part.
const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

#[test]
fn documents_are_asked_for_by_kinds_claims_and_keys() {
    let asking = NewSite {
        documents: vec![
            " library-card/reader-card: reading_room, given_name ".to_owned(),
            String::new(),
            "school/student-card".to_owned(),
        ],
        request_keys: KEYS.to_owned(),
        ..new()
    };
    let content = asking.parse("Araz Soft", &platform()).unwrap();
    let verifier = content.verifier.clone().unwrap();
    assert!(verifier.may_ask("library-card/reader-card", ["given_name"].into_iter()));
    assert!(!verifier.may_ask("library-card/reader-card", ["loans_max"].into_iter()));
    assert!(verifier.may_ask("school/student-card", std::iter::empty()));
    assert!(!verifier.may_ask("school/other", std::iter::empty()));
    // What is typed again for a change is the same.
    let again = NewSite::from(&content);
    assert_eq!(again.parse("Araz Soft", &platform()).unwrap(), content);
    // A site that asks for none is what it was before sites could ask.
    let without = new().parse("Araz Soft", &platform()).unwrap();
    assert_eq!(without.verifier, None);
    assert!(!serde_json::to_string(&without).unwrap().contains("verifier"));
}

#[test]
fn wrong_documents_and_keys_are_refused() {
    let refused = |documents: &[&str], keys: &str| {
        let asking = NewSite {
            documents: documents.iter().map(|line| (*line).to_owned()).collect(),
            request_keys: keys.to_owned(),
            ..new()
        };
        asking.parse("Araz Soft", &platform()).unwrap_err()
    };
    for line in [
        "library-card",
        "library-card/",
        "A/b",
        "a/b/c",
        "a/b: Name",
        "a/b: x,,y",
        "ə/b",
    ] {
        let wrong = refused(&[line], KEYS);
        assert_eq!(wrong[0].fault, FieldFault::Kind(line.to_owned()), "{line}");
    }
    assert_eq!(refused(&["a/b", "a/b: x"], KEYS)[0].fault, FieldFault::Kinds);
    assert_eq!(refused(&["a/b"; 21], KEYS)[0].field, SiteField::Documents);
    let private = KEYS.replace("\"kty\"", "\"d\":\"AA\",\"kty\"");
    for keys in [
        "",
        "not JSON",
        "{\"keys\":[]}",
        &private,
        &KEYS.replace("P-256", "P-384"),
        &KEYS.replace("f83O", "f83P"),
        &KEYS.replace("\"kty\"", "\"use\":\"enc\",\"kty\""),
    ] {
        assert_eq!(refused(&["a/b"], keys)[0].fault, FieldFault::Keys, "{keys}");
    }
    assert_eq!(refused(&[], KEYS)[0].fault, FieldFault::Keys);
}

fn application() -> Application {
    let content = new().parse("Araz Soft", &platform()).unwrap();
    Application {
        id: ApplicationId("sap_1".to_owned()),
        site: "site_1".to_owned(),
        organisation: OrganisationId("org_1".to_owned()),
        digest: content.digest().unwrap(),
        content,
        state: SiteState::Waiting,
        first_by: None,
        second_by: None,
        created_at: Timestamp(0),
    }
}

fn officer(id: &str) -> Staff {
    Staff {
        id: StaffId(id.to_owned()),
        email: format!("{id}@aim.example"),
        name: id.to_owned(),
        role: StaffRole::Officer,
        organisation: None,
        active: true,
    }
}

fn around(people: &[Staff]) -> Circumstances {
    Circumstances {
        people: people.to_vec(),
        publisher_verified: true,
        name_suspended: false,
    }
}

#[test]
fn site_content_is_what_was_typed() {
    let content = new().parse("Araz Soft", &platform()).unwrap();
    assert_eq!(content.origin, "https://shop.example");
    assert_eq!(content.organisation, "Araz Soft");
    let scopes: Vec<_> = content.scopes.iter().copied().collect();
    assert_eq!(scopes, [Scope::Openid, Scope::Profile]);
    assert_eq!(
        NewSite::from(&content).parse("Araz Soft", &platform()),
        Ok(content)
    );
}

#[test]
fn site_address_that_is_not_a_sites_own_is_refused() {
    for (address, fault) in [
        ("shop.example/callback", "address"),
        ("https://shop.example", "address"),
        ("https://SHOP.example/", "address"),
        ("http://shop.example/callback", "insecure"),
        ("http://localhost:3000/callback", "insecure"),
        ("javascript:alert(1)", "address"),
        ("com.shop.app:/callback", "address"),
        ("https://a:b@shop.example/callback", "parts"),
        ("https://shop.example/callback#top", "parts"),
        ("https://aim.example/login", "platform"),
        ("https://water.aim.example/callback", "platform"),
    ] {
        let site = NewSite {
            redirect_uris: vec![address.to_owned()],
            ..new()
        };
        let wrong = site.parse("Araz Soft", &platform()).unwrap_err();
        let faults: Vec<&str> = wrong.iter().map(|wrong| (&wrong.fault).into()).collect();
        assert_eq!(faults, [fault], "{address}");
    }
}

#[test]
fn site_of_this_machine_needs_no_tls_in_a_development_sandbox() {
    let platform = Url::parse("http://localhost:8080").unwrap();
    for (address, good) in [
        ("http://localhost:3000/callback", true),
        ("http://127.0.0.1:3000/callback", true),
        ("http://water.localhost:8080/callback", false),
        ("http://shop.example/callback", false),
    ] {
        let site = NewSite {
            redirect_uris: vec![address.to_owned()],
            ..new()
        };
        assert_eq!(site.parse("Araz Soft", &platform).is_ok(), good, "{address}");
    }
}

#[test]
fn site_field_that_is_wrong_is_named() {
    type Spoil = fn(&mut NewSite);
    let cases: [(Spoil, SiteField, &str); 9] = [
        (|site| site.name.clear(), SiteField::Name, "text"),
        // The second letter is Cyrillic.
        (|site| site.name = "Bаnk".to_owned(), SiteField::Name, "scripts"),
        (|site| site.purpose_az.clear(), SiteField::PurposeAz, "text"),
        (
            |site| site.purpose_en = "a\u{202e}b".to_owned(),
            SiteField::PurposeEn,
            "text",
        ),
        (
            |site| site.redirect_uris.clear(),
            SiteField::RedirectUris,
            "number",
        ),
        (
            |site| site.post_logout_redirect_uris = vec!["https://other.example/".to_owned()],
            SiteField::PostLogoutRedirectUris,
            "other_origin",
        ),
        (
            |site| site.scopes.push("fin".to_owned()),
            SiteField::Scopes,
            "scope",
        ),
        (|site| site.days = 0, SiteField::Days, "range"),
        (|site| site.citizens = u32::MAX, SiteField::Citizens, "range"),
    ];
    for (spoil, field, fault) in cases {
        let mut site = new();
        spoil(&mut site);
        let wrong = site.parse("Araz Soft", &platform()).unwrap_err();
        let found: Vec<(SiteField, &str)> = wrong
            .iter()
            .map(|wrong| (wrong.field, (&wrong.fault).into()))
            .collect();
        assert_eq!(found, [(field, fault)]);
    }
    let site = NewSite {
        post_logout_redirect_uris: vec!["https://shop.example/bye".to_owned(); ADDRESSES_MAX + 1],
        ..new()
    };
    let wrong = site.parse("Araz Soft", &platform()).unwrap_err();
    assert_eq!(
        wrong.first().map(|wrong| &wrong.fault),
        Some(&FieldFault::TooMany)
    );
}

#[test]
fn site_needs_two_officers() {
    let (first, second) = (officer("stf_1"), officer("stf_2"));
    let all = around(&[first.clone(), second.clone()]);
    let digest = application().digest;
    let once = application().approve(&first, &digest, "seen", &all).unwrap();
    assert_eq!(once.state, SiteState::FirstApproved);
    assert_eq!(
        once.clone().approve(&first, &digest, "seen", &all),
        Err(Reason::SameOfficer)
    );
    let twice = once.clone().approve(&second, &digest, "seen", &all).unwrap();
    assert_eq!(twice.state, SiteState::InForce);
    assert_eq!(
        (twice.first_by, twice.second_by),
        (Some(first.id.clone()), Some(second.id.clone()))
    );
    // The approval of an officer who left does not count.
    let left = Staff {
        active: false,
        ..first
    };
    let after = around(&[left, second.clone()]);
    let replaced = once.approve(&second, &digest, "seen", &after).unwrap();
    assert_eq!(
        (replaced.state, replaced.first_by),
        (SiteState::FirstApproved, Some(second.id))
    );
}

#[test]
fn site_is_approved_by_the_rules_only() {
    let officer = officer("stf_1");
    let director = Staff {
        role: StaffRole::Director,
        ..officer.clone()
    };
    let tied = Staff {
        organisation: Some(OrganisationId("org_1".to_owned())),
        ..officer.clone()
    };
    let all = around(std::slice::from_ref(&officer));
    let unverified = Circumstances {
        publisher_verified: false,
        ..all.clone()
    };
    let digest = application().digest;
    for (staff, seen, grounds, around, reason) in [
        (&director, digest.as_str(), "seen", &all, Reason::Role),
        (&tied, &digest, "seen", &all, Reason::ConflictOfInterest),
        (&officer, "other", "seen", &all, Reason::StaleEvidence),
        (&officer, &digest, " ", &all, Reason::NoReason),
        (&officer, &digest, "a\u{202e}b", &all, Reason::HiddenText),
        (
            &officer,
            &digest,
            "seen",
            &unverified,
            Reason::PublisherUnverified,
        ),
    ] {
        assert_eq!(application().approve(staff, seen, grounds, around), Err(reason));
    }
    let rejected = application().end(&officer, Event::Reject, "no").unwrap();
    assert_eq!(rejected.state, SiteState::Rejected);
    assert_eq!(
        rejected.clone().approve(&officer, &digest, "seen", &all),
        Err(Reason::State)
    );
    assert_eq!(rejected.withdraw(), Err(Reason::State));
    assert_eq!(
        application().end(&tied, Event::Reject, "no"),
        Err(Reason::ConflictOfInterest)
    );
    assert_eq!(
        application().end(&officer, Event::Suspend, "no"),
        Err(Reason::State)
    );
    assert_eq!(
        application().end(&officer, Event::Reject, ""),
        Err(Reason::NoReason)
    );
}
