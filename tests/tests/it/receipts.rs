//! A signed receipt of a consent, verified by somebody else's cryptography.

use std::process::Stdio;

use aim_tests::actors::citizen::ORDINARY;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::stage::Stage;

/// Verifies the JWS in `jws` with the keys in `keys`, with the Web Cryptography API of Node.js, and prints its payload.
const VERIFY: &str = r#"
let input = "";
process.stdin.on("data", chunk => input += chunk).on("end", async () => {
  const { jws, keys } = JSON.parse(input);
  const [head, payload, signature] = jws.split(".").map(part => Buffer.from(part, "base64url"));
  const { alg, kid, typ } = JSON.parse(head);
  if (alg !== "ES256" || typ !== "consent-receipt+jwt") throw new Error("unexpected header " + head);
  const ec = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const jwk = keys.keys.find(key => key.kid === kid);
  const key = await crypto.subtle.importKey("jwk", jwk, ec, false, ["verify"]);
  const signed = Buffer.from(jws.slice(0, jws.lastIndexOf(".")));
  if (!await crypto.subtle.verify(ec, key, signature, signed)) throw new Error("the signature is wrong");
  process.stdout.write(payload);
});
"#;

/// The payload of a JWS, or why Node.js refuses it.
async fn verified(jws: &str, keys: &serde_json::Value) -> Result<serde_json::Value, String> {
    let node = std::env::var_os("AIM_NODE").expect("`cargo xtask test` sets AIM_NODE");
    let mut child = Command::new(node)
        .args(["-e", VERIFY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = serde_json::json!({ "jws": jws, "keys": keys }).to_string();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_receipt_is_verified_by_foreign_cryptography() {
    let stage = Stage::start().await;
    stage.deploy_probe().await;
    let citizen = stage.citizen_at_probe(ORDINARY).await;
    let consents = citizen.page("/my/consents").await.unwrap();
    let jws = citizen.agent.follow(&consents, "/receipt.jws").await.unwrap();
    let jws = jws.ok().unwrap().body;
    let plain = citizen.agent.follow(&consents, "/receipt.json").await.unwrap();
    let plain: serde_json::Value = serde_json::from_str(&plain.ok().unwrap().body).unwrap();
    let platform = &stage.platform.url;
    let address = format!("{platform}/.well-known/jwks.json");
    let keys = citizen.agent.get(&address).await.unwrap().ok().unwrap().body;
    let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();

    let mut payload = verified(&jws, &keys).await.unwrap();
    let claims = payload.as_object_mut().unwrap();
    assert_eq!(claims.remove("iss").unwrap(), platform.as_str());
    assert!(claims.remove("iat").unwrap().is_i64());
    assert_eq!(payload, plain);

    // Somebody else's name in it, or another key.
    let (head, rest) = jws.split_once('.').unwrap();
    let forged = format!("{head}.x{}", rest.get(1..).unwrap());
    let refused = verified(&forged, &keys).await.unwrap_err();
    assert!(refused.contains("the signature is wrong"), "{refused}");
    stage.platform.stop().await.unwrap();
}
