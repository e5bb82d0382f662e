use super::*;

/// The example of OpenID4VP 1.0, section 8.3.
const EXAMPLE: &str = "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTEyOEdDTSIsImtpZCI6ImFjIiwiZXBrIjp7Imt0eSI6IkVDIiwieCI6Im5ubVZwbTNWM2piaGNhZlFhUkJrU1ZOSGx3Wkh3dC05ck9wSnVmeVlJdWsiLCJ5IjoicjRmakRxd0p5czlxVU9QLV9iM21SNVNaRy0tQ3dPMm1pYzVWU05UWU45ZyIsImNydiI6IlAtMjU2In19..uAYcHRUSSn2X0WPX.yVzlGSYG4qbg0bq18JcUiDRw56yVnbKR8E7S7YlEtzT00RqE3Pw5oTpUG3hdLN4taHZ9gC1kwak8JOnJgQ.1wR024_3-qtAlx1oFIUpQQ";
const PRIVATE: &str = "Et-3ce0omz8_TuZ96Df9lp0GAaaDoUnDe6X-CRO7Aww";

fn ours() -> SecretKey {
    SecretKey::from_slice(&URL_SAFE_NO_PAD.decode(PRIVATE).unwrap()).unwrap()
}

fn jwk(enc: &str) -> EncryptionKey {
    let (x, y) = coordinates(&ours().public_key());
    let jwk =
        json!({ "kty": "EC", "crv": "P-256", "kid": "ac", "use": "enc", "alg": "ECDH-ES", "x": x, "y": y });
    EncryptionKey::of_jwk(&jwk, enc).unwrap()
}

/// Decrypts as the site does.
fn opened(token: &str) -> Value {
    let parts: Vec<&str> = token.split('.').collect();
    let decoded = |part: usize| URL_SAFE_NO_PAD.decode(parts[part]).unwrap();
    let header: Value = serde_json::from_slice(&decoded(0)).unwrap();
    assert_eq!(
        (&header["alg"], &header["kid"], parts[1]),
        (&json!("ECDH-ES"), &json!("ac"), "")
    );
    let coordinate = |name: &str| {
        URL_SAFE_NO_PAD
            .decode(header["epk"][name].as_str().unwrap())
            .unwrap()
    };
    let point = [&[BOTH_COORDINATES][..], &coordinate("x"), &coordinate("y")].concat();
    let theirs = PublicKey::from_sec1_bytes(&point).unwrap();
    let agreed = diffie_hellman(ours().to_nonzero_scalar(), theirs.as_affine());
    let enc = header["enc"].as_str().unwrap();
    let cipher = jwk(enc).cipher().unwrap();
    let key = derived(agreed.raw_secret_bytes(), enc);
    let key = LessSafeKey::new(UnboundKey::new(cipher, &key[..cipher.key_len()]).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(&decoded(2)).unwrap();
    let mut sealed = [decoded(3), decoded(4)].concat();
    let plain = key
        .open_in_place(nonce, Aad::from(parts[0].as_bytes()), &mut sealed)
        .unwrap();
    serde_json::from_slice(plain).unwrap()
}

#[test]
fn example_of_the_standard_is_decrypted() {
    assert_eq!(
        opened(EXAMPLE),
        json!({ "vp_token": { "example_credential_id": ["eyJhb...YMetA"] } })
    );
}

#[test]
fn answer_is_read_by_the_site_alone_and_differs_each_time() {
    let answer = json!({ "vp_token": { "card": ["x"] } });
    let random = Random::seeded(1);
    for enc in ENCRYPTION_METHODS {
        let (one, other) = (
            jwk(enc).encrypt(&random, &answer),
            jwk(enc).encrypt(&random, &answer),
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(opened(&one), answer, "{enc}");
        assert_ne!(one.split('.').next(), other.split('.').next());
    }
}

#[test]
fn key_for_something_else_is_not_taken() {
    let (x, y) = coordinates(&ours().public_key());
    let right = json!({ "kty": "EC", "crv": "P-256", "kid": "ac", "alg": "ECDH-ES", "x": x, "y": y });
    assert!(EncryptionKey::of_jwk(&right, DEFAULT_METHOD).is_some());
    for (name, value) in [
        ("kty", "OKP"),
        ("crv", "P-384"),
        ("alg", "ECDH-ES+A128KW"),
        ("use", "sig"),
        ("kid", ""),
        ("x", "AAAA"),
        ("y", x.as_str()),
    ] {
        let mut wrong = right.clone();
        wrong[name] = value.into();
        assert!(EncryptionKey::of_jwk(&wrong, DEFAULT_METHOD).is_none(), "{name}");
    }
    assert_eq!(
        first_known(["A128CBC-HS256", "A256GCM", "A128GCM"].into_iter()),
        Some("A256GCM")
    );
}
