//! What a site is sent (OpenID4VP 1.0, sections 8.1 to 8.3 and 8.5).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Refusal;
use super::jwe::{EncryptionKey, NotEncrypted};
use crate::random::Random;

/// Where the answer to a request goes, and what it carries.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Reply {
    pub(super) client_id: String,
    pub(super) response_uri: String,
    pub(super) state: Option<String>,
    pub(super) nonce: String,
    /// For `direct_post.jwt`.
    pub(super) key: Option<EncryptionKey>,
}

impl Reply {
    /// The body with these copies by the ids of the request.
    pub(super) fn shown(
        &self,
        random: &Random,
        copies: &BTreeMap<String, [String; 1]>,
    ) -> Result<String, NotEncrypted> {
        let mut answer = json!({ "vp_token": copies });
        let Some(key) = &self.key else {
            let copies = serde_json::to_string(copies).map_err(|_| NotEncrypted)?;
            return Ok(self.form(&[("vp_token", &copies)]));
        };
        if let (Some(state), Some(members)) = (&self.state, answer.as_object_mut()) {
            members.insert("state".to_owned(), Value::String(state.clone()));
        }
        let encrypted = key.encrypt(random, &answer)?;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        Ok(form.append_pair("response", &encrypted).finish())
    }

    /// The body of an error, which is not encrypted: it holds nothing about anybody.
    pub(super) fn error(&self, refusal: &Refusal) -> String {
        self.form(&[
            ("error", refusal.code.code()),
            ("error_description", &refusal.detail),
        ])
    }

    fn form(&self, fields: &[(&str, &str)]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        if let Some(state) = &self.state {
            form.append_pair("state", state);
        }
        form.finish()
    }
}
