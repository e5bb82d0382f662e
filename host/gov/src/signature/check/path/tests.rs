use super::super::lab::{Holder, Lab, NOW};
use super::*;
use crate::signature::simulator::certificates::Role;

fn way(lab: &Lab, own: &Holder, others: &[&Holder]) -> Option<usize> {
    let others: Vec<Certificate> = others.iter().map(|one| one.certificate.clone()).collect();
    to_root(&own.certificate, &others, &lab.root.certificate).map(|way| way.len())
}

#[test]
fn way_leads_over_the_issuers_to_the_root_in_any_order() {
    let lab = Lab::new(7);
    let others = [&lab.root, &lab.person, &lab.stamper, &lab.issuer];
    let found = to_root(
        &lab.person.certificate,
        &others.map(|one| one.certificate.clone()),
        &lab.root.certificate,
    );
    assert_eq!(found, Some(lab.chain()));
    assert_eq!(way(&lab, &lab.stamper, &[]), Some(2));
}

#[test]
fn certificates_that_do_not_lead_to_the_root_are_refused() {
    let lab = Lab::new(7);
    assert_eq!(way(&lab, &lab.person, &[]), None, "no issuer");
    let foreign = Lab::new(8);
    let theirs = [&foreign.issuer, &foreign.root];
    assert_eq!(
        way(&lab, &foreign.person, &theirs),
        None,
        "a root of the same name"
    );
    let alone = lab.holder(None, "Ayan", Role::Person);
    assert_eq!(way(&lab, &alone, &[&alone, &lab.issuer]), None, "self-signed");
    // The name of the issuer with another key.
    let copy = lab.holder(None, "issuer", Role::Issuer);
    let victim = lab.holder(Some(&copy), "Ayan", Role::Person);
    assert_eq!(
        way(&lab, &victim, &[&copy, &lab.issuer]),
        None,
        "the issuer's name"
    );
    // A person certifies another one.
    let second = lab.holder(Some(&lab.person), "Ayan", Role::Person);
    assert_eq!(
        way(&lab, &second, &[&lab.person, &lab.issuer]),
        None,
        "no authority"
    );
    // The issuer may not certify issuers.
    let deeper = lab.holder(Some(&lab.issuer), "deeper", Role::Issuer);
    let under = lab.holder(Some(&deeper), "Ayan", Role::Person);
    assert_eq!(way(&lab, &under, &[&deeper, &lab.issuer]), None, "too deep");
    assert_eq!(way(&lab, &deeper, &[&lab.issuer]), Some(3));
}

#[test]
fn issuers_that_certify_each_other_lead_nowhere() {
    let lab = Lab::new(7);
    let [one, other] = ["one", "other"].map(|name| lab.holder(None, name, Role::Root));
    let cross = |by: &Holder, of: &Holder, name| Holder {
        certificate: {
            let mut made = lab.holder(Some(by), name, Role::Root).certificate;
            let tbs = &mut made.tbs_certificate;
            tbs.subject_public_key_info = of.key.public().unwrap();
            let signature = by.key.sign(&tbs.to_der().unwrap());
            made.signature = der::asn1::BitString::from_bytes(&signature).unwrap();
            made
        },
        key: of.key.clone(),
    };
    let (a, b) = (cross(&one, &other, "other"), cross(&other, &one, "one"));
    let person = lab.holder(Some(&a), "Ayan", Role::Person);
    assert_eq!(way(&lab, &person, &[&a, &b, &a, &b]), None);
    // They do lead to themselves.
    let found = to_root(
        &person.certificate,
        &[a.certificate.clone(), b.certificate.clone()],
        &one.certificate,
    );
    assert_eq!(found.map(|way| way.len()), Some(3));
}

#[test]
fn critical_extension_that_is_not_understood_is_refused() {
    let lab = Lab::new(7);
    let mut own = lab.person.certificate.clone();
    let extensions = own.tbs_certificate.extensions.as_mut().unwrap();
    let unknown = extensions
        .iter_mut()
        .find(|one| !UNDERSTOOD.contains(&one.extn_id));
    unknown.unwrap().critical = true;
    let signature = lab.issuer.key.sign(&own.tbs_certificate.to_der().unwrap());
    own.signature = der::asn1::BitString::from_bytes(&signature).unwrap();
    let issuers = [lab.issuer.certificate.clone()];
    assert_eq!(to_root(&own, &issuers, &lab.root.certificate), None);
}

#[test]
fn usage_and_time_are_read_from_the_certificate() {
    let lab = Lab::new(7);
    let [person, stamper, issuer] = [&lab.person, &lab.stamper, &lab.issuer].map(|one| &one.certificate);
    assert!(may_sign(person) && !may_sign(stamper) && !may_sign(issuer));
    assert!(may_stamp(stamper) && !may_stamp(person) && !may_stamp(issuer));
    assert_eq!(validity(person, NOW.plus_ms(-1_000)), Validity::NotYet);
    assert_eq!(validity(person, NOW), Validity::Now);
    assert_eq!(validity(person, NOW.plus_days(730)), Validity::Now);
    assert_eq!(
        validity(person, NOW.plus_days(730).plus_ms(1_000)),
        Validity::Over
    );
    assert_eq!(
        (name(person), fin(person)),
        (Some("Ayan Test".to_owned()), Some("LAB0001".to_owned()))
    );
    assert_eq!(fin(issuer), None);
}
