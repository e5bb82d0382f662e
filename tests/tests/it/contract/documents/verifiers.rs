//! Web sites of others that ask for documents with OpenID4VP 1.0.

mod answers;
mod limits;
mod site;
mod wrong;

use aim_gov::documents::{Opened, Refusal, SiteAnswered};
use serde_json::{Value, json};

use self::site::{Site, card_query};
use super::*;
use crate::verifier::field;

/// The holder's card, and the site that may ask for its `family_name` and `adult`.
async fn with_card(rig: &Rig) -> (Site, Document) {
    let (invocation, sub) = joined(rig).await;
    let id = accepted(rig, &invocation, "key-1", &sub).await.id;
    let card = rig.apis.documents.held(&rig.citizen, &id).await.unwrap().unwrap();
    (Site::open(rig, &card).await, card)
}

/// The id of the request that was opened.
async fn opened(rig: &Rig, site: &Site) -> String {
    match site.opened_by(rig, &rig.citizen).await {
        Opened::Waiting(id) => id,
        other => panic!("{other:?}"),
    }
}

async fn show(rig: &Rig, id: &str, card: &Document) -> SiteAnswered {
    let chosen = std::collections::BTreeMap::from([("card".to_owned(), card.id.clone())]);
    let documents = &rig.apis.documents;
    let answered = documents.show_to_site(&rig.citizen, id, 0, &chosen).await;
    answered.unwrap().unwrap()
}

async fn refuse(rig: &Rig, id: &str) -> SiteAnswered {
    let answered = rig.apis.documents.refuse_site(&rig.citizen, id).await;
    answered.unwrap().unwrap()
}

/// Why the request is refused.
async fn refusal(rig: &Rig, site: &Site) -> Refusal {
    match site.opened_by(rig, &rig.citizen).await {
        Opened::Refused { refusal, .. } => refusal,
        other => panic!("{other:?}"),
    }
}
