//! Signed files, time stamps and the status of certificates before the eyes of OpenSSL and of Node.js.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use lopdf::{Document, Object};
use serde_json::Value;
use tokio::process::Command;

use super::*;

/// Whether OpenSSL is content, and what it says. Files are in `folder`; the time is the clock's.
async fn openssl(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .await
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn keep(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

/// A certificate in the form that OpenSSL reads everywhere.
fn pem(der: &[u8]) -> String {
    let lines: Vec<String> = STANDARD
        .encode(der)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

/// The signature of a PDF, and what it covers: the whole file.
fn parts(pdf: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut all = all_parts(pdf);
    assert_eq!(all.len(), 1);
    let (contents, covered, end) = all.remove(0);
    assert_eq!(end, pdf.len());
    (contents, covered)
}

/// The signatures of a PDF in the order in which they were added, what each covers, and where that ends.
fn all_parts(pdf: &[u8]) -> Vec<(Vec<u8>, Vec<u8>, usize)> {
    let document = Document::load_mem(pdf).unwrap();
    let signatures = document.objects.values().filter_map(|object| {
        let dictionary = object.as_dict().ok()?;
        dictionary.has(b"ByteRange").then_some(dictionary)
    });
    let mut found: Vec<(Vec<u8>, Vec<u8>, usize)> = signatures
        .map(|signature| {
            let range = signature.get(b"ByteRange").and_then(Object::as_array).unwrap();
            let range: Vec<usize> = range
                .iter()
                .map(|place| usize::try_from(place.as_i64().unwrap()).unwrap())
                .collect();
            let [start, first, second, rest] = range.as_slice() else {
                panic!("{range:?}");
            };
            assert_eq!(*start, 0);
            let contents = signature.get(b"Contents").and_then(Object::as_str).unwrap();
            let covered = [&pdf[..*first], &pdf[*second..second + rest]].concat();
            (contents.to_vec(), covered, second + rest)
        })
        .collect();
    found.sort_by_key(|(_, _, end)| *end);
    found
}

/// A message in DER without the zeros after it.
fn trimmed(der: &[u8]) -> &[u8] {
    // A long form of two bytes: the message has 256 to 65535.
    assert_eq!(der[1], 0x82);
    let length = usize::from(der[2]) << 8 | usize::from(der[3]);
    &der[..length + 4]
}

#[tokio::test]
async fn openssl_verifies_the_signature_inside_a_pdf() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let at = (NOW.0 / 1_000).to_string();
        keep(
            folder,
            "root.pem",
            pem(&rig.apis.signatures.backend().authorities().root).as_bytes(),
        );
        for (key, level) in [("b", Level::BB), ("t", Level::BT)] {
            let file = pdf_file(&rig, &invocation).await;
            let id = create(&rig, &invocation, key, new(Format::Pades, level, &file))
                .await
                .id;
            sign(&rig, &id).await;
            let pdf = read(&rig, &invocation, &get(&rig, &invocation, &id).await).await;
            let (contents, covered) = parts(&pdf);
            keep(folder, "signature.der", trimmed(&contents));
            keep(folder, "covered", &covered);
            let verify = [
                "cms",
                "-verify",
                "-binary",
                "-inform",
                "DER",
                "-in",
                "signature.der",
                "-content",
                "covered",
                "-CAfile",
                "root.pem",
                "-purpose",
                "any",
                "-attime",
                &at,
                "-cades",
                "-out",
                "out",
            ];
            let (good, said) = openssl(folder, &verify).await;
            assert!(good, "{said}");
            let mut changed = covered;
            changed[20] ^= 1;
            keep(folder, "covered", &changed);
            let (good, said) = openssl(folder, &verify).await;
            assert!(!good && said.contains("verification failure"), "{said}");
        }
    })
    .await;
}

