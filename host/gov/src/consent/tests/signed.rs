//! The way from the screen to the agreement that is signed.

use super::site::{Site, answer_to};
use crate::grant::Attribute;
use crate::invocation::Service;
use crate::scene::{GREETING, service};

const ASK: &str = "/en/consent/tea-house?purpose=greeting&return=%2Fmenu";

fn family() -> Service {
    let mut service = service("tea-house");
    for purpose in &mut service.grant.purposes {
        purpose.attributes.insert(Attribute::Children);
        purpose.recipients.push("Bank".to_owned());
    }
    service
}

#[tokio::test]
async fn screen_leads_to_the_signature_of_a_text_that_says_everything() {
    let site = Site::open("OTEST01", family()).await;
    let page = site.get(ASK).await;
    assert!(page.body.contains("Agree and sign"), "{}", page.body);
    let answer = answer_to(&page.body, GREETING, "agree");
    let answer = site.post("/en/consent/tea-house", &answer).await;
    let id = answer.location.strip_prefix("/en/my/signatures/");
    let id = id.unwrap_or_else(|| panic!("{}", answer.location));
    let citizen = &site.scene.citizen;
    let (mine, _, _) = site.signatures.of_signer(citizen, id).await.unwrap().unwrap();
    assert_eq!(mine.signing.return_path, ASK.strip_prefix("/en").unwrap());
    let file = site.signatures.to_sign(citizen, id, 0).await.unwrap().unwrap();
    let text = String::from_utf8(file.bytes).unwrap();
    for words in [
        "Agreement to the use of data of a special category\n",
        "Who asks: Çayxana – Çay MMC\n",
        "Why: Purpose: greeting\n",
        "- Personal: First name\n",
        "- Family: Your children",
        "How often: ",
        "Until when: 30 days after the signature, at the latest the end of the test on ",
        "How long the service keeps it: 7 days\n",
        "- Bank\n",
        "Lawful basis: ",
        "SHA-256 of the terms: ",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(
        site.scene
            .consent
            .of_citizen(citizen, None)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn full_test_says_so_before_anybody_signs() {
    let mut full = family();
    full.grant.boundary.citizens_max = 0;
    let site = Site::open("OTEST01", full).await;
    let page = site.get(ASK).await;
    let answer = answer_to(&page.body, GREETING, "agree");
    let answer = site.post("/en/consent/tea-house", &answer).await;
    assert!(answer.body.contains("The test is full"), "{}", answer.body);
}
