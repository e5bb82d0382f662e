//! A web site of the rig, which officers approved.

use std::ops::Deref;

use aim_gov::documents::{Document, Opened, SiteAsked};
use aim_gov::identity::Scope;
use aim_gov::identity::sites::{self, Content, RequestKey, Verifier};
use aim_gov::invocation::CitizenId;
use aim_gov::presentation_terms::ShownKind;
use serde_json::Value;

use super::super::{NOW, Rig, names, text};
use crate::verifier::{Server, jwk, key, query};

pub struct Site {
    pub id: String,
    pub content: Content,
    server: Server,
}

impl Deref for Site {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// The query for the family name of a card.
pub fn card_query(card: &Document) -> Value {
    let vct = format!("http://localhost/documents/kinds/{}", card.kind_digest);
    query(&vct, "family_name")
}

impl Site {
    /// A site in force, whose server listens.
    pub async fn open(rig: &Rig, card: &Document) -> Self {
        let server = Server::start().await;
        let id = rig.apis.platform.random.id("site", NOW);
        let members = server.request(&id, card_query(card));
        server.set(|shared| shared.members = members);
        let origin = server.origin.clone();
        let content = Content {
            name: "Dükan".to_owned(),
            organisation: "Sahil MMC".to_owned(),
            purpose: text("Endirim vermək üçün"),
            redirect_uris: vec![format!("{origin}/done")],
            post_logout_redirect_uris: Vec::new(),
            scopes: [Scope::Openid].into(),
            confidential: true,
            days: 30,
            citizens: 10,
            verifier: Some(Verifier {
                documents: vec![ShownKind {
                    kind: "water-meter/reader-card".to_owned(),
                    claims: names(&["family_name", "adult"]),
                }],
                keys: vec![RequestKey::of_jwk(&jwk(&key(1))).unwrap()],
            }),
            origin,
        };
        let site = Self { id, content, server };
        site.admit(rig, &site.content).await;
        site
    }

    pub async fn admit(&self, rig: &Rig, content: &Content) {
        let mut tx = rig.db.begin().await.unwrap();
        sites::admit(&mut tx, &self.id, content, NOW).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The parameters with which a citizen comes.
    pub fn asked(&self) -> SiteAsked {
        SiteAsked {
            client_id: self.id.clone(),
            request_uri: format!("{}/request", self.origin),
            ..SiteAsked::default()
        }
    }

    /// What becomes of it when this citizen opens a request.
    pub async fn opened_by(&self, rig: &Rig, citizen: &CitizenId) -> Opened {
        let documents = &rig.apis.documents;
        documents.open_request(citizen, &self.asked()).await.unwrap()
    }
}