#[tokio::test]
async fn openssl_verifies_each_of_two_signatures_inside_a_pdf() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let second = rig.apis.identity.citizen("OTEST04").unwrap();
        agree(&rig, &invocation, &second).await;
        let sub = rig.apis.identity.sub(&invocation.service.id, &second);
        let file = pdf_file(&rig, &invocation).await;
        let new = NewSigning {
            signers: vec![(Party::Current, None), (Party::Citizen(sub), None)],
            ..new(Format::Pades, Level::BT, &file)
        };
        let id = create(&rig, &invocation, "k", new).await.id;
        sign(&rig, &id).await;
        sign_as(&rig, &second, &id).await;
        let pdf = read(&rig, &invocation, &get(&rig, &invocation, &id).await).await;
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let root = rig.apis.signatures.backend().authorities().root;
        keep(folder, "root.pem", pem(&root).as_bytes());
        let at = (NOW.0 / 1_000).to_string();
        let all = all_parts(&pdf);
        assert_eq!(all.len(), 2);
        // The first covers the file as the first signer left it, the second all.
        assert_eq!(all[1].2, pdf.len());
        for ((contents, covered, _), fin) in all.iter().zip(["OTEST01", "OTEST04"]) {
            keep(folder, "signature.der", trimmed(contents));
            keep(folder, "covered", covered);
            let mut verify = vec![
                "cms",
                "-verify",
                "-binary",
                "-inform",
                "DER",
                "-in",
                "signature.der",
            ];
            verify.extend(["-content", "covered", "-CAfile", "root.pem", "-purpose", "any"]);
            verify.extend(["-attime", &at, "-cades", "-out", "out", "-signer", "signer.pem"]);
            let (good, said) = openssl(folder, &verify).await;
            assert!(good, "{said}");
            let subject = ["x509", "-in", "signer.pem", "-noout", "-subject"];
            let (_, subject) = openssl(folder, &subject).await;
            assert!(subject.contains(fin), "{subject}");
        }
    })
    .await;
}

/// What Node.js finds in a signature beside a file: whether it holds, and whether the file is the one that was signed.
const NODE: &str = r#"
const { X509Certificate, createHash, verify } = require("node:crypto");
const [file, content] = process.argv.slice(1, 3).map(text => Buffer.from(text, "base64"));
const jws = JSON.parse(file);
const { protected: head, signature } = jws.signatures[Number(process.argv[3] ?? 0)];
const header = JSON.parse(Buffer.from(head, "base64url"));
const [leaf, issuer, root] = header.x5c.map(der => new X509Certificate(Buffer.from(der, "base64")));
const hash = bytes => createHash("sha256").update(bytes).digest("base64url");
console.log(JSON.stringify({
  holds: verify("sha256", Buffer.from(head + "." + jws.payload), { key: leaf.publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url")),
  chain: leaf.verify(issuer.publicKey) && issuer.verify(root.publicKey) && leaf.checkIssued(issuer),
  thumbprint: header["x5t#S256"] === hash(leaf.raw),
  file: header.sigD.hashV[0] === hash(content),
  names: header.sigD.pars, crit: header.crit, subject: leaf.subject, iat: header.iat,
}));
"#;

async fn node(file: &[u8], content: &[u8]) -> Value {
    node_at(file, content, 0).await
}

/// The same of the signature at this place.
async fn node_at(file: &[u8], content: &[u8], place: usize) -> Value {
    let place = place.to_string();
    let node = std::env::var_os("AIM_NODE").expect("`cargo xtask test` sets AIM_NODE");
    let output = Command::new(node)
        .args([
            "-e",
            NODE,
            &STANDARD.encode(file),
            &STANDARD.encode(content),
            &place,
        ])
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn node_and_openssl_verify_a_signature_beside_files_and_its_time_stamp() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let id = asked(&rig, &invocation, "k").await.id;
        sign(&rig, &id).await;
        let json = read(&rig, &invocation, &get(&rig, &invocation, &id).await).await;
        let found = node(&json, TEXT.as_bytes()).await;
        for check in ["holds", "chain", "thumbprint", "file"] {
            assert_eq!(found[check], true, "{check}: {found}");
        }
        assert_eq!(found["names"], serde_json::json!(["a.txt"]));
        assert_eq!(found["iat"], NOW.0 / 1_000);
        let subject = found["subject"].as_str().unwrap();
        assert!(subject.contains("serialNumber=PNOAZ-"), "{subject}");
        assert_eq!(node(&json, b"other").await["file"], false);
        let mut changed: Value = serde_json::from_slice(&json).unwrap();
        let head = changed["signatures"][0]["protected"].as_str().unwrap();
        let header = String::from_utf8(URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
        let other = URL_SAFE_NO_PAD.encode(header.replace("a.txt", "b.txt"));
        changed["signatures"][0]["protected"] = other.into();
        let found = node(&serde_json::to_vec(&changed).unwrap(), TEXT.as_bytes()).await;
        assert_eq!(found["holds"], false);

        let signature: Value = serde_json::from_slice(&json).unwrap();
        let signature = &signature["signatures"][0];
        let stamp = signature["header"]["etsiU"][0].as_str().unwrap();
        let stamp: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(stamp).unwrap()).unwrap();
        let token = stamp["sigTst"]["tstTokens"][0]["val"].as_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        keep(
            folder,
            "root.pem",
            pem(&rig.apis.signatures.backend().authorities().root).as_bytes(),
        );
        keep(folder, "token.der", &STANDARD.decode(token).unwrap());
        keep(
            folder,
            "stamped",
            signature["signature"].as_str().unwrap().as_bytes(),
        );
        keep(folder, "other", b"other");
        let at = (NOW.0 / 1_000).to_string();
        let verify = |data| {
            [
                "ts",
                "-verify",
                "-token_in",
                "-in",
                "token.der",
                "-data",
                data,
                "-CAfile",
                "root.pem",
                "-attime",
                &at,
            ]
        };
        let (good, said) = openssl(folder, &verify("stamped")).await;
        assert!(good && said.contains("Verification: OK"), "{said}");
        let (good, said) = openssl(folder, &verify("other")).await;
        assert!(!good && said.contains("message imprint mismatch"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn openssl_asks_for_the_status_of_certificates() {
    on_both(|rig| async move {
        let backend = rig.apis.signatures.backend();
        let person = aim_gov::signature::backend::Signatory {
            fin: "OTEST01".to_owned(),
            given_name: "Aygün".to_owned(),
            family_name: "Məmmədova".to_owned(),
        };
        let chain = backend.certificates(&person).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for (name, der) in ["person.pem", "issuer.pem", "root.pem"].iter().zip(&chain) {
            keep(folder, name, pem(der).as_bytes());
        }
        let at = (NOW.0 / 1_000).to_string();
        for (issuer, certificate, serial, expected) in [
            ("issuer.pem", "-cert", "person.pem", ": good"),
            ("root.pem", "-cert", "issuer.pem", ": good"),
            ("issuer.pem", "-serial", "0x4242", ": unknown"),
        ] {
            let ask = [
                "ocsp",
                "-issuer",
                issuer,
                certificate,
                serial,
                "-reqout",
                "request.der",
            ];
            let (good, said) = openssl(folder, &ask).await;
            assert!(good, "{said}");
            let request = std::fs::read(folder.join("request.der")).unwrap();
            keep(folder, "answer.der", &backend.status(&request).await.unwrap());
            let check = [
                "ocsp",
                "-issuer",
                issuer,
                certificate,
                serial,
                "-reqin",
                "request.der",
                "-respin",
                "answer.der",
                // Otherwise it puts another number into the request that it reads.
                "-no_nonce",
                "-CAfile",
                "root.pem",
                "-verify_other",
                issuer,
                "-attime",
                &at,
                "-validity_period",
                "999999999",
            ];
            let (good, said) = openssl(folder, &check).await;
            assert!(good && said.contains("Response verify OK"), "{said}");
            assert!(said.contains(expected), "{said}");
        }
        // What is not a request, and one about certificates of somebody else.
        assert_eq!(backend.status(b"hello").await.unwrap(), [0x30, 3, 0x0a, 1, 1]);
        let ask = [
            "ocsp",
            "-issuer",
            "person.pem",
            "-serial",
            "1",
            "-reqout",
            "request.der",
        ];
        openssl(folder, &ask).await;
        let request = std::fs::read(folder.join("request.der")).unwrap();
        assert_eq!(backend.status(&request).await.unwrap(), [0x30, 3, 0x0a, 1, 6]);
    })
    .await;
}

#[tokio::test]
async fn node_verifies_each_of_two_signatures_beside_files() {
    on_both(|rig| async move {
        let invocation = agreed(&rig, |_| ()).await;
        let second = rig.apis.identity.citizen("OTEST04").unwrap();
        agree(&rig, &invocation, &second).await;
        let sub = rig.apis.identity.sub(&invocation.service.id, &second);
        let file = text_file(&rig, &invocation).await;
        let new = NewSigning {
            signers: vec![(Party::Current, None), (Party::Citizen(sub), None)],
            ..new(Format::Jades, Level::BT, &file)
        };
        let id = create(&rig, &invocation, "k", new).await.id;
        sign_as(&rig, &second, &id).await;
        rig.clock.advance_ms(MINUTE_MS);
        sign(&rig, &id).await;
        let json = read(&rig, &invocation, &get(&rig, &invocation, &id).await).await;
        let mut times = Vec::new();
        for (place, fin) in [(0, "PNOAZ-OTEST04"), (1, "PNOAZ-OTEST01")] {
            let found = node_at(&json, TEXT.as_bytes(), place).await;
            for check in ["holds", "chain", "thumbprint", "file"] {
                assert_eq!(found[check], true, "{check}: {found}");
            }
            assert!(found["subject"].as_str().unwrap().contains(fin), "{found}");
            times.push(found["iat"].as_i64().unwrap());
        }
        assert_eq!(times[1] - times[0], 60);
    })
    .await;
}
